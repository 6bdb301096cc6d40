using System.Collections.Immutable;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>One change as it is shown: [Start, End) of the original, in UTF-16 code units, became Replacement.</summary>
public sealed record ReportedHunk(int Start, int End, string Replacement, string? Reason = null);

/// <summary>
/// What an edit changed, computed from the two texts alone. Hunks are cut at words and characters as people see them; the figures count
/// the units that a reward model learns from (tokens, or words where there is no tokenizer).
/// </summary>
/// <param name="Units">Units of the original.</param>
/// <param name="Removed">Units of the original that went.</param>
/// <param name="Added">Units that came.</param>
/// <param name="EditRate">Operations by the units of the longer side, 0 to 1.</param>
/// <param name="KeptShare">Share of the original's units that stayed, 0 to 1; 1 for an empty original.</param>
public sealed record EditReport(
    IReadOnlyList<ReportedHunk> Hunks, string Unit, int Units, int Removed, int Added, int Distance, double EditRate, double KeptShare, bool WithinBand)
{
    /// <summary>
    /// Above so many operations a pair counts as too far apart: the answer then comes within a second. Texts of at most so many
    /// pieces can always be aligned.
    /// </summary>
    public const int MaxDistance = 6000;

    // A single equal piece between two changes, such as the space between two words, joins them.
    private const int MergeBelow = 2;

    /// <exception cref="InvalidInputException">The texts are too far apart to align.</exception>
    public static EditReport Of(string original, string edited, AnswerRules rules)
    {
        TextEdit shown = TextEdits.Compute(TextPieces.Cut(original), TextPieces.Cut(edited), MaxDistance);
        TextEdit counted = rules.Tokenizer is Tokenizer tokenizer
            ? TextEdits.Compute(original, edited, tokenizer, MaxDistance)
            : TextEdits.ComputeWords(original, edited, MaxDistance);
        EditScript script = counted.Script;
        int removed = script.Hunks.Sum(hunk => hunk.Removed), added = script.Hunks.Sum(hunk => hunk.Added);
        ImmutableArray<TextHunk> hunks = TextEdits.MergedHunks(shown, MergeBelow);
        return new EditReport(
            [.. hunks.Select(hunk => new ReportedHunk(hunk.Span.Start, hunk.Span.End, hunk.Replacement))],
            rules.Tokenizer is null ? "word" : "token",
            script.OriginalLength, removed, added, script.Distance, script.EditRate,
            script.OriginalLength == 0 ? 1 : 1 - (double)removed / script.OriginalLength,
            script.EditRate >= rules.BandLow && script.EditRate <= rules.BandHigh);
    }
}
