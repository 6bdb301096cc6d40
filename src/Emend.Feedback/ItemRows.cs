// Format: docs/formats/items.md.
using System.Collections.Immutable;
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>Reads files of items to give feedback on: `prompt` with `responses`, or edit rows (`prompt`, `response`, `edited`).</summary>
public static class ItemRows
{
    /// <summary>Longest text that the studio shows or takes, in UTF-16 code units.</summary>
    public const int LongestText = 200_000;

    private const int MostResponses = 32;

    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    /// <summary>All rows of a file, or none; every row must have what a task of the kind needs.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as docs/formats/items.md says: every problem with its line and field.</exception>
    public static IReadOnlyList<FeedbackItem> Read(string path, TaskKind kind) => [.. Stream(path, kind)];

    /// <summary>The same, one row in memory at a time: whoever takes the last one is told of every problem, and must forget the rows before it.</summary>
    public static IEnumerable<FeedbackItem> Stream(string path, TaskKind kind) => NamedRows.Stream(path, reader => Row(reader, kind), row => row.Id);

    /// <summary>Whether an item, wherever it came from, has what a task of the kind needs, and no text that is too long.</summary>
    internal static void CheckFit(RowReader reader, FeedbackItem item, TaskKind kind)
    {
        CheckName(reader, "id", item.Id);
        CheckName(reader, "group", item.Group);
        CheckNeeds(reader, kind, item.Turns, item.Responses);
        CheckLengths(reader, [("prompt", item.Prompt), ("context", item.Context), ("edited", item.ReferenceEdit), .. item.Responses.Select((response, i) => ($"responses[{i}]", (string?)response.Text)), .. item.Turns.Select((turn, i) => ($"turns[{i}].content", (string?)turn.Content))]);
    }

    private static FeedbackItem? Row(RowReader reader, TaskKind kind)
    {
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string group = reader.OptionalText("group") ?? id;
        ImmutableArray<Turn> turns = Turns(reader);
        string? prompt = turns.IsEmpty ? reader.Text("prompt") : reader.OptionalText("prompt") ?? "";
        string? context = reader.OptionalText("context");
        ImmutableArray<Response> responses = Responses(reader);
        string? edited = reader.OptionalText("edited");
        double? uncertainty = Uncertainty(reader);
        ImmutableArray<MediaRef> media = reader.Optional("media") is JsonElement files ? MediaReader.Read(reader, "media", files) : [];
        CheckOnce(reader, media, responses);
        RowExtras extra = reader.Rest();
        var item = new FeedbackItem(id, group, prompt ?? "", responses)
        {
            Context = context,
            Turns = turns,
            ReferenceEdit = edited,
            Media = media,
            Uncertainty = uncertainty,
            Extra = extra,
            NewlinesNormalized = reader.NewlinesNormalized,
            Line = reader.Line,
        };
        CheckFit(reader, item, kind);
        return prompt is null ? null : item;
    }

    private static double? Uncertainty(RowReader reader)
    {
        if (reader.Optional("uncertainty") is not JsonElement value || !reader.Is(value, JsonValueKind.Number, "uncertainty", "a number from 0"))
            return null;
        double number = value.GetDouble();
        if (number >= 0 && double.IsFinite(number))
            return number;
        reader.Problem("uncertainty", $"{RowReader.Shown(value)} is below 0 or too large; a number from 0 is expected, more where a model is less certain");
        return null;
    }

    private static ImmutableArray<Response> Responses(RowReader reader)
    {
        var responses = ImmutableArray.CreateBuilder<Response>();
        if (reader.Optional("response") is JsonElement single && reader.Text("response", single) is string only)
            responses.Add(new Response(only));
        if (reader.Optional("responses") is JsonElement list)
        {
            foreach ((string path, JsonElement element) in reader.Elements("responses", list))
            {
                if (One(reader, path, element) is Response response)
                    responses.Add(response);
            }
        }
        if (responses.Count > MostResponses)
            reader.Problem("responses", $"has {responses.Count} texts; at most {MostResponses} are expected");
        return responses.ToImmutable();
    }

