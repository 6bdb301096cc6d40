using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>The forward pass of the query heads that share one key head, on one thread.</summary>
internal sealed unsafe class AttentionForward(AttentionShape shape, RotaryAngles? angles) : IDisposable
{
    private const int Lanes = 16;
    private readonly AttentionRows _rows = new(shape, angles, matrices: 5);
    private float* _weights = AttentionRows.Allocate((long)AttentionShape.QueryBlock * shape.PaddedColumns);

    public void Run<TElements>(void* from, void* into, float* logSums, int row, int group) where TElements : struct, IElements
    {
        float* queries = _rows[0], keys = _rows[1], keysAcross = _rows[2], values = _rows[3], mixed = _rows[4];
        _rows.Read<TElements>(from, shape.Offset(row, 0, shape.Heads + group), shape.Joined, keys, 1);
        _rows.Turn(keys, 1);
        _rows.Transpose(keys, keysAcross);
        _rows.Read<TElements>(from, shape.Offset(row, 0, shape.Heads + shape.Groups + group), shape.Joined, values, 1);
        int width = shape.PaddedSize, padded = shape.PaddedColumns;
        for (int head = group * shape.Shared; head < (group + 1) * shape.Shared; head++)
        {
            _rows.Read<TElements>(from, shape.Offset(row, 0, head), shape.Joined, queries, shape.Scale);
            _rows.Turn(queries, 1);
            float* sums = logSums + ((long)row * shape.Heads + head) * shape.Columns;
            for (int start = 0; start < shape.Columns; start += AttentionShape.QueryBlock)
            {
                int end = Math.Min(start + AttentionShape.QueryBlock, shape.Columns), seen = shape.KeysUntil(end);
                SmallProduct.Multiply(queries + (long)start * width, width, 1, keysAcross, padded, _weights, padded, end - start, width, seen, adds: false);
                for (int query = start; query < end; query++)
                    sums[query] = Softmax(_weights + (long)(query - start) * padded, query + 1, seen);
                SmallProduct.Multiply(_weights, padded, 1, values, width, mixed + (long)start * width, width, end - start, seen, width, adds: false);
            }
            long heads = (long)shape.Heads * shape.Size;
            _rows.Write<TElements>(mixed, into, (long)row * shape.Columns * heads + head * shape.Size, heads, 1);
        }
    }

    // Scores of the first keys become weights that add up to 1, the others 0; returns log Σ exp(score).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Softmax(float* scores, int keys, int padded)
    {
        int real = AttentionRows.Mask(scores, keys, padded);
        Vector512<float> highest = Vector512.Load(scores);
        for (int key = Lanes; key < real; key += Lanes)
            highest = Vector512.MaxNative(highest, Vector512.Load(scores + key));
        float top = Largest(highest);
        Vector512<float> shift = Vector512.Create(top), total = Vector512<float>.Zero;
        for (int key = 0; key < real; key += Lanes)
        {
            Vector512<float> weight = Exponential.Exp(Vector512.Load(scores + key) - shift);
            total += weight;
            weight.Store(scores + key);
        }
        float sum = Vector512.Sum(total);
        Vector512<float> share = Vector512.Create(1 / sum);
        for (int key = 0; key < real; key += Lanes)
            (Vector512.Load(scores + key) * share).Store(scores + key);
        return top + MathF.Log(sum);
    }

    private static float Largest(Vector512<float> x)
    {
        Vector256<float> eight = Vector256.MaxNative(x.GetLower(), x.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }

    public void Dispose()
    {
        _rows.Dispose();
        NativeMemory.AlignedFree(_weights);
        _weights = null;
    }
}

/// <summary>The backward pass of the query heads that share one key head, on one thread.</summary>
internal sealed unsafe class AttentionBackward(AttentionShape shape, RotaryAngles? angles) : IDisposable
{
    private const int Lanes = 16;
    private readonly AttentionRows _rows = new(shape, angles, matrices: 9);
    private float* _weights = AttentionRows.Allocate((long)AttentionShape.QueryBlock * shape.PaddedColumns);
    private float* _slopes = AttentionRows.Allocate((long)AttentionShape.QueryBlock * shape.PaddedColumns);

