// Causal self-attention from joined projections, forward and back, without ever storing the (T, T) scores of all heads.
// Paper:   Vaswani et al. 2017, arXiv:1706.03762, eq. 1; rotary positions: Su et al. 2021, arXiv:2104.09864 (rotate-half layout);
//          the recomputation of the weights from a stored log-sum in backward: Dao et al. 2022, arXiv:2205.14135, section 3.1.
// We differ: blocks of queries see all keys before them at once, since a row of scores fits into the cache here.
// Shapes:  B rows, T columns, H query heads, G key/value heads (G divides H), d head size. The input holds for every token
//          H heads of queries, then G of keys, then G of values: (B, T, (H + 2G) d). Sums are float32 whatever the type.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>Cosines and sines of the rotary angles, (positions, d/2) row-major each.</summary>
public sealed record RotaryAngles(float[] Cosines, float[] Sines);

public static unsafe partial class Fused
{
    /// <summary>
    /// softmax(q kᵀ / √d) v over the tokens up to each token's own: joined projections (B, T, (H + 2G) d) → (B, T, H d), float32 or
    /// bfloat16. With angles, queries and keys are turned by them first.
    /// </summary>
    public static Tensor CausalAttention(Tensor joined, int heads, int groups, RotaryAngles? angles = null)
    {
        if (joined.Dimensions != 3 || groups < 1 || heads % groups != 0 || joined.Size(2) % (heads + 2 * groups) != 0)
            throw new TensorException($"attention with {heads} query and {groups} key heads cannot split {joined}");
        var shape = new AttentionShape((int)joined.Size(0), (int)joined.Size(1), heads, groups, (int)joined.Size(2) / (heads + 2 * groups));
        if (angles is not null && Math.Min(angles.Cosines.Length, angles.Sines.Length) < shape.Columns * (shape.Size / 2))
            throw new TensorException($"the rotary angles are too few for the {shape.Columns} columns of {joined}");
        if (!Kernels.ReachesReal(joined))
            return PlainAttention.Run(joined, shape, angles);
        return joined.DType == DType.Float32
            ? Attend<Float32Elements>(joined, shape, angles)
            : Attend<BFloat16Elements>(joined, shape, angles);
    }

    private static Tensor Attend<TElements>(Tensor joined, AttentionShape shape, RotaryAngles? angles) where TElements : struct, IElements
    {
        Tensor input, result, logSums;
        using (Gradients.Off())
        {
            input = joined.IsContiguous ? joined.Alias() : joined.Contiguous();
            result = Tensor.Empty([shape.Rows, shape.Columns, shape.Heads * shape.Size], joined.DType);
            logSums = Tensor.Empty([shape.Rows, shape.Heads, shape.Columns]);
        }
        void* from = input.Pointer, into = result.Pointer;
        float* sums = (float*)logSums.Pointer;
        Kernels.Rows(shape.Rows * shape.Groups, shape.Work, (_, start, end) =>
        {
            using var worker = new AttentionForward(shape, angles);
            for (long item = start; item < end; item++)
                worker.Run<TElements>(from, into, sums, (int)item / shape.Groups, (int)item % shape.Groups);
        });
        if (!Gradients.AreRecorded || !joined.RequiresGradient)
            return result;
        return AutogradFunction.Attach(result, [joined], [input, logSums], gradient =>
            [AttendBackward<TElements>(gradient, input, logSums, shape, angles)]);
    }

    private static Tensor AttendBackward<TElements>(Tensor gradient, Tensor input, Tensor logSums, AttentionShape shape, RotaryAngles? angles)
        where TElements : struct, IElements
    {
        Tensor incoming = gradient.To(input.DType).Contiguous(), result = Tensor.Empty(input.Shape, input.DType);
        void* from = input.Pointer, given = incoming.Pointer, into = result.Pointer;
        float* sums = (float*)logSums.Pointer;
        Kernels.Rows(shape.Rows * shape.Groups, shape.Work, (_, start, end) =>
        {
            using var worker = new AttentionBackward(shape, angles);
            for (long item = start; item < end; item++)
                worker.Run<TElements>(from, given, sums, into, (int)item / shape.Groups, (int)item % shape.Groups);
        });
        return result;
    }
}

