using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class WinRateTests
{
    // 3 > 1, 3 = 3, 3 > 2; 0 loses to all: 2.5 of 6.
    [Fact]
    public void APromptsOutcomeIsTheMeanOfAllPairsWithTiesHalf() =>
        Assert.Equal(2.5 / 6, WinRate.AllPairs([3, 0], [1, 3, 2]), Near.NinePlaces);

    [Fact]
    public void APolicyThatIsTheReferenceWinsHalf() => Assert.Equal(0.5, WinRate.AllPairs([1, 2, 5], [1, 2, 5]));

    [Fact]
    public void AScoreThatIsNotANumberIsRefused() =>
        Assert.Throws<ArgumentException>(() => WinRate.AllPairs([double.NaN], [1]));

    [Fact]
    public void TheWinRateIsInPercentAndInsideItsInterval()
    {
        Estimate estimate = WinRate.Of([[1, 0, 1, 1, 0.5, 1, 0, 1], [1, 0, 1, 1, 1, 1, 0.5, 0]], 3);

        Assert.Equal(100 * 11.0 / 16, estimate.Value, Near.NinePlaces);
        Assert.InRange(estimate.Low, 0, estimate.Value);
        Assert.InRange(estimate.High, estimate.Value, 100);
        Assert.Equal((2, 8), (estimate.Seeds, estimate.Prompts));
    }

    [Fact]
    public void WinningEveryPromptDoesNotClaimCertainty()
    {
        Estimate estimate = WinRate.Of([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], 1);

        Assert.Equal(100, estimate.High);
        Assert.Equal(72.246, estimate.Low, Near.ThreePlaces); // Wilson, 10 of 10: 1 / (1 + z^2 / 10)
    }

    [Fact]
    public void ADifferenceIsPairedByPrompt()
    {
        // Prompts differ a lot, the arms by the same 0.1 on each: a paired interval is a point, an unpaired one would not be.
        double[] baseline = [0.0, 0.9, 0.2, 0.7, 0.5];
        double[] better = [.. baseline.Select(outcome => outcome + 0.1)];

        Estimate difference = WinRate.Difference([better], [baseline], 1);

        Assert.Equal(10, difference.Value, Near.NinePlaces);
        Assert.Equal(10, difference.Low, Near.NinePlaces);
        Assert.Equal(10, difference.High, Near.NinePlaces);
    }

    [Fact]
    public void ADifferenceNeedsTheSamePrompts() =>
        Assert.Throws<ArgumentException>(() => WinRate.Difference([[1, 0]], [[1]], 1));

    [Fact]
    public void AVerdictThatFlipsWithTheOrderCountsHalf()
    {
        OrderSwap swap = OrderSwap.Of([new(1, 1), new(1, 0), new(0, 0), new(0.5, 0.5)]);

        Assert.Equal([1, 0.5, 0, 0.5], swap.Outcomes);
        Assert.Equal(0.25, swap.FlipRate);
    }

    [Fact]
    public void AJudgeThatAlwaysTakesTheFirstIsSeen()
    {
        OrderSwap swap = OrderSwap.Of([new(1, 0), new(1, 0), new(1, 0)]);

        Assert.Equal(1, swap.FlipRate);
        Assert.Equal(1, swap.FirstPreference);
        Assert.Equal([0.5, 0.5, 0.5], swap.Outcomes);
    }
}
