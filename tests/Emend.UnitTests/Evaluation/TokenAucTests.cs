using Emend.Evaluation;
using Emend.Significance;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class TokenAucTests
{
    // Counted pair by pair elsewhere.
    [Fact]
    public void TheAreaIsTheShareOfPairsInTheRightOrderWithTiesHalf()
    {
        double? area = TokenAuc.Of(
            [0.1, 0.4, 0.35, 0.8, 0.4, 0.7, 0.4, 0.9],
            [false, false, true, true, true, false, false, true]);

        Assert.Equal(0.6875, area!.Value, Near.NinePlaces);
    }

    [Fact]
    public void PerfectScoresGiveOneAndConstantScoresAHalf()
    {
        Assert.Equal(1, TokenAuc.Of([1, 2, 3], [false, false, true]));
        Assert.Equal(0.5, TokenAuc.Of([4, 4, 4], [false, true, false]));
    }

    [Fact]
    public void OneClassAloneHasNoArea() => Assert.Null(TokenAuc.Of([1, 2], [true, true]));

    [Fact]
    public void EveryTableAgreesWithCountingPairs() => FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Score, bool Changed)[]>(),
        tokens =>
        {
            double[] scores = [.. tokens.Select(token => token.Score % 7 / 3.0)];
            bool[] changed = [.. tokens.Select(token => token.Changed)];
            double[] positives = [.. scores.Where((_, i) => changed[i])], negatives = [.. scores.Where((_, i) => !changed[i])];
            double? area = TokenAuc.Of(scores, changed);
            return positives.Length == 0 || negatives.Length == 0
                ? area is null
                : Math.Abs(area!.Value - WinRate.AllPairs(positives, negatives)) < Near.NinePlaces;
        }));

    [Fact]
    public void PairAccuracyCountsTiesHalfAndCarriesWilsonsInterval()
    {
        PairAccuracy accuracy = PairAccuracy.Of([2, 1, 0, 5], [1, 1, 3, 0])!;

        Assert.Equal(0.625, accuracy.Value);
        Assert.Equal(Interval.Wilson(2.5, 4), new Interval(accuracy.Low, accuracy.High));
    }

    // Ten pairs stated with confidence 0.75 (difference ln 3), six of them right: off by 0.15.
    [Fact]
    public void CalibrationErrorIsTheDistanceBetweenWhatIsSaidAndWhatComesTrue()
    {
        double[] differences = [.. Enumerable.Repeat(Math.Log(3), 6), .. Enumerable.Repeat(-Math.Log(3), 4)];

        PairAccuracy accuracy = PairAccuracy.Of(differences, new double[10])!;

        Assert.Equal(0.15, accuracy.ExpectedCalibrationError, Near.NinePlaces);
    }

    [Fact]
    public void NoPairsHaveNoAccuracy() => Assert.Null(PairAccuracy.Of([], []));
}
