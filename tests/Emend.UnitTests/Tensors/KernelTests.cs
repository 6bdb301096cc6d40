using System.Runtime.Intrinsics;
using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Tensors;

/// <summary>Every fused kernel against the same formula in ATen's operators: values and gradients.</summary>
[Collection("kernels")]
public class KernelTests
{
    [Theory]
    [InlineData(7, 5, DType.Float32)]
    [InlineData(33, 100, DType.Float32)]
    [InlineData(64, 4096, DType.Float32)]
    [InlineData(33, 100, DType.BFloat16)]
    public void LogprobsEqualAGatheredLogSoftmax(int rows, int vocabulary, DType type) => Agree(type, random =>
    {
        Tensor logits = Leaf([rows, vocabulary], 3, random);
        Tensor ids = Tensor.From([.. Enumerable.Range(0, rows).Select(_ => (long)random.Next(vocabulary))]);
        Tensor weights = Tensor.RandomNormal([rows], 1, random);
        return ([logits], () => Fused.Logprobs(logits.To(type), ids), weights);
    });

    [Theory]
    [InlineData(5, 3, DType.Float32)]
    [InlineData(9, 96, DType.Float32)]
    [InlineData(700, 250, DType.Float32)]
    [InlineData(9, 96, DType.BFloat16)]
    public void RmsNormEqualsItsFormula(int rows, int width, DType type) => Agree(type, random =>
    {
        Tensor x = Leaf([rows, width], 2, random), weight = Leaf([width], 1, random);
        return ([x, weight], () => Fused.RmsNorm(x.To(type), weight, 1e-5), Tensor.RandomNormal([rows, width], 1, random));
    });

    [Theory]
    [InlineData(5, 3, DType.Float32)]
    [InlineData(9, 96, DType.Float32)]
    [InlineData(700, 250, DType.Float32)]
    [InlineData(9, 96, DType.BFloat16)]
    public void LayerNormEqualsAtens(int rows, int width, DType type) => Agree(type, random =>
    {
        Tensor x = Leaf([rows, width], 2, random), weight = Leaf([width], 1, random), bias = Leaf([width], 1, random);
        return ([x, weight, bias], () => Fused.LayerNorm(x.To(type), weight, bias, 1e-5), Tensor.RandomNormal([rows, width], 1, random));
    });

    [Theory]
    [InlineData(7, 5, DType.Float32)]
    [InlineData(300, 96, DType.Float32)]
    [InlineData(9, 96, DType.BFloat16)]
    public void GeluTanhEqualsAtens(int rows, int width, DType type) => Agree(type, random =>
    {
        Tensor x = Leaf([rows, width], 3, random);
        return ([x], () => Fused.GeluTanh(x.To(type)), Tensor.RandomNormal([rows, width], 1, random));
    });

    [Theory]
    [InlineData(7, 5, DType.Float32)]
    [InlineData(300, 96, DType.Float32)]
    [InlineData(9, 96, DType.BFloat16)]
    public void SwiGluEqualsItsFormula(int rows, int width, DType type) => Agree(type, random =>
    {
        Tensor gate = Leaf([rows, width], 3, random), up = Leaf([rows, width], 1, random);
        return ([gate, up], () => Fused.SwiGlu(gate.To(type), up.To(type)), Tensor.RandomNormal([rows, width], 1, random));
    });

