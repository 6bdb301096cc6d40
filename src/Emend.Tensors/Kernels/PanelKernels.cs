// y = x Wᵀ + b for a packed W: the inner loops of decoding and of matrix products.
// W is cut into panels of 32 outputs; a panel holds, for k = 0 … K-1, the 32 weights of input k. A kernel keeps R x 32 sums
// in registers and walks once through a panel. Every sum is one accumulator that runs over k in order, in every kernel,
// so a row's result is the same bits whatever the number of rows beside it: batch mates change nothing.
// Lines are written out, not looped over, because the compiler keeps only named variables in registers. AggressiveOptimization,
// here and in the other kernels: compiled at full speed on the first call, for a decoding call may be over before the runtime would.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>How the 32 weights of one input lie in memory.</summary>
internal unsafe interface IPanel
{
    /// <summary>Bytes of 32 weights.</summary>
    static abstract int Stride { get; }

    /// <summary>The weights of input k for outputs 0–15 and 16–31.</summary>
    static abstract void Load(byte* panel, int k, out Vector512<float> low, out Vector512<float> high);

    /// <summary>Begins to bring what is read 4 KiB behind input k, of this panel or of the one that follows it in memory.</summary>
    static abstract void Fetch(byte* panel, int k);
}

/// <summary>32 floats in order.</summary>
internal readonly unsafe struct Float32Panel : IPanel
{
    public static int Stride => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* panel, int k, out Vector512<float> low, out Vector512<float> high)
    {
        float* weights = (float*)panel + 32L * k;
        low = Vector512.Load(weights);
        high = Vector512.Load(weights + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(byte* panel, int k)
    {
        Tensors.Fetch.Line(panel + 128L * (k + 32));
        Tensors.Fetch.Line(panel + 128L * (k + 32) + 64);
    }
}

/// <summary>16 words of 32 bits: bfloat16 of output j in the lower half, of output j + 16 in the upper half.</summary>
internal readonly unsafe struct BFloat16Panel : IPanel
{
    public static int Stride => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* panel, int k, out Vector512<float> low, out Vector512<float> high)
    {
        Vector512<uint> pairs = Vector512.Load((uint*)panel + 16L * k);
        low = Vector512.ShiftLeft(pairs, 16).AsSingle();
        high = (pairs & Vector512.Create(0xffff0000u)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(byte* panel, int k) => Tensors.Fetch.Line(panel + 64L * (k + 64));
}

/// <summary>Where 32 columns of the result go: rows of Stride floats, at a panel's column, with its bias or none (null); added to what is there or put in its place.</summary>
internal readonly unsafe struct Target(float* first, long stride, float* bias, bool adds)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int row, Vector512<float> low, Vector512<float> high)
    {
        float* y = first + row * stride;
        if (bias is not null)
        {
            low += Vector512.Load(bias);
            high += Vector512.Load(bias + 16);
        }
        if (adds)
        {
            low += Vector512.Load(y);
            high += Vector512.Load(y + 16);
        }
        low.Store(y);
        high.Store(y + 16);
    }
}

internal static unsafe class PanelKernels
{
    /// <summary>Outputs of a panel.</summary>
    public const int Width = 32;

    /// <summary>The most rows a kernel takes at once; scratch for packed rows has this many times K floats for each started block.</summary>
    public const int MaxRows = 12;

    /// <summary>Rows of the kernel to take next when this many are left.</summary>
    public static int BlockOf(int rows) => rows switch
    {
        >= 12 and not 16 => 12,
        > 4 => 8,
        > 1 => 4,
        _ => 1,
    };

    /// <summary>Lays rows [0, count) of x out as [K][block], with zeros for the rows that a block has too many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* x, long stride, int count, int block, int inputs, float* packed)
    {
        for (int row = 0; row < block; row++)
        {
            float* source = x + row * stride, target = packed + row;
            if (row < count)
            {
                for (int k = 0; k < inputs; k++, target += block)
                    *target = source[k];
            }
            else
            {
                for (int k = 0; k < inputs; k++, target += block)
                    *target = 0;
            }
        }
    }

