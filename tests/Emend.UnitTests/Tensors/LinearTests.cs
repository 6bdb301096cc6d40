using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Tensors;

/// <summary>The project's own matrix products against libtorch's, values and gradients.</summary>
public class LinearTests
{
    [Theory]
    [InlineData(32, 8, 32)]
    [InlineData(33, 7, 5)]
    [InlineData(100, 256, 96)]
    [InlineData(97, 300, 45)]
    [InlineData(229, 520, 33)]
    [InlineData(1000, 64, 172)]
    public void ValuesAndGradientsAreThoseOfLibtorch(int rows, int inputs, int outputs)
    {
        foreach (bool withBias in (bool[])[true, false])
        {
            AssertSame(rows, inputs, outputs, [outputs, inputs], withBias, Fused.Linear, (x, w, b) => x.Linear(w, b));
            AssertSame(rows, inputs, outputs, [inputs, outputs], withBias, Fused.Conv1D, (x, w, b) => x.Linear(w.Transpose(0, 1), b));
        }
    }

    [Fact]
    public void FewRowsAreLeftToLibtorch() =>
        AssertSame(3, 20, 30, [30, 20], true, Fused.Linear, (x, w, b) => x.Linear(w, b));

    [Fact]
    public void AViewIsReadInItsOwnOrder()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.RandomNormal([16, 40], 1, new Random(1)), weight = Tensor.RandomNormal([9, 16], 1, new Random(2));

        AssertNear(x.Transpose(0, 1).Linear(weight), Fused.Linear(x.Transpose(0, 1), weight));
    }

    [Fact]
    public void OnlyWhatRequiresAGradientReceivesOne()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.RandomNormal([40, 16], 1, new Random(1)), weight = Tensor.RandomNormal([9, 16], 1, new Random(2)).RequireGradient();
        Fused.Linear(x, weight).Sum().Backward();

        Assert.Null(x.Gradient);
        Assert.NotNull(weight.Gradient);
    }

    [Fact]
    public void InnerSizesThatDifferAreAnError()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Zeros([40, 16]), weight = Tensor.Zeros([9, 15]);

        Assert.Contains("float32 (9, 15)", Assert.Throws<TensorException>(() => Fused.Linear(x, weight)).Message);
    }

    private static void AssertSame(
        int rows, int inputs, int outputs, long[] weightShape, bool withBias, Func<Tensor, Tensor, Tensor?, Tensor> own, Func<Tensor, Tensor, Tensor?, Tensor> libtorch)
    {
        using var scope = new TensorScope();
        var random = new Random(rows);
        Tensor x = Tensor.RandomNormal([1, rows, inputs], 1, random), weight = Tensor.RandomNormal(weightShape, 1 / Math.Sqrt(inputs), random);
        Tensor? bias = withBias ? Tensor.RandomNormal([outputs], 1, random) : null;
        Tensor weights = Tensor.RandomNormal([1, rows, outputs], 1 / Math.Sqrt(rows), random);
        Tensor[] inputsOfBoth = [x, weight, .. bias is null ? (Tensor[])[] : [bias]];

        var values = new List<Tensor>();
        var gradients = new List<Tensor[]>();
        foreach (Func<Tensor, Tensor, Tensor?, Tensor> linear in (Func<Tensor, Tensor, Tensor?, Tensor>[])[own, libtorch])
        {
            foreach (Tensor input in inputsOfBoth)
            {
                input.RequireGradient();
                input.ClearGradient();
            }
            Tensor y = linear(x, weight, bias);
            (y * weights).Sum().Backward();
            values.Add(y.Detach());
            gradients.Add([.. inputsOfBoth.Select(input => input.Gradient!.Clone())]);
        }

        AssertNear(values[1], values[0]);
        for (int i = 0; i < inputsOfBoth.Length; i++)
            AssertNear(gradients[1][i], gradients[0][i]);
    }

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        float[] right = expected.Contiguous().ToArray<float>(), own = actual.Contiguous().ToArray<float>();
        for (int i = 0; i < right.Length; i++)
            Assert.Equal(right[i], own[i], Near.Float32);
    }
}
