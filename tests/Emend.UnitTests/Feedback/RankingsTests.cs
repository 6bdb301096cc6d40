using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class RankingsTests
{
    [Fact]
    public void RealRankingsOfThreeAreRead()
    {
        IReadOnlyList<RankedResponses> rows = Rankings.Read(SharedData.Path("datasets", "lamp", "rankings.jsonl"));
        Assert.Equal(534, rows.Count);
        Assert.All(rows, row => Assert.Equal(3, row.Comparisons.Length));
        Assert.Equal([2, 1, 3], rows[0].Ranks());                       // best first: 1, 0, 2
        Assert.Equal("Human-edited", rows[0].Responses[1].Origin);
        Assert.Equal("365a18", rows[0].Annotator);
    }

    [Fact]
    public void RealPairsOfFourAreReadAlsoWhereTheyContradictEachOther()
    {
        IReadOnlyList<RankedResponses> rows = Rankings.Read(SharedData.Path("datasets", "qa-feedback", "pairwise.jsonl"));
        Assert.Equal(389, rows.Count);
        Assert.Equal([new Comparison(0, 2), new Comparison(3, 0), new Comparison(1, 2), new Comparison(3, 2)], rows[0].Comparisons);
        Assert.Contains(rows, row => row.Ranks() is null);
        Assert.Contains(rows, row => row.Ranks() is not null);
        Preference best = rows[0].Preferences().First();
        Assert.Equal((rows[0].Responses[0], rows[0].Responses[2], "qa-0:0>2"), (best.Chosen, best.Rejected, best.Id));
    }

    [Fact]
    public void RanksMayTie()
    {
        RankedResponses row = Read("""{"prompt": "p", "responses": ["a", "b", "c"], "ranks": [1, 2, 1]}""");
        Assert.Equal([new Comparison(0, 1), new Comparison(2, 1)], row.Comparisons);
        Assert.Equal([1, 3, 1], row.Ranks());
    }

    [Theory]
    [InlineData("\"ranks\": [1, 2]", "ranks: has 2 numbers for 3 responses; one each is expected")]
    [InlineData("\"ranks\": [1, 2, 4]", "ranks[2]: 4 is not between 1 and 3")]
    [InlineData("\"ranking_best_first\": [0, 1, 1]", "ranking_best_first: [0, 1, 1] names a response twice")]
    [InlineData("\"ranking_best_first\": [0, 1, 3]", "ranking_best_first[2]: 3 is not between 0 and 2")]
    [InlineData("\"pairs\": [{\"a\": 0, \"b\": 1, \"preferred\": 2}]", "pairs[0].preferred: 2 is neither a (0) nor b (1)")]
    [InlineData("\"pairs\": [{\"a\": 0, \"b\": 5, \"preferred\": 0}]", "pairs[0].b: 5 is not between 0 and 2")]
    [InlineData("\"pairs\": [{\"a\": 0, \"b\": 1}]", "pairs[0].preferred: is missing; an index or null is expected")]
    [InlineData("\"pairs\": [], \"ranks\": [1, 2, 3]", "pairs: stands beside ranks; only one of ranks, ranking_best_first, pairs is expected")]
    [InlineData("\"other\": 1", "ranks: is missing; one of ranks, ranking_best_first, pairs is expected")]
    [InlineData("\"origin\": [\"x\"], \"ranks\": [1, 2, 3]", "origin: has 1 names for 3 responses; one each is expected")]
    public void ABadRankingIsNamed(string field, string problem)
    {
        var exception = Assert.Throws<InvalidInputException>(() => Read($$"""{"prompt": "p", "responses": ["a", "b", "c"], {{field}}}"""));
        Assert.Contains($"rows.jsonl:1: {problem}", exception.Message);
    }

    [Fact]
    public void OneResponseIsNoRanking() => Assert.Contains("rows.jsonl:1: responses: has 1 texts; two or more are expected",
        Assert.Throws<InvalidInputException>(() => Read("""{"prompt": "p", "responses": ["a"], "ranks": [1]}""")).Message);

    private static RankedResponses Read(string row)
    {
        using var file = new TemporaryFile(row);
        return Assert.Single(Rankings.Read(file.Path));
    }
}
