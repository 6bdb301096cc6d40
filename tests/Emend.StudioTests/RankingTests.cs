using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Rankings over HTTP: people and judges apart, running tests unread, and what was never compared on scales of its own.</summary>
public class RankingTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task VersionsAreRankedByPeopleAndByJudgesApart(Engine engine)
    {
        await using ModelServer models = await JudgeRunTests.Judging((_, _) => "tie");
        await using Work work = await JudgeRunTests.With(engine, models);
        using Client ann = await work.Annotator("ann");
        (await work.Owner.Post($"{work.Path}/ab-tests", new { name = "t", prompt = 1, a = new { version = "1" }, b = new { version = "2" }, horizon = 4 })).Is(HttpStatusCode.Created);
        string judged = $"{work.Path}/judge-runs/{(await JudgeRunTests.Begin(work)).Json["id"]}";
        (await work.Owner.Post($"{judged}/go", new { from = 0 })).Ok();
        foreach (bool better in (bool[])[true, true, true])
            await JudgeRunTests.Vote(work, ann, better);
        Assert.Empty((await work.Owner.Get($"{work.Path}/ranking")).Ok().Json["people"]!.AsArray());        // the test runs

        await JudgeRunTests.Vote(work, ann, better: false);

        JsonNode ranking = (await work.Owner.Get($"{work.Path}/ranking")).Ok().Json;
        JsonArray people = Assert.Single(ranking["people"]!.AsArray())!.AsArray();
        Assert.Equal([("support@2", 1, 4), ("support@1", 2, 4)], people.Select(one => ((string)one!["system"]!, (int)one["rank"]!, (int)one["comparisons"]!)));
        // Three of four, and a draw of each against the average player: the strengths x of the better and 1/x of the other solve (3.5) = 1 x/(x+1) + 4 x/(x+1/x).
        double x = Math.Pow(10, ((double)people[0]!["elo"]! - 1000) / 400);
        Assert.Equal(3.5, x / (x + 1) + 4 * x / (x + 1 / x), Near.Loss);
        Assert.Equal(2000, (double)people[0]!["elo"]! + (double)people[1]!["elo"]!, Near.Loss);
        Assert.Empty(ranking["simulated"]!.AsArray());
        JsonNode judge = Assert.Single(ranking["judges"]!.AsArray())!;
        Assert.Equal([1000.0, 1000.0], judge["groups"]![0]!.AsArray().Select(one => Math.Round((double)one!["elo"]!, 6)));
        Assert.StartsWith("agreement of this judge with people is not measured: 4 pairs", (string?)judge["warning"]);
        // All of these are of one model, but for two that nobody compared.
        Assert.Empty((await work.Owner.Get($"{work.Path}/ranking?by=model")).Ok().Json["people"]!.AsArray());
        Assert.Equal("support@2, tiny", (string?)(await work.Owner.Get($"{work.Path}/ranking?by=both")).Ok().Json["people"]![0]![0]!["system"]);
    }

    [Fact]
    public async Task WhatWasNeverComparedIsOnAScaleOfItsOwn()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        foreach ((string a, string b) in ((string, string)[])[("v1", "v2"), ("v2", "v3"), ("x", "y")])
            (await work.Owner.Upload($"{work.Path}/judge-runs/verdicts?name=t&a={a}&b={b}", JudgeRunTests.Row("p1", "b", 1) + JudgeRunTests.Row("p2", "b", 1) + JudgeRunTests.Row("p3", null, null))).Is(HttpStatusCode.Created);

        JsonNode judge = Assert.Single((await work.Owner.Get($"{work.Path}/ranking")).Ok().Json["judges"]!.AsArray())!;

        Assert.Equal([["v3", "v2", "v1"], ["y", "x"]], judge["groups"]!.AsArray().Select(group => group!.AsArray().Select(one => (string)one!["system"]!)));
        Assert.Empty((await work.Owner.Get($"{work.Path}/ranking?by=model")).Ok().Json["judges"]!.AsArray());      // a file says nothing of models
        (await work.Owner.Get($"{work.Path}/ranking?by=elo")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }
}
