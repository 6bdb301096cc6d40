// Format: docs/formats/judging.md, "Responses to edit".
using Emend.Text;

namespace Emend.Feedback;

/// <summary>A response that somebody is to edit.</summary>
public sealed record UneditedRow(string Id, string Group, string Prompt, string Response)
{
    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}

/// <summary>Reads responses to be edited: `prompt` and `response` (edit rows pass, their edit is not looked at), or preferences, whose rejected response it is.</summary>
public static class UneditedRows
{
    /// <summary>All rows of a file, or none. A row without id is named after its line, a row without group is its own group.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as docs/formats/judging.md says: every problem with its line and field.</exception>
    public static IReadOnlyList<UneditedRow> Read(string path) => [.. NamedRows.Stream(path, Row, row => row.Id)];

    private static UneditedRow? Row(RowReader reader)
    {
        if (reader.Has("rejected"))
            return PromptChosenRejected.Row(reader) is { } preference ? new UneditedRow(preference.Id, preference.Group, preference.Prompt.Text, preference.Rejected.Text) { Line = reader.Line } : null;
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string group = reader.OptionalText("group") ?? id;
        string? prompt = reader.Text("prompt"), response = reader.Text("response");
        return prompt is null || response is null ? null : new UneditedRow(id, group, prompt, response) { Line = reader.Line };
    }
}
