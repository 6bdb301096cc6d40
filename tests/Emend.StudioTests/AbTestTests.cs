using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>A/B tests over HTTP: pairs in the queue, votes of people who cannot know, a verdict at the end or by the bound for those who look.</summary>
public class AbTestTests
{
    private const int Pairs = 12;

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task PeopleVoteBlindAndTheEndDecides(Engine engine)
    {
        await using Work work = await OnResponses(engine, "ranking");
        using Client ann = await work.Annotator("ann");
        JsonNode test = (await Begin(work, new { version = "1" }, new { version = "2" })).Is(HttpStatusCode.Created).Json;
        Assert.Equal((Pairs, 0, Pairs, false), ((int)test["pairs"]!, (int)test["voted"]!, (int)test["horizon"]!, (bool)test["looked"]!));
        string path = $"{work.Path}/ab-tests/{test["id"]}";

        (int first, int atZero) = (0, 0);
        for (int i = 0; i < Pairs; i++)
        {
            if (i == 5)
            {
                JsonNode waiting = (await work.Owner.Get(path)).Ok().Json;
                Assert.Equal(("waiting", 5, 7), ((string?)waiting["state"], (int)waiting["pairs"]!, (int)waiting["more"]!));
                Assert.All((string[])["rate", "wins", "pValue", "firstShownRate"], figure => Assert.Null(waiting[figure]));
            }
            JsonNode assignment = await work.MustNext(ann);
            JsonArray shown = assignment["item"]!["responses"]!.AsArray();
            Assert.All(shown, response => Assert.Null(response!["origin"]));
            Assert.Equal(shown.ToJsonString(), (await ann.Get($"{work.Path}/assignments/{assignment["id"]}")).Ok().Json["item"]!["responses"]!.ToJsonString());
            Assert.Equal($"Customer: q{i + 1}", (string?)assignment["item"]!["prompt"]);
            (bool isFirst, bool isZero) = (((string)shown[0]!["text"]!).StartsWith("better", StringComparison.Ordinal), Work.Response(assignment, 0).StartsWith("better", StringComparison.Ordinal));
            (first, atZero) = (first + (isFirst ? 1 : 0), atZero + (isZero ? 1 : 0));
            // One vote of twelve is for A.
            (await work.Submit(ann, assignment, new { kind = "ranking", ranking = new { ranks = isZero == (i != 3) ? new[] { 1, 2 } : [2, 1] } }, $"k{i}")).Ok();
        }

        Assert.InRange(first, 1, Pairs - 1);         // sides are swapped,
        Assert.InRange(atZero, 1, Pairs - 1);        // and the place in the item says nothing either
        JsonNode result = (await work.Owner.Get(path)).Ok().Json;
        Assert.Equal(("win", 11, 1, 0), ((string?)result["state"], (int)result["wins"]!, (int)result["losses"]!, (int)result["ties"]!));
        Assert.Equal(11.0 / 12, (double)result["rate"]!, 9);
        Assert.Equal(26.0 / 4096, (double)result["pValue"]!, 9);         // exact binomial: 2 × (1 + 12) / 2^12
        Assert.Null((string?)result["source"]);
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhoLooksEarlyIsReadByTheBoundThatHoldsAtEveryLook(Engine engine)
    {
        await using Work work = await OnResponses(engine, "edit");
        using Client ann = await work.Annotator("ann");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" }, horizon: 10)).Is(HttpStatusCode.Created).Json["id"]}";
        for (int i = 0; i < 9; i++)
        {
            JsonNode assignment = await work.MustNext(ann);
            int better = Work.Response(assignment, 0).StartsWith("better", StringComparison.Ordinal) ? 0 : 1;
            object edit = i == 4 ? new { choice = "tie", outcome = "noEditNeeded" } : new { choice = "prefer", preferred = better, target = 1 - better, outcome = "noEditNeeded" };
            (await work.Submit(ann, assignment, new { kind = "edit", edit }, $"k{i}")).Ok();
        }

        JsonNode looked = (await work.Owner.Post($"{path}/look")).Ok().Json;

        Assert.Equal(("anytime", true, 8, 1), ((string?)looked["bound"], (bool)looked["test"]!["looked"]!, (int)looked["wins"]!, (int)looked["ties"]!));
        Assert.Equal("undecided", (string?)looked["state"]);
        Assert.True((int)looked["more"]! > 0);
        // The tenth vote would be the end of the fixed test, with p = 2 / 512; who has looked does not get that.
        JsonNode last = await work.MustNext(ann);
        int good = Work.Response(last, 0).StartsWith("better", StringComparison.Ordinal) ? 0 : 1;
        (await work.Submit(ann, last, new { kind = "edit", edit = new { choice = "prefer", preferred = good, target = 1 - good, outcome = "noEditNeeded" } }, "last")).Ok();
        Assert.Equal("anytime", (string?)(await work.Owner.Get(path)).Ok().Json["bound"]);
        (await work.Owner.Post($"{path}/look")).Ok();
        Assert.Equal(1, await work.Studio.Server.Database.Read(context => context.Audit.CountAsync(entry => entry.Action == "ab-test-looked")));
    }

    [Fact]
    public async Task SimulatedVotesSaySoAndGiveWayToPeople()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" }, horizon: 1)).Is(HttpStatusCode.Created).Json["id"]}";
        Actor simulated = await new SimulatedAnnotators(work.Studio.Server.Database, TimeProvider.System).Join(work.Project);
        NextItem next = await new Queue(work.Studio.Server.Database, TimeProvider.System).Next(work.Project, simulated.AccountId!.Value, []);
        await new Answers(work.Studio.Server.Database, new Tokenizers("."), TimeProvider.System).Submit(simulated, work.Project, next.Assignment!.Id, new Feedback.Answer(Feedback.TaskKind.Ranking) { Ranking = new Feedback.RankingAnswer([1, 1]) }, "s");

        Assert.Equal(("simulated", 1), ((string?)(await work.Owner.Get(path)).Ok().Json["source"], (int)(await work.Owner.Get(path)).Ok().Json["ties"]!));
        using Client ann = await work.Annotator("ann");
        JsonNode assignment = await work.MustNext(ann);
        int better = Work.Response(assignment, 0).StartsWith("better", StringComparison.Ordinal) ? 0 : 1;
        (await work.Submit(ann, assignment, new { kind = "ranking", ranking = new { ranks = better == 0 ? new[] { 1, 2 } : [2, 1] } }, "k")).Ok();

        JsonNode result = (await work.Owner.Get(path)).Ok().Json;
        Assert.Equal((null, 1, 1, 0), ((string?)result["source"], (int)result["simulatedVotes"]!, (int)result["wins"]!, (int)result["ties"]!));
    }

