using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class LengthControlTests
{
    [Fact]
    public void TheFitIsTheOneOfAnIndependentOptimizer()
    {
        // SciPy's BFGS on the same penalized likelihood; the error from NumPy's matrices.
        LengthVerdict[] verdicts = [.. Enumerable.Range(0, 60).Select(i =>
        {
            double own = i * 37 % 101 + 20, other = i * 53 % 89 + 30;
            double outcome = i * 29 % 17 + (own - other) / 12 > 7 ? 1 : i % 11 == 0 ? 0.5 : 0;
            return new LengthVerdict(outcome, own, other, i);
        })];

        LengthControl control = LengthControl.Of(verdicts);

        Assert.Equal(0.575, control.WinRate, Near.NinePlaces);
        Assert.Equal(0.6024960141748057, control.Controlled, Near.Fit);
        Assert.Equal(1.04196138, control.LengthEffect, Near.Fit);
        Assert.Equal(0.46808912888563775, control.ControlledInterval.Low, Near.Fit);
        Assert.Equal(0.7230355821184347, control.ControlledInterval.High, Near.Fit);
        Assert.Equal(0.44166666666666665, control.AlwaysLonger, Near.NinePlaces);
        Assert.Equal(0.5847457627118644, control.LongerWins!.Value, Near.NinePlaces);
    }

    [Fact]
    public void AJudgeThatOnlyLooksAtLengthLeavesNothingAtEqualLength()
    {
        var random = new Random(4);
        LengthVerdict[] verdicts = [.. Enumerable.Range(0, 2000).Select(i =>
        {
            double own = 100 + random.Next(100), other = 80 + random.Next(100);          // longer in two of three cases
            return new LengthVerdict(random.NextDouble() < 1 / (1 + Math.Exp(-(own - other) / 20)) ? 1 : 0, own, other, i);
        })];

        LengthControl control = LengthControl.Of(verdicts);

        Assert.True(control.WinRate > 0.62);
        Assert.InRange(0.5, control.ControlledInterval.Low, control.ControlledInterval.High);
        Assert.True(control.LengthEffect > 1);
        Assert.True(control.AlwaysLonger > 0.62 && control.LongerWins > 0.7);
    }

    [Fact]
    public void AJudgeThatDoesNotLookAtLengthIsLeftAsItIs()
    {
        var random = new Random(5);
        LengthVerdict[] verdicts = [.. Enumerable.Range(0, 2000).Select(i => new LengthVerdict(random.NextDouble() < 0.7 ? 1 : 0, random.Next(100), random.Next(50), i))];

        LengthControl control = LengthControl.Of(verdicts);

        Assert.InRange(control.WinRate, control.ControlledInterval.Low, control.ControlledInterval.High);
        Assert.Equal(control.WinRate, control.Controlled, Near.SimulatedShare);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void OneSidedOrEqualVerdictsStayFinite(double outcome)
    {
        LengthControl control = LengthControl.Of([.. Enumerable.Range(0, 10).Select(i => new LengthVerdict(outcome, 10 + i, 10, i))]);

        Assert.Equal(outcome, control.Controlled, Near.ThreePlaces);
        Assert.True(double.IsFinite(control.LengthEffect));
    }

    [Fact]
    public void EqualLengthsLeaveTheRawRate() =>
        Assert.Equal(0.7, LengthControl.Of([.. Enumerable.Range(0, 10).Select(i => new LengthVerdict(i < 7 ? 1 : 0, 5, 5, i))]).Controlled, Near.Fit);

    [Fact]
    public void RepeatedVerdictsOnOneItemAreNoNewEvidence()
    {
        LengthVerdict[] once = [.. Enumerable.Range(0, 40).Select(i => new LengthVerdict(i % 3 == 0 ? 0 : 1, i * 7 % 20, i * 11 % 20, i))];
        LengthVerdict[] fourTimes = [.. once, .. once, .. once, .. once];

        Interval expected = LengthControl.Of(once).ControlledInterval, actual = LengthControl.Of(fourTimes).ControlledInterval;

        Assert.Equal(expected.High - expected.Low, actual.High - actual.Low, Near.ThreePlaces);
    }
}
