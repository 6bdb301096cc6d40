using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>
/// Operations that are several of ATen's in one pass over memory, with their gradients, on the CPU; elsewhere, and where
/// a kernel does not reach, the same formula in ATen's operators.
/// </summary>
public static unsafe partial class Fused
{
    /// <summary>
    /// Root-mean-square normalization over the last dimension: x / √(mean x² + ε) · weight (Zhang and Sennrich 2019, eq. 4).
    /// x (…, D) float32 or bfloat16, weight (D) float32; the result has x's type.
    /// </summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        if (!Kernels.ReachesReal(x) || !Kernels.Reaches(weight))
        {
            Tensor wide = x.To(DType.Float32);
            return (wide * (wide.Square().Mean(-1, keepDimension: true) + epsilon).Rsqrt() * weight).To(x.DType);
        }
        return x.DType == DType.Float32
            ? Normalize<Float32Elements>(x, weight, null, epsilon)
            : Normalize<BFloat16Elements>(x, weight, null, epsilon);
    }

    /// <summary>
    /// Layer normalization over the last dimension: (x − mean) / √(variance + ε) · weight + bias (Ba et al. 2016, eq. 4).
    /// x (…, D) float32 or bfloat16, weight and bias (D) float32; the result has x's type.
    /// </summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon)
    {
        if (!Kernels.ReachesReal(x) || !Kernels.Reaches(weight) || !Kernels.Reaches(bias))
            return x.To(DType.Float32).LayerNorm(weight, bias, epsilon).To(x.DType);
        return x.DType == DType.Float32
            ? Normalize<Float32Elements>(x, weight, bias, epsilon)
            : Normalize<BFloat16Elements>(x, weight, bias, epsilon);
    }

    // Without a bias the mean is taken as 0: RMS normalization. Rows of D elements; two numbers kept of each.
    private static Tensor Normalize<TElements>(Tensor x, Tensor weight, Tensor? bias, double epsilon) where TElements : struct, IElements
    {
        long width = x.Size(-1), rows = width == 0 ? 0 : x.ElementCount / width;
        if (weight.ElementCount != width || (bias is not null && bias.ElementCount != width))
            throw new TensorException($"normalization of {x} needs {width} weights, not {weight}");
        Tensor result, means, scales, input, gain;
        using (Gradients.Off())
        {
            input = x.IsContiguous ? x.Alias() : x.Contiguous();
            gain = weight.Alias();
            result = Tensor.Empty(x.Shape, x.DType);
            means = Tensor.Empty([rows]);
            scales = Tensor.Empty([rows]);
        }
        void* from = input.Pointer, into = result.Pointer;
        float* w = (float*)gain.Pointer, b = bias is null ? null : (float*)bias.Pointer;
        float* mean = (float*)means.Pointer, scale = (float*)scales.Pointer;
        Kernels.Rows(rows, width, (_, start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                (mean[row], scale[row]) = Moments<TElements>(from, row * width, width, centred: b != null, epsilon);
                WriteNormalized<TElements>(from, into, row * width, width, mean[row], scale[row], w, b);
            }
        });
        if (!Gradients.AreRecorded || !(x.RequiresGradient || weight.RequiresGradient))
            return result;
        ReadOnlySpan<Tensor> inputs = bias is null ? [x, weight] : [x, weight, bias];
        return AutogradFunction.Attach(result, inputs, [input, gain, means, scales], gradient =>
            NormalizeBackward<TElements>(gradient, input, gain, means, scales, withBias: bias is not null));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Mean, float Scale) Moments<TElements>(void* from, long offset, long width, bool centred, double epsilon) where TElements : struct, IElements
    {
        long j = 0;
        double mean = 0;
        if (centred)
        {
            var sum = Vector512<float>.Zero;
            for (; j + Lanes <= width; j += Lanes)
                sum += TElements.Load(from, offset + j);
            double total = Vector512.Sum(sum);
            for (; j < width; j++)
                total += TElements.Get(from, offset + j);
            mean = total / width;
        }
        Vector512<float> shift = Vector512.Create((float)mean), squares = Vector512<float>.Zero;
        for (j = 0; j + Lanes <= width; j += Lanes)
        {
            Vector512<float> x = TElements.Load(from, offset + j) - shift;
            squares = Vector512.FusedMultiplyAdd(x, x, squares);
        }
        double variance = Vector512.Sum(squares);
        for (; j < width; j++)
            variance += (TElements.Get(from, offset + j) - mean) * (TElements.Get(from, offset + j) - mean);
        return ((float)mean, (float)(1 / Math.Sqrt(variance / width + epsilon)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteNormalized<TElements>(void* from, void* into, long offset, long width, float mean, float scale, float* w, float* b) where TElements : struct, IElements
    {
        Vector512<float> shift = Vector512.Create(mean), factor = Vector512.Create(scale);
        long j = 0;
        for (; j + Lanes <= width; j += Lanes)
        {
            Vector512<float> y = (TElements.Load(from, offset + j) - shift) * factor * Vector512.Load(w + j);
            TElements.Store(into, offset + j, b == null ? y : y + Vector512.Load(b + j));
        }
        for (; j < width; j++)
            TElements.Set(into, offset + j, (TElements.Get(from, offset + j) - mean) * scale * w[j] + (b == null ? 0 : b[j]));
    }

    // With n = (x − mean)·scale and g = gradient·weight: ∂x = scale·(g − mean(g)·[centred] − n·mean(g·n)),
    // ∂weight = Σ rows gradient·n, ∂bias = Σ rows gradient.
    private static Tensor?[] NormalizeBackward<TElements>(Tensor gradient, Tensor input, Tensor gain, Tensor means, Tensor scales, bool withBias) where TElements : struct, IElements
    {
        long width = input.Size(-1), rows = input.ElementCount / width;
        Tensor incoming = gradient.To(input.DType).Contiguous();
        Tensor result = Tensor.Empty(input.Shape, input.DType);
        int parts = Kernels.Threads;
        Tensor sums = Tensor.Zeros([2, parts, width]);
        void* from = input.Pointer, into = result.Pointer, given = incoming.Pointer;
        float* w = (float*)gain.Pointer, mean = (float*)means.Pointer, scale = (float*)scales.Pointer, partial = (float*)sums.Pointer;
        Kernels.Rows(rows, width, (part, start, end) =>
        {
            float* gainSums = partial + part * width, biasSums = partial + (parts + part) * width;
            for (long row = start; row < end; row++)
                NormalizeRowBackward<TElements>(from, given, into, row * width, width, mean[row], scale[row], withBias, w, gainSums, biasSums);
        });
        Tensor both = sums.Sum(1);
        Tensor gainGradient = both.Select(0, 0).Clone();
        return withBias ? [result, gainGradient, both.Select(0, 1).Clone()] : [result, gainGradient];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NormalizeRowBackward<TElements>(void* from, void* given, void* into, long offset, long width, float mean, float scale,
        bool centred, float* w, float* gainSums, float* biasSums) where TElements : struct, IElements
    {
        Vector512<float> shift = Vector512.Create(mean), factor = Vector512.Create(scale);
        Vector512<float> sumG = Vector512<float>.Zero, sumGn = Vector512<float>.Zero;
        float tailG = 0, tailGn = 0;
        long j = 0;
        for (; j + Lanes <= width; j += Lanes)
        {
            Vector512<float> dy = TElements.Load(given, offset + j), n = (TElements.Load(from, offset + j) - shift) * factor;
            Vector512<float> g = dy * Vector512.Load(w + j);
            sumG += g;
            sumGn = Vector512.FusedMultiplyAdd(g, n, sumGn);
            Vector512.FusedMultiplyAdd(dy, n, Vector512.Load(gainSums + j)).Store(gainSums + j);
            (Vector512.Load(biasSums + j) + dy).Store(biasSums + j);
        }
        for (; j < width; j++)
        {
            float dy = TElements.Get(given, offset + j), n = (TElements.Get(from, offset + j) - mean) * scale;
            tailG += dy * w[j];
            tailGn += dy * w[j] * n;
            gainSums[j] += dy * n;
            biasSums[j] += dy;
        }
        float meanG = centred ? (Vector512.Sum(sumG) + tailG) / width : 0, meanGn = (Vector512.Sum(sumGn) + tailGn) / width;
        Vector512<float> vectorMeanG = Vector512.Create(meanG), vectorMeanGn = Vector512.Create(meanGn);
        for (j = 0; j + Lanes <= width; j += Lanes)
        {
            Vector512<float> n = (TElements.Load(from, offset + j) - shift) * factor;
            Vector512<float> g = TElements.Load(given, offset + j) * Vector512.Load(w + j);
            TElements.Store(into, offset + j, factor * (g - vectorMeanG - n * vectorMeanGn));
        }
        for (; j < width; j++)
        {
            float n = (TElements.Get(from, offset + j) - mean) * scale;
            TElements.Set(into, offset + j, scale * (TElements.Get(given, offset + j) * w[j] - meanG - n * meanGn));
        }
    }
}
