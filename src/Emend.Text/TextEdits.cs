// From two texts to an edit: align their units, then rebuild the change of the text from the alignment.
// Two units are equal when id and covered text are both equal, so that two different unknown characters differ although both are
// <unk>, and so do two tokens of one id whose texts a normalizer had made alike.
// Exactness: a matched pair of units keeps its stretch of text where both spans lie behind the last kept stretch; whatever lies
// between two kept stretches is copied from the edited text. So the result is the edited text by construction, whatever the
// spans are; spans that overlap or run backwards only make a hunk wider.
using System.Collections.Immutable;
using System.Text;

namespace Emend.Text;

/// <summary>Edits of texts: alignment on units, replacements of text that are exact for any Unicode, and the parts of an edit.</summary>
public static class TextEdits
{
    /// <summary>
    /// Hunks with fewer equal units than this between them count as one edit. Two: a single equal word or token between two
    /// changes ("the", a comma) is chance more often than a second thought. 0 and 1 keep all hunks apart.
    /// </summary>
    public const int DefaultMergeBelow = 2;

    /// <summary>The edit in words, split on single spaces.</summary>
    /// <exception cref="InvalidInputException">The texts are too far apart to align.</exception>
    public static TextEdit ComputeWords(string response, string edited, int maxDistance = SequenceDiff.DefaultMaxDistance) =>
        Compute(TextUnits.Words(response), TextUnits.Words(edited), maxDistance);

    /// <summary>The edit in tokens of a model, each text tokenized on its own and without special tokens.</summary>
    /// <exception cref="InvalidInputException">The texts are too far apart to align.</exception>
    public static TextEdit Compute(string response, string edited, Tokenizer tokenizer, int maxDistance = SequenceDiff.DefaultMaxDistance) =>
        Compute(TextUnits.Tokens(response, tokenizer), TextUnits.Tokens(edited, tokenizer), maxDistance);

    /// <summary>The edit in the given units of both texts.</summary>
    /// <exception cref="InvalidInputException">The texts are too far apart to align.</exception>
    public static TextEdit Compute(TextUnits response, TextUnits edited, int maxDistance = SequenceDiff.DefaultMaxDistance)
    {
        var numbers = new Dictionary<(int Id, string Text), int>();
        int[] Numbers(TextUnits units)
        {
            var result = new int[units.Count];
            for (int i = 0; i < result.Length; i++)
            {
                (int, string) unit = (units.Ids[i], units.Covered(i).ToString());
                if (!numbers.TryGetValue(unit, out result[i]))
                    numbers.Add(unit, result[i] = numbers.Count);
            }
            return result;
        }
        EditScript script = SequenceDiff.Compute(Numbers(response), Numbers(edited), maxDistance);
        return TextHunks.Build(response, edited, script);
    }

    /// <summary>The text with the given replacements made; spans are in the text as it was, in any order.</summary>
    /// <exception cref="ArgumentException">A span is not within the text, or two overlap.</exception>
    public static string Apply(string text, IEnumerable<TextHunk> hunks)
    {
        var result = new StringBuilder(text.Length);
        int position = 0;
        foreach ((TextSpan span, string replacement) in hunks.OrderBy(hunk => hunk.Span.Start).ThenBy(hunk => hunk.Span.End))
        {
            if (span.Start < position || span.End < span.Start || span.End > text.Length)
            {
                throw new ArgumentException($"span [{span.Start}, {span.End}) overlaps the one before, which ends at {position}, "
                    + $"or is not within the text of {text.Length} UTF-16 units");
            }
            result.Append(text, position, span.Start - position).Append(replacement);
            position = span.End;
        }
        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>The hunks of an edit, those with fewer than mergeBelow equal units between them joined (with the text between them).</summary>
    public static ImmutableArray<TextHunk> MergedHunks(TextEdit edit, int mergeBelow = DefaultMergeBelow)
    {
        var merged = ImmutableArray.CreateBuilder<TextHunk>();
        for (int i = 0; i < edit.Hunks.Length; i++)
        {
            TextHunk hunk = edit.Hunks[i];
            if (i > 0 && edit.Kept[i - 1] < mergeBelow)
            {
                TextHunk before = merged[^1];
                string between = edit.Response.Text[before.Span.End..hunk.Span.Start];
                merged[^1] = new TextHunk(new TextSpan(before.Span.Start, hunk.Span.End), before.Replacement + between + hunk.Replacement);
            }
            else
            {
                merged.Add(hunk);
            }
        }
        return merged.ToImmutable();
    }

    /// <summary>
    /// One text for each merged hunk of an edit: the response with only that hunk applied. With the response they make one training
    /// pair per hunk; applied together the hunks give the edited text. No hunk, no text.
    /// </summary>
    public static IReadOnlyList<string> SplitPairs(TextEdit edit, int mergeBelow = DefaultMergeBelow) =>
        [.. MergedHunks(edit, mergeBelow).Select(hunk => Apply(edit.Response.Text, [hunk]))];
}
