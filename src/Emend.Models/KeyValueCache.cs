using Emend.Tensors;

namespace Emend.Models;

/// <summary>Preallocated keys and values of B sequences, (B, C, G, d) per layer, written in place; C positions at most.</summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    public KeyValueCache(ModelConfig config, int rows, int capacity, DType type, Device device)
    {
        _keys = new Tensor[config.Layers];
        _values = new Tensor[config.Layers];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            // Zeros, not whatever was there: a masked weight of 0 times a NaN of old memory would be NaN.
            _keys[layer] = Tensor.Zeros([rows, capacity, config.KeyValueHeads, config.HeadSize], type, device).Own();
            _values[layer] = Tensor.Zeros([rows, capacity, config.KeyValueHeads, config.HeadSize], type, device).Own();
        }
        Lengths = new int[rows];
    }

    /// <summary>Tokens of each row that are in the cache.</summary>
    public int[] Lengths { get; private set; }

    /// <summary>Writes k and v (B, T, G, d) behind each row's length and returns all keys and values up to the longest row, (B, L, G, d).</summary>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor k, Tensor v)
    {
        int columns = (int)k.Size(1), length = Lengths.Max() + columns;
        if (Lengths.All(written => written == Lengths[0]))
        {
            _keys[layer].Narrow(1, Lengths[0], columns).CopyFrom(k);
            _values[layer].Narrow(1, Lengths[0], columns).CopyFrom(v);
        }
        else
        {
            var rows = new long[Lengths.Length * columns];
            var places = new long[rows.Length];
            for (int i = 0; i < rows.Length; i++)
                (rows[i], places[i]) = (i / columns, Lengths[i / columns] + i % columns);
            Tensor row = Tensor.From(rows, [Lengths.Length, columns], k.Device), place = Tensor.From(places, [Lengths.Length, columns], k.Device);
            _keys[layer].IndexPutInPlace([row, place], k);
            _values[layer].IndexPutInPlace([row, place], v);
        }
        return (_keys[layer].Narrow(1, 0, length), _values[layer].Narrow(1, 0, length));
    }

    /// <summary>Keeps these rows only: the cache of a batch whose other rows are finished.</summary>
    public void Keep(ReadOnlySpan<int> rows)
    {
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer] = Kept(_keys[layer], rows);
            _values[layer] = Kept(_values[layer], rows);
        }
        var lengths = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            lengths[i] = Lengths[rows[i]];
        Lengths = lengths;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values))
            tensor.Dispose();
    }

    private static Tensor Kept(Tensor tensor, ReadOnlySpan<int> rows)
    {
        using (tensor)
            return tensor.Rows(rows).Own();
    }
}
