using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Results of test suites over HTTP: kept with the version that their content names, read case by case, and against another run.</summary>
public class SuiteRunTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ResultsAreKeptWithTheVersionsThatTheyTestedAndComparedCaseByCase(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (string prompt, string[] hashes) = await TwoVersions(work);

        // One file of two versions, and of a prompt of somebody else's.
        string file = Rows("support@1", hashes[0], ("hours", true, "14 hours"), ("place", true, "In Oslo."), ("price", false, "Nothing.")) + Rows("support@2", hashes[1], ("hours", false, "15 hours"), ("place", true, "In Oslo."), ("price", true, "40 crowns."), ("colour", null, "Red."))
            + Rows("other", new string('0', 64), ("hours", true, "x")) + Row("", "", "own", true, "y") + Tokens("hours", (-2, true), (-1, false), (1, true), (2, false));
        JsonNode kept = (await work.Owner.Upload($"{prompt}/suite-runs", file)).Is(HttpStatusCode.Created).Json;
        Assert.Equal([(1, 3, 2, 0), (2, 4, 2, 1)], kept["items"]!.AsArray().Select(run => ((int)run!["version"]!, (int)run["cases"]!, (int)run["passed"]!, (int)run["undecided"]!)));
        Assert.Equal(["other"], kept["others"]!.AsArray().Select(name => (string?)name));
        long[] ids = [.. kept["items"]!.AsArray().Select(run => (long)run!["id"]!)];

        // The same file again changes nothing.
        Assert.Equal(ids, (await work.Owner.Upload($"{prompt}/suite-runs", file)).Is(HttpStatusCode.Created).Json["items"]!.AsArray().Select(run => (long)run!["id"]!));
        Assert.Equal(ids.AsEnumerable().Reverse(), (await work.Owner.Get($"{prompt}/suite-runs")).Ok().Json["items"]!.AsArray().Select(run => (long)run!["id"]!));

        JsonNode alone = (await work.Owner.Get($"{prompt}/suite-runs/{ids[1]}")).Ok().Json;
        Assert.Equal(["hours", "place", "price", "colour"], alone["cases"]!.AsArray().Select(one => (string)one!["now"]!["case"]!));
        Assert.Null(alone["against"]);
        // Flagged below 0: two tokens, one of them edited; two edited, one of them flagged.
        Assert.Equal((4, 2, 0.5, 0.5, 0.5), ((int)alone["tokens"]!["tokens"]!, (int)alone["tokens"]!["flagged"]!, (double)alone["tokens"]!["precision"]!, (double)alone["tokens"]!["recall"]!, (double)alone["tokens"]!["f1"]!));
        Assert.Equal(1, (int)(await work.Owner.Get($"{prompt}/suite-runs/{ids[1]}?flagBelow=-1.5")).Ok().Json["tokens"]!["flagged"]!);

        JsonNode compared = (await work.Owner.Get($"{prompt}/suite-runs/{ids[1]}?against={ids[0]}")).Ok().Json;
        Assert.Equal(["regressed", "stillPasses", "fixed", "new"], compared["cases"]!.AsArray().Select(one => (string)one!["change"]!));
        Assert.Equal(("14 hours", "15 hours"), ((string?)compared["cases"]![0]!["before"]!["answer"], (string?)compared["cases"]![0]!["now"]!["answer"]));
        Assert.Equal((1, 1, 1, 0, 1, false), ((int)compared["against"]!["regressed"]!, (int)compared["against"]!["fixed"]!, (int)compared["against"]!["stillPasses"]!, (int)compared["against"]!["stillFails"]!, (int)compared["against"]!["new"]!, (bool)compared["against"]!["passed"]!));
        Assert.Equal("colour", (string?)(await work.Owner.Get($"{prompt}/suite-runs/{ids[0]}?against={ids[1]}")).Ok().Json["against"]!["missing"]![0]);
        Assert.Equal(2, await work.Studio.Database.Read(context => context.Audit.CountAsync(entry => entry.Action == "suite-run-kept")));

        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);
        await work.Studio.Database.Write(async context => (await context.SuiteRuns.OrderBy(run => run.Id).FirstAsync()).Results = file);
        Assert.Contains($"suite run {ids[0]}", Assert.Single((await Verification.Run(work.Studio.Database)).Faults));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsNoResultIsNamedAndNothingIsKept(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (string prompt, string[] hashes) = await TwoVersions(work);
        string good = Rows("support@1", hashes[0], ("hours", true, "14 hours"));

        Assert.Contains("results:2", (string?)(await work.Owner.Upload($"{prompt}/suite-runs", good + "{\"hello\": 1}\n")).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["detail"]);
        Assert.Contains("a row of hours has null", (string?)(await work.Owner.Upload($"{prompt}/suite-runs", good.Replace("\"14 hours\"", "null"))).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["detail"]);
        Assert.Contains("no row of a prompt version", (string?)(await work.Owner.Upload($"{prompt}/suite-runs", Row("", "", "own", true, "y"))).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["detail"]);
        Answered stranger = (await work.Owner.Upload($"{prompt}/suite-runs", Rows("other", new string('0', 64), ("hours", true, "x")))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Assert.Contains("of a version of Support; they are of other", stranger.Text);
        Assert.Empty((await work.Owner.Get($"{prompt}/suite-runs")).Ok().Json["items"]!.AsArray());

        long run = (long)(await work.Owner.Upload($"{prompt}/suite-runs", good)).Ok().Json["items"]![0]!["id"]!;
        long another = (long)(await work.Owner.Upload($"{prompt}/suite-runs", good.Replace("\"lamps\"", "\"oak\""))).Ok().Json["items"]![0]!["id"]!;
        (await work.Owner.Get($"{prompt}/suite-runs/{run}?against={another}")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Get($"{prompt}/suite-runs/4711")).Is(HttpStatusCode.NotFound, "not-found");
        long other = (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;
        (await work.Owner.Get($"{prompt}/suite-runs/{run}".Replace($"projects/{work.Project}/", $"projects/{other}/"))).Is(HttpStatusCode.NotFound, "not-found");
        using Client adjudicator = await work.Studio.Member("ada", work.Project, Role.Adjudicator);
        (await adjudicator.Get($"{prompt}/suite-runs/{run}")).Is(HttpStatusCode.Forbidden);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AFileOfResultsIsAMetricOfItsVersionUnlessItsRunWasCutShort(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (string prompt, string[] hashes) = await TwoVersions(work);
        string first = Rows("support@1", hashes[0], ("hours", true, "a"), ("place", false, "b")), grounded = first.Replace("\"contains\",\"line\":5,\"passed\":true,\"detail\":\"\",\"score\":null", "\"grounded\",\"line\":5,\"passed\":true,\"detail\":\"\",\"score\":0.75");

        JsonNode kept = (await work.Owner.Upload($"{prompt}/suite-runs", grounded + Rows("support@2", hashes[1], ("hours", true, "a")))).Is(HttpStatusCode.Created).Json;

        // Version 2 has one case of two.
        Assert.Equal(["suite:lamps", "grounded:lamps"], kept["metrics"]!.AsArray().Select(name => (string?)name));
        JsonArray versions = (await work.Owner.Get(prompt)).Ok().Json["versions"]!.AsArray();
        Assert.Equal([("grounded:lamps", 0.75, 1), ("suite:lamps", 0.5, 2)], versions[0]!["metrics"]!.AsArray().Select(metric => ((string)metric!["name"]!, (double)metric["value"]!, (int)metric["sampleSize"]!)));
        Assert.Empty(versions[1]!["metrics"]!.AsArray());
        Assert.Empty((await work.Owner.Upload($"{prompt}/suite-runs", grounded)).Ok().Json["metrics"]!.AsArray());       // known already
        JsonNode whole = (await work.Owner.Upload($"{prompt}/suite-runs", Rows("support@2", hashes[1], ("hours", true, "a"), ("place", true, "b")))).Ok().Json;
        Assert.Equal("suite:lamps", (string?)Assert.Single(whole["metrics"]!.AsArray()));
        Assert.Contains("passes:lamps", (await work.Owner.Get(prompt)).Ok().Json["versions"]![1]!["tags"]!.AsArray().Select(tag => (string?)tag));
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);
    }

    [Fact]
    public async Task OfVersionsThatSayTheSameTheNumberInTheResultsCounts()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        (string prompt, string[] hashes) = await TwoVersions(work);
        (await work.Owner.Post($"{prompt}/branches/main/rollback", new { to = "1", reason = "better" }, ("If-Match", "\"2\""))).Is(HttpStatusCode.Created);

        JsonNode kept = (await work.Owner.Upload($"{prompt}/suite-runs", Rows("support@3", hashes[0], ("hours", true, "a")) + Rows("v1.yaml", hashes[0], ("hours", true, "b")))).Ok().Json;
        Assert.Equal([3, 1], kept["items"]!.AsArray().Select(run => (int)run!["version"]!));
    }

    internal static async Task<(string Prompt, string[] Hashes)> TwoVersions(Work work)
    {
        string prompt = await PromptTests.Create(work);
        (await PromptTests.Commit(work.Owner, prompt, "main", 1, PromptTests.Template + " Please.")).Is(HttpStatusCode.Created);
        return (prompt, [.. (await work.Owner.Get(prompt)).Ok().Json["versions"]!.AsArray().Select(version => (string)version!["hash"]!)]);
    }

    internal static string Rows(string prompt, string hash, params (string Case, bool? Passed, string Answer)[] cases) => string.Concat(cases.Select(one => Row(prompt, hash, one.Case, one.Passed, one.Answer)));

    internal static string Row(string prompt, string hash, string id, bool? passed, string answer) => JsonSerializer.Serialize(new
    {
        key = $"{prompt} {id}",
        suite = "lamps",
        @case = id,
        line = 3,
        model = "support-1b",
        endpoint = "127.0.0.1:8080",
        prompt,
        promptHash = hash,
        answer,
        finish = "stop",
        passed,
        assertions = new[] { new { assertion = "contains", line = 5, passed, detail = passed == true ? "" : "\"14 hours\" is not there", score = (double?)null } },
        original = "It burns for days.",
        edit = "It burns 14 hours.",
    }) + "\n";

    internal static string Tokens(string id, params (double Reward, bool Edited)[] tokens) =>
        JsonSerializer.Serialize(new { key = $"tokens {id}", suite = "lamps", @case = id, tokens = tokens.Select(token => new { reward = token.Reward, edited = token.Edited }) }) + "\n";
}
