using Emend.Models;
using Xunit;

namespace Emend.UnitTests.Models;

public class SamplerTests
{
    /// <summary>exp of these are 1, 2, 3, 4 tenths up to a factor, so the probabilities are 0.1, 0.2, 0.3, 0.4; more rows of −∞ test the vector path.</summary>
    private static readonly float[] Logits = [MathF.Log(1), MathF.Log(2), MathF.Log(3), MathF.Log(4), .. Enumerable.Repeat(float.NegativeInfinity, 40)];

    [Fact]
    public void TokensAreDrawnAsOftenAsTheyAreLikely() =>
        AssertShares(new SamplingOptions { MaxNewTokens = 1 }, [0.1, 0.2, 0.3, 0.4], reported: [0.1, 0.2, 0.3, 0.4]);

    [Fact]
    public void TopKDrawsAmongTheMostLikely() =>
        AssertShares(new SamplingOptions { MaxNewTokens = 1, TopK = 2 }, [0, 0, 3.0 / 7, 4.0 / 7], reported: [0.1, 0.2, 0.3, 0.4]);

    [Fact]
    public void TopPKeepsTheTokenThatCrossesTheBound() =>
        AssertShares(new SamplingOptions { MaxNewTokens = 1, TopP = 0.65 }, [0, 0, 3.0 / 7, 4.0 / 7], reported: [0.1, 0.2, 0.3, 0.4]);

    [Fact]
    public void TopPCountsOnlyWhatTopKLeaves() =>
        // Of 4/9, 3/9, 2/9 the first two reach 0.75; of the whole 0.4, 0.3, 0.2, 0.1 three would be needed.
        AssertShares(new SamplingOptions { MaxNewTokens = 1, TopK = 3, TopP = 0.75 }, [0, 0, 3.0 / 7, 4.0 / 7], reported: [0.1, 0.2, 0.3, 0.4]);

    [Fact]
    public void ATemperatureOfOneHalfSquaresTheProbabilities() =>
        AssertShares(new SamplingOptions { MaxNewTokens = 1, Temperature = 0.5 }, [1.0 / 30, 4.0 / 30, 9.0 / 30, 16.0 / 30],
            reported: [1.0 / 30, 4.0 / 30, 9.0 / 30, 16.0 / 30]);

    [Fact]
    public void TemperatureZeroTakesTheMostLikelyAndReportsItsProbability() =>
        AssertShares(new SamplingOptions { MaxNewTokens = 1, Temperature = 0 }, [0, 0, 0, 1], reported: [0, 0, 0, 0.4]);

    [Fact]
    public void NeighbouringRowsDrawUnrelatedNumbers()
    {
        double[] first = [.. Enumerable.Range(0, 1000).Select(row => Sampler.RandomOf(1, row).NextDouble())];

        Assert.Equal(1000, first.Distinct().Count());
        Assert.Equal(0.5, first.Average(), Near.SimulatedShare);
    }

    private static void AssertShares(SamplingOptions options, double[] expected, double[] reported)
    {
        const int draws = 20_000;
        var sampler = new Sampler(options, Logits.Length);
        var random = new Random(1);
        int[] counts = new int[Logits.Length];
        for (int i = 0; i < draws; i++)
        {
            (int token, float logprob) = sampler.Draw(Logits, random);
            counts[token]++;
            Assert.Equal(Math.Log(reported[token]), logprob, Near.Float32);
        }
        for (int token = 0; token < counts.Length; token++)
        {
            double share = token < expected.Length ? expected[token] : 0;
            Assert.Equal(share, (double)counts[token] / draws, share == 0 ? 0 : Near.SimulatedShare);
        }
    }
}