    private static Response? One(RowReader reader, string path, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return reader.Text(path, element) is string text ? new Response(text) : null;
        string? content = reader.Member(path, element, "text", "a string") is JsonElement inner ? reader.Text($"{path}.text", inner) : null;
        string? origin = element.TryGetProperty("origin", out JsonElement named) ? reader.Text($"{path}.origin", named) : null;
        long? id = null;
        if (element.TryGetProperty("id", out JsonElement stored) && stored.ValueKind != JsonValueKind.Null)
        {
            if (stored.ValueKind == JsonValueKind.Number && stored.TryGetInt64(out long number) && number > 0)
                id = number;
            else
                reader.Problem($"{path}.id", "is no number of a stored response; a whole number above 0 is expected");
        }
        ImmutableArray<MediaRef> media = element.TryGetProperty("media", out JsonElement files) && files.ValueKind != JsonValueKind.Null ? MediaReader.Read(reader, $"{path}.media", files) : [];
        return content is null ? null : new Response(content, origin, id) { Media = media.IsEmpty ? null : media };
    }

    // An answer names a file by its hash, so it must be in one place only.
    private static void CheckOnce(RowReader reader, ImmutableArray<MediaRef> media, ImmutableArray<Response> responses)
    {
        foreach (IGrouping<string, MediaRef> same in media.Concat(responses.SelectMany(response => response.Media ?? [])).GroupBy(file => file.Sha256).Where(group => group.Count() > 1))
            reader.Problem("media", $"{same.Key} is in the row {same.Count()} times; once is expected");
    }

    private static ImmutableArray<Turn> Turns(RowReader reader)
    {
        if (reader.Optional("turns") is not JsonElement list)
            return [];
        var turns = ImmutableArray.CreateBuilder<Turn>();
        foreach ((string path, JsonElement element) in reader.Elements("turns", list))
        {
            string? role = reader.Member(path, element, "role", "a role") is JsonElement name ? reader.Text($"{path}.role", name) : null;
            string? content = reader.Member(path, element, "content", "a string") is JsonElement said ? reader.Text($"{path}.content", said) : null;
            if (role is not null && !Roles.Contains(role))
                reader.Problem($"{path}.role", $"\"{role}\" is not one of {string.Join(", ", Roles)}");
            if (role is not null && content is not null)
                turns.Add(new Turn(role, content));
        }
        return turns.ToImmutable();
    }

    private static void CheckNeeds(RowReader reader, TaskKind kind, ImmutableArray<Turn> turns, ImmutableArray<Response> responses)
    {
        int needed = kind switch
        {
            TaskKind.Ranking => 2,
            TaskKind.Edit or TaskKind.Rating or TaskKind.Spans => 1,
            _ => 0,
        };
        if (responses.Length < needed)
            reader.Problem("responses", $"{(responses.IsEmpty ? "is missing" : $"has {responses.Length} text")}; {needed} or more are expected where the task is {Name(kind)}");
        if (kind == TaskKind.Turn && !turns.Any(turn => turn.Role == "assistant"))
            reader.Problem("turns", "has no assistant turn; a dialogue with at least one is expected where the task is to correct a turn");
    }

    // Ids go into keys of databases, which hold no NUL, and into reports.
    private static void CheckName(RowReader reader, string field, string name)
    {
        if (name.Length is 0 or > 200 || name.Any(char.IsControl))
            reader.Problem(field, "1 to 200 characters without control characters are expected");
    }

    private static void CheckLengths(RowReader reader, IEnumerable<(string Field, string? Text)> texts)
    {
        foreach ((string field, string? text) in texts)
        {
            if (text?.Length > LongestText)
                reader.Problem(field, $"has {text.Length} characters; at most {LongestText} are expected");
        }
    }

    private static string Name(TaskKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());
}
