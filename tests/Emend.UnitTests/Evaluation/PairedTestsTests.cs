using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

/// <summary>Expected values are SciPy's (permutation_test, binomtest) or worked out by hand.</summary>
public class PairedTestsTests
{
    private static readonly double[] s_differences = [0.5, -0.2, 0.9, 0.4, -0.1, 0.7, 0.3, -0.6, 0.8, 0.25];

    [Fact]
    public void FewItemsAreCountedExactly() => Assert.Equal(94 / 1024.0, PairedTests.SignFlip(s_differences, seed: 1), Near.NinePlaces);

    [Fact]
    public void ItemsWithoutADifferenceSayNothing() =>
        Assert.Equal(94 / 1024.0, PairedTests.SignFlip([.. s_differences, .. new double[1000]], seed: 1), Near.NinePlaces);

    [Fact]
    public void ManyItemsAreDrawnAndComeOutAsTheBinomialTestWhereAllDifferencesAreAlike()
    {
        double[] differences = [.. Enumerable.Repeat(1.0, 59), .. Enumerable.Repeat(-1.0, 41)];

        Assert.Equal(PairedTests.McNemar(59, 41), PairedTests.SignFlip(differences, seed: 3), Near.DrawnPValue);
        Assert.Equal(PairedTests.SignFlip(differences, seed: 3), PairedTests.SignFlip(differences, seed: 3));
    }

    [Fact]
    public void NoDifferenceAtAllIsNoEvidence() => Assert.Equal(1, PairedTests.SignFlip([0, 0, 0], seed: 1));

    [Theory]
    [InlineData(10, 2, 0.03857421875)]
    [InlineData(25, 11, 0.028816719655878845)]
    [InlineData(0, 5, 0.0625)]
    [InlineData(7, 7, 1)]
    [InlineData(0, 0, 1)]
    public void McNemarIsTheExactBinomialTest(int wins, int losses, double expected)
    {
        Assert.Equal(expected, PairedTests.McNemar(wins, losses), Near.NinePlaces);
        Assert.Equal(expected, PairedTests.McNemar(losses, wins), Near.NinePlaces);
    }

    [Fact]
    public void HolmMultipliesStepByStepAndNeverDecreases() =>
        Assert.All(((double[])[0.04, 0.09, 0.09, 0.025, 0.2]).Zip(PairedTests.Holm([0.01, 0.04, 0.03, 0.005, 0.2])), pair => Assert.Equal(pair.First, pair.Second, Near.NinePlaces));

    [Fact]
    public void AMinimumDetectableEffectAndItsNumberOfItemsGoTogether()
    {
        // (1.959964 + 0.841621) · 0.5 / √805, and its inverse at an effect of 0.05.
        Assert.Equal(0.0493714521780606, Power.MinimumDetectableEffect(Power.LargestDeviation, 805), Near.NinePlaces);
        Assert.Equal(785, Power.Items(0.05, Power.LargestDeviation));
        Assert.Equal(785, Power.Items(-0.05, Power.LargestDeviation));
        Assert.True(Power.MinimumDetectableEffect(0.5, 785) <= 0.05 && Power.MinimumDetectableEffect(0.5, 784) > 0.05);
    }
}
