using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class TwoLevelBootstrapTests
{
    private const int Studies = 400, FewResamples = 400;

    [Fact]
    public void TheSameSeedGivesTheSameInterval()
    {
        double[][] values = [[1, 0, 1, 0.5], [0, 0, 1, 1]];

        Assert.Equal(TwoLevelBootstrap.SharedPrompts(values, 7), TwoLevelBootstrap.SharedPrompts(values, 7));
        Assert.NotEqual(TwoLevelBootstrap.SharedPrompts(values, 7), TwoLevelBootstrap.SharedPrompts(values, 8));
    }

    // Expected: analysis of variance of a 3 x 6 table, computed with NumPy.
    [Fact]
    public void TheStandardErrorIsThatOfATwoWayTable()
    {
        Estimate estimate = TwoLevelBootstrap.SharedPrompts(CrossedTable, 1);

        Assert.Equal(CrossedMean, estimate.Value, Near.NinePlaces);
        Assert.Equal(CrossedError, estimate.StandardError, Near.NinePlaces);
        Assert.Equal(CrossedFreedom, estimate.DegreesOfFreedom, Near.NinePlaces);
    }

    // With one seed there are only prompts: standard deviation of 1,0,1,1 is 0.5, over the root of 4.
    [Fact]
    public void OneSeedLeavesTheErrorOfItsPrompts()
    {
        Assert.Equal(0.25, TwoLevelBootstrap.SharedPrompts([[1, 0, 1, 1]], 1).StandardError, Near.NinePlaces);
        Assert.Equal(0.25, TwoLevelBootstrap.OwnPrompts([[1, 0, 1, 1]], 1).StandardError, Near.NinePlaces);
    }

    // 100 wins and 100 losses: standard error 0.0354441, and 1.971957 is the t table's 97.5 % for 199 degrees of freedom.
    [Fact]
    public void AnIntervalIsNoWiderThanTheorySays()
    {
        double[] outcomes = [.. Enumerable.Range(0, 200).Select(p => p % 2.0)];
        const double Width = 2 * 1.971957 * 0.0354441;

        Estimate estimate = TwoLevelBootstrap.SharedPrompts([outcomes], 1);

        Assert.Equal(Width, estimate.High - estimate.Low, Width * Near.ResampledWidth);
    }

    [Theory]
    [InlineData(5, 60, 0.0)]
    [InlineData(5, 60, 0.1)]
    [InlineData(3, 60, 0.2)]
    [InlineData(1, 60, 0.0)]
    public void SharedPromptsCoverTheTruthAsOftenAsTheySay(int seeds, int prompts, double seedSpread)
    {
        double covered = Coverage(seeds, prompts, seedSpread, sharedPrompts: true);

        Assert.InRange(covered, Interval.Confidence - Near.SimulatedShare, 1);
    }

    [Theory]
    [InlineData(5, 60, 0.0)]
    [InlineData(5, 60, 0.1)]
    [InlineData(3, 60, 0.2)]
    public void OwnPromptsCoverTheTruthAsOftenAsTheySay(int seeds, int prompts, double seedSpread)
    {
        double covered = Coverage(seeds, prompts, seedSpread, sharedPrompts: false);

        Assert.InRange(covered, Interval.Confidence - Near.SimulatedShare, 1);
    }

    [Fact]
    public void SeedsThatSharePromptsMustHaveAsManyOfThem() =>
        Assert.Throws<ArgumentException>(() => TwoLevelBootstrap.SharedPrompts([[1, 0], [1]], 1));

    [Fact]
    public void WhatIsNotANumberIsRefused() =>
        Assert.Throws<ArgumentException>(() => TwoLevelBootstrap.OwnPrompts([[1, double.NaN]], 1));

    private static readonly double[][] CrossedTable = [[1, 0, 1, 1, 0.5, 0], [1, 0.5, 1, 1, 1, 0.5], [0.5, 0, 1, 0, 0.5, 0]];
    private const double CrossedMean = 0.5833333333333334, CrossedError = 0.19364916731037085, CrossedFreedom = 4.729671280276816;

    // Studies drawn from a known truth of 0: seed effect + prompt effect + rest, each normal.
    private static double Coverage(int seeds, int prompts, double seedSpread, bool sharedPrompts)
    {
        var random = new Random(20);
        int covered = 0;
        for (int study = 0; study < Studies; study++)
        {
            double[] shared = [.. Enumerable.Range(0, prompts).Select(_ => 0.3 * Normal(random))];
            double[][] values = new double[seeds][];
            for (int s = 0; s < seeds; s++)
            {
                double seedEffect = seedSpread * Normal(random);
                values[s] = [.. Enumerable.Range(0, prompts)
                    .Select(p => seedEffect + (sharedPrompts ? shared[p] : 0.3 * Normal(random)) + 0.3 * Normal(random))];
            }
            Estimate estimate = sharedPrompts
                ? TwoLevelBootstrap.SharedPrompts(values, study, FewResamples)
                : TwoLevelBootstrap.OwnPrompts(values, study, FewResamples);
            covered += estimate.Low <= 0 && 0 <= estimate.High ? 1 : 0;
        }
        return (double)covered / Studies;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
