using Emend.Evaluation;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class CurveTests
{
    private static readonly CurvePoint[] Rising = [Point(0, 50, 0), Point(10, 62, 1), Point(20, 70, 3), Point(40, 64, 2)];

    // 1-2-1 inside, 1-2 at the end, the first as it stands.
    [Fact]
    public void SmoothingWeighsAPointTwiceItsNeighbours()
    {
        IReadOnlyList<CurvePoint> smooth = Curve.Smooth(Rising);

        Assert.Equal([50, (50 + 124 + 70) / 4.0, (62 + 140 + 64) / 4.0, (70 + 128) / 3.0], smooth.Select(point => point.WinRate));
        Assert.Equal([0, 10, 20, 40], smooth.Select(point => point.Step));
    }

    [Fact]
    public void AStraightLineStaysStraight()
    {
        CurvePoint[] line = [Point(0, 50, 0), Point(1, 51, 1), Point(2, 52, 2), Point(3, 53, 3)];

        Assert.Equal(line[..3].Select(point => point.WinRate), Curve.Smooth(line).Take(3).Select(point => point.WinRate));
    }

    [Theory]
    [InlineData(50.0, 0.0)]
    [InlineData(56.0, 5.0)]
    [InlineData(66.0, 15.0)]
    [InlineData(70.0, 20.0)]
    public void ALevelIsReachedBetweenEvaluations(double level, double step) =>
        Assert.Equal(step, Curve.FirstReaches(Rising, level)!.Value, Near.NinePlaces);

    [Fact]
    public void ALevelNeverReachedHasNoStep()
    {
        Assert.Null(Curve.FirstReaches(Rising, 70.1));
        Assert.Null(Curve.FirstReaches([], 50));
        Assert.Null(Curve.WinRateAtKl(Rising, 3.1));
    }

    [Fact]
    public void WinRateAtAKlIsReadWhereTheKlFirstReachesIt()
    {
        Assert.Equal(56, Curve.WinRateAtKl(Rising, 0.5)!.Value, Near.NinePlaces);
        Assert.Equal(66, Curve.WinRateAtKl(Rising, 2)!.Value, Near.NinePlaces); // not 64, where it comes back down to 2
    }

    [Fact]
    public void AMeanCurveHasTheStepsThatAllSeedsHave()
    {
        IReadOnlyList<CurvePoint> mean = Curve.Mean([Rising, [Point(0, 52, 0), Point(20, 60, 1)]]);

        Assert.Equal([0, 20], mean.Select(point => point.Step));
        Assert.Equal([51, 65], mean.Select(point => point.WinRate));
    }

    private static CurvePoint Point(int step, double winRate, double kl) => StudyExample.Point(step, winRate, kl);
}
