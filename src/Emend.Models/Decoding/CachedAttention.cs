// Attention of one query head over the cached keys and values of one sequence.
// Keys lie in blocks of 16 positions, [block][d][16], so that one vector holds the same component of 16 keys and no sum runs
// across a vector. Values lie as [position][d rounded up to 16].
using System.Runtime.Intrinsics;

namespace Emend.Models.Decoding;

internal static unsafe class CachedAttention
{
    private const int Lanes = 16;

    /// <summary>Floats that the keys, or the values, of one head take for a number of positions.</summary>
    public static long HeadFloats(int positions, int headSize) => (long)Rounded(positions) * Rounded(headSize);

    /// <summary>Next multiple of 16.</summary>
    public static int Rounded(int value) => (value + Lanes - 1) / Lanes * Lanes;

    /// <summary>Stores one head's key and value at a position.</summary>
    public static void Store(float* keys, float* values, int position, float* key, float* value, int headSize)
    {
        float* column = keys + (long)(position / Lanes) * Rounded(headSize) * Lanes + position % Lanes;
        for (int i = 0; i < headSize; i++)
            column[i * Lanes] = key[i];
        float* row = values + (long)position * Rounded(headSize);
        for (int i = 0; i < headSize; i++)
            row[i] = value[i];
    }

    /// <summary>softmax(q Kᵀ / √d) V over positions [0, count). Scores has room for count rounded up to 16; result for d rounded up.</summary>
    public static void Attend(float* query, float* keys, float* values, int count, int headSize, float* scores, float* result)
    {
        int blocks = (count + Lanes - 1) / Lanes, width = Rounded(headSize);
        Score(query, keys, blocks, headSize, scores);
        for (int position = count; position < blocks * Lanes; position++)
            scores[position] = float.NegativeInfinity;

        Vector512<float> highest = Vector512.Load(scores);
        for (int block = 1; block < blocks; block++)
            highest = Vector512.Max(highest, Vector512.Load(scores + block * Lanes));
        Vector512<float> top = Vector512.Create(Largest(highest)), scale = Vector512.Create(1 / MathF.Sqrt(headSize)), total = Vector512<float>.Zero;
        for (int block = 0; block < blocks; block++)
        {
            Vector512<float> weight = Vector512.Exp((Vector512.Load(scores + block * Lanes) - top) * scale);
            total += weight;
            weight.Store(scores + block * Lanes);
        }
        Vector512<float> share = Vector512.Create(1 / Vector512.Sum(total));
        int column = 0;
        for (; column + 4 * Lanes <= width; column += 4 * Lanes)
            Mix64(scores, values + column, width, count, share, result + column);
        for (; column < width; column += Lanes)
            Mix16(scores, values + column, width, count, share, result + column);
    }

    private static void Score(float* query, float* keys, int blocks, int headSize, float* scores)
    {
        int width = Rounded(headSize), block = 0;
        long step = (long)width * Lanes;
        for (; block + 4 <= blocks; block += 4)
        {
            float* keys0 = keys + block * step, keys1 = keys0 + step, keys2 = keys1 + step, keys3 = keys2 + step;
            Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
            for (int i = 0; i < headSize; i++)
            {
                Vector512<float> q = Vector512.Create(query[i]);
                a = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys0 + i * Lanes), a);
                b = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys1 + i * Lanes), b);
                c = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys2 + i * Lanes), c);
                d = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys3 + i * Lanes), d);
            }
            a.Store(scores + block * Lanes);
            b.Store(scores + (block + 1) * Lanes);
            c.Store(scores + (block + 2) * Lanes);
            d.Store(scores + (block + 3) * Lanes);
        }
        for (; block < blocks; block++)
        {
            float* keys0 = keys + block * step;
            Vector512<float> a = Vector512<float>.Zero;
            for (int i = 0; i < headSize; i++)
                a = Vector512.FusedMultiplyAdd(Vector512.Create(query[i]), Vector512.Load(keys0 + i * Lanes), a);
            a.Store(scores + block * Lanes);
        }
    }

    private static void Mix64(float* weights, float* values, int width, int count, Vector512<float> share, float* result)
    {
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        for (int position = 0; position < count; position++, values += width)
        {
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

    /// <summary>The largest of 16 values.</summary>
    public static float Largest(Vector512<float> vector)
    {
        Vector256<float> eight = Vector256.Max(vector.GetLower(), vector.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
