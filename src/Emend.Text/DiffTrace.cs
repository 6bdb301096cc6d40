// The shortest path back from the corner (N, M) to the start, by the tie rule of SequenceDiff.
// Cell (x, y) is e operations from the start; the cell before it on a shortest path is the first of
//   (x-1, y-1) if the units are equal, still e operations;
//   (x-1, y-1) substitution, (x-1, y) deletion, (x, y-1) insertion, whichever wave e - 1 reaches.
// That needs the waves in falling order of e, and keeping them all would take D x D memory. So a stretch of waves is swept once,
// `kept` of them are stored, and the stretches between are swept again from the stored ones, the last stretch first.
// Memory: O(kept D) per level, and there are log(D) / log(kept) levels. Time: one more sweep per level.
using System.Collections.Immutable;

namespace Emend.Text;

internal ref struct DiffTrace
{
    private readonly ReadOnlySpan<int> _a;
    private readonly ReadOnlySpan<int> _b;
    private readonly int _distance;
    private readonly int _kept;
    private readonly List<EditHunk> _hunks = [];     // last hunk first, until the end
    private int _x;
    private int _y;
    private (int X, int Y)? _hunkEnd;                // set while the path is inside a hunk

    public DiffTrace(ReadOnlySpan<int> a, ReadOnlySpan<int> b, int distance, int kept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kept, 2);
        _a = a;
        _b = b;
        _distance = distance;
        _kept = kept;
        (_x, _y) = (a.Length, b.Length);
    }

    public ImmutableArray<EditHunk> Hunks()
    {
        Back(DiffWave.First(_a, _b), 0, _distance);
        Matches();
        CloseHunk();                                  // a hunk that begins at (0, 0)
        _hunks.Reverse();
        return [.. _hunks];
    }

    /// <summary>Walks from a cell that is `high` operations from the start to one that is `low`; `first` is wave `low`.</summary>
    private void Back(DiffWave first, int low, int high)
    {
        int stride = (high - low + _kept - 1) / _kept;
        List<DiffWave> stored = Store(first, low, high, stride);
        for (int i = stored.Count - 1; i >= 0; i--)
        {
            int from = low + i * stride;
            if (stride == 1)
                Operation(stored[i]);
            else
                Back(stored[i], from, Math.Min(from + stride, high));
        }
    }

    /// <summary>Waves low, low + stride, … below high.</summary>
    private readonly List<DiffWave> Store(DiffWave first, int low, int high, int stride)
    {
        var stored = new List<DiffWave>(_kept);
        int[] target = new int[2 * high + 1], spare = new int[2 * high + 1];
        DiffWave wave = first;
        for (int e = low; e < high; e++)
        {
            if ((e - low) % stride == 0)
                stored.Add(wave.Copy());
            if (e + 1 == high)
                break;
            wave = DiffWaves.Next(_a, _b, wave, e + 1, _distance, target);
            (target, spare) = (spare, target);
        }
        return stored;
    }

    /// <summary>Matches as far back as they go, then one operation; `before` is the wave with one operation less than the cell's.</summary>
    private void Operation(DiffWave before)
    {
        Matches();
        _hunkEnd ??= (_x, _y);
        int k = _x - _y;
        if (_x > 0 && _y > 0 && before.Reaches(k, _x - 1))
            (_x, _y) = (_x - 1, _y - 1);
        else if (_x > 0 && before.Reaches(k - 1, _x - 1))
            _x--;
        else
            _y--;
    }

    private void Matches()
    {
        if (_x == 0 || _y == 0 || _a[_x - 1] != _b[_y - 1])
            return;
        CloseHunk();
        while (_x > 0 && _y > 0 && _a[_x - 1] == _b[_y - 1])
            (_x, _y) = (_x - 1, _y - 1);
    }

    private void CloseHunk()
    {
        if (_hunkEnd is var (endX, endY))
            _hunks.Add(new EditHunk(_x, endX, _y, endY));
        _hunkEnd = null;
    }
}
