using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>Products of float32 matrices that fit into a processor's cache, on the calling thread; the inner loop of attention.</summary>
internal static unsafe class SmallProduct
{
    /// <summary>Rows of a and c are taken in eights: memory for them is rounded up to this.</summary>
    public const int RowBlock = 8;

    private const int Lanes = 16;

    /// <summary>
    /// c[r, j] (+)= Σ_k a[r, k] b[k, j] for r in [0, rows) and j in [0, columns). Element (r, k) of a is a[r · aRow + k · aStep], so that
    /// a can be read transposed; rows of b and c are contiguous. Columns are a multiple of 16; rows are computed up to a
    /// multiple of 8, so a and c must have that many.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow, int rows, int inner, int columns, bool adds)
    {
        for (int row = 0; row < rows; row += RowBlock)
        {
            int column = 0;
            for (; column + 2 * Lanes <= columns; column += 2 * Lanes)
                Tile32(a + row * aRow, aRow, aStep, b + column, bRow, c + row * cRow + column, cRow, inner, adds);
            if (column < columns)
                Tile16(a + row * aRow, aRow, aStep, b + column, bRow, c + row * cRow + column, cRow, inner, adds);
        }
    }

    // 8 × 32 sums in sixteen registers. Written out, because the compiler keeps only named variables in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile32(float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow, int inner, bool adds)
    {
        Vector512<float> l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default, l6 = default, l7 = default;
        Vector512<float> h0 = default, h1 = default, h2 = default, h3 = default, h4 = default, h5 = default, h6 = default, h7 = default;
        float* upper = a + 4 * aRow;
        for (int k = 0; k < inner; k++)
        {
            Vector512<float> low = Vector512.Load(b), high = Vector512.Load(b + Lanes);
            Vector512<float> x = Vector512.Create(a[0]);
            l0 = Vector512.FusedMultiplyAdd(x, low, l0);
            h0 = Vector512.FusedMultiplyAdd(x, high, h0);
            x = Vector512.Create(a[aRow]);
            l1 = Vector512.FusedMultiplyAdd(x, low, l1);
            h1 = Vector512.FusedMultiplyAdd(x, high, h1);
            x = Vector512.Create(a[2 * aRow]);
            l2 = Vector512.FusedMultiplyAdd(x, low, l2);
            h2 = Vector512.FusedMultiplyAdd(x, high, h2);
            x = Vector512.Create(a[3 * aRow]);
            l3 = Vector512.FusedMultiplyAdd(x, low, l3);
            h3 = Vector512.FusedMultiplyAdd(x, high, h3);
            x = Vector512.Create(upper[0]);
            l4 = Vector512.FusedMultiplyAdd(x, low, l4);
            h4 = Vector512.FusedMultiplyAdd(x, high, h4);
            x = Vector512.Create(upper[aRow]);
            l5 = Vector512.FusedMultiplyAdd(x, low, l5);
            h5 = Vector512.FusedMultiplyAdd(x, high, h5);
            x = Vector512.Create(upper[2 * aRow]);
            l6 = Vector512.FusedMultiplyAdd(x, low, l6);
            h6 = Vector512.FusedMultiplyAdd(x, high, h6);
            x = Vector512.Create(upper[3 * aRow]);
            l7 = Vector512.FusedMultiplyAdd(x, low, l7);
            h7 = Vector512.FusedMultiplyAdd(x, high, h7);
            a += aStep;
            upper += aStep;
            b += bRow;
        }
        Put(c, l0, h0, adds);
        Put(c += cRow, l1, h1, adds);
        Put(c += cRow, l2, h2, adds);
        Put(c += cRow, l3, h3, adds);
        Put(c += cRow, l4, h4, adds);
        Put(c += cRow, l5, h5, adds);
        Put(c += cRow, l6, h6, adds);
        Put(c += cRow, l7, h7, adds);
    }

    // The last 16 columns of an odd number of sixteens.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile16(float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow, int inner, bool adds)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        float* upper = a + 4 * aRow;
        for (int k = 0; k < inner; k++)
        {
            Vector512<float> y = Vector512.Load(b);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(a[0]), y, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(a[aRow]), y, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(a[2 * aRow]), y, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(a[3 * aRow]), y, s3);
            s4 = Vector512.FusedMultiplyAdd(Vector512.Create(upper[0]), y, s4);
            s5 = Vector512.FusedMultiplyAdd(Vector512.Create(upper[aRow]), y, s5);
            s6 = Vector512.FusedMultiplyAdd(Vector512.Create(upper[2 * aRow]), y, s6);
            s7 = Vector512.FusedMultiplyAdd(Vector512.Create(upper[3 * aRow]), y, s7);
            a += aStep;
            upper += aStep;
            b += bRow;
        }
        Put(c, s0, adds);
        Put(c += cRow, s1, adds);
        Put(c += cRow, s2, adds);
        Put(c += cRow, s3, adds);
        Put(c += cRow, s4, adds);
        Put(c += cRow, s5, adds);
        Put(c += cRow, s6, adds);
        Put(c += cRow, s7, adds);
    }

    private static void Put(float* c, Vector512<float> sum, bool adds) => (adds ? Vector512.Load(c) + sum : sum).Store(c);

    private static void Put(float* c, Vector512<float> low, Vector512<float> high, bool adds)
    {
        Put(c, low, adds);
        Put(c + Lanes, high, adds);
    }
}
