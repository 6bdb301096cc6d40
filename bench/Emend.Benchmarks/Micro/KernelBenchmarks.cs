using BenchmarkDotNet.Attributes;
using Emend.Tensors;

namespace Emend.Benchmarks.Micro;

/// <summary>Fused kernels beside libtorch's operators, forward and backward, on the sizes of a 16 × 128 step of the comparison's model.</summary>
public class KernelBenchmarks
{
    private const int Rows = 16, Columns = 128, Width = 256, Heads = 4, Vocabulary = 4096;

    private Tensor _joined = null!, _inner = null!, _logits = null!, _ids = null!;

    [Params(DType.Float32, DType.BFloat16)]
    public DType Type { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(1);
        _joined = Leaf([Rows, Columns, 3 * Width], random);
        _inner = Leaf([Rows * Columns, 4 * Width], random);
        _logits = Leaf([Rows * Columns, Vocabulary], random);
        _ids = Tensor.From<long>([.. Enumerable.Range(0, Rows * Columns).Select(_ => (long)random.Next(Vocabulary))]);
    }

    [Benchmark]
    public void CausalAttention() => ForwardAndBack(_joined, x => Fused.CausalAttention(x, Heads, Heads));

    [Benchmark]
    public void GeluTanh() => ForwardAndBack(_inner, Fused.GeluTanh);

    [Benchmark]
    public void GeluTanhByLibtorch() => ForwardAndBack(_inner, x => x.GeluTanh());

    [Benchmark]
    public void Logprobs() => ForwardAndBack(_logits, x => Fused.Logprobs(x, _ids));

    [Benchmark]
    public void LogprobsByLibtorch() =>
        ForwardAndBack(_logits, x => x.To(DType.Float32).LogSoftmax(-1).Gather(-1, _ids.Unsqueeze(-1)).Squeeze(-1));

    private Tensor Leaf(long[] shape, Random random)
    {
        using var scope = new TensorScope();
        return scope.Keep(Tensor.RandomNormal(shape, 1, random).To(Type).Clone().RequireGradient());
    }

    private static void ForwardAndBack(Tensor leaf, Func<Tensor, Tensor> compute)
    {
        using var scope = new TensorScope();
        leaf.ClearGradient();
        Tensor result = compute(leaf);
        result.Backward(Tensor.Ones(result.Shape, result.DType));
    }
}
