using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>Settings of <see cref="AdamW"/>; the defaults are PyTorch's, but for the weight decay, which is off.</summary>
public sealed record AdamWOptions
{
    public double LearningRate { get; init; } = 1e-3;
    public double Beta1 { get; init; } = 0.9;
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment after its bias is corrected, as PyTorch does.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Share of a parameter that is taken away per step, times the learning rate; apart from the gradient.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; bias correction as in PyTorch). On the CPU
/// one pass over the memory of each float32 parameter; elsewhere ATen's operators. State is born outside any scope.
/// </summary>
public sealed unsafe class AdamW : IDisposable
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly AdamWOptions _options;
    private readonly Tensor[] _first, _second;

    public AdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options)
    {
        _parameters = parameters;
        _options = options;
        LearningRate = options.LearningRate;
        _first = [.. parameters.Select(Unowned)];
        _second = [.. parameters.Select(Unowned)];

        static Tensor Unowned(Tensor parameter)
        {
            Tensor zeros = Tensor.Zeros(parameter.Shape, DType.Float32, parameter.Device);
            zeros.Scope = null;
            return zeros;
        }
    }

    /// <summary>Rate of the next step; a schedule sets it before each.</summary>
    public double LearningRate { get; set; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; set; }

    /// <summary>First and second moments of each parameter in turn, for checkpoints; write into them to restore.</summary>
    public IEnumerable<Tensor> State => _first.Zip(_second, (m, v) => new[] { m, v }).SelectMany(both => both);

    public void ClearGradients()
    {
        foreach (Tensor parameter in _parameters)
            parameter.ClearGradient();
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step()
    {
        Steps++;
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        for (int i = 0; i < _parameters.Count; i++)
        {
            if (_parameters[i].Gradient is not { } gradient)
                continue;
            if (Kernels.Reaches(_parameters[i]) && gradient.DType == DType.Float32)
                StepInOnePass(_parameters[i], gradient.Contiguous(), _first[i], _second[i]);
            else
                StepByOperators(_parameters[i], gradient.To(DType.Float32), _first[i], _second[i]);
        }
    }

    private void StepByOperators(Tensor parameter, Tensor gradient, Tensor first, Tensor second)
    {
        parameter.MultiplyInPlace(1 - LearningRate * _options.WeightDecay);
        first.MultiplyInPlace(_options.Beta1).AddInPlace(gradient, 1 - _options.Beta1);
        second.MultiplyInPlace(_options.Beta2).AddInPlace(gradient.Square(), 1 - _options.Beta2);
        Tensor denominator = second.Sqrt() / Math.Sqrt(SecondCorrection) + _options.Epsilon;
        parameter.AddInPlace(first / denominator, -LearningRate / FirstCorrection);
    }

    private double FirstCorrection => 1 - Math.Pow(_options.Beta1, Steps);
    private double SecondCorrection => 1 - Math.Pow(_options.Beta2, Steps);

    private void StepInOnePass(Tensor parameter, Tensor gradient, Tensor first, Tensor second)
    {
        float* p = (float*)parameter.Pointer, g = (float*)gradient.Pointer, m = (float*)first.Pointer, v = (float*)second.Pointer;
        float decay = (float)(1 - LearningRate * _options.WeightDecay), rate = (float)(LearningRate / FirstCorrection);
        float beta1 = (float)_options.Beta1, beta2 = (float)_options.Beta2, fresh1 = (float)(1 - _options.Beta1), fresh2 = (float)(1 - _options.Beta2);
        float correction = (float)(1 / Math.Sqrt(SecondCorrection)), epsilon = (float)_options.Epsilon;
        var rates = new Rates(decay, rate, beta1, beta2, fresh1, fresh2, correction, epsilon);
        Kernels.Rows(parameter.ElementCount, 4, (_, start, end) => Move(p, g, m, v, start, end, rates));
    }

    private readonly record struct Rates(
        float Decay, float Rate, float Beta1, float Beta2, float Fresh1, float Fresh2, float Correction, float Epsilon);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(float* p, float* g, float* m, float* v, long start, long end, Rates rates)
    {
        const int lanes = 16;
        Vector512<float> decay = Vector512.Create(rates.Decay), rate = Vector512.Create(rates.Rate), epsilon = Vector512.Create(rates.Epsilon);
        Vector512<float> beta1 = Vector512.Create(rates.Beta1), beta2 = Vector512.Create(rates.Beta2), correction = Vector512.Create(rates.Correction);
        Vector512<float> fresh1 = Vector512.Create(rates.Fresh1), fresh2 = Vector512.Create(rates.Fresh2);
        long i = start;
        for (; i + lanes <= end; i += lanes)
        {
            Vector512<float> gradients = Vector512.Load(g + i);
            Vector512<float> moment = Vector512.Load(m + i) * beta1 + gradients * fresh1;
            Vector512<float> square = Vector512.Load(v + i) * beta2 + gradients * gradients * fresh2;
            moment.Store(m + i);
            square.Store(v + i);
            Vector512<float> denominator = Vector512.Sqrt(square) * correction + epsilon;
            (Vector512.Load(p + i) * decay - moment * rate / denominator).Store(p + i);
        }
        for (; i < end; i++)
        {
            m[i] = m[i] * rates.Beta1 + g[i] * rates.Fresh1;
            v[i] = v[i] * rates.Beta2 + g[i] * g[i] * rates.Fresh2;
            p[i] = p[i] * rates.Decay - m[i] * rates.Rate / (MathF.Sqrt(v[i]) * rates.Correction + rates.Epsilon);
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in State)
            tensor.Dispose();
    }
}
