// `prompt`, `chosen`, `rejected` as trainers write them: three strings, or lists of messages.
// Strings without a prompt: the prompt is the longest common beginning, cut back to the end of a word where the two part inside one
// (so "is blue" / "is black" part behind "is", not behind "is bl"); the blank goes with the responses. Together they are the texts.
// Lists without a prompt: the prompt is the messages they share. Each side must then be one assistant message.
using System.Text.Json;

namespace Emend.Feedback;

internal static class PromptChosenRejected
{
    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    public static Preference? Row(RowReader reader)
    {
        string? id = reader.OptionalText("id") ?? reader.OptionalText("prompt_id");
        string? group = reader.OptionalText("group");
        double? margin = Margin(reader);
        JsonElement? prompt = reader.Optional("prompt");
        JsonElement? chosen = reader.Required("chosen", "a string or a list of messages");
        JsonElement? rejected = reader.Required("rejected", "a string or a list of messages");
        if (chosen is null || rejected is null)
            return null;

        (Prompt Prompt, string Chosen, string Rejected)? parts = (chosen.Value.ValueKind, rejected.Value.ValueKind) switch
        {
            (JsonValueKind.Array, JsonValueKind.Array) => Messages(reader, prompt, chosen.Value, rejected.Value),
            (JsonValueKind.Array, _) or (_, JsonValueKind.Array) => Mixed(reader, chosen.Value, rejected.Value),
            _ => Strings(reader, prompt, chosen.Value, rejected.Value),
        };
        if (parts is not var (read, better, worse))
            return null;
        return new Preference(id ?? reader.DefaultId, group ?? read.Text, read, new Response(better), new Response(worse)) { Margin = margin };
    }

    private static double? Margin(RowReader reader) =>
        reader.Optional("margin") is JsonElement value && reader.Is(value, JsonValueKind.Number, "margin", "a number") ? value.GetDouble() : null;

    private static (Prompt, string, string)? Mixed(RowReader reader, JsonElement chosen, JsonElement rejected)
    {
        reader.Problem("rejected", $"is {RowReader.Kind(rejected)} while chosen is {RowReader.Kind(chosen)}; the same kind is expected");
        return null;
    }

    private static (Prompt, string, string)? Strings(RowReader reader, JsonElement? prompt, JsonElement chosen, JsonElement rejected)
    {
        string? better = reader.Text("chosen", chosen), worse = reader.Text("rejected", rejected);
        if (better is null || worse is null)
            return null;
        if (prompt is { ValueKind: JsonValueKind.Array } list)
            return Turns(reader, "prompt", list) is List<Turn> turns ? (Prompt.FromTurns(turns), better, worse) : null;
        if (prompt is JsonElement given)
            return reader.Text("prompt", given) is string text ? (new Prompt(text), better, worse) : null;
        if (better == worse)
        {
            reader.Problem("prompt", "is missing, and cannot be told from chosen and rejected, which are the same text");
            return null;
        }
        int cut = CommonBeginning(better, worse);
        return (new Prompt(better[..cut]), better[cut..], worse[cut..]);
    }

    private static int CommonBeginning(string a, string b)
    {
        int cut = a.AsSpan().CommonPrefixLength(b);
        bool insideWord = cut > 0 && !char.IsWhiteSpace(a[cut - 1]) && ((cut < a.Length && !char.IsWhiteSpace(a[cut])) || (cut < b.Length && !char.IsWhiteSpace(b[cut])));
        if (insideWord)
        {
            while (cut > 0 && !char.IsWhiteSpace(a[cut - 1]))
                cut--;
        }
        return cut > 0 && a[cut - 1] == ' ' ? cut - 1 : cut;
    }

    private static (Prompt, string, string)? Messages(RowReader reader, JsonElement? prompt, JsonElement chosen, JsonElement rejected)
    {
        List<Turn>? better = Turns(reader, "chosen", chosen), worse = Turns(reader, "rejected", rejected);
        List<Turn>? given = prompt switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list => Turns(reader, "prompt", list),
            _ => reader.Text("prompt", prompt.Value) is string text ? [new Turn("user", text)] : null,
        };
        if (better is null || worse is null || given is null)
            return null;
        // Some files repeat the prompt in front of both sides; messages that both share belong to the prompt either way.
        if (given.Count > 0 && StartsWith(better, given) && StartsWith(worse, given))
            (better, worse) = ([.. better.Skip(given.Count)], [.. worse.Skip(given.Count)]);
        int shared = 0;
        while (shared < Math.Min(better.Count, worse.Count) - 1 && better[shared] == worse[shared])
            shared++;
        List<Turn> turns = [.. given, .. better.Take(shared)];
        string? chosenText = Answer(reader, "chosen", better, shared), rejectedText = Answer(reader, "rejected", worse, shared);
        if (turns.Count == 0)
            reader.Problem("prompt", "is missing, and chosen and rejected share no message that could be it");
        return chosenText is null || rejectedText is null || turns.Count == 0 ? null : (Prompt.FromTurns(turns), chosenText, rejectedText);
    }

    private static bool StartsWith(List<Turn> turns, List<Turn> start) => turns.Take(start.Count).SequenceEqual(start);

    private static string? Answer(RowReader reader, string field, List<Turn> turns, int shared)
    {
        if (turns.Count == shared + 1 && turns[shared].Role == "assistant")
            return turns[shared].Content;
        string found = string.Join(", ", turns.Skip(shared).Select(turn => turn.Role));
        reader.Problem(field, $"has [{found}] after the prompt; one assistant message is expected");
        return null;
    }

    private static List<Turn>? Turns(RowReader reader, string field, JsonElement list)
    {
        var turns = new List<Turn>();
        int expected = 0;
        foreach ((string path, JsonElement value) in reader.Elements(field, list))
        {
            expected++;
            string? role = reader.Member(path, value, "role", "a string") is JsonElement named ? reader.Text($"{path}.role", named) : null;
            string? content = role is not null && reader.Member(path, value, "content", "a string") is JsonElement said ? reader.Text($"{path}.content", said) : null;
            if (role is not null && !Roles.Contains(role))
                reader.Problem($"{path}.role", $"\"{role}\" is not a role ({string.Join(", ", Roles)})");
            else if (role is not null && content is not null)
                turns.Add(new Turn(role, content));
        }
        return turns.Count == expected ? turns : null;
    }
}
