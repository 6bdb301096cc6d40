// The forward pass of decoding on one thread: a list of (sequence, position, token) rows goes through the blocks together,
// whether they are new prompts or next tokens. Everything a row's result depends on is its own sequence's cache, and every
// sum runs in the same order whatever rows are beside it, so a result is the same bits in any batch.
// Letters: R rows, D hidden size, H heads, G key/value heads, d head size, F inner size, V vocabulary.
using System.Runtime.InteropServices;
using Emend.Tensors;

namespace Emend.Models.Decoding;

/// <summary>One token to run: in which slot of the cache its sequence lies and where it stands.</summary>
internal readonly record struct DecodeRow(int Slot, int Position, int Token);

/// <summary>The cache of some sequences and the scratch memory of one thread.</summary>
internal sealed unsafe class DecodeLane : IDisposable
{
    /// <summary>The most rows of one forward pass, a multiple of the kernels' 12.</summary>
    public const int MaxRows = 96;

    private readonly DecodeWeights _weights;
    private readonly ModelConfig _config;
    private readonly RotaryTable _rotary;
    private readonly int _positions;
    private readonly long _headFloats;
    private readonly AlignedBuffer _keys, _values, _x, _normed, _wide, _mixed, _scores, _scratch, _head, _logits;

    /// <summary>Slots sequences of at most <paramref name="positions"/> tokens. The rotary table reaches that far already.</summary>
    public DecodeLane(DecodeWeights weights, RotaryTable rotary, int slots, int positions)
    {
        _weights = weights;
        _config = weights.Config;
        _rotary = rotary;
        _positions = CachedAttention.Rounded(positions);
        Slots = slots;
        _headFloats = CachedAttention.HeadFloats(_positions, _config.HeadSize);
        long cache = (long)_config.Layers * slots * _config.KeyValueHeads * _headFloats;
        _keys = AlignedBuffer.OfFloats(cache);
        _values = AlignedBuffer.OfFloats(cache);
        int rows = MaxRows + PanelKernels.MaxRows, wide = Math.Max(weights.Layers[0].QueryKeyValue.Width, weights.Layers[0].Inner.Width);
        _x = AlignedBuffer.OfFloats((long)rows * weights.Hidden);
        _normed = AlignedBuffer.OfFloats((long)rows * weights.Hidden);
        _wide = AlignedBuffer.OfFloats((long)rows * wide);
        _mixed = AlignedBuffer.OfFloats((long)rows * MixedStride);
        _scores = AlignedBuffer.OfFloats(_positions);
        _scratch = AlignedBuffer.OfFloats((long)rows * Math.Max(Math.Max(_config.HiddenSize, _config.IntermediateSize), MixedStride));
        _head = AlignedBuffer.OfFloats(CachedAttention.Rounded(_config.HeadSize));
        _logits = AlignedBuffer.OfFloats((long)rows * weights.Head.Width);
    }

    /// <summary>Sequences that the cache holds.</summary>
    public int Slots { get; }

    private int MixedStride => PackedLinear.Padded(_config.Heads * _config.HeadSize);

    /// <summary>The logits (V) of the i-th row that asked for them in the last forward pass.</summary>
    public ReadOnlySpan<float> Logits(int i) => new(_logits.Floats + (long)i * _weights.Head.Width, _config.VocabularySize);

    /// <summary>The hidden state (D) behind the last norm of the i-th row of the last forward pass, there until the next call.</summary>
    public ReadOnlySpan<float> Hidden(int i)
    {
        Norm(_x.Floats + (long)i * _weights.Hidden, 1, _weights.LastNorm.Floats, _normed.Floats);
        return new(_normed.Floats, _config.HiddenSize);
    }

    /// <summary>
    /// Runs up to 96 rows. Rows of one sequence come in the order of their positions, and earlier positions have been run. Logits are
    /// computed for the rows whose indices are in <paramref name="wanted"/>, in that order.
    /// </summary>
    public void Forward(ReadOnlySpan<DecodeRow> rows, ReadOnlySpan<int> wanted)
    {
        Embed(rows);
        int hidden = _weights.Hidden;
        for (int layer = 0; layer < _weights.Layers.Length; layer++)
        {
            DecodeLayer block = _weights.Layers[layer];
            Norm(_x.Floats, rows.Length, block.Norms.Floats, _normed.Floats);
            block.QueryKeyValue.Multiply(_normed.Floats, hidden, rows.Length, _wide.Floats, block.QueryKeyValue.Width, _scratch.Floats, adds: false);
            Attention(rows, layer, block.QueryKeyValue);
            block.Output.Multiply(_mixed.Floats, MixedStride, rows.Length, _x.Floats, hidden, _scratch.Floats, adds: true);
            Norm(_x.Floats, rows.Length, block.Norms.Floats + 2 * hidden, _normed.Floats);
            int width = block.Inner.Width;
            block.Inner.Multiply(_normed.Floats, hidden, rows.Length, _wide.Floats, width, _scratch.Floats, adds: false);
            Activate(rows.Length, block.Inner);
            block.Down.Multiply(_wide.Floats, width, rows.Length, _x.Floats, hidden, _scratch.Floats, adds: true);
        }
        if (wanted.Length > 0)
            Predict(wanted);
    }

