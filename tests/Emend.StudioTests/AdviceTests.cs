using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Rewards and proposals of models: who may ask when, what comes of the answers, and what a bad answer does.</summary>
public class AdviceTests
{
    private const string Original = "The lamp is is red, and and old. It is a bad lamp.";

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AProposalIsHunksAndWhatBecameOfEachIsStoredAndExportedWhateverThePageSays(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        await using Work work = await OneLamp(engine, blind: false, models);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        models.Reply = text => text.Replace("is is", "is").Replace("and and", "and").Replace("bad", "fine") + "\n";

        JsonNode proposal = (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Created).Json;
        Assert.Equal(["", "", "fine"], proposal["hunks"]!.AsArray().Select(hunk => ((string)hunk!["replacement"]!).Trim()));
        Assert.Equal("tiny-editor", (string?)proposal["model"]);
        JsonNode rewards = (await work.Act(ann, held, "rewards", new { target = 0 })).Ok().Json;
        Assert.Equal(Original.Length, (int)rewards["tokens"]!.AsArray().Last()!["end"]!);
        // Shown again to whoever comes back to the item.
        Assert.Equal((long)proposal["id"]!, (long)(await ann.Get($"{work.Path}/assignments/{held["id"]}")).Ok().Json["advice"]!["given"]![0]!["id"]!);

        object answer = new
        {
            kind = "edit",
            edit = new { choice = "single", target = 0, outcome = "edited", edited = "The lamp is red, and and old. It is a rotten lamp." },
            acceptedWarnings = new[] { new { code = "hunk-without-reason", reason = "a test" } },
            // Only what was put aside is taken from the page: not the model, not what became of the rest, not a proposal that was never made.
            advice = new { rewardsShown = false, proposals = new object[] { new { id = (long)proposal["id"]!, rejected = new[] { 1, 1, 7 }, model = "a lie", hunks = new[] { new { start = 0, end = 1, replacement = "x", decision = "accepted" } } }, new { id = 999999, rejected = new[] { 0 } } } },
        };
        (await work.Submit(ann, held, answer, "k")).Is(HttpStatusCode.Created);
        (await work.Submit(ann, held, answer, "k")).Is(HttpStatusCode.OK);

        JsonNode stored = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text)!["answer"]!["advice"]!;
        Assert.True((bool)stored["rewardsShown"]!);
        JsonNode only = Assert.Single(stored["proposals"]!.AsArray())!;
        Assert.Equal("tiny-editor", (string?)only["model"]);
        Assert.Equal(["accepted", "rejected", "altered"], only["hunks"]!.AsArray().Select(hunk => (string?)hunk!["decision"]));
        JsonNode row = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/edits.jsonl")).Ok().Text)!;
        Assert.Equal(stored.ToJsonString(), row["advice"]!.ToJsonString());
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ProposalsEndAtTheCapsOfTheProject(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        await using Work work = await OneLamp(engine, blind: false, models);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        Task<Answered> Cap(int version, object limits, string use = "proposals") => work.Owner.Put($"{work.Path}/models/{use}", new { url = models.Chat, limits }, ("If-Match", $"\"{version}\""));
        async Task<JsonNode> Spent() => (await work.Owner.Get($"{work.Path}/models")).Ok().Json.AsArray().Single(one => (string?)one!["use"] == "proposals")!["spent"]!;
        (await Cap(1, new { maxCalls = 2 })).Ok();
        models.Reply = text => text.Replace("is is", "is");

        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Created);
        models.Instead = http => { http.Response.StatusCode = 500; return Task.CompletedTask; };
        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.BadGateway);      // asked, and so counted
        models.Instead = null;
        Answered refused = (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Conflict, "cap-reached");
        Assert.Contains("The cap of 2 calls is reached.", refused.Text);
        Assert.Equal((2, 2, 1), (models.Asked.Count, (int)(await Spent())["calls"]!, (int)(await Spent())["unsaid"]!));

        // This server does not say what an answer took, so a cap on tokens cannot be kept.
        (await Cap(2, new { maxCalls = 10, maxTokens = 1000 })).Ok();
        Assert.Contains("did not say how many tokens", (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Conflict, "cap-reached").Text);
        (await Cap(3, new { maxCost = 1.0 })).Is(HttpStatusCode.UnprocessableEntity, "invalid");        // without prices
        (await Cap(1, new { maxCalls = 10 }, "rewards")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task InABlindProjectAModelIsAskedOnlyAfterOnesOwnJudgementAndTheFirstWordCounts(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        await using Work work = await OneLamp(engine, blind: true, models);
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        JsonNode held = await work.MustNext(ann);

        Assert.True((bool)held["advice"]!["judgeFirst"]!);
        foreach (string what in (string[])["rewards", "proposals"])
            (await work.Act(ann, held, what, new { target = 0 })).Is(HttpStatusCode.Conflict, "judge-first");
        Assert.Empty(models.Asked);
        (await work.Act(ann, held, "judgement", new { target = 0 })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Act(ann, held, "judgement", new { target = 5, outcome = "edited" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Act(ben, held, "judgement", new { target = 0, outcome = "edited" })).Is(HttpStatusCode.NotFound);
        (await work.Act(ann, held, "judgement", new { target = 0, outcome = "noEditNeeded" })).Ok();
        (await work.Act(ann, held, "judgement", new { target = 0, outcome = "edited" })).Ok();

        JsonNode proposal = (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Created).Json;
        Assert.Null(proposal["model"]);
        Assert.Empty(proposal["hunks"]!.AsArray());        // the model repeated the text
        (await work.Submit(ann, held, new { kind = "edit", edit = new { choice = "single", outcome = "noEditNeeded" } }, "k")).Is(HttpStatusCode.Created);

        JsonNode row = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text)!;
        Assert.Equal("noEditNeeded", (string?)row["judgement"]!["outcome"]);
        Assert.Equal("tiny-editor", (string?)row["answer"]!["advice"]!["proposals"]![0]!["model"]);
        // What the export says, the annotator is not told, afterwards neither.
        foreach (string path in (string[])["", "/answers"])
        {
            Answered seen = (await ann.Get($"{work.Path}/assignments/{held["id"]}{path}")).Ok();
            Assert.Contains("\"advice\":", seen.Text);
            Assert.DoesNotContain("tiny-editor", seen.Text);
        }
        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Conflict, "submitted");
        Assert.Equal(["judged", "model-asked", "advice-given"], await work.Studio.Database.Read(context => context.Audit.Where(entry => entry.Actor == "ann" && entry.Action != "answered").OrderBy(entry => entry.Number).Select(entry => entry.Action).ToListAsync()));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AKeyGoesOnlyWhereItWasSavedForAndNeverComesBack(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start(), other = await ModelServer.Start();
        await using Work work = await OneLamp(engine, blind: false, models);
        using Client manager = await work.Studio.Member("mia", work.Project, Role.Manager), ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        string path = $"{work.Path}/models/proposals";

        (await manager.Put(path, new { url = other.Chat }, ("If-Match", "\"1\""))).Is(HttpStatusCode.Forbidden);
        (await work.Owner.Put(path, new { url = models.Chat, key = "secret-key-1", model = "m" }, ("If-Match", "\"0\""))).Is(HttpStatusCode.PreconditionFailed, "outdated");
        (await work.Owner.Put(path, new { url = models.Chat, key = "secret-key-1", model = "m" }, ("If-Match", "\"1\""))).Ok();
        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Created);
        Assert.Equal(("Bearer secret-key-1", "m"), (models.Asked.Last().Authorization, (string?)models.Asked.Last().Body["model"]));

        (await work.Owner.Put(path, new { url = models.Chat, model = "n" }, ("If-Match", "\"2\""))).Ok();
        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Created);
        Assert.Equal("Bearer secret-key-1", models.Asked.Last().Authorization);
        (await work.Owner.Put(path, new { url = other.Chat, model = "n" }, ("If-Match", "\"3\""))).Ok();
        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Created);
        Assert.Equal("", other.Asked.Last().Authorization);

        string shown = (await manager.Get($"{work.Path}/models")).Ok().Text + (await manager.Get($"{work.Path}/audit")).Ok().Text;
        Assert.DoesNotContain("secret-key-1", shown);
        Assert.DoesNotContain("secret-key-1", await work.Studio.Database.Read(async context => string.Join(' ', await context.ModelEndpoints.Select(row => row.Key ?? "").ToListAsync())));
        foreach (string url in (string[])["ftp://a.example", "https://name:word@a.example/v1", "javascript:alert(1)", "/v1"])
            (await work.Owner.Put(path, new { url }, ("If-Match", "\"4\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Delete(path)).Ok();
        (await work.Act(ann, held, "proposals", new { target = 0 })).Is(HttpStatusCode.Conflict, "no-model");
    }

    public static TheoryData<string, string> BadAnswers => new()
    {
        { "error", "answered 500" }, { "redirect", "answered 302" }, { "html", "no JSON" }, { "shape", "otherwise than it should" }, { "huge", "more than 4 MB" },
        { "slow", "took more than" }, { "cut", "before its reply was whole" }, { "empty", "replied with nothing" }, { "other", "no edit of this one" }, { "nul", "at most" },
    };

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task WhatAModelsServerSaysAmissIsRefusedAndNeverRepeated(string what, string sentence)
    {
        await using ModelServer models = await ModelServer.Start();
        await using Work work = await OneLamp(Engine.Sqlite, blind: false, models);
        JsonNode held = await work.MustNext(work.Owner);
        models.Instead = http => Misbehave(what, http);

        Answered refused = (await work.Act(work.Owner, held, "proposals", new { target = 0 })).Is(HttpStatusCode.BadGateway);

        Assert.Contains(sentence, (string?)refused.Json["detail"]);
        Assert.DoesNotContain("inner secret", refused.Text);
        Assert.Equal(0, await work.Studio.Database.Read(context => context.Advice.CountAsync()));
    }

    [Theory]
    [InlineData("""{"offset_unit": "utf-8", "score": 0, "standardized": 0, "tokens": []}""")]
    [InlineData("""{"offset_unit": "utf-16", "score": 0, "standardized": 0, "tokens": [{"start": 0, "end": 9999, "reward": 0, "standardized": 0}]}""")]
    [InlineData("""{"offset_unit": "utf-16", "score": 0, "standardized": 0, "tokens": [{"start": -1, "end": 2, "reward": 0, "standardized": 0}]}""")]
    [InlineData("""{"offset_unit": "utf-16", "score": 0, "standardized": 0, "tokens": [{"start": 0, "end": 2, "reward": "much", "standardized": 0}]}""")]
    [InlineData("""{"offset_unit": "utf-16", "score": 0, "tokens": []}""")]
    [InlineData("[]")]
    public async Task RewardsThatDoNotFitTheTextAreRefused(string answer)
    {
        await using ModelServer models = await ModelServer.Start();
        await using Work work = await OneLamp(Engine.Sqlite, blind: false, models);
        JsonNode held = await work.MustNext(work.Owner);
        models.Instead = http => http.Response.WriteAsync(answer);

        (await work.Act(work.Owner, held, "rewards", new { target = 0 })).Is(HttpStatusCode.BadGateway, "model-failed");
    }

    [Fact]
    public async Task ThisMachineIsAskedOnlyWhereWhoeverRunsTheStudioAllowsIt()
    {
        await using ModelServer models = await ModelServer.Start();
        await using Work work = await OneLamp(Engine.Sqlite, blind: false, models, allowed: false);
        JsonNode held = await work.MustNext(work.Owner);

        Answered refused = (await work.Act(work.Owner, held, "proposals", new { target = 0 })).Is(HttpStatusCode.BadGateway, "model-failed");

        Assert.Contains("not at a public address", (string?)refused.Json["detail"]);
        Assert.Empty(models.Asked);
    }

    private static async Task Misbehave(string what, HttpContext http)
    {
        static string Reply(string content, string reason = "stop") =>
            new JsonObject { ["choices"] = new JsonArray(new JsonObject { ["finish_reason"] = reason, ["message"] = new JsonObject { ["content"] = content } }) }.ToJsonString();
        switch (what)
        {
            case "error":
                http.Response.StatusCode = 500;
                await http.Response.WriteAsync("inner secret");
                break;
            case "redirect":
                http.Response.Redirect("http://127.0.0.1:1/inner secret");
                break;
            case "huge":
                for (int i = 0; i < 80; i++)
                    await http.Response.WriteAsync(new string('x', 64 << 10), http.RequestAborted);
                break;
            case "slow":
                await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                await http.Response.WriteAsync(what switch
                {
                    "html" => "<html>inner secret",
                    "shape" => """{"choices": "inner secret"}""",
                    "cut" => Reply("The lamp", "length"),
                    "empty" => Reply(" \n"),
                    "nul" => Reply("The \0 lamp"),
                    _ => Reply(new string('!', 8000)),
                }, Encoding.UTF8);
                break;
        }
    }

    /// <summary>One item with one response, and a server for both uses.</summary>
    private static async Task<Work> OneLamp(Engine engine, bool blind, ModelServer models, bool allowed = true)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = allowed, ModelPatience = TimeSpan.FromSeconds(3) });
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", blind, bandHigh = 1.0, overlap = 2 })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Upload($"/api/projects/{project}/items", new JsonObject { ["id"] = "lamp", ["prompt"] = "What is the lamp like?", ["responses"] = new JsonArray(Original) }.ToJsonString())).Ok();
        (await owner.Put($"/api/projects/{project}/models/rewards", new { url = models.Rewards }, ("If-Match", "\"0\""))).Ok();
        (await owner.Put($"/api/projects/{project}/models/proposals", new { url = models.Chat }, ("If-Match", "\"0\""))).Ok();
        return new Work { Studio = studio, Owner = owner, Project = project };
    }
}
