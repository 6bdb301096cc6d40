using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class SplitTestTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0.75)]
    public void TheMeanOfTheVotesIsTheDifferenceOfTheScoresWhateverTheShares(double shareOfB)
    {
        // Expectation by hand: B scores 0.9, A 0.4, each met by its share.
        double mean = shareOfB * SplitTest.Vote(0.9, metB: true, shareOfB) + (1 - shareOfB) * SplitTest.Vote(0.4, metB: false, shareOfB);

        Assert.Equal(0.5, (mean - 0.5) / SplitTest.Scale(shareOfB), Near.Float64);
        foreach (double score in (double[])[0, 0.3, 1])
        {
            Assert.InRange(SplitTest.Vote(score, metB: true, shareOfB), 0, 1);
            Assert.InRange(SplitTest.Vote(score, metB: false, shareOfB), 0, 1);
        }
    }

    [Fact]
    public void AGoodScoreIsAVoteForWhatWasMet()
    {
        Assert.Equal((1, 0), (SplitTest.Vote(1, metB: true, 0.5), SplitTest.Vote(1, metB: false, 0.5)));
        Assert.Equal((0, 1), (SplitTest.Vote(0, metB: true, 0.5), SplitTest.Vote(0, metB: false, 0.5)));
    }

    [Fact]
    public void EqualVariantsAreCalledDifferentNoMoreOftenThanTheLevelSays()
    {
        // A tenth meets B; both score 1 with probability 0.8, so that the votes' mean is 0.5 and their distribution is far from symmetric.
        var random = new Random(5);
        int found = 0;
        for (int test = 0; test < 1000; test++)
        {
            double[] votes = [.. Enumerable.Range(0, 400).Select(_ => SplitTest.Vote(random.NextDouble() < 0.8 ? 1 : 0, random.NextDouble() < 0.1, 0.1))];
            found += AbTest.Of(votes, new AbOptions { Seed = test }).Verdict == AbVerdict.NotEnoughData ? 0 : 1;
        }

        Assert.InRange(found, 20, 70);       // 50 expected; four deviations are 28
    }

    [Fact]
    public void TheChiSquareTestIsThatOfTheTables()
    {
        // 3.841 is the 95 % point with one degree of freedom, 5.991 with two (any table): 2 × 9799² / 50,000,000 and 2 × 1731² / 1,000,000 are near.
        Assert.Equal(0.05, SampleRatio.PValue([50_000_000 + 9799, 50_000_000 - 9799], [1, 1]), Near.ThreePlaces);
        Assert.Equal(0.05, SampleRatio.PValue([1_000_000 + 1731, 1_000_000, 1_000_000 - 1731], [1, 1, 1]), Near.ThreePlaces);
        Assert.Equal(1, SampleRatio.PValue([250, 500, 250], [1, 2, 1]), Near.Float64);
        Assert.True(SampleRatio.PValue([5000, 5400], [1, 1]) < SampleRatio.MismatchBelow);
        Assert.Equal(1, SampleRatio.PValue([0, 0], [1, 1]));
        Assert.Throws<ArgumentException>(() => SampleRatio.PValue([1], [1]));
    }
}
