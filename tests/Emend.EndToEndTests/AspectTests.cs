using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>emend evaluate aspects and compare on policies of a few thousand weights: one says that it is blue, one that it is red.</summary>
public sealed class AspectTests : IDisposable
{
    private const string End = RedAndBlue.End;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AVersionThatFindsTheBetterResponsesLikelierGetsThemAll()
    {
        (string red, string blue) = SaveBoth();
        string set = folder.Write("pairs.jsonl", string.Concat(Enumerable.Range(0, 8).Select(i => $$"""{"aspect": "{{(i < 6 ? "honest" : "harmless")}}", "prompt": "is it red", "better": "it is red", "worse": "it is blue"}""" + "\n")));

        string[] lines = Finished.Emend(["evaluate", "aspects", blue, red, "--set", set, "--json"]).Succeeded().Lines;

        JsonElement first = JsonElement.Parse(lines[0]).GetProperty("aspects"), second = JsonElement.Parse(lines[1]).GetProperty("aspects");
        Assert.Equal((0, 100), (first.GetProperty("honest").GetProperty("rate").GetDouble(), second.GetProperty("honest").GetProperty("rate").GetDouble()));
        Assert.Equal((6, 2), (second.GetProperty("honest").GetProperty("pairs").GetInt32(), second.GetProperty("harmless").GetProperty("pairs").GetInt32()));
        // Six of six changed: 2 of 64, the smaller of two; two of two: 2 of 4.
        Assert.Equal(2 * 2.0 / 64, second.GetProperty("honest").GetProperty("pHolm").GetDouble(), Near.NinePlaces);
        Assert.Equal(0.5, second.GetProperty("harmless").GetProperty("pHolm").GetDouble(), Near.NinePlaces);
        Assert.Equal(JsonValueKind.Null, first.GetProperty("honest").GetProperty("pHolm").ValueKind);
    }

    [Fact]
    public void TwoVersionsStandOnOnePageWithWhatIsWorseFirst()
    {
        (string red, string blue) = SaveBoth();
        string page = folder.Path + "/report.html";

        JsonElement report = JsonElement.Parse(Finished.Emend(["evaluate", "compare", red, blue, "--world", "short", "--count", "6", "--max-new", "8", "--output", page, "--json"]).Succeeded().Out);
        JsonElement aspects = JsonElement.Parse(Finished.Emend(["evaluate", "aspects", red, "--world", "short", "--count", "6", "--max-new", "8", "--json"]).Succeeded().Out).GetProperty("aspects");

        Assert.Equal(6, report.GetProperty("prompts").GetInt32());
        JsonElement compared = report.GetProperty("aspects");
        Assert.Equal(["helpful", "honest", "harmless", "readable"], compared.EnumerateObject().Select(aspect => aspect.Name));
        foreach (JsonProperty aspect in compared.EnumerateObject())
            Assert.Equal(aspects.GetProperty(aspect.Name).GetProperty("score").GetDouble(), aspect.Value.GetProperty("old").GetDouble(), Near.Float64);
        Assert.Equal(aspects.GetProperty("all").GetProperty("score").GetDouble(), compared.EnumerateObject().Sum(aspect => aspect.Value.GetProperty("old").GetDouble()), Near.NinePlaces);
        string html = File.ReadAllText(page);
        Assert.Contains("Where the new version is worse", html);
        Assert.Contains("blue against red", html);
        Assert.DoesNotContain("<script", html);
    }

    [Fact]
    public void APromptThatCannotBeOpenedIsNamedByItsLine()
    {
        (string red, _) = SaveBoth();
        string set = folder.Write("pairs.jsonl", string.Concat(new[] { "is it red", $"{End} is it red" }.Select(prompt => JsonSerializer.Serialize(new { aspect = "honest", prompt, better = "it is red", worse = "it is blue" }) + "\n")));

        Finished.Emend(["evaluate", "aspects", red, "--set", set, "--opening", End]).WasRefused("pairs.jsonl:2: prompt: begins with <end>");
    }

    [Fact]
    public void WrongCallsAreRefused()
    {
        Finished.Emend(["evaluate", "aspects", "nowhere"]).WasRefused("nowhere: there is no such folder");
        Finished.Emend(["evaluate", "compare", "nowhere", "there", "--output", "r.html", "--count", "0"]).WasRefused("--count 0");
        Finished.Emend(["evaluate", "aspects", folder.Path, "--set", folder.Write("s.jsonl", """{"aspect": "honest", "prompt": "p", "better": "x", "worse": "x"}""")]).WasRefused("s.jsonl:1", "worse", "the same text as the better one");
    }

    private (string Red, string Blue) SaveBoth() => new RedAndBlue(folder).SaveVersions();
}
