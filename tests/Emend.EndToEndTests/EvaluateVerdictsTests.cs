using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class EvaluateVerdictsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ADrawCountsHalfAndMissingVerdictsNothing()
    {
        string file = folder.Write("verdicts.jsonl", """{"model": "ours", "baseline": "theirs", "preferences": [2, 2, 1, 1.5, null]}""");

        JsonElement rate = JsonElement.Parse(Assert.Single(Finished.Emend(["evaluate", "verdicts", file, "--json"]).Succeeded().Lines));

        Assert.Equal(62.5, rate.GetProperty("winRate").GetDouble());
        Assert.Equal(4, rate.GetProperty("total").GetInt32());
        Assert.Contains("62.50 %", Finished.Emend(["evaluate", "verdicts", file]).Succeeded().Out);
    }

    [Fact]
    public void PublishedWinRatesComeOutAsPublished()
    {
        string file = SharedData.Path("datasets", "alpaca-eval-winrates", "winrates.jsonl");

        string[] lines = Finished.Emend(["evaluate", "verdicts", file, "--json"]).Succeeded().Lines;

        foreach ((string published, string line) in File.ReadAllLines(file).Zip(lines))
        {
            double expected = JsonElement.Parse(published).GetProperty("expected").GetProperty("win_rate").GetDouble();
            Assert.Equal(expected, JsonElement.Parse(line).GetProperty("winRate").GetDouble(), Near.Float32Places);
        }
    }

    [Fact]
    public void AVerdictThatIsNoneIsRefused() =>
        Assert.Equal(2, Finished.Emend(["evaluate", "verdicts", folder.Write("v.jsonl", """{"model": "m", "baseline": "b", "preferences": [7]}""")]).ExitCode);

    [Theory]
    [InlineData("{\"prompt\": \"p\"}\n", "v.jsonl:1: has no preferences; one JSON object for each model is expected")]
    [InlineData("[1, 2]\n", "v.jsonl:1: is no JSON object")]
    [InlineData("a,b\n1,2\n", "v.jsonl:1: is not JSON")]
    [InlineData("{\"preferences\": [2]}\n{\"preferences\": \"x\"}\n", "v.jsonl:2: a field is of another type than it should be")]
    public void AFileOfSomethingElseIsToldWhatARowIs(string rows, string why)
    {
        string file = folder.Write("v.jsonl", rows);
        foreach (string command in (string[])["verdicts", "rank"])
        {
            Finished refused = Finished.Emend(["evaluate", command, file]);
            refused.WasRefused(why, "\"preferences\": [2, 1, 1.5, null]");
            Assert.DoesNotContain("Deserialization", refused.Error, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void AVerdictOnOnePairIsNoModelsVerdicts() => Finished.Emend(["evaluate", "verdicts", folder.Write("v.jsonl", """{"id": "1", "verdict": "a", "vote": 0.2}""")])
        .WasRefused("v.jsonl:1: is a verdict of emend judge on one pair, which emend ab and emend evaluate rank read");

    [Fact]
    public void AMissingFileIsNamed() => Finished.Emend(["evaluate", "verdicts", "none.jsonl"]).WasRefused("none.jsonl");
}
