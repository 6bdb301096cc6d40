// Format: docs/formats/aspects.md.
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>Two given responses to a prompt of which people say that one is better, and in which respect.</summary>
public sealed record AspectPair(string Id, string Aspect, string Prompt, string Better, string Worse)
{
    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}

/// <summary>Reads sets of such pairs: `aspect`, `prompt`, `better`, `worse`; or preferences (`chosen`, `rejected`) of trainers or of HH-RLHF, perhaps with `aspect`.</summary>
public static class AspectPairs
{
    /// <summary>The aspect of preferences that name none.</summary>
    public const string Unnamed = "preferred";

    // As JSON writes it: a text may not be whole Unicode, which its reader says.
    private const string Dialogue = "\"\\n\\nHuman:";
    internal const int LongestName = 40;

    /// <summary>All rows of a file, or none.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as docs/formats/aspects.md says: every problem with its line and field.</exception>
    public static IReadOnlyList<AspectPair> Read(string path)
    {
        var problems = new Problems(path);
        var rows = new List<AspectPair>();
        foreach (JsonRow json in JsonRows.Read(path, problems))
        {
            var reader = new RowReader(json, problems);
            AspectPair? row = reader.Has("chosen") ? Preference(reader, json.Object.GetProperty("chosen")) : Pair(reader);
            if (row is { Aspect.Length: 0 or > LongestName })
                reader.Problem("aspect", $"has {row.Aspect.Length} characters; a name of 1 to {LongestName} is expected");
            if (row is not null && row.Better == row.Worse)
                reader.Problem(reader.Has("chosen") ? "rejected" : "worse", "is the same text as the better one; two different ones are expected");
            if (row is not null)
                rows.Add(row with { Line = json.Line });
        }
        problems.ThrowIfAny();
        return rows;
    }

    private static AspectPair? Pair(RowReader reader)
    {
        string? aspect = reader.Text("aspect"), prompt = reader.Text("prompt"), better = reader.Text("better"), worse = reader.Text("worse");
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        return aspect is null || prompt is null || better is null || worse is null ? null : new AspectPair(id, aspect, prompt, better, worse);
    }

    private static AspectPair? Preference(RowReader reader, JsonElement chosen)
    {
        string aspect = reader.OptionalText("aspect") ?? Unnamed;
        bool dialogues = !reader.Has("prompt") && chosen.GetRawText().StartsWith(Dialogue, StringComparison.Ordinal);
        Preference? read = dialogues ? HhRlhfPair.Row(reader) : PromptChosenRejected.Row(reader);
        return read is null ? null : new AspectPair(read.Id, aspect, read.Prompt.Text, read.Chosen.Text, read.Rejected.Text);
    }
}
