// Three-way merge of sequences: diff3, as Khanna, Kunal and Pierce describe it ("A formal investigation of diff3", 2007), on Emend's own alignment.
using Emend.Text;

namespace Emend.Feedback.Prompts;

/// <summary>Where a stretch of a merge comes from.</summary>
internal enum MergeSource
{
    /// <summary>Equal on all three sides.</summary>
    Stable,
    Ours,
    Theirs,

    /// <summary>Both sides changed it, and not alike.</summary>
    Conflict,
}

/// <summary>A stretch of a merge: half-open ranges of units [Start, End) on the three sides.</summary>
internal readonly record struct MergePiece(MergeSource Source, int Start, int End, int OursStart, int OursEnd, int TheirsStart, int TheirsEnd);

internal static class SequenceMerge
{
    // Time grows with the square of it; a merge is made while other writers wait.
    private const int MaxDistance = 3000;

    /// <summary>
    /// Pieces in order; together they cover all of each side. Nothing depends on which side is called ours but the names. A side that is more
    /// than 3000 units from the base is another sequence: it has no unit in common with the base.
    /// </summary>
    public static IReadOnlyList<MergePiece> Of(int[] basis, int[] ours, int[] theirs)
    {
        int[] inOurs = Partners(basis, ours), inTheirs = Partners(basis, theirs);
        var pieces = new List<MergePiece>();
        int start = 0, oursStart = 0, theirsStart = 0;
        for (int unit = 0; unit <= basis.Length; unit++)
        {
            bool end = unit == basis.Length;
            if (!end && (inOurs[unit] < 0 || inTheirs[unit] < 0))
                continue;
            int oursEnd = end ? ours.Length : inOurs[unit], theirsEnd = end ? theirs.Length : inTheirs[unit];
            if (unit > start || oursEnd > oursStart || theirsEnd > theirsStart)
                pieces.Add(new MergePiece(SourceOf(basis.AsSpan(start..unit), ours.AsSpan(oursStart..oursEnd), theirs.AsSpan(theirsStart..theirsEnd)), start, unit, oursStart, oursEnd, theirsStart, theirsEnd));
            if (!end)
                pieces.Add(new MergePiece(MergeSource.Stable, unit, unit + 1, oursEnd, oursEnd + 1, theirsEnd, theirsEnd + 1));
            (start, oursStart, theirsStart) = (unit + 1, oursEnd + 1, theirsEnd + 1);
        }
        return pieces;
    }

    /// <summary>Units of texts as numbers, equal where the texts are.</summary>
    public static (int[] Base, int[] Ours, int[] Theirs) Numbered(IReadOnlyList<string> basis, IReadOnlyList<string> ours, IReadOnlyList<string> theirs)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] Of(IReadOnlyList<string> units) => [.. units.Select(unit => numbers.TryGetValue(unit, out int number) ? number : numbers[unit] = numbers.Count)];
        return (Of(basis), Of(ours), Of(theirs));
    }

    private static MergeSource SourceOf(ReadOnlySpan<int> basis, ReadOnlySpan<int> ours, ReadOnlySpan<int> theirs) =>
        ours.SequenceEqual(theirs) || theirs.SequenceEqual(basis) ? MergeSource.Ours : ours.SequenceEqual(basis) ? MergeSource.Theirs : MergeSource.Conflict;

    // For each unit of the base the unit of the side that it became unchanged, or -1.
    private static int[] Partners(int[] basis, int[] side)
    {
        int[] partners = new int[basis.Length];
        Array.Fill(partners, -1);
        try
        {
            foreach ((int original, int edited) in SequenceDiff.Compute(basis, side, MaxDistance).Matches())
                partners[original] = edited;
        }
        catch (InvalidInputException)
        {
            // Too far to align: one piece, which is a conflict where the other side changed anything too.
        }
        return partners;
    }
}
