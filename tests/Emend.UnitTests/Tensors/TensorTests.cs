using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Tensors;

[Collection(LiveTensors.Name)]
public class TensorTests
{
    [Fact]
    public void AnErrorNamesTheOperatorAndTheShapesItWasGiven()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.Zeros([2, 3]), b = Tensor.Zeros([4, 5]);

        var error = Assert.Throws<TensorException>(() => a.MatMul(b));

        Assert.Contains("aten::matmul", error.Message);
        Assert.Contains("float32 (2, 3)", error.Message);
        Assert.Contains("float32 (4, 5)", error.Message);
        Assert.DoesNotContain("frame #", error.Message);
    }

    [Fact]
    public void WhatIsBornInAScopeDiesWithItUnlessKept()
    {
        long before = Tensor.LiveCount;
        Tensor kept;
        using (var scope = new TensorScope())
        {
            Tensor x = Tensor.Ones([3]) + 1;
            kept = scope.Keep(x * 2);
            using (var inner = new TensorScope())
                inner.Keep(kept + 1);
        }

        Assert.Equal(before + 1, Tensor.LiveCount);
        Assert.Equal([4f, 4f, 4f], kept.ToArray<float>());
        kept.Dispose();
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void TenStepsLeaveAsManyTensorsAsTwo()
    {
        using Tensor weight = Tensor.RandomNormal([4, 20], 0.1, new Random(1)).RequireGradient();
        using var optimizer = new AdamW([weight], new AdamWOptions());
        void Step()
        {
            using var scope = new TensorScope();
            Tensor x = Fused.RmsNorm(Tensor.Ones([3, 20]), Tensor.Ones([20]), 1e-5);
            Tensor loss = Fused.Logprobs(x.Linear(weight), Tensor.From([0L, 1L, 2L])).Mean();
            optimizer.ClearGradients();
            loss.Backward();
            Gradients.ClipNorm([weight], 0.01);
            optimizer.Step();
        }

        Step();
        Step();
        long afterTwo = Tensor.LiveCount;
        for (int i = 0; i < 8; i++)
            Step();

        Assert.Equal(afterTwo, Tensor.LiveCount);
    }

    [Fact]
    public void GradientsFollowTheChainRule()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([1f, 2f, 3f]).RequireGradient();

        ((x * x).Sum() * 2).Backward();

        Assert.Equal([4f, 8f, 12f], x.Gradient!.ToArray<float>());
    }

    [Fact]
    public void NothingIsRecordedWhileGradientsAreOff()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Ones([2]).RequireGradient();
        using (Gradients.Off())
            Assert.False((x * 2).RequiresGradient);
        Assert.True((x * 2).RequiresGradient);
    }

    [Fact]
    public void BFloat16RoundsAsLibtorchDoes()
    {
        using var scope = new TensorScope();
        float[] values = [1f, 1.00390625f, 3.14159265f, -2.7182818f, 1e-30f, 65535f, 0.1f];

        BFloat16[] theirs = Tensor.From(values).To(DType.BFloat16).ToArray<BFloat16>();

        Assert.Equal(theirs, values.Select(value => (BFloat16)value));
    }

    [Fact]
    public void ClippingScalesTheJointNormToTheLimit()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.From([0f]).RequireGradient(), b = Tensor.From([0f]).RequireGradient();
        (a * 3 + b * 4).Sum().Backward();

        double norm = Gradients.ClipNorm([a, b], 1);

        Assert.Equal(5, norm, Near.Float32Places);
        Assert.Equal(0.6, a.Gradient!.Item(), Near.Float32Places);
        Assert.Equal(0.8, b.Gradient!.Item(), Near.Float32Places);
    }

    [Fact]
    public void AFailureInsideBackwardSurfacesWithItsMessage()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Ones([2]).RequireGradient();
        Tensor y;
        using (Gradients.Off())
            y = x * 2;
        AutogradFunction.Attach(y, [x], [], _ => throw new InvalidOperationException("the kernel is broken"));

        var error = Assert.Throws<TensorException>(() => y.Sum().Backward());

        Assert.Contains("the kernel is broken", error.Message);
    }
}
