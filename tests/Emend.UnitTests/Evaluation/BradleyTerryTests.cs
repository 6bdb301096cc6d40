using Emend.Significance;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class BradleyTerryTests
{
    [Fact]
    public void SystemsThatMetThroughAThirdAreOneGroup()
    {
        Comparison[] comparisons = [new("a", "b", 1, 0), new("x", "y", 0, 0), new("c", "b", 0, 1), new("y", "x", 1, 2)];

        Assert.Equal([[comparisons[0], comparisons[2]], [comparisons[1], comparisons[3]]], BradleyTerry.Groups(comparisons));
    }

    [Fact]
    public void StrengthsAreThoseOfAnIndependentOptimizerFromPartialComparisons()
    {
        // SciPy's BFGS on the penalized likelihood; a and d never met.
        IReadOnlyList<RankedSystem> ranking = BradleyTerry.Rank([.. Games("a", "b", 7, 3), .. Games("b", "c", 6, 4), .. Games("c", "d", 8, 2), .. Games("a", "c", 5, 2)], seed: 1, resamples: 200);

        Assert.Equal(["a", "b", "c", "d"], ranking.Select(system => system.Name));
        double[] expected = [1168.09812755, 1044.75071526, 999.71800052, 787.43315667];
        Assert.All(expected.Zip(ranking), pair => Assert.Equal(pair.First, pair.Second.Elo, Near.ThreePlaces));
        Assert.All(ranking, system => Assert.InRange(system.Elo, system.EloInterval.Low, system.EloInterval.High));
        Assert.Equal(17, ranking[0].Comparisons);
    }

    [Fact]
    public void TenToOneIsFourHundredPointsOnceThereIsEnoughOfIt()
    {
        IReadOnlyList<RankedSystem> ranking = BradleyTerry.Rank(Games("x", "y", 100_000, 10_000), seed: 1, resamples: 2);

        Assert.Equal(400, ranking[0].Elo - ranking[1].Elo, Near.Elo);
    }

    [Fact]
    public void OneThatWonEverythingIsFiniteAndFirst()
    {
        IReadOnlyList<RankedSystem> ranking = BradleyTerry.Rank([.. Games("best", "worst", 10, 0)], seed: 1, resamples: 50);

        Assert.Equal("best", ranking[0].Name);
        Assert.True(double.IsFinite(ranking[0].Elo) && double.IsFinite(ranking[1].EloInterval.Low));
    }

    [Fact]
    public void SystemsThatNeverMetHaveNoCommonRanking()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => BradleyTerry.Rank([.. Games("a", "b", 1, 1), .. Games("c", "d", 1, 1)], seed: 1));

        Assert.Contains("a, b | c, d", refusal.Message);
    }

    [Fact]
    public void RanksThatTheDataDoNotDecideAreARange()
    {
        IReadOnlyList<RankedSystem> ranking = BradleyTerry.Rank([.. Games("a", "b", 11, 9), .. Games("b", "c", 30, 1), .. Games("a", "c", 30, 1)], seed: 1, resamples: 300);

        Assert.Equal((1, 2), (ranking[0].BestRank, ranking[0].WorstRank));
        Assert.Equal((3, 3), (ranking[2].BestRank, ranking[2].WorstRank));
    }

    private static int s_item;

    private static Comparison[] Games(string first, string second, int wins, int losses) =>
        [.. Enumerable.Range(0, wins + losses).Select(i => new Comparison(first, second, i < wins ? 1 : 0, Interlocked.Increment(ref s_item)))];
}
