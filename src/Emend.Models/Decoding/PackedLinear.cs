using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emend.Tensors;

namespace Emend.Models.Decoding;

/// <summary>Element type of the weights that decoding reads; sums are always float32.</summary>
public enum DecodePrecision
{
    /// <summary>The weights as they are.</summary>
    Float32,

    /// <summary>Weights rounded to bfloat16: half the memory traffic, which bounds small batches.</summary>
    BFloat16,
}

/// <summary>
/// One or more linear layers over the same input, packed into panels of 32 outputs. Each layer starts at a multiple of 32 columns
/// of the result, so the result has gaps (filled with zeros) where a layer's width is no multiple.
/// </summary>
internal sealed unsafe class PackedLinear : IDisposable
{
    private readonly DecodePrecision _precision;
    private readonly AlignedBuffer _panels;
    private readonly AlignedBuffer _bias;
    private readonly int _inputs;
    private readonly long _panelBytes;

    public PackedLinear(int inputs, DecodePrecision precision, params ReadOnlySpan<int> outputs)
    {
        _inputs = inputs;
        _precision = precision;
        Starts = new int[outputs.Length];
        for (int layer = 0; layer < outputs.Length; layer++)
        {
            Starts[layer] = Width;
            Width += Padded(outputs[layer]);
        }
        _panelBytes = (long)inputs * (precision == DecodePrecision.Float32 ? Float32Panel.Stride : BFloat16Panel.Stride);
        _panels = new AlignedBuffer(_panelBytes * (Width / PanelKernels.Width));
        _bias = AlignedBuffer.OfFloats(Width);
    }

    /// <summary>Columns of the result: the widths of the layers, each rounded up to a multiple of 32.</summary>
    public int Width { get; }

    /// <summary>First column of each layer.</summary>
    public int[] Starts { get; }

    /// <summary>A width rounded up to whole panels.</summary>
    public static int Padded(int width) => (width + PanelKernels.Width - 1) / PanelKernels.Width * PanelKernels.Width;

    /// <summary>Takes the weights of one layer, (outputs, inputs) row-major, and its bias (outputs), where it has one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(int layer, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        int outputs = weight.Length / _inputs;
        Span<float> step = stackalloc float[PanelKernels.Width];
        for (int first = 0; first < outputs; first += PanelKernels.Width)
        {
            byte* panel = PanelOf(layer, first);
            int count = Math.Min(PanelKernels.Width, outputs - first);
            step.Clear();
            for (int k = 0; k < _inputs; k++)
            {
                for (int lane = 0; lane < count; lane++)
                    step[lane] = weight[(first + lane) * _inputs + k];
                Write(panel, k, step);
            }
        }
        bias.CopyTo(new Span<float>(_bias.Floats + Starts[layer], outputs));
    }

    /// <summary>The same from a Conv1D's weights, (inputs, columns) row-major, of which columns [start, start + count) are taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SetTransposed(int layer, ReadOnlySpan<float> weight, int columns, int start, int count, ReadOnlySpan<float> bias)
    {
        Span<float> step = stackalloc float[PanelKernels.Width];
        for (int first = 0; first < count; first += PanelKernels.Width)
        {
            byte* panel = PanelOf(layer, first);
            int width = Math.Min(PanelKernels.Width, count - first);
            step.Clear();
            for (int k = 0; k < _inputs; k++)
            {
                weight.Slice(k * columns + start + first, width).CopyTo(step);
                Write(panel, k, step);
            }
        }
        bias.CopyTo(new Span<float>(_bias.Floats + Starts[layer], count));
    }

    /// <summary>y (+)= x Wᵀ + b for <paramref name="rows"/> rows. Scratch holds rows rounded up to a multiple of 12, times K floats.
    /// y has room for 11 rows more than it holds.</summary>
    public void Multiply(float* x, long xStride, int rows, float* y, long yStride, float* scratch, bool adds)
    {
        if (_precision == DecodePrecision.Float32)
            Multiply<Float32Panel>(x, xStride, rows, y, yStride, scratch, adds);
        else
            Multiply<BFloat16Panel>(x, xStride, rows, y, yStride, scratch, adds);
    }

    public void Dispose()
    {
        _panels.Dispose();
        _bias.Dispose();
    }

    private void Multiply<TPanel>(float* x, long xStride, int rows, float* y, long yStride, float* scratch, bool adds) where TPanel : struct, IPanel
    {
        if (rows == 1)
        {
            MultiplyOne<TPanel>(x, y, adds);
            return;
        }
        float* packed = scratch;
        for (int row = 0; row < rows;)
        {
            int block = PanelKernels.BlockOf(rows - row);
            PanelKernels.Pack(x + row * xStride, xStride, Math.Min(block, rows - row), block, _inputs, packed);
            packed += (long)block * _inputs;
            row += block;
        }
        for (int panel = 0; panel < Width / PanelKernels.Width; panel++)
        {
            packed = scratch;
            int column = panel * PanelKernels.Width;
            for (int row = 0; row < rows;)
            {
                int block = PanelKernels.BlockOf(rows - row);
                var target = new Target(y + row * yStride + column, yStride, _bias.Floats + column, adds);
                PanelKernels.Multiply<TPanel>(_panels.Bytes + panel * _panelBytes, packed, block, _inputs, target);
                packed += (long)block * _inputs;
                row += block;
            }
        }
    }

    private void MultiplyOne<TPanel>(float* x, float* y, bool adds) where TPanel : struct, IPanel
    {
        int panels = Width / PanelKernels.Width, panel = 0;
        for (; panel + 4 <= panels; panel += 4)
        {
            int column = panel * PanelKernels.Width;
            PanelKernels.OneRowFourPanels<TPanel>(_panels.Bytes + panel * _panelBytes, _panelBytes, x, _inputs, y + column, _bias.Floats + column, adds);
        }
        for (; panel < panels; panel++)
        {
            int column = panel * PanelKernels.Width;
            PanelKernels.Multiply<TPanel>(_panels.Bytes + panel * _panelBytes, x, 1, _inputs, new Target(y + column, 0, _bias.Floats + column, adds));
        }
    }

    private byte* PanelOf(int layer, int output) => _panels.Bytes + (Starts[layer] + output) / PanelKernels.Width * _panelBytes;

    /// <summary>Writes the 32 weights of one input.</summary>
    private void Write(byte* panel, int k, ReadOnlySpan<float> weights)
    {
        Vector512<float> low = Vector512.Create(weights), high = Vector512.Create(weights[16..]);
        if (_precision == DecodePrecision.Float32)
        {
            float* target = (float*)panel + 32L * k;
            low.Store(target);
            high.Store(target + 16);
        }
        else
        {
            (Vector512.ShiftRightLogical(Rounded(low), 16) | Rounded(high) & Vector512.Create(0xffff0000u)).Store((uint*)panel + 16L * k);
        }
    }

    /// <summary>Rounds to the nearest bfloat16 in the upper half, ties to even, as the training path's cast does.</summary>
    private static Vector512<uint> Rounded(Vector512<float> values)
    {
        Vector512<uint> bits = values.AsUInt32();
        return bits + Vector512.Create(0x7fffu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One);
    }
}
