using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class IntervalTests
{
    // Expected: the two roots of (p - 0.7)^2 = z^2 p (1 - p) / 10, found by bisection elsewhere.
    [Fact]
    public void WilsonsEndsAreTheRootsOfItsDefinition()
    {
        Interval interval = Interval.Wilson(7, 10);

        Assert.Equal(0.39677814746114537, interval.Low, Near.NinePlaces);
        Assert.Equal(0.8922087325936989, interval.High, Near.NinePlaces);
    }

    [Fact]
    public void WilsonTakesHalfWins()
    {
        Interval interval = Interval.Wilson(375.5, 805);

        Assert.Equal(0.4322384584600856, interval.Low, Near.NinePlaces);
        Assert.Equal(0.5009993851109735, interval.High, Near.NinePlaces);
    }

    [Fact]
    public void WilsonOfNoWinsStartsAtZeroAndIsNotEmpty()
    {
        Interval interval = Interval.Wilson(0, 20);

        Assert.Equal(0, interval.Low);
        Assert.Equal(0.161125, interval.High, Near.Float32); // z^2 / (n + z^2), by hand
    }

    [Theory]
    [InlineData(11, 10)]
    [InlineData(-1, 10)]
    [InlineData(0, 0)]
    [InlineData(double.NaN, 10)]
    public void WhatIsNoProportionIsRefused(double wins, int total) =>
        Assert.Throws<ArgumentException>(() => Interval.Wilson(wins, total));

    // t table: 2.776445 for 4 degrees of freedom; the values' standard deviation is 1.581139.
    [Fact]
    public void AMeanOfFiveSeedsHasStudentsInterval()
    {
        Interval interval = Interval.OfMean([1, 2, 3, 4, 5])!.Value;

        Assert.Equal(3 - 2.776445 * 1.5811388 / Math.Sqrt(5), interval.Low, Near.Float32);
        Assert.Equal(3 + 2.776445 * 1.5811388 / Math.Sqrt(5), interval.High, Near.Float32);
    }

    [Fact]
    public void OneSeedHasNoInterval() => Assert.Null(Interval.OfMean([0.7]));
}
