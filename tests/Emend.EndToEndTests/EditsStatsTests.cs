using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class EditsStatsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void RowsAndEditRateAreThoseOfTheFile()
    {
        string file = folder.Write("edits.jsonl", """
            {"id": "1", "group": "a", "prompt": "p", "response": "one two three four", "edited": "one 2 three four"}
            {"id": "2", "group": "b", "prompt": "p", "response": "one two", "edited": "one two", "source": "ai"}
            """);

        JsonElement statistics = JsonElement.Parse(Assert.Single(Finished.Emend(["edits", "stats", file, "--json"]).Succeeded().Lines));

        Assert.Equal(2, statistics.GetProperty("rows").GetInt32());
        Assert.Equal(1, statistics.GetProperty("identical").GetInt32());
        Assert.Equal((1, 0), (statistics.GetProperty("byAi").GetInt32(), statistics.GetProperty("bySimulated").GetInt32()));
        Assert.Contains("people (1), an AI (1)", Finished.Emend(["edits", "stats", file]).Succeeded().Out);
        Assert.Equal(0.125, statistics.GetProperty("meanEditRate").GetDouble());
    }

    [Fact]
    public void PeopleGetATable()
    {
        string file = folder.Write("edits.jsonl", """{"id": "1", "group": "a", "prompt": "p", "response": "one two", "edited": "one 2"}""");

        Assert.Contains("mean 50.0 %", Finished.Emend(["edits", "stats", file]).Succeeded().Out);
    }

    [Fact]
    public void EveryProblemOfTheFileIsNamedAtOnce()
    {
        string file = folder.Write("edits.jsonl", "{\"id\": \"1\", \"group\": \"a\", \"prompt\": \"p\", \"response\": \"r\"}\n{\"id\": \n");

        Finished finished = Finished.Emend(["edits", "stats", file]);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("edits.jsonl:1", finished.Error);
        Assert.Contains("edits.jsonl:2", finished.Error);
        Assert.DoesNotContain("   at ", finished.Error);
    }

    [Fact]
    public void AMissingFileIsNamed() => Finished.Emend(["edits", "stats", "none.jsonl"]).WasRefused("none.jsonl");

    [Fact]
    public void AnEmptyFileIsRefused() => Finished.Emend(["edits", "stats", folder.Write("nothing.jsonl", "")]).WasRefused("nothing.jsonl", "is empty");

    [Fact]
    public void WithoutAFileTheHelpIsNamed() => Finished.Emend(["edits", "stats"]).WasRefused("emend edits stats --help");
}
