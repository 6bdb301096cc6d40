// Formats: docs/formats/edits.md, "Demonstrations and prompts".
using Emend.Text;

namespace Emend.Feedback;

/// <summary>A prompt and a response to imitate.</summary>
public sealed record Demonstration(string Id, Prompt Prompt, Response Response)
{
    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}

/// <summary>Reads files of demonstrations (`prompt`, `completion`) and of prompts alone (`prompt`): JSON Lines or one JSON array.</summary>
public static class Demonstrations
{
    /// <summary>All rows of a file, or none.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as said: every problem with its line and field.</exception>
    public static IReadOnlyList<Demonstration> Read(string path) => Read(path, reader =>
    {
        string? prompt = reader.Text("prompt"), completion = reader.Text("completion");
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        return prompt is null || completion is null ? null : new Demonstration(id, new Prompt(prompt), new Response(completion)) { Line = reader.Line };
    });

    /// <summary>The prompts of a file with their lines, whatever else its rows hold.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as said: every problem with its line and field.</exception>
    public static IReadOnlyList<(Prompt Prompt, int Line)> ReadPrompts(string path) =>
        [.. Read(path, reader => reader.Text("prompt") is string prompt ? new Line(new Prompt(prompt), reader.Line) : null).Select(row => (row.Prompt, row.Number))];

    private static List<T> Read<T>(string path, Func<RowReader, T?> row) where T : class
    {
        var problems = new Problems(path);
        List<T> rows = [.. JsonRows.Read(path, problems).Select(json => row(new RowReader(json, problems))).OfType<T>()];
        problems.ThrowIfAny();
        return rows;
    }

    private sealed record Line(Prompt Prompt, int Number);
}
