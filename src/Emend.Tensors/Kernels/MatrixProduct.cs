// C = A B for float32 matrices in memory of the CPU: both are cut and packed so that the panel kernels walk through them in order.
// Scheme: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication". One thread reaches 200 Gflop/s where
// libtorch's BLAS reaches 100 (AVX-512, sizes of a small transformer). Sums run over k in order, in pieces of 256.
using System.Runtime.CompilerServices;

namespace Emend.Tensors;

/// <summary>A float32 matrix in memory: element (i, j) is at First[i · RowStep + j · ColumnStep]; one of the steps is 1.</summary>
internal readonly unsafe record struct Matrix(nint First, long Rows, long Columns, long RowStep, long ColumnStep)
{
    /// <summary>A contiguous row-major matrix.</summary>
    public static Matrix Of(void* first, long rows, long columns) => new((nint)first, rows, columns, columns, 1);

    public Matrix Transposed => new(First, Columns, Rows, ColumnStep, RowStep);

    public float* At(long row, long column) => (float*)First + row * RowStep + column * ColumnStep;
}

internal static unsafe class MatrixProduct
{
    /// <summary>Inner length of a piece: a panel of 32 columns then fills two thirds of the first-level cache.</summary>
    private const int Depth = 256;

    /// <summary>Rows that are packed at once: eight of the largest blocks.</summary>
    private const int RowsAtOnce = 8 * PanelKernels.MaxRows;

    [ThreadStatic] private static AlignedBuffer? s_left;
    [ThreadStatic] private static AlignedBuffer? s_right;
    [ThreadStatic] private static AlignedBuffer? s_tile;

    /// <summary>Rows below which packing costs more than it gains.</summary>
    public const int FewestRows = 32;

    /// <summary>Overwrites the contiguous row-major C (M, N) with A (M, K) B (K, N), plus a bias (N) on every row where one is given.</summary>
    public static void Multiply(Matrix a, Matrix b, float* bias, float* c)
    {
        long panels = (b.Columns + PanelKernels.Width - 1) / PanelKernels.Width;
        float* right = Scratch(ref s_right, panels * PanelKernels.Width * (b.Rows + 1));
        float* biases = right + panels * PanelKernels.Width * b.Rows;
        new Span<float>(biases, (int)(panels * PanelKernels.Width)).Clear();
        if (bias is not null)
            new ReadOnlySpan<float>(bias, (int)b.Columns).CopyTo(new Span<float>(biases, (int)b.Columns));
        Kernels.Rows(panels, b.Rows * PanelKernels.Width, (_, first, end) => PackRight(b, first, end, right));

        long blocks = (a.Rows + PanelKernels.MaxRows - 1) / PanelKernels.MaxRows;
        Kernels.Rows(blocks, a.Columns * b.Columns * PanelKernels.MaxRows / 8, (_, first, end) =>
        {
            float* left = Scratch(ref s_left, RowsAtOnce * Depth), tile = Scratch(ref s_tile, PanelKernels.MaxRows * PanelKernels.Width);
            long last = Math.Min(a.Rows, end * PanelKernels.MaxRows);
            for (long row = first * PanelKernels.MaxRows; row < last; row += RowsAtOnce)
                MultiplyRows(a, row, (int)Math.Min(RowsAtOnce, last - row), right, biases, b.Columns, c, left, tile);
        });
    }

    /// <summary>All columns of some rows of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(Matrix a, long firstRow, int rows, float* right, float* biases, long columns, float* c, float* left, float* tile)
    {
        long panels = (columns + PanelKernels.Width - 1) / PanelKernels.Width;
        for (long k = 0; k < a.Columns; k += Depth)
        {
            int depth = (int)Math.Min(Depth, a.Columns - k);
            PackLeft(a, firstRow, rows, k, depth, left);
            float* zeros = k == 0 ? biases : null;
            for (long panel = 0; panel < panels; panel++)
            {
                byte* packed = (byte*)(right + panel * PanelKernels.Width * a.Columns + k * PanelKernels.Width);
                long column = panel * PanelKernels.Width;
                float* block = left;
                for (int row = 0; row < rows;)
                {
                    int size = PanelKernels.BlockOf(rows - row), real = Math.Min(size, rows - row);
                    float* target = c + (firstRow + row) * columns + column;
                    if (real == size && column + PanelKernels.Width <= columns)
                        PanelKernels.Multiply<Float32Panel>(packed, block, size, depth, new Target(target, columns, zeros is null ? null : zeros + column, k > 0));
                    else
                        MultiplyEdge(packed, block, size, real, depth, target, columns, (int)Math.Min(PanelKernels.Width, columns - column), zeros is null ? null : zeros + column, tile);
                    block += size * depth;
                    row += size;
                }
            }
        }
    }

    /// <summary>A block that reaches over the edge of C: computed beside, and only its real part taken.</summary>
    private static void MultiplyEdge(byte* panel, float* block, int size, int real, int depth, float* target, long stride, int width, float* bias, float* tile)
    {
        PanelKernels.Multiply<Float32Panel>(panel, block, size, depth, new Target(tile, PanelKernels.Width, bias, false));
        for (int row = 0; row < real; row++)
        {
            for (int column = 0; column < width; column++)
                target[row * stride + column] = tile[row * PanelKernels.Width + column] + (bias is null ? target[row * stride + column] : 0);
        }
    }

    /// <summary>Panels [first, end) of B: 32 columns of row k side by side, k = 0 … K−1; columns past the edge are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRight(Matrix b, long first, long end, float* right)
    {
        for (long panel = first; panel < end; panel++)
        {
            float* target = right + panel * PanelKernels.Width * b.Rows;
            int width = (int)Math.Min(PanelKernels.Width, b.Columns - panel * PanelKernels.Width);
            for (long k = 0; k < b.Rows; k++, target += PanelKernels.Width)
            {
                float* source = b.At(k, panel * PanelKernels.Width);
                if (b.ColumnStep == 1)
                {
                    new ReadOnlySpan<float>(source, width).CopyTo(new Span<float>(target, width));
                }
                else
                {
                    for (int column = 0; column < width; column++)
                        target[column] = source[column * b.ColumnStep];
                }
                for (int column = width; column < PanelKernels.Width; column++)
                    target[column] = 0;
            }
        }
    }

    /// <summary>Rows of A in blocks as the kernels take them, columns [k, k + depth) of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackLeft(Matrix a, long firstRow, int rows, long k, int depth, float* left)
    {
        for (int row = 0; row < rows;)
        {
            int size = PanelKernels.BlockOf(rows - row), real = Math.Min(size, rows - row);
            if (a.ColumnStep == 1)
                PanelKernels.Pack(a.At(firstRow + row, k), a.RowStep, real, size, depth, left);
            else
                PackColumns(a.At(firstRow + row, k), a.ColumnStep, real, size, depth, left);
            left += size * depth;
            row += size;
        }
    }

    /// <summary>The same where rows of A are neighbours in memory: each step is a short copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackColumns(float* source, long step, int real, int size, int depth, float* packed)
    {
        for (int k = 0; k < depth; k++, source += step, packed += size)
        {
            for (int row = 0; row < real; row++)
                packed[row] = source[row];
            for (int row = real; row < size; row++)
                packed[row] = 0;
        }
    }

    private static float* Scratch(ref AlignedBuffer? buffer, long floats)
    {
        if (buffer is null || buffer.FloatCount < floats)
        {
            buffer?.Dispose();
            buffer = AlignedBuffer.OfFloats(floats);
        }
        return buffer.Floats;
    }
}
