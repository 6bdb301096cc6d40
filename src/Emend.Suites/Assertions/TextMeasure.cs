using Emend.Text;

namespace Emend.Suites;

/// <summary>What texts are measured in.</summary>
public sealed record TextMeasure(string Name, string Plural)
{
    public static readonly TextMeasure Words = new("words", "words"), Characters = new("characters", "characters");

    public static readonly IReadOnlyList<TextMeasure> All = [Words, Characters];

    /// <summary>Words split on white space, or Unicode characters (code points).</summary>
    public int Length(string text) => this == Words
        ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length
        : text.EnumerateRunes().Count();

    /// <summary>Levenshtein distance in this unit; words are pieces without white space: a mark of punctuation is one, and so is a character where a script puts no spaces.</summary>
    /// <exception cref="InvalidInputException">The texts are too far apart to align.</exception>
    public int Distance(string text, string other) => Script(text, other).Distance;

    /// <summary>Distance by the longer side: 0 for equal texts, 1 for texts that share nothing.</summary>
    public double Rate(string text, string other) => Script(text, other).EditRate;

    private EditScript Script(string text, string other) => this == Words
        ? TextEdits.Compute(TextPieces.Words(text), TextPieces.Words(other)).Script
        : SequenceDiff.Compute([.. text.EnumerateRunes().Select(rune => rune.Value)], [.. other.EnumerateRunes().Select(rune => rune.Value)]);
}