    // With w the weights and g the gradient of the output: ∂v = wᵀ g; ∂w = g vᵀ; ∂s = w (∂w − Σ w ∂w); ∂q = ∂s k; ∂k = ∂sᵀ q.
    public void Run<TElements>(void* from, void* given, float* logSums, void* into, int row, int group) where TElements : struct, IElements
    {
        float* queries = _rows[0], keys = _rows[1], keysAcross = _rows[2], values = _rows[3], valuesAcross = _rows[4];
        float* incoming = _rows[5], toQueries = _rows[6], toKeys = _rows[7], toValues = _rows[8];
        long keyAt = shape.Offset(row, 0, shape.Heads + group), valueAt = shape.Offset(row, 0, shape.Heads + shape.Groups + group);
        _rows.Read<TElements>(from, keyAt, shape.Joined, keys, 1);
        _rows.Turn(keys, 1);
        _rows.Transpose(keys, keysAcross);
        _rows.Read<TElements>(from, valueAt, shape.Joined, values, 1);
        _rows.Transpose(values, valuesAcross);
        _rows.Clear(7);
        _rows.Clear(8);
        long heads = (long)shape.Heads * shape.Size;
        for (int head = group * shape.Shared; head < (group + 1) * shape.Shared; head++)
        {
            long queryAt = shape.Offset(row, 0, head);
            _rows.Read<TElements>(from, queryAt, shape.Joined, queries, shape.Scale);
            _rows.Turn(queries, 1);
            _rows.Read<TElements>(given, (long)row * shape.Columns * heads + head * shape.Size, heads, incoming, 1);
            float* sums = logSums + ((long)row * shape.Heads + head) * shape.Columns;
            for (int start = 0; start < shape.Columns; start += AttentionShape.QueryBlock)
                Block(start, sums, queries, keys, keysAcross, valuesAcross, incoming, toQueries, toKeys, toValues);
            _rows.Turn(toQueries, -1);
            _rows.Write<TElements>(toQueries, into, queryAt, shape.Joined, shape.Scale);
        }
        _rows.Turn(toKeys, -1);
        _rows.Write<TElements>(toKeys, into, keyAt, shape.Joined, 1);
        _rows.Write<TElements>(toValues, into, valueAt, shape.Joined, 1);
    }

    private void Block(int start, float* logSums, float* queries, float* keys, float* keysAcross, float* valuesAcross,
        float* incoming, float* toQueries, float* toKeys, float* toValues)
    {
        int end = Math.Min(start + AttentionShape.QueryBlock, shape.Columns), count = end - start, seen = shape.KeysUntil(end);
        int width = shape.PaddedSize, padded = shape.PaddedColumns;
        long first = (long)start * width;
        SmallProduct.Multiply(queries + first, width, 1, keysAcross, padded, _weights, padded, count, width, seen, adds: false);
        SmallProduct.Multiply(incoming + first, width, 1, valuesAcross, padded, _slopes, padded, count, width, seen, adds: false);
        for (int query = start; query < end; query++)
        {
            long offset = (long)(query - start) * padded;
            Slopes(_weights + offset, _slopes + offset, logSums[query], query + 1, seen);
        }
        SmallProduct.Multiply(_slopes, padded, 1, keys, width, toQueries + first, width, count, seen, width, adds: false);
        SmallProduct.Multiply(_weights, 1, padded, incoming + first, width, toValues, width, seen, count, width, adds: true);
        SmallProduct.Multiply(_slopes, 1, padded, queries + first, width, toKeys, width, seen, count, width, adds: true);
    }

    // Scores become weights again, and slopes of weights become slopes of scores.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slopes(float* scores, float* slopes, float logSum, int keys, int padded)
    {
        int real = AttentionRows.Mask(scores, keys, padded);
        new Span<float>(slopes + real, padded - real).Clear();
        Vector512<float> shift = Vector512.Create(logSum), total = Vector512<float>.Zero;
        for (int key = 0; key < real; key += Lanes)
        {
            Vector512<float> weight = Exponential.Exp(Vector512.Load(scores + key) - shift);
            weight.Store(scores + key);
            total = Vector512.FusedMultiplyAdd(weight, Vector512.Load(slopes + key), total);
        }
        Vector512<float> mean = Vector512.Create(Vector512.Sum(total));
        for (int key = 0; key < real; key += Lanes)
            (Vector512.Load(scores + key) * (Vector512.Load(slopes + key) - mean)).Store(slopes + key);
    }

    public void Dispose()
    {
        _rows.Dispose();
        NativeMemory.AlignedFree(_weights);
        NativeMemory.AlignedFree(_slopes);
        _weights = null;
        _slopes = null;
    }
}
