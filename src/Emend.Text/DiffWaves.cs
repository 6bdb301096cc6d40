// Paper:   Ukkonen 1985, Algorithms for approximate string matching: instead of the N x M table, for each number of operations e
//          and diagonal k = x - y the furthest x that e operations reach, L[e][k]. A substitution and a deletion move x by one,
//          an insertion does not; then equal units slide for nothing. Myers 1986 is the same without substitutions.
// We differ: 1. cells beyond the border are cut back to it, which stays true because neighbouring cells differ by at most one
//          operation; 2. only diagonals from which the corner can still be reached within the total are computed.
// Letters: N original units, M edited units, e operations so far, D all of them, k diagonal; (N, M) lies on diagonal N - M.
namespace Emend.Text;

/// <summary>Wave e: X[k - Low] = L[e][k] for Length diagonals from Low on; those outside are not reached.</summary>
internal readonly record struct DiffWave(int Low, int Length, int[] X)
{
    public static DiffWave First(ReadOnlySpan<int> a, ReadOnlySpan<int> b) => new(0, 1, [a.CommonPrefixLength(b)]);

    /// <summary>Whether e operations are enough for cell (x, x - k): distances never fall along a diagonal.</summary>
    public bool Reaches(int k, int x) => (uint)(k - Low) < (uint)Length && X[k - Low] >= x;

    public DiffWave Copy() => this with { X = X[..Length] };
}

internal static class DiffWaves
{
    private const int Unreached = int.MinValue / 2;

    /// <summary>The Levenshtein distance, or null where it is over the limit.</summary>
    public static int? Distance(ReadOnlySpan<int> a, ReadOnlySpan<int> b, int limit)
    {
        int goal = a.Length - b.Length;
        if (Math.Abs(goal) > limit)
            return null;
        int total = Math.Min(limit, Math.Max(a.Length, b.Length));
        DiffWave wave = DiffWave.First(a, b);
        int[] target = new int[2 * total + 1], spare = new int[2 * total + 1];
        for (int e = 0; e <= total; e++)
        {
            if (wave.Reaches(goal, a.Length))
                return e;
            if (e == total)
                break;
            wave = Next(a, b, wave, e + 1, total, target);
            (target, spare) = (spare, target);
        }
        return null;
    }

    /// <summary>Wave e from wave e - 1, written into `target`, for the diagonals from which (N, M) is within `total` operations.</summary>
    public static DiffWave Next(ReadOnlySpan<int> a, ReadOnlySpan<int> b, DiffWave previous, int e, int total, int[] target)
    {
        int goal = a.Length - b.Length;
        int low = Math.Max(Math.Max(-e, -b.Length), goal - (total - e));
        int high = Math.Min(Math.Min(e, a.Length), goal + (total - e));
        ReadOnlySpan<int> before = previous.X.AsSpan(0, previous.Length);
        for (int k = low; k <= high; k++)
        {
            int at = k - previous.Low;
            int substitute = (uint)at < (uint)before.Length ? before[at] + 1 : Unreached;
            int delete = (uint)(at - 1) < (uint)before.Length ? before[at - 1] + 1 : Unreached;
            int insert = (uint)(at + 1) < (uint)before.Length ? before[at + 1] : Unreached;
            int x = Math.Max(substitute, Math.Max(delete, insert));
            x = Math.Min(x, Math.Min(a.Length, b.Length + k));
            int y = x - k;
            if (x < a.Length && y < b.Length && a[x] == b[y])
                x += a[x..].CommonPrefixLength(b[y..]);
            target[k - low] = x;
        }
        return new DiffWave(low, high - low + 1, target);
    }
}
