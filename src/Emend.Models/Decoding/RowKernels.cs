// What happens to one row (one token) between the linear layers. Widths are multiples of 32 or padded to them with zeros.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emend.Tensors;

namespace Emend.Models.Decoding;

internal static unsafe class RowKernels
{
    private const int Lanes = 16;

    /// <summary>x / sqrt(mean(x²) + ε) · gain (arXiv:1910.07467, eq. 4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(float* x, float* gain, int width, int padded, float epsilon, float* y)
    {
        Vector512<float> squares = Vector512<float>.Zero;
        for (int i = 0; i < padded; i += Lanes)
        {
            Vector512<float> v = Vector512.Load(x + i);
            squares = Vector512.FusedMultiplyAdd(v, v, squares);
        }
        Vector512<float> scale = Vector512.Create(1 / MathF.Sqrt(Vector512.Sum(squares) / width + epsilon));
        for (int i = 0; i < padded; i += Lanes)
            (Vector512.Load(x + i) * scale * Vector512.Load(gain + i)).Store(y + i);
    }

    /// <summary>(x − mean) / sqrt(variance + ε) · gain + bias (arXiv:1607.06450). The padding of x is zero, that of gain and bias too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayerNorm(float* x, float* gain, float* bias, int width, int padded, float epsilon, float* y)
    {
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < padded; i += Lanes)
            sum += Vector512.Load(x + i);
        float average = Vector512.Sum(sum) / width;
        Vector512<float> mean = Vector512.Create(average), squares = Vector512<float>.Zero;
        for (int i = 0; i < padded; i += Lanes)
        {
            Vector512<float> v = Vector512.Load(x + i) - mean;
            squares = Vector512.FusedMultiplyAdd(v, v, squares);
        }
        float variance = Vector512.Sum(squares) / width - average * average * (padded - width) / width;
        Vector512<float> scale = Vector512.Create(1 / MathF.Sqrt(variance + epsilon));
        for (int i = 0; i < padded; i += Lanes)
            ((Vector512.Load(x + i) - mean) * scale * Vector512.Load(gain + i) + Vector512.Load(bias + i)).Store(y + i);
    }

    /// <summary>silu(gate) · up, in place of gate (arXiv:2002.05202, eq. 6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SwiGlu(float* gate, float* up, int padded)
    {
        Vector512<float> one = Vector512<float>.One;
        for (int i = 0; i < padded; i += Lanes)
        {
            Vector512<float> v = Vector512.Load(gate + i);
            (v / (one + Exponential.Exp(-v)) * Vector512.Load(up + i)).Store(gate + i);
        }
    }

    /// <summary>The tanh form of GELU (arXiv:1606.08415, section 2), in place: x · sigmoid(2 √(2/π) (x + 0.044715 x³)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gelu(float* x, int padded)
    {
        Vector512<float> one = Vector512<float>.One;
        Vector512<float> minusTwice = Vector512.Create(-2 * MathF.Sqrt(2 / MathF.PI)), cubic = Vector512.Create(0.044715f);
        for (int i = 0; i < padded; i += Lanes)
        {
            Vector512<float> v = Vector512.Load(x + i);
            Vector512<float> inner = v * Vector512.FusedMultiplyAdd(cubic * v, v, one);
            (v / (one + Exponential.Exp(minusTwice * inner))).Store(x + i);
        }
    }

    /// <summary>Turns the pairs (i, i + d/2) of one head by the angles of its position (arXiv:2104.09864, in the rotate-half layout).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(float* head, float* cosines, float* sines, int half)
    {
        for (int i = 0; i < half; i++)
        {
            float first = head[i], second = head[i + half];
            head[i] = first * cosines[i] - second * sines[i];
            head[i + half] = second * cosines[i] + first * sines[i];
        }
    }
}
