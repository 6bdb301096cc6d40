using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class AbTestTests
{
    private const int Tests = 1000, Votes = 400;

    [Fact]
    public void TheConfidenceSequenceIsTheOneOfAnIndependentImplementation()
    {
        // Capitals multiplied out in Python for the same outcomes.
        double[] outcomes = [1, 1, 0.5, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 1];
        ConfidenceSequence sequence = new(), onlyEven = new(onlyEven: true);
        foreach (double outcome in outcomes)
        {
            sequence.Add(outcome);
            onlyEven.Add(outcome);
        }

        Assert.Equal(0.0040598368132808505, sequence.AnytimePValue, Near.NinePlaces);
        Assert.Equal(sequence.AnytimePValue, onlyEven.AnytimePValue);
        Assert.Equal((0.6175, 1.0), (sequence.Interval.Low, sequence.Interval.High));
        Assert.True(sequence.Decided && sequence.DecidedAbove);
    }

    [Fact]
    public void EqualSystemsAreCalledDifferentInOneOfTwentyTestsAtMostAtTheEndOfAFixedHorizon()
    {
        int wrong = Simulated(winShare: 0.4, loseShare: 0.4, seed: 1).Count(votes => AbTest.Of(votes, new AbOptions { Horizon = Votes }).Verdict != AbVerdict.NotEnoughData);

        Assert.InRange(wrong, 15, 55);                         // of 1000
    }

    [Fact]
    public void EqualSystemsAreCalledDifferentInOneOfTwentyTestsAtMostWhoeverLooksAfterEveryVote()
    {
        int always = 0, naive = 0;
        foreach (double[] votes in Simulated(winShare: 0.4, loseShare: 0.4, seed: 2))
        {
            var bound = new ConfidenceSequence(onlyEven: true);
            int wins = 0, losses = 0;
            bool fooled = false;
            foreach (double vote in votes)
            {
                bound.Add(vote);
                wins += vote == 1 ? 1 : 0;
                losses += vote == 0 ? 1 : 0;
                fooled |= bound.Count % 10 == 0 && PairedTests.McNemar(wins, losses) <= 0.05;
            }
            always += bound.Decided ? 1 : 0;
            naive += fooled ? 1 : 0;
        }

        Assert.InRange(always, 0, 50);                         // of 1000
        Assert.True(naive > 150, $"looking at the fixed test every ten votes is wrong in {naive} of 1000, so the bound has something to do");
    }

    [Fact]
    public void ARealDifferenceIsFoundByBoth()
    {
        double[][] tests = [.. Simulated(winShare: 0.55, loseShare: 0.3, seed: 3).Take(100)];

        Assert.True(tests.Count(votes => AbTest.Of(votes, new AbOptions()).Verdict == AbVerdict.Win) > 95);
        Assert.True(tests.Count(votes => AbTest.Of(votes, new AbOptions { Peek = true }).Verdict == AbVerdict.Win) > 80);
        Assert.True(tests.Count(votes => AbTest.Of([.. votes.Select(vote => 1 - vote)], new AbOptions { Peek = true }).Verdict == AbVerdict.Lose) > 80);
    }

    [Fact]
    public void TheIntervalHoldsTheTruthAtEveryLook()
    {
        int missed = 0;
        foreach (double[] votes in Simulated(winShare: 0.5, loseShare: 0.3, seed: 4).Take(100))
        {
            var bound = new ConfidenceSequence();
            foreach (double vote in votes)
                bound.Add(vote);
            // The interval never grows again, so the last one is the narrowest.
            missed += bound.Interval is { Low: <= 0.6, High: >= 0.6 } ? 0 : 1;
        }
        Assert.InRange(missed, 0, 5);
    }

    [Fact]
    public void BeforeTheHorizonNothingIsDecided()
    {
        double[] votes = [.. Enumerable.Repeat(1.0, 30)];

        AbTest early = AbTest.Of(votes, new AbOptions { Horizon = 100 }), done = AbTest.Of(votes, new AbOptions { Horizon = 30 }), longer = AbTest.Of([.. votes, 0, 0], new AbOptions { Horizon = 30 });

        Assert.Equal((AbVerdict.NotEnoughData, 70), (early.Verdict, early.More));
        Assert.Null(early.PValue);
        Assert.Equal((AbVerdict.Win, null), (done.Verdict, done.More));
        Assert.Equal(done.PValue, longer.PValue);
    }

    [Fact]
    public void HowManyMoreItWouldTakeFallsWithTheEffect()
    {
        double[] small = Alternating(wins: 22, losses: 18), larger = Alternating(wins: 25, losses: 15), even = Alternating(wins: 20, losses: 20);

        int? ofSmall = AbTest.Of(small, new AbOptions()).More, ofLarger = AbTest.Of(larger, new AbOptions()).More;
        int? peekSmall = AbTest.Of(small, new AbOptions { Peek = true }).More, peekLarger = AbTest.Of(larger, new AbOptions { Peek = true }).More;

        Assert.True(ofSmall > 3 * ofLarger);
        Assert.True(peekSmall > peekLarger && peekLarger > 0);
        Assert.Null(AbTest.Of(even, new AbOptions()).More);
        Assert.Null(AbTest.Of(even, new AbOptions { Peek = true }).More);
    }

    [Fact]
    public void AReportSaysWhatWasShownFirstAndNamesWhatItCounts()
    {
        // Of four votes with a winner and a known order, what was first won three; a tie and a vote without an order say nothing.
        AbVote[] votes = [new(1, true), new(0, false), new(0, false), new(1, false), new(0.5, true), new(1)];

        AbReport report = AbReport.Of([.. votes.Select(vote => vote.ForB)], votes, new AbOptions { Unit = "pairs" });

        Assert.Equal(0.75, report.FirstShown!.Rate);
        Assert.Equal(0.625, report.FirstShown.PValue, Near.NinePlaces);         // 2 × (1 + 4) / 2^4
        Assert.Equal(("not enough data", "fixed horizon"), (report.Verdict, report.Bound));
        Assert.StartsWith("pairs of a new test", report.Test.MoreMeans);
        Assert.DoesNotContain("votes", report.Test.MoreMeans);
        Assert.Equal(("always valid", null), (AbReport.Of([1.0], [new(1)], new AbOptions { Peek = true }).Bound, AbReport.Of([1.0], [new(1)], new AbOptions()).FirstShown));
    }

    private static double[] Alternating(int wins, int losses) => [.. Enumerable.Range(0, wins + losses).Select(i => i % 2 == 0 && i / 2 < losses ? 0.0 : 1.0)];

    private static IEnumerable<double[]> Simulated(double winShare, double loseShare, int seed)
    {
        var random = new Random(seed);
        for (int test = 0; test < Tests; test++)
            yield return [.. Enumerable.Range(0, Votes).Select(_ => random.NextDouble() is var u && u < winShare ? 1 : u < winShare + loseShare ? 0 : 0.5)];
    }
}
