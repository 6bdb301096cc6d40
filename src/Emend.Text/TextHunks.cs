using System.Collections.Immutable;

namespace Emend.Text;

/// <summary>Rebuilds the change of a text from an alignment of its units, exactly: see TextEdits for why it cannot be wrong.</summary>
internal static class TextHunks
{
    public static TextEdit Build(TextUnits response, TextUnits edited, EditScript script)
    {
        var hunks = ImmutableArray.CreateBuilder<TextHunk>();
        var kept = ImmutableArray.CreateBuilder<int>();
        int position = 0, editedPosition = 0;          // behind the last kept stretch, on either side
        int keptUnits = 0;                             // since the last hunk
        int first = 0, editedFirst = 0;                // units behind the last kept one

        foreach ((int i, int j) in script.Matches().Append((response.Count, edited.Count)))
        {
            bool end = i == response.Count;
            TextSpan span = end ? new TextSpan(response.Text.Length, response.Text.Length) : response.Spans[i];
            TextSpan editedSpan = end ? new TextSpan(edited.Text.Length, edited.Text.Length) : edited.Spans[j];
            if (span.Start < position || editedSpan.Start < editedPosition || SplitsAPair(response.Text, span) || SplitsAPair(edited.Text, editedSpan))
                continue;                              // another byte of a kept character, or not to be kept

            var gap = new TextSpan(position, span.Start);
            var editedGap = new TextSpan(editedPosition, editedSpan.Start);
            if (!Text(response, gap).SequenceEqual(Text(edited, editedGap)))
            {
                if (hunks.Count > 0)
                    kept.Add(keptUnits);
                keptUnits = 0;
                hunks.Add(Trimmed(response, gap, first..i, edited, editedGap, editedFirst..j));
            }
            keptUnits++;
            (position, editedPosition) = (span.End, editedSpan.End);
            (first, editedFirst) = (i + 1, j + 1);
        }
        return new TextEdit(response, edited, script, hunks.ToImmutable(), kept.ToImmutable());
    }

    /// <summary>
    /// A hunk without the equal text at its ends that no unit covers: "a b c" to "a c" removes "b ", not " b " for " ".
    /// Units stay whole, so cats to cat replaces the word.
    /// </summary>
    private static TextHunk Trimmed(
        TextUnits response, TextSpan gap, Range units, TextUnits edited, TextSpan editedGap, Range editedUnits)
    {
        ReadOnlySpan<char> text = Text(response, gap), editedText = Text(edited, editedGap);
        (int front, int back) = Uncovered(response, units, gap);
        (int editedFront, int editedBack) = Uncovered(edited, editedUnits, editedGap);

        int start = text[..front].CommonPrefixLength(editedText[..editedFront]);
        int most = Math.Min(Math.Min(back, editedBack), Math.Min(text.Length, editedText.Length) - start);
        int end = 0;
        while (end < most && text[^(end + 1)] == editedText[^(end + 1)])
            end++;
        var span = new TextSpan(gap.Start + start, gap.End - end);
        var editedSpan = new TextSpan(editedGap.Start + start, editedGap.End - end);
        if (SplitsAPair(response.Text, span) || SplitsAPair(edited.Text, editedSpan))
            (span, editedSpan) = (gap, editedGap);
        return new TextHunk(span, Text(edited, editedSpan).ToString());
    }

    /// <summary>Code units at the front and at the back of a stretch that none of the changed units covers; all of it where they cover nothing.</summary>
    private static (int Front, int Back) Uncovered(TextUnits text, Range units, TextSpan range)
    {
        int first = range.End, last = range.Start;
        foreach (TextSpan span in text.Spans.AsSpan()[units])
        {
            if (span.Length == 0 || !span.Overlaps(range))
                continue;
            first = Math.Min(first, Math.Max(span.Start, range.Start));
            last = Math.Max(last, Math.Min(span.End, range.End));
        }
        return (first - range.Start, range.End - last);
    }

    private static ReadOnlySpan<char> Text(TextUnits units, TextSpan span) => units.Text.AsSpan(span.Start, span.Length);

    /// <summary>Whether an end of the span lies between the halves of a surrogate pair.</summary>
    private static bool SplitsAPair(string text, TextSpan span) => InsideAPair(text, span.Start) || InsideAPair(text, span.End);

    private static bool InsideAPair(string text, int at) =>
        at > 0 && at < text.Length && char.IsHighSurrogate(text[at - 1]) && char.IsLowSurrogate(text[at]);
}