/// <summary>Sizes of an attention; the letters are in the head of the file.</summary>
internal readonly record struct AttentionShape(int Rows, int Columns, int Heads, int Groups, int Size)
{
    /// <summary>Queries that are taken at once.</summary>
    public const int QueryBlock = 64;

    private const int Lanes = 16;

    /// <summary>Query heads that share a key head.</summary>
    public int Shared => Heads / Groups;

    /// <summary>Elements of a token in the joined projections.</summary>
    public int Joined => (Heads + 2 * Groups) * Size;

    /// <summary>Columns rounded up to whole vectors; whole blocks of rows too.</summary>
    public int PaddedColumns => (Columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>Head size rounded up to whole vectors.</summary>
    public int PaddedSize => (Size + Lanes - 1) / Lanes * Lanes;

    public float Scale => 1 / MathF.Sqrt(Size);

    /// <summary>Multiplications of one key head, about, for the decision whether threads pay.</summary>
    public long Work => (long)Columns * Columns * Size * Shared;

    /// <summary>Where a token's query, key or value of a head starts: heads are counted through all three.</summary>
    public long Offset(int row, int column, int head) => ((long)row * Columns + column) * Joined + head * Size;

    /// <summary>Keys that a block of queries that ends here may see, rounded up to whole vectors.</summary>
    public int KeysUntil(int end) => Math.Min((end + Lanes - 1) / Lanes * Lanes, PaddedColumns);
}

/// <summary>One thread's float32 copies of a head's rows, zeroed where they are padding.</summary>
internal sealed unsafe class AttentionRows(AttentionShape shape, RotaryAngles? angles, int matrices) : IDisposable
{
    private const int Lanes = 16;
    private const nuint Alignment = 64;
    private readonly long _length = (long)shape.PaddedColumns * shape.PaddedSize;
    private float* _memory = Allocate((long)shape.PaddedColumns * shape.PaddedSize * matrices);

    /// <summary>Memory of a matrix: (T rounded up, d rounded up), or the same transposed.</summary>
    public float* this[int matrix] => _memory + matrix * _length;

    public static float* Allocate(long floats)
    {
        nuint bytes = (nuint)floats * sizeof(float);
        float* memory = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }

    /// <summary>
    /// Masks what lies behind the first keys of a row of scores: −∞ up to the next whole vector, whose end is returned, and 0, the weight
    /// that −∞ would get, from there on.
    /// </summary>
    public static int Mask(float* scores, int keys, int padded)
    {
        int real = (keys + Lanes - 1) / Lanes * Lanes;
        new Span<float>(scores + keys, real - keys).Fill(float.NegativeInfinity);
        new Span<float>(scores + real, padded - real).Clear();
        return real;
    }

    public void Clear(int matrix) => NativeMemory.Clear(this[matrix], (nuint)_length * sizeof(float));

    /// <summary>Reads one head of all tokens, step elements from token to token, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Read<TElements>(void* from, long first, long step, float* into, float factor) where TElements : struct, IElements
    {
        int size = shape.Size, width = shape.PaddedSize;
        Vector512<float> factors = Vector512.Create(factor);
        for (int column = 0; column < shape.Columns; column++)
        {
            long offset = first + column * step;
            float* row = into + (long)column * width;
            int i = 0;
            for (; i + Lanes <= size; i += Lanes)
                (TElements.Load(from, offset + i) * factors).Store(row + i);
            for (; i < size; i++)
                row[i] = TElements.Get(from, offset + i) * factor;
        }
    }

    /// <summary>Writes one head of all tokens where <see cref="Read"/> found it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Write<TElements>(float* from, void* into, long first, long step, float factor) where TElements : struct, IElements
    {
        int size = shape.Size, width = shape.PaddedSize;
        Vector512<float> factors = Vector512.Create(factor);
        for (int column = 0; column < shape.Columns; column++)
        {
            long offset = first + column * step;
            float* row = from + (long)column * width;
            int i = 0;
            for (; i + Lanes <= size; i += Lanes)
                TElements.Store(into, offset + i, Vector512.Load(row + i) * factors);
            for (; i < size; i++)
                TElements.Set(into, offset + i, row[i] * factor);
        }
    }

    /// <summary>Turns the pairs (i, i + d/2) of every row by the angles of its position; backwards with direction −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Turn(float* rows, float direction)
    {
        if (angles is null)
            return;
        int half = shape.Size / 2;
        fixed (float* cosines = angles.Cosines, sines = angles.Sines)
        {
            for (int column = 0; column < shape.Columns; column++)
            {
                float* row = rows + (long)column * shape.PaddedSize, cosine = cosines + (long)column * half, sine = sines + (long)column * half;
                int i = 0;
                for (; i + Lanes <= half; i += Lanes)
                {
                    Vector512<float> first = Vector512.Load(row + i), second = Vector512.Load(row + half + i);
                    Vector512<float> c = Vector512.Load(cosine + i), s = Vector512.Load(sine + i) * direction;
                    (first * c - second * s).Store(row + i);
                    (second * c + first * s).Store(row + half + i);
                }
                for (; i < half; i++)
                {
                    float first = row[i], second = row[half + i], s = sine[i] * direction;
                    row[i] = first * cosine[i] - second * s;
                    row[half + i] = second * cosine[i] + first * s;
                }
            }
        }
    }

    /// <summary>(T, d) → (d, T), both rounded up; four by four, since single elements would each touch a line of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transpose(float* from, float* into)
    {
        long columns = shape.PaddedColumns, width = shape.PaddedSize;
        for (long column = 0; column < columns; column += 4)
        {
            for (long i = 0; i < width; i += 4)
            {
                float* source = from + column * width + i, target = into + i * columns + column;
                Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + width);
                Vector128<float> c = Vector128.Load(source + 2 * width), d = Vector128.Load(source + 3 * width);
                Vector256<float> evenPairs = Vector256.Create(a, b), oddPairs = Vector256.Create(c, d);
                Vector256<float> first = Vector256.Shuffle(evenPairs, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7));
                Vector256<float> second = Vector256.Shuffle(oddPairs, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7));
                Vector128.Create(first.GetLower().GetLower(), second.GetLower().GetLower()).Store(target);
                Vector128.Create(first.GetLower().GetUpper(), second.GetLower().GetUpper()).Store(target + columns);
                Vector128.Create(first.GetUpper().GetLower(), second.GetUpper().GetLower()).Store(target + 2 * columns);
                Vector128.Create(first.GetUpper().GetUpper(), second.GetUpper().GetUpper()).Store(target + 3 * columns);
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