    [Fact]
    public async Task TwoModelsOfOneVersionAreTwoSets()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");

        JsonNode test = (await Begin(work, new { version = "2", model = "large" }, new { version = "2", model = "tiny" }, horizon: 2)).Is(HttpStatusCode.Created).Json;

        Assert.Equal((2, "large", "tiny"), ((int)test["pairs"]!, (string?)test["a"]!["model"], (string?)test["b"]!["model"]));
    }

    [Fact]
    public async Task WhatCannotBeTestedIsNamed()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");

        Assert.Contains("is the set that a is", (await Begin(work, new { version = "1" }, new { version = "1" })).Is(HttpStatusCode.UnprocessableEntity).Text);
        Assert.Contains("has 0 responses to the same values", (await Begin(work, new { version = "1" }, new { version = "2", model = "none" })).Is(HttpStatusCode.UnprocessableEntity).Text);
        Assert.Contains("13 is not between 1 and 12", (await Begin(work, new { version = "1" }, new { version = "2" }, horizon: 13)).Is(HttpStatusCode.UnprocessableEntity).Text);
        (await Begin(work, new { version = "1" }, new { version = "9" })).Is(HttpStatusCode.NotFound);
        (await work.Owner.Get($"{work.Path}/ab-tests/7")).Is(HttpStatusCode.NotFound, "not-found");
        await using Work rating = await OnResponses(Engine.Sqlite, "rating");
        (await Begin(rating, new { version = "1" }, new { version = "2" })).Is(HttpStatusCode.Conflict, "wrong-task");
        Assert.Empty((await rating.Owner.Get($"{rating.Path}/ab-tests")).Ok().Json.AsArray());
    }

    /// <summary>A prompt with two versions, and responses of both to the same questions: those of the second are better.</summary>
    internal static async Task<Work> OnResponses(Engine engine, string kind)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine);
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind })).Is(HttpStatusCode.Created).Json["id"]!;
        var work = new Work { Studio = studio, Owner = owner, Project = project };
        await Fill(owner, $"/api/projects/{project}");
        return work;
    }

    /// <returns>The prompt's number.</returns>
    internal static async Task<long> Fill(Client owner, string project)
    {
        long prompt = (long)(await owner.Post($"{project}/prompts", new { name = "support", content = new { template = "Customer: {{question}}", settings = new { model = "tiny" } } })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Post($"{project}/prompts/{prompt}/branches/main/versions", new { content = new { template = "Customer: {{question}}", settings = new { model = "ppo" } } }, ("If-Match", "\"1\""))).Is(HttpStatusCode.Created);
        for (int i = 1; i <= Pairs; i++)
        {
            (await owner.Post($"{project}/responses", new { text = $"worse {i}", model = "tiny", prompt, version = "1", variables = new { question = $"q{i}" } })).Is(HttpStatusCode.Created);
            (await owner.Post($"{project}/responses", new { text = $"better {i}", model = "tiny", prompt, version = "2", variables = new { question = $"q{i}" } })).Is(HttpStatusCode.Created);
        }
        foreach (int i in (int[])[1, 2])
            (await owner.Post($"{project}/responses", new { text = $"large {i}", model = "large", prompt, version = "2", variables = new { question = $"q{i}" } })).Is(HttpStatusCode.Created);
        return prompt;
    }

    private static Task<Answered> Begin(Work work, object a, object b, int? horizon = null) => work.Owner.Post($"{work.Path}/ab-tests", new { name = "v2 against v1", prompt = 1, a, b, horizon });
}
