using System.Runtime.Intrinsics;
using Emend.Models.Decoding;
using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Models;

/// <summary>The kernels of the decoding engine against plain loops in double.</summary>
public sealed unsafe class DecodingKernelTests
{
    [Theory]
    [InlineData(1, 40, 70)]
    [InlineData(1, 16, 300)]
    [InlineData(2, 33, 32)]
    [InlineData(7, 64, 65)]
    [InlineData(12, 8, 31)]
    [InlineData(16, 20, 100)]
    [InlineData(27, 50, 33)]
    [InlineData(96, 24, 40)]
    public void APackedLinearLayerIsTheMatrixProduct(int rows, int inputs, int outputs)
    {
        var random = new Random(rows);
        float[] x = Floats(rows * inputs), first = Floats(outputs * inputs), second = Floats(2 * inputs), bias = Floats(outputs);
        using var linear = new PackedLinear(inputs, DecodePrecision.Float32, outputs, 2);
        linear.Set(0, first, bias);
        linear.Set(1, second, default);
        using AlignedBuffer scratch = AlignedBuffer.OfFloats((rows + 12) * inputs), y = AlignedBuffer.OfFloats((rows + 12L) * linear.Width);
        for (int i = 0; i < rows * linear.Width; i++)
            y.Floats[i] = 100;

        fixed (float* source = x)
            linear.Multiply(source, inputs, rows, y.Floats, linear.Width, scratch.Floats, adds: true);

        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
                Assert.Equal(100 + bias[output] + Dot(x, row, first, output), y.Floats[row * linear.Width + output], Near.Logits);
            Assert.Equal(100 + Dot(x, row, second, 1), y.Floats[row * linear.Width + linear.Starts[1] + 1], Near.Logits);
        }

        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        double Dot(float[] a, int rowOfA, float[] b, int rowOfB) => Enumerable.Range(0, inputs).Sum(k => (double)a[rowOfA * inputs + k] * b[rowOfB * inputs + k]);
    }

    [Fact]
    public void ARowIsTheSameBitsWhateverIsBesideIt()
    {
        const int inputs = 50, outputs = 200;
        var random = new Random(1);
        float[] weight = [.. Enumerable.Range(0, inputs * outputs).Select(_ => random.NextSingle() - 0.5f)];
        float[] x = [.. Enumerable.Range(0, inputs * 40).Select(_ => random.NextSingle() - 0.5f)];
        using var linear = new PackedLinear(inputs, DecodePrecision.Float32, outputs);
        linear.Set(0, weight, default);
        using AlignedBuffer scratch = AlignedBuffer.OfFloats(60 * inputs), alone = AlignedBuffer.OfFloats(12L * linear.Width), beside = AlignedBuffer.OfFloats(60L * linear.Width);

        fixed (float* source = x)
        {
            linear.Multiply(source, inputs, 1, alone.Floats, linear.Width, scratch.Floats, adds: false);
            for (int rows = 2; rows <= 40; rows++)
            {
                linear.Multiply(source, inputs, rows, beside.Floats, linear.Width, scratch.Floats, adds: false);
                Assert.True(new ReadOnlySpan<float>(alone.Floats, outputs).SequenceEqual(new ReadOnlySpan<float>(beside.Floats, outputs)), $"{rows} rows");
            }
        }
    }

    [Fact]
    public void TheExponentialIsAccurateToAFewUnitsInTheLastPlace()
    {
        for (float x = -87; x < 88.7f; x += 0.00731f)
        {
            float actual = Exponential.Exp(Vector512.Create(x))[0], expected = (float)Math.Exp(x);
            Assert.True(Math.Abs(actual - expected) <= 3 * (MathF.BitIncrement(expected) - expected), $"exp({x}) is {expected}, not {actual}");
        }
    }

    [Fact]
    public void TheExponentialKeepsItsLimits()
    {
        Assert.Equal(1, Exponential.Exp(Vector512<float>.Zero)[0]);
        Assert.Equal(0, Exponential.Exp(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.Equal(0, Exponential.Exp(Vector512.Create(-1000f))[0]);
        Assert.Equal(float.PositiveInfinity, Exponential.Exp(Vector512.Create(1000f))[0]);
        Assert.Equal(float.PositiveInfinity, Exponential.Exp(Vector512.Create(float.PositiveInfinity))[0]);
        Assert.True(float.IsNaN(Exponential.Exp(Vector512.Create(float.NaN))[0]));
    }
}
