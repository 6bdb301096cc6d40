namespace Emend.Text.Tokenization;

/// <summary>A binary heap of numbers, smallest first. A number is a merge's rank (upper half) and its place in the word (lower half).</summary>
internal sealed class MergeHeap(int capacity)
{
    private long[] _items = new long[Math.Max(4, capacity)];
    private int _count;

    /// <summary>Puts a number at the end, before <see cref="Order"/> is called once.</summary>
    public void AddUnordered(long item)
    {
        if (_count == _items.Length)
            Array.Resize(ref _items, 2 * _items.Length);
        _items[_count++] = item;
    }

    public void Order()
    {
        for (int i = _count / 2 - 1; i >= 0; i--)
            SinkDown(i);
    }

    public void Add(long item)
    {
        AddUnordered(item);
        int child = _count - 1;
        while (child > 0 && _items[(child - 1) / 2] > item)
        {
            _items[child] = _items[(child - 1) / 2];
            child = (child - 1) / 2;
        }
        _items[child] = item;
    }

    public bool TryTake(out long smallest)
    {
        smallest = _items[0];
        if (_count == 0)
            return false;
        _items[0] = _items[--_count];
        SinkDown(0);
        return true;
    }

    private void SinkDown(int parent)
    {
        long item = _items[parent];
        while (2 * parent + 1 < _count)
        {
            int child = 2 * parent + 1;
            if (child + 1 < _count && _items[child + 1] < _items[child])
                child++;
            if (_items[child] >= item)
                break;
            _items[parent] = _items[child];
            parent = child;
        }
        _items[parent] = item;
    }
}
