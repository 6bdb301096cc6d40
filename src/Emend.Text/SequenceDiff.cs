namespace Emend.Text;

/// <summary>Levenshtein-optimal alignment of two sequences of units (token or word ids), deterministic and capped.</summary>
public static class SequenceDiff
{
    /// <summary>Operations above which two sequences count as too far apart: any pair of at most this many units each can be aligned.</summary>
    public const int DefaultMaxDistance = 10_000;

    private const int WavesKept = 64;

    /// <summary>
    /// The shortest edit script that turns original into edited, with insertions, deletions and substitutions at one each.
    /// Of several shortest ones, the one of the classical table traced back from its corner with match before substitution
    /// before deletion before insertion: TER's rule. Time O(N + D²) on usual text, memory linear in the distance D.
    /// </summary>
    /// <param name="maxDistance">The most operations tried: the bound on time (below a second at the default).</param>
    /// <exception cref="InvalidInputException">More than maxDistance operations are needed.</exception>
    public static EditScript Compute(ReadOnlySpan<int> original, ReadOnlySpan<int> edited, int maxDistance = DefaultMaxDistance) =>
        Compute(original, edited, maxDistance, WavesKept);

    /// <summary>The same, with the number of waves that the trace keeps per level (a trade of memory for time; never of the result).</summary>
    internal static EditScript Compute(ReadOnlySpan<int> original, ReadOnlySpan<int> edited, int maxDistance, int wavesKept)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDistance);
        // A common end is matched first by the tie rule, so it can go; a common start cannot (x to x x inserts the first x).
        int suffix = CommonSuffixLength(original, edited);
        ReadOnlySpan<int> a = original[..^suffix], b = edited[..^suffix];

        int distance = DiffWaves.Distance(a, b, maxDistance) ?? throw new InvalidInputException(
            $"too large to align: {original.Length} units against {edited.Length} differ in more than {maxDistance} units; split the texts or leave the pair out");
        return new EditScript(original.Length, edited.Length, new DiffTrace(a, b, distance, wavesKept).Hunks());
    }

    private static int CommonSuffixLength(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int length = 0, limit = Math.Min(a.Length, b.Length);
        while (length < limit && a[a.Length - 1 - length] == b[b.Length - 1 - length])
            length++;
        return length;
    }
}
