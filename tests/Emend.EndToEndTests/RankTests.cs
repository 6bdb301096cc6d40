using System.Text.Json;
using Emend.JudgingTests;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>emend evaluate rank on verdicts of a judge, from one file or several, and beside published ones.</summary>
public sealed class RankTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task ModelsAreRankedByAJudgesVerdictsOnPairsThatNameThem()
    {
        // The longer response wins: large beats middle beats small, which large never met.
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => JudgedTexts.Of(contents) is var texts && texts.A.Length > texts.B.Length ? "A" : "B");
        string first = Judged("first", server, ("small", "s"), ("middle", "mm")), second = Judged("second", server, ("large", "lll"), ("middle", "mm"));
        JsonElement row = JsonElement.Parse(File.ReadLines(first).First());
        Assert.Equal(("small", "middle", "honest"), (row.GetProperty("model_a").GetString(), row.GetProperty("model_b").GetString(), row.GetProperty("aspect").GetString()));

        Finished finished = Finished.Emend(["evaluate", "rank", first, second, "--json"]).Succeeded();

        JsonElement[] ranking = [.. finished.Lines.Select(line => JsonElement.Parse(line))];
        Assert.Equal(["large", "middle", "small"], ranking.Select(system => system.GetProperty("model").GetString()));
        Assert.Equal([6, 12, 6], ranking.Select(system => system.GetProperty("comparisons").GetInt32()));
        Assert.Equal(2000, ranking[0].GetProperty("elo").GetDouble() + ranking[2].GetProperty("elo").GetDouble(), Near.ThreePlaces);
        // Neighbours met on the same six prompts and one always won: 2 of 64, the smaller of two that are alike.
        Assert.Equal(2 * 2.0 / 64, ranking[0].GetProperty("pNext").GetDouble(), Near.NinePlaces);
        Assert.Contains("agreement of this judge with people is not measured", finished.Error);
    }

    [Fact]
    public void NeighboursThatNeverMetAreToldApartByWhomBothMet()
    {
        string votes = folder.Write("votes.jsonl", string.Concat(Enumerable.Range(0, 6).SelectMany(i => new[]
        {
            $$"""{"id": "p{{i}}", "vote": "a", "model_a": "x", "model_b": "base"}""" + "\n",
            $$"""{"id": "p{{i}}", "vote": "tie", "model_a": "base", "model_b": "y"}""" + "\n",
            $$"""{"id": "q{{i}}", "vote": null, "model_a": "z", "model_b": "y"}""" + "\n",
        })));

        JsonElement[] ranking = [.. Finished.Emend(["evaluate", "rank", votes, "--json"]).Succeeded().Lines.Select(line => JsonElement.Parse(line))];

        Assert.Equal(["x", "y", "base"], ranking.Select(system => system.GetProperty("model").GetString()));
        // x beat the base on each of six prompts and y tied with it; so did the base with y.
        Assert.Equal([2 * 2.0 / 64, 1], ranking.Take(2).Select(system => system.GetProperty("pNext").GetDouble()));
        string published = folder.Write("published.jsonl", """{"model": "w", "baseline": "base", "preferences": [1, 1, 1]}""");
        Assert.Equal("w", JsonElement.Parse(Finished.Emend(["evaluate", "rank", votes, published, "--json"]).Succeeded().Lines[^1]).GetProperty("model").GetString());
    }

    [Fact]
    public void VerdictsThatSayTooLittleAreRefused()
    {
        string bare = folder.Write("bare.jsonl", """{"id": "1", "vote": 0.5}"""), same = folder.Write("same.jsonl", """{"id": "1", "vote": 0.5, "model_a": "x", "model_b": "x"}""");
        string people = folder.Write("people.jsonl", """{"id": "1", "vote": "a", "model_a": "x", "model_b": "y"}"""), ai = folder.Write("ai.jsonl", """{"id": "1", "vote": 1, "source": "ai", "model_a": "x", "model_b": "y"}""");

        Finished.Emend(["evaluate", "rank", bare]).WasRefused("bare.jsonl:1: model_a is missing", "emend judge hands it on");
        Finished.Emend(["evaluate", "rank", same]).WasRefused("same.jsonl:1: model_b is \"x\", as model_a is");
        Finished.Emend(["evaluate", "rank", people, ai]).WasRefused("ai.jsonl:1: source is \"ai\", unlike the votes before");
        Finished.Emend(["evaluate", "rank", folder.Write("none.jsonl", """{"vote": null, "model_a": "x", "model_b": "y"}""")]).WasRefused("there is no verdict in it");
        Finished.Emend(["evaluate", "rank", people, "nowhere.jsonl"]).WasRefused("nowhere.jsonl");
    }

    private string Judged(string name, ScriptedEndpoint server, (string Model, string Text) a, (string Model, string Text) b)
    {
        string pairs = folder.Write($"{name}.jsonl", string.Concat(Enumerable.Range(0, 6).Select(i =>
            JsonSerializer.Serialize(new { id = $"p{i}", prompt = "?", a = $"{a.Text} {i}", b = $"{b.Text} {i}", model_a = a.Model, model_b = b.Model, aspect = "honest" }) + "\n")));
        string verdicts = $"{folder.Path}/{name} verdicts.jsonl";
        Finished.Emend(["judge", pairs, "--output", verdicts, "--url", server.Url, "--model", "scripted", "--no-logprobs"]).Succeeded();
        return verdicts;
    }
}
