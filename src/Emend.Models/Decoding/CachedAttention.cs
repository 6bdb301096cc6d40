// Attention of one query head over the cached keys and values of one sequence.
// Keys and values lie as [position][d rounded up to 16], the padding zero: a new token touches few cache lines (with the components
// of 16 keys side by side, which needs no sums across vectors, storing took longer than attending).
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emend.Tensors;

namespace Emend.Models.Decoding;

internal static unsafe class CachedAttention
{
    private const int Lanes = 16;

    // 4 KiB of a head of 64 components.
    private const int PositionsAhead = 16;

    /// <summary>Floats that the keys, or the values, of one head take for a number of positions.</summary>
    public static long HeadFloats(int positions, int headSize) => (long)Rounded(positions) * Rounded(headSize);

    /// <summary>Next multiple of 16.</summary>
    public static int Rounded(int value) => (value + Lanes - 1) / Lanes * Lanes;

    /// <summary>Stores one head's key and value at a position.</summary>
    public static void Store(float* keys, float* values, int position, float* key, float* value, int headSize)
    {
        long offset = (long)position * Rounded(headSize);
        new ReadOnlySpan<float>(key, headSize).CopyTo(new Span<float>(keys + offset, headSize));
        new ReadOnlySpan<float>(value, headSize).CopyTo(new Span<float>(values + offset, headSize));
    }

    /// <summary>softmax(q Kᵀ / √d) V over positions [0, count). Scores has room for count rounded up to 16;
    /// the query is followed by enough readable memory, and the result has room, for d rounded up to 16.</summary>
    /// <param name="next">The keys that the next call will read: their beginning is fetched while this one ends.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(float* query, float* keys, float* values, int count, int headSize, float* scores, float* result, float* next)
    {
        int blocks = (count + Lanes - 1) / Lanes, width = Rounded(headSize);
        Score(query, keys, count, width, scores, values);
        for (int position = count; position < blocks * Lanes; position++)
            scores[position] = float.NegativeInfinity;

        Vector512<float> highest = Vector512.Load(scores);
        for (int block = 1; block < blocks; block++)
            highest = Vector512.Max(highest, Vector512.Load(scores + block * Lanes));
        Vector512<float> top = Vector512.Create(Largest(highest)), scale = Vector512.Create(1 / MathF.Sqrt(headSize)), total = Vector512<float>.Zero;
        for (int block = 0; block < blocks; block++)
        {
            Vector512<float> weight = Exponential.Exp((Vector512.Load(scores + block * Lanes) - top) * scale);
            total += weight;
            weight.Store(scores + block * Lanes);
        }
        Vector512<float> share = Vector512.Create(1 / Vector512.Sum(total));
        int column = 0;
        for (; column + 4 * Lanes <= width; column += 4 * Lanes)
            Mix64(scores, values + column, width, count, share, result + column, next + column);
        for (; column < width; column += Lanes)
            Mix16(scores, values + column, width, count, share, result + column);
    }

    /// <summary>q · k for four positions at a time: sums in flight that do not wait for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(float* query, float* keys, int count, int width, float* scores, float* next)
    {
        int position = 0;
        for (; position + 4 <= count; position += 4, keys += 4 * width)
        {
            float* ahead = Ahead(keys, position + 4 - count, width, next);
            for (int i = 0; i < 4 * width; i += Lanes)
                Fetch.Line(ahead + i);
            Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
            for (int i = 0; i < width; i += Lanes)
            {
                Vector512<float> q = Vector512.Load(query + i);
                a = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys + i), a);
                b = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys + width + i), b);
                c = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys + 2 * width + i), c);
                d = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys + 3 * width + i), d);
            }
            scores[position] = Vector512.Sum(a);
            scores[position + 1] = Vector512.Sum(b);
            scores[position + 2] = Vector512.Sum(c);
            scores[position + 3] = Vector512.Sum(d);
        }
        for (; position < count; position++, keys += width)
        {
            Vector512<float> a = Vector512<float>.Zero;
            for (int i = 0; i < width; i += Lanes)
                a = Vector512.FusedMultiplyAdd(Vector512.Load(query + i), Vector512.Load(keys + i), a);
            scores[position] = Vector512.Sum(a);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix64(float* weights, float* values, int width, int count, Vector512<float> share, float* result, float* next)
    {
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        for (int position = 0; position < count; position++, values += width)
        {
            float* ahead = Ahead(values, position + 1 - count, width, next);
            Fetch.Line(ahead);
            Fetch.Line(ahead + 16);
            Fetch.Line(ahead + 32);
            Fetch.Line(ahead + 48);
            Vector512<float> w = Vector512.Create(weights[position]);
            a = Vector512.FusedMultiplyAdd(w, Vector512.Load(values), a);
            b = Vector512.FusedMultiplyAdd(w, Vector512.Load(values + 16), b);
            c = Vector512.FusedMultiplyAdd(w, Vector512.Load(values + 32), c);
            d = Vector512.FusedMultiplyAdd(w, Vector512.Load(values + 48), d);
        }
        (a * share).Store(result);
        (b * share).Store(result + 16);
        (c * share).Store(result + 32);
        (d * share).Store(result + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix16(float* weights, float* values, int width, int count, Vector512<float> share, float* result)
    {
        Vector512<float> even = Vector512<float>.Zero, odd = even;
        int position = 0;
        for (; position + 2 <= count; position += 2, values += 2 * width)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Create(weights[position]), Vector512.Load(values), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(weights[position + 1]), Vector512.Load(values + width), odd);
        }
        if (position < count)
            even = Vector512.FusedMultiplyAdd(Vector512.Create(weights[position]), Vector512.Load(values), even);
        ((even + odd) * share).Store(result);
    }

    /// <summary>What is read some positions later: of this head, or, <paramref name="left"/> positions from its end (negative), of what comes next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Ahead(float* place, int left, int width, float* next) =>
        left + PositionsAhead <= 0 ? place + PositionsAhead * width : next + (left + PositionsAhead) * width;

    /// <summary>The largest of 16 values.</summary>
    public static float Largest(Vector512<float> vector)
    {
        Vector256<float> eight = Vector256.Max(vector.GetLower(), vector.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
