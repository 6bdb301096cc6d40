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
    public void Set(int layer, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        int outputs = weight.Length / _inputs;
        for (int output = 0; output < outputs; output++)
            SetRow(Starts[layer] + output, weight.Slice(output * _inputs, _inputs), 1);
        SetBias(layer, bias);
    }

    /// <summary>The same from a Conv1D's weights, (inputs, outputs) row-major, of which columns [start, start + count) are taken.</summary>
    public void SetTransposed(int layer, ReadOnlySpan<float> weight, int columns, int start, int count, ReadOnlySpan<float> bias)
    {
        for (int output = 0; output < count; output++)
            SetRow(Starts[layer] + output, weight[(start + output)..], columns);
        SetBias(layer, bias);
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

    private void SetRow(int output, ReadOnlySpan<float> weights, int step)
    {
        byte* panel = _panels.Bytes + output / PanelKernels.Width * _panelBytes;
        int lane = output % PanelKernels.Width;
        if (_precision == DecodePrecision.Float32)
        {
            float* target = (float*)panel + lane;
            for (int k = 0; k < _inputs; k++)
                target[32L * k] = weights[k * step];
        }
        else
        {
            ushort* target = (ushort*)panel + 2 * (lane % 16) + lane / 16;
            for (int k = 0; k < _inputs; k++)
                target[32L * k] = BFloat16Bits(weights[k * step]);
        }
    }

    private void SetBias(int layer, ReadOnlySpan<float> bias)
    {
        for (int output = 0; output < bias.Length; output++)
            _bias.Floats[Starts[layer] + output] = bias[output];
    }

    /// <summary>Rounds to the nearest bfloat16, ties to even, as the training path's cast does.</summary>
    private static ushort BFloat16Bits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }
}
