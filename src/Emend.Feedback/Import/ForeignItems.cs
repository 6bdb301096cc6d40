// Formats: docs/formats/items.md, "Exports of other tools". Argilla's record list: as its server and its SDK write it, nested or flattened.
// Label Studio: the JSON export, a list of tasks. What is not taken is kept under "argilla" or "labelStudio" of the item.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>Whose export a file is.</summary>
public enum ForeignFormat
{
    Argilla,
    LabelStudio,
}

/// <summary>Which of their fields is which of ours; names there are free, so that nothing can be guessed.</summary>
/// <param name="Prompt">Field with the prompt, or with a dialogue as a list of messages (`role`, `content`).</param>
/// <param name="Responses">Fields with the responses, in order.</param>
/// <param name="Context">Field with what the model was given besides.</param>
/// <param name="Edited">Question (Argilla) or control (Label Studio: from_name) that holds an edited first response; kept, and never shown to annotators.</param>
/// <param name="Group">Field or metadata that says what must stay on one side of a split.</param>
public sealed record ForeignMapping(string Prompt, ImmutableArray<string> Responses, string? Context = null, string? Edited = null, string? Group = null);

/// <summary>Reads exports of other annotation tools as items.</summary>
public static class ForeignItems
{
    private const int LongestName = 200;

    /// <summary>All rows of a file, one after the other; whoever takes the last one is told of every problem.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, does not fit: every problem with its line and field.</exception>
    public static IEnumerable<FeedbackItem> Stream(string path, ForeignFormat format, ForeignMapping mapping, TaskKind kind) => NamedRows.Stream(path, reader =>
    {
        FeedbackItem? item = format == ForeignFormat.Argilla ? ArgillaRecord.Row(reader, mapping) : LabelStudioTask.Row(reader, mapping);
        if (item is not null)
            ItemRows.CheckFit(reader, item, kind);
        return item;
    }, item => item.Id);

    /// <summary>The item, once its fields are found; field gives a field by its name, and rest, asked last, what is kept of the row.</summary>
    internal static FeedbackItem? Item(RowReader reader, string id, ForeignMapping mapping, Func<string, (string Path, JsonElement Value)?> field, string? edited, Func<IEnumerable<KeyValuePair<string, JsonElement>>> rest)
    {
        (string Path, JsonElement Value)? prompt = field(mapping.Prompt);
        if (prompt is null)
            reader.Problem(mapping.Prompt, "is missing; the field that was named as the prompt is expected");
        ImmutableArray<Turn> turns = prompt is { Value.ValueKind: JsonValueKind.Array } dialogue ? Turns(reader, dialogue.Path, dialogue.Value) : [];
        string? text = prompt is { Value.ValueKind: not JsonValueKind.Array } plain ? reader.Text(plain.Path, plain.Value) : prompt is null ? null : "";
        var responses = ImmutableArray.CreateBuilder<Response>();
        foreach (string name in mapping.Responses)
        {
            if (field(name) is not (string path, JsonElement value))
                reader.Problem(name, "is missing; the field that was named as a response is expected");
            else if (reader.Text(path, value) is string response)
                responses.Add(new Response(response, name));
        }
        string? context = mapping.Context is string named && field(named) is (string contextPath, JsonElement given) ? reader.Text(contextPath, given) : null;
        string group = mapping.Group is string groupName && field(groupName) is (_, JsonElement groupValue) ? groupValue.ToString() : id;
        string[] taken = [mapping.Prompt, .. mapping.Responses, mapping.Context ?? "", mapping.Group ?? ""];
        return text is null ? null : new FeedbackItem(id, group, text, responses.ToImmutable())
        {
            Context = context,
            Turns = turns,
            ReferenceEdit = edited,
            Extra = new RowExtras([.. rest().DistinctBy(extra => extra.Key).Where(extra => !taken.Contains(extra.Key) && extra.Key.Length <= LongestName)], reader.Line),
            NewlinesNormalized = reader.NewlinesNormalized,
            Line = reader.Line,
        };
    }

    /// <summary>An id as text: a string, or a whole number.</summary>
    internal static string Id(RowReader reader, string field) => reader.Optional(field) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out long id) => id.ToString(CultureInfo.InvariantCulture),
        null => reader.DefaultId,
        { } other => Wrong(reader, field, other),
    };

    internal static JsonElement Kept(params IEnumerable<(string Name, JsonElement? Value)> fields)
    {
        var kept = new JsonObject();
        foreach ((string name, JsonElement? value) in fields)
        {
            if (value is JsonElement element)
                kept[name] = JsonNode.Parse(element.GetRawText());
        }
        return JsonSerializer.SerializeToElement(kept);
    }

    private static string Wrong(RowReader reader, string field, JsonElement value)
    {
        reader.Problem(field, $"{RowReader.Shown(value)} is {RowReader.Kind(value)}; a string or a whole number is expected");
        return reader.DefaultId;
    }

    private static ImmutableArray<Turn> Turns(RowReader reader, string path, JsonElement list)
    {
        var turns = ImmutableArray.CreateBuilder<Turn>();
        foreach ((string at, JsonElement element) in reader.Elements(path, list))
        {
            string? role = reader.Member(at, element, "role", "a role") is JsonElement named ? reader.Text($"{at}.role", named) : null;
            string? content = reader.Member(at, element, "content", "a string") is JsonElement said ? reader.Text($"{at}.content", said) : null;
            if (role is not null && content is not null)
                turns.Add(new Turn(role, content));
        }
        return turns.ToImmutable();
    }
}