    /// <summary>Copies the first positions of a sequence's cache into another slot: samples of one prompt share its forward pass.</summary>
    public void CopyCache(int from, int to, int positions)
    {
        long bytes = (long)positions * CachedAttention.Rounded(_config.HeadSize) * sizeof(float);
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            for (int head = 0; head < _config.KeyValueHeads; head++)
            {
                Buffer.MemoryCopy(Keys(layer, from, head), Keys(layer, to, head), bytes, bytes);
                Buffer.MemoryCopy(Values(layer, from, head), Values(layer, to, head), bytes, bytes);
            }
        }
    }

    public void Dispose()
    {
        foreach (AlignedBuffer buffer in (AlignedBuffer[])[_keys, _values, _x, _normed, _wide, _mixed, _scores, _scratch, _head, _logits])
            buffer.Dispose();
    }

    private float* Keys(int layer, int slot, int head) => _keys.Floats + (((long)layer * Slots + slot) * _config.KeyValueHeads + head) * _headFloats;

    private float* Values(int layer, int slot, int head) => _values.Floats + (((long)layer * Slots + slot) * _config.KeyValueHeads + head) * _headFloats;

    private void Embed(ReadOnlySpan<DecodeRow> rows)
    {
        int size = _config.HiddenSize;
        for (int r = 0; r < rows.Length; r++)
        {
            var x = new Span<float>(_x.Floats + (long)r * _weights.Hidden, _weights.Hidden);
            _weights.Embedding.AsSpan(rows[r].Token * size, size).CopyTo(x);
            x[size..].Clear();
            if (_weights.Places.Length == 0)
                continue;
            ReadOnlySpan<float> place = _weights.Places.AsSpan(rows[r].Position * size, size);
            for (int i = 0; i < size; i++)
                x[i] += place[i];
        }
    }

    private void Norm(float* x, int rows, float* gain, float* y)
    {
        int padded = _weights.Hidden, size = _config.HiddenSize;
        for (int r = 0; r < rows; r++)
        {
            if (_config.Family == ModelFamily.Gpt2)
                RowKernels.LayerNorm(x + (long)r * padded, gain, gain + padded, size, padded, (float)_config.NormEpsilon, y + (long)r * padded);
            else
                RowKernels.RmsNorm(x + (long)r * padded, gain, size, padded, (float)_config.NormEpsilon, y + (long)r * padded);
        }
    }

    private void Attention(ReadOnlySpan<DecodeRow> rows, int layer, PackedLinear joined)
    {
        int size = _config.HeadSize, shared = _config.Heads / _config.KeyValueHeads;
        for (int r = 0; r < rows.Length; r++)
        {
            float* all = _wide.Floats + (long)r * joined.Width;
            float* keys = all + joined.Starts[1], values = all + joined.Starts[2];
            Turn(all, _config.Heads, rows[r].Position);
            Turn(keys, _config.KeyValueHeads, rows[r].Position);
            for (int head = 0; head < _config.KeyValueHeads; head++)
                CachedAttention.Store(Keys(layer, rows[r].Slot, head), Values(layer, rows[r].Slot, head), rows[r].Position, keys + head * size, values + head * size, size);
        }
        for (int r = 0; r < rows.Length; r++)
        {
            float* queries = _wide.Floats + (long)r * joined.Width, mixed = _mixed.Floats + (long)r * MixedStride;
            for (int head = 0; head < _config.Heads; head++)
            {
                float* next = head + 1 < _config.Heads ? Keys(layer, rows[r].Slot, (head + 1) / shared) : Keys(layer, rows[Math.Min(r + 1, rows.Length - 1)].Slot, 0);
                CachedAttention.Attend(queries + head * size, Keys(layer, rows[r].Slot, head / shared), Values(layer, rows[r].Slot, head / shared),
                    rows[r].Position + 1, size, _scores.Floats, _head.Floats, next);
                new ReadOnlySpan<float>(_head.Floats, size).CopyTo(new Span<float>(mixed + head * size, size));
            }
        }
    }

    private void Turn(float* heads, int count, int position)
    {
        if (_config.Family == ModelFamily.Gpt2)
            return;
        int half = _config.HeadSize / 2;
        fixed (float* cosines = &_rotary.Cosines[position * half], sines = &_rotary.Sines[position * half])
        {
            for (int head = 0; head < count; head++)
                RowKernels.Rotate(heads + head * _config.HeadSize, cosines, sines, half);
        }
    }

    private void Activate(int rows, PackedLinear inner)
    {
        for (int r = 0; r < rows; r++)
        {
            float* row = _wide.Floats + (long)r * inner.Width;
            if (_config.Family == ModelFamily.Gpt2)
                RowKernels.Gelu(row, inner.Width);
            else
                RowKernels.SwiGlu(row, row + inner.Starts[1], inner.Starts[1]);
        }
    }

    private void Predict(ReadOnlySpan<int> wanted)
    {
        int hidden = _weights.Hidden;
        for (int i = 0; i < wanted.Length; i++)
            NativeMemory.Copy(_x.Floats + (long)wanted[i] * hidden, _wide.Floats + (long)i * hidden, (nuint)hidden * sizeof(float));
        Norm(_wide.Floats, wanted.Length, _weights.LastNorm.Floats, _normed.Floats);
        _weights.Head.Multiply(_normed.Floats, hidden, wanted.Length, _logits.Floats, _weights.Head.Width, _scratch.Floats, adds: false);
    }
}