    /// <summary>One block of packed rows against one panel. A block with fewer real rows than its size writes garbage below them.</summary>
    [SkipLocalsInit]
    public static void Multiply<TPanel>(byte* panel, float* x, int block, int inputs, in Target target) where TPanel : struct, IPanel
    {
        switch (block)
        {
            case 12:
                Rows12<TPanel>(panel, x, inputs, target);
                break;
            case 8:
                Rows8<TPanel>(panel, x, inputs, target);
                break;
            case 4:
                Rows4<TPanel>(panel, x, inputs, target);
                break;
            default:
                Rows1<TPanel>(panel, x, inputs, target);
                break;
        }
    }

    /// <summary>One row against four neighbouring panels: enough independent sums to hide the latency of a multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneRowFourPanels<TPanel>(byte* panel, long panelBytes, float* x, int inputs, float* y, float* bias, bool adds)
        where TPanel : struct, IPanel
    {
        Vector512<float> zero = Vector512<float>.Zero;
        Vector512<float> c0 = zero, d0 = zero, c1 = zero, d1 = zero, c2 = zero, d2 = zero, c3 = zero, d3 = zero;
        byte* panel1 = panel + panelBytes, panel2 = panel1 + panelBytes, panel3 = panel2 + panelBytes;
        for (int k = 0; k < inputs; k++)
        {
            Vector512<float> v = Vector512.Create(x[k]), low, high;
            TPanel.Load(panel, k, out low, out high); c0 = Fma(v, low, c0); d0 = Fma(v, high, d0);
            TPanel.Load(panel1, k, out low, out high); c1 = Fma(v, low, c1); d1 = Fma(v, high, d1);
            TPanel.Load(panel2, k, out low, out high); c2 = Fma(v, low, c2); d2 = Fma(v, high, d2);
            TPanel.Load(panel3, k, out low, out high); c3 = Fma(v, low, c3); d3 = Fma(v, high, d3);
        }
        new Target(y, 0, bias, adds).Store(0, c0, d0);
        new Target(y + 32, 0, bias + 32, adds).Store(0, c1, d1);
        new Target(y + 64, 0, bias + 64, adds).Store(0, c2, d2);
        new Target(y + 96, 0, bias + 96, adds).Store(0, c3, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    /// <summary>1 rows by 32 columns; x is packed as [K][1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TPanel>(byte* panel, float* x, int inputs, in Target target) where TPanel : struct, IPanel
    {
        Vector512<float> zero = Vector512<float>.Zero;
        Vector512<float> c0 = zero, d0 = zero;
        for (int k = 0; k < inputs; k++)
        {
            TPanel.Load(panel, k, out Vector512<float> low, out Vector512<float> high);
            Vector512<float> v;
            v = Vector512.Create(x[0]); c0 = Fma(v, low, c0); d0 = Fma(v, high, d0);
            x += 1;
        }
        target.Store(0, c0, d0);
    }

    /// <summary>4 rows by 32 columns; x is packed as [K][4].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<TPanel>(byte* panel, float* x, int inputs, in Target target) where TPanel : struct, IPanel
    {
        Vector512<float> zero = Vector512<float>.Zero;
        Vector512<float> c0 = zero, d0 = zero, c1 = zero, d1 = zero, c2 = zero, d2 = zero, c3 = zero, d3 = zero;
        for (int k = 0; k < inputs; k++)
        {
            TPanel.Load(panel, k, out Vector512<float> low, out Vector512<float> high);
            TPanel.Fetch(panel, k);
            Vector512<float> v;
            v = Vector512.Create(x[0]); c0 = Fma(v, low, c0); d0 = Fma(v, high, d0);
            v = Vector512.Create(x[1]); c1 = Fma(v, low, c1); d1 = Fma(v, high, d1);
            v = Vector512.Create(x[2]); c2 = Fma(v, low, c2); d2 = Fma(v, high, d2);
            v = Vector512.Create(x[3]); c3 = Fma(v, low, c3); d3 = Fma(v, high, d3);
            x += 4;
        }
        target.Store(0, c0, d0);
        target.Store(1, c1, d1);
        target.Store(2, c2, d2);
        target.Store(3, c3, d3);
    }

    /// <summary>8 rows by 32 columns; x is packed as [K][8].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8<TPanel>(byte* panel, float* x, int inputs, in Target target) where TPanel : struct, IPanel
    {
        Vector512<float> zero = Vector512<float>.Zero;
        Vector512<float> c0 = zero, d0 = zero, c1 = zero, d1 = zero, c2 = zero, d2 = zero, c3 = zero, d3 = zero;
        Vector512<float> c4 = zero, d4 = zero, c5 = zero, d5 = zero, c6 = zero, d6 = zero, c7 = zero, d7 = zero;
        for (int k = 0; k < inputs; k++)
        {
            TPanel.Load(panel, k, out Vector512<float> low, out Vector512<float> high);
            TPanel.Fetch(panel, k);
            Vector512<float> v;
            v = Vector512.Create(x[0]); c0 = Fma(v, low, c0); d0 = Fma(v, high, d0);
            v = Vector512.Create(x[1]); c1 = Fma(v, low, c1); d1 = Fma(v, high, d1);
            v = Vector512.Create(x[2]); c2 = Fma(v, low, c2); d2 = Fma(v, high, d2);
            v = Vector512.Create(x[3]); c3 = Fma(v, low, c3); d3 = Fma(v, high, d3);
            v = Vector512.Create(x[4]); c4 = Fma(v, low, c4); d4 = Fma(v, high, d4);
            v = Vector512.Create(x[5]); c5 = Fma(v, low, c5); d5 = Fma(v, high, d5);
            v = Vector512.Create(x[6]); c6 = Fma(v, low, c6); d6 = Fma(v, high, d6);
            v = Vector512.Create(x[7]); c7 = Fma(v, low, c7); d7 = Fma(v, high, d7);
            x += 8;
        }
        target.Store(0, c0, d0);
        target.Store(1, c1, d1);
        target.Store(2, c2, d2);
        target.Store(3, c3, d3);
        target.Store(4, c4, d4);
        target.Store(5, c5, d5);
        target.Store(6, c6, d6);
        target.Store(7, c7, d7);
    }

    /// <summary>12 rows by 32 columns; x is packed as [K][12].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12<TPanel>(byte* panel, float* x, int inputs, in Target target) where TPanel : struct, IPanel
    {
        Vector512<float> zero = Vector512<float>.Zero;
        Vector512<float> c0 = zero, d0 = zero, c1 = zero, d1 = zero, c2 = zero, d2 = zero, c3 = zero, d3 = zero;
        Vector512<float> c4 = zero, d4 = zero, c5 = zero, d5 = zero, c6 = zero, d6 = zero, c7 = zero, d7 = zero;
        Vector512<float> c8 = zero, d8 = zero, c9 = zero, d9 = zero, c10 = zero, d10 = zero, c11 = zero, d11 = zero;
        for (int k = 0; k < inputs; k++)
        {
            TPanel.Load(panel, k, out Vector512<float> low, out Vector512<float> high);
            TPanel.Fetch(panel, k);
            Vector512<float> v;
            v = Vector512.Create(x[0]); c0 = Fma(v, low, c0); d0 = Fma(v, high, d0);
            v = Vector512.Create(x[1]); c1 = Fma(v, low, c1); d1 = Fma(v, high, d1);
            v = Vector512.Create(x[2]); c2 = Fma(v, low, c2); d2 = Fma(v, high, d2);
            v = Vector512.Create(x[3]); c3 = Fma(v, low, c3); d3 = Fma(v, high, d3);
            v = Vector512.Create(x[4]); c4 = Fma(v, low, c4); d4 = Fma(v, high, d4);
            v = Vector512.Create(x[5]); c5 = Fma(v, low, c5); d5 = Fma(v, high, d5);
            v = Vector512.Create(x[6]); c6 = Fma(v, low, c6); d6 = Fma(v, high, d6);
            v = Vector512.Create(x[7]); c7 = Fma(v, low, c7); d7 = Fma(v, high, d7);
            v = Vector512.Create(x[8]); c8 = Fma(v, low, c8); d8 = Fma(v, high, d8);
            v = Vector512.Create(x[9]); c9 = Fma(v, low, c9); d9 = Fma(v, high, d9);
            v = Vector512.Create(x[10]); c10 = Fma(v, low, c10); d10 = Fma(v, high, d10);
            v = Vector512.Create(x[11]); c11 = Fma(v, low, c11); d11 = Fma(v, high, d11);
            x += 12;
        }
        target.Store(0, c0, d0);
        target.Store(1, c1, d1);
        target.Store(2, c2, d2);
        target.Store(3, c3, d3);
        target.Store(4, c4, d4);
        target.Store(5, c5, d5);
        target.Store(6, c6, d6);
        target.Store(7, c7, d7);
        target.Store(8, c8, d8);
        target.Store(9, c9, d9);
        target.Store(10, c10, d10);
        target.Store(11, c11, d11);
    }
}