    // Heads that fill vectors and heads that do not, columns in one block and in several, shared key heads, a lone token.
    [Theory]
    [InlineData(2, 128, 4, 4, 64, false, DType.Float32)]
    [InlineData(3, 90, 4, 2, 8, true, DType.Float32)]
    [InlineData(1, 131, 6, 2, 24, true, DType.Float32)]
    [InlineData(2, 1, 2, 1, 16, true, DType.Float32)]
    [InlineData(2, 70, 4, 4, 64, false, DType.BFloat16)]
    [InlineData(2, 70, 4, 2, 32, true, DType.BFloat16)]
    public void CausalAttentionEqualsItsFormula(int rows, int columns, int heads, int groups, int size, bool turned, DType type) => Agree(type, random =>
    {
        Tensor joined = Leaf([rows, columns, (heads + 2 * groups) * size], 1, random);
        RotaryAngles? angles = turned ? Angles(columns, size / 2) : null;
        return ([joined], () => Fused.CausalAttention(joined.To(type), heads, groups, angles), Tensor.RandomNormal([rows, columns, heads * size], 1, random));
    });

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-100, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void TheExponentialKeepsWhatIsNoNumberAndDropsWhatIsTooSmall(float x, float expected) =>
        Assert.Equal(expected, Exponential.Exp(Vector512.Create(x))[0]);

    [Fact]
    public void TheExponentialEqualsTheLibrarys()
    {
        for (float x = -87; x < 88; x += 0.0371f)
            Assert.Equal(1, Exponential.Exp(Vector512.Create(x))[0] / Math.Exp(x), Near.Exponential);
    }

    private static RotaryAngles Angles(int positions, int half)
    {
        double[] angles = [.. Enumerable.Range(0, positions * half).Select(i => i / half * Math.Pow(100, -(i % half) / (double)half))];
        return new RotaryAngles([.. angles.Select(angle => (float)Math.Cos(angle))], [.. angles.Select(angle => (float)Math.Sin(angle))]);
    }

    [Fact]
    public void AdamWInOnePassEqualsTheSameStepsByOperators()
    {
        float[] Run(bool fused)
        {
            using var scope = new TensorScope();
            using var reset = new KernelsOff(!fused);
            var random = new Random(3);
            Tensor parameter = Leaf([37], 1, random);
            using var optimizer = new AdamW([parameter], new AdamWOptions { LearningRate = 0.01, WeightDecay = 0.1 });
            for (int step = 0; step < 5; step++)
            {
                optimizer.ClearGradients();
                (parameter * Tensor.RandomNormal([37], 1, random)).Square().Sum().Backward();
                optimizer.Step();
            }
            return parameter.ToArray<float>();
        }

        AssertClose(Run(fused: false), Run(fused: true), Near.Float32);
    }

    private static Tensor Leaf(long[] shape, double deviation, Random random) => Tensor.RandomNormal(shape, deviation, random).RequireGradient();

    private static void Agree(DType type, Func<Random, (Tensor[] Leaves, Func<Tensor> Compute, Tensor Weights)> make)
    {
        float tolerance = type == DType.BFloat16 ? Near.BFloat16 : Near.Kernel;
        using var scope = new TensorScope();
        var (leaves, compute, weights) = make(new Random(11));
        float[][] fused = Results(leaves, compute, weights);
        using var reset = new KernelsOff(true);
        float[][] plain = Results(leaves, compute, weights);
        for (int i = 0; i < plain.Length; i++)
            AssertClose(plain[i], fused[i], tolerance);
    }

    private static float[][] Results(Tensor[] leaves, Func<Tensor> compute, Tensor weights)
    {
        foreach (Tensor leaf in leaves)
            leaf.ClearGradient();
        Tensor result = compute();
        (result.To(DType.Float32) * weights).Sum().Backward();
        return [result.To(DType.Float32).ToArray<float>(), .. leaves.Select(leaf => leaf.Gradient!.ToArray<float>())];
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        float scale = MathF.Max(1, expected.Max(MathF.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(MathF.Abs(expected[i] - actual[i]) <= tolerance * scale, $"element {i}: {expected[i]} against {actual[i]}");
    }

    private sealed class KernelsOff : IDisposable
    {
        public KernelsOff(bool off) => Kernels.Disabled = off;

        public void Dispose() => Kernels.Disabled = false;
    }
}

[CollectionDefinition("kernels", DisableParallelization = true)]
public class KernelsCollection;
