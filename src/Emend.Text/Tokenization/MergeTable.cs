namespace Emend.Text.Tokenization;

/// <summary>
/// The merges of a BPE model: which pair of ids merges, at what rank and into what. Open addressing over one array,
/// because a text asks about every neighbouring pair in it.
/// </summary>
internal sealed class MergeTable
{
    private const long Empty = -1;

    private readonly long[] _pairs;
    private readonly int[] _ranks;
    private readonly int[] _results;
    private readonly int _shift;

    /// <param name="merges">In order of rank; a pair that comes twice has its last rank.</param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Result)> merges)
    {
        int bits = 4;
        while (1 << bits < 2 * merges.Count)
            bits++;
        _shift = 64 - bits;
        _pairs = new long[1 << bits];
        _ranks = new int[1 << bits];
        _results = new int[merges.Count];
        Array.Fill(_pairs, Empty);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            int slot = SlotOf((long)merges[rank].Left << 32 | (uint)merges[rank].Right);
            _pairs[slot] = (long)merges[rank].Left << 32 | (uint)merges[rank].Right;
            _ranks[slot] = rank;
            _results[rank] = merges[rank].Result;
        }
    }

    /// <summary>The rank at which two neighbouring ids merge, or -1.</summary>
    public int RankOf(int left, int right)
    {
        int slot = SlotOf((long)left << 32 | (uint)right);
        return _pairs[slot] == Empty ? -1 : _ranks[slot];
    }

    public int ResultOf(int rank) => _results[rank];

    /// <summary>Where the pair is, or the free place where it would be.</summary>
    private int SlotOf(long pair)
    {
        int slot = (int)((ulong)(pair * -7046029254386353131L) >> _shift);
        while (_pairs[slot] != pair && _pairs[slot] != Empty)
            slot = (slot + 1) & (_pairs.Length - 1);
        return slot;
    }
}
