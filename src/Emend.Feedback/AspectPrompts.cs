// Format: docs/formats/aspects.md, "With prompts of your own".
using Emend.Text;

namespace Emend.Feedback;

/// <summary>A prompt that models are asked, and perhaps what it tries them in.</summary>
/// <param name="Aspect">Any name, as helpful or honest; null where the file names none.</param>
public sealed record AspectPrompt(string Id, string? Aspect, Prompt Prompt)
{
    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}

/// <summary>Reads files of prompts: `prompt`, perhaps `aspect` and `id`; JSON Lines or one JSON array.</summary>
public static class AspectPrompts
{
    /// <summary>What stands for all prompts together, and is no name of an aspect.</summary>
    public const string All = "all";

    /// <summary>All rows of a file, or none. A row without id is named after its line.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as docs/formats/aspects.md says: every problem with its line and field.</exception>
    public static IReadOnlyList<AspectPrompt> Read(string path)
    {
        AspectPrompt? first = null;
        return [.. NamedRows.Stream(path, reader =>
        {
            string? prompt = reader.Text("prompt"), aspect = reader.OptionalText("aspect");
            if (aspect is { Length: 0 or > AspectPairs.LongestName })
                reader.Problem("aspect", $"has {aspect.Length} characters; a name of 1 to {AspectPairs.LongestName} is expected");
            if (aspect == All)
                reader.Problem("aspect", $"\"{All}\" stands for all prompts together; the name of one aspect is expected");
            if (prompt is null)
                return null;
            var row = new AspectPrompt(reader.OptionalText("id") ?? reader.DefaultId, aspect, new Prompt(prompt)) { Line = reader.Line };
            first ??= row;
            if (first.Aspect is null != aspect is null)
                reader.Problem("aspect", $"is {(aspect is null ? "missing" : $"\"{aspect}\"")}, where the prompt of line {first.Line} has {(first.Aspect is null ? "none" : "one")}; every prompt names its aspect, or none does");
            return row;
        }, row => row.Id)];
    }
}
