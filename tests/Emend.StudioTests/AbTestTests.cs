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
                Assert.Equal(("running", 5, 7), ((string?)waiting["state"], (int)waiting["pairs"]!, (int)waiting["more"]!));
                Assert.All((string[])["verdict", "rate", "low", "wins", "pValue", "firstShownRate"], figure => Assert.Null(waiting[figure]));
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
        Assert.Equal(("finished", "win", "fixed horizon", "installation"), ((string?)result["state"], (string?)result["verdict"], (string?)result["bound"], (string?)result["test"]!["endedBy"]));
        Assert.Equal((11, 1, 0), ((int)result["wins"]!, (int)result["losses"]!, (int)result["ties"]!));
        Assert.Equal(11.0 / 12, (double)result["rate"]!, 9);
        Assert.Equal(26.0 / 4096, (double)result["pValue"]!, 9);         // exact binomial: 2 × (1 + 12) / 2^12
        Assert.Null((string?)result["source"]);
        // Both versions have the result, and the winner alone is the best by it.
        Assert.Equal("ab:v2-against-v1", (string?)result["metric"]);
        JsonArray versions = (await work.Owner.Get($"{work.Path}/prompts/1")).Ok().Json["versions"]!.AsArray();
        Assert.Equal(1.0 / 12, (double)MetricOf(versions[0]!, "ab:v2-against-v1")["value"]!, 9);
        Assert.Equal(11.0 / 12, (double)MetricOf(versions[1]!, "ab:v2-against-v1")["value"]!, 9);
        Assert.Equal((12, "A/B test \"v2 against v1\" against version 1: people's votes, fixed horizon"), ((int)MetricOf(versions[1]!, "ab:v2-against-v1")["sampleSize"]!, (string?)MetricOf(versions[1]!, "ab:v2-against-v1")["source"]));
        Assert.Equal([false, true], versions.Select(version => version!["tags"]!.AsArray().Any(tag => (string?)tag == "best:ab:v2-against-v1")));
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

        Assert.Equal(("always valid", true, 8, 1), ((string?)looked["bound"], (bool)looked["test"]!["looked"]!, (int)looked["wins"]!, (int)looked["ties"]!));
        Assert.Equal(("running", "not enough data"), ((string?)looked["state"], (string?)looked["verdict"]));
        Assert.True((int)looked["more"]! > 0);
        // The tenth vote would be the end of the fixed test, with p = 2 / 512; who has looked does not get that.
        JsonNode last = await work.MustNext(ann);
        int good = Work.Response(last, 0).StartsWith("better", StringComparison.Ordinal) ? 0 : 1;
        (await work.Submit(ann, last, new { kind = "edit", edit = new { choice = "prefer", preferred = good, target = 1 - good, outcome = "noEditNeeded" } }, "last")).Ok();
        JsonNode end = (await work.Owner.Get(path)).Ok().Json;
        Assert.Equal(("finished", "always valid"), ((string?)end["state"], (string?)end["bound"]));
        (await work.Owner.Post($"{path}/look")).Ok();
        Assert.Equal(1, await work.Studio.Server.Database.Read(context => context.Audit.CountAsync(entry => entry.Action == "ab-test-looked")));
    }

    [Fact]
    public async Task SimulatedVotesSaySoAndGiveWayToPeople()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" }, horizon: 2)).Is(HttpStatusCode.Created).Json["id"]}";
        (await work.Owner.Post($"{path}/look")).Ok();
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
        Assert.Equal("running", (string?)result["state"]);       // two pairs have a vote, one of them of a person
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ATestThatIsStoppedEarlyIsReadByTheBoundAndTakesNoMoreVotes(Engine engine)
    {
        await using Work work = await OnResponses(engine, "ranking");
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" })).Is(HttpStatusCode.Created).Json["id"]}";
        JsonNode[] voted = [.. await VotesForBetter(work, ann, 9)];
        JsonNode held = await work.MustNext(ben), again = voted[0];
        (await work.Act(ann, again, "reopen")).Ok();
        (await work.Owner.Post($"{path}/stop", new { reason = " " })).Is(HttpStatusCode.UnprocessableEntity);

        JsonNode stopped = (await work.Owner.Post($"{path}/stop", new { reason = "the model is withdrawn" })).Ok().Json;

        // Read at its planned end, nine of nine would have p = 2 / 512 and Wilson's interval from 0.70; stopped, the bound says what it may.
        var bound = new Emend.Significance.ConfidenceSequence();
        for (int i = 0; i < 9; i++)
            bound.Add(1);
        Assert.Equal(("stopped", "always valid", 9, bound.Interval.Low), ((string?)stopped["state"], (string?)stopped["bound"], (int)stopped["pairs"]!, (double)stopped["low"]!));
        Assert.Equal(bound.AnytimePValue, (double)stopped["pValue"]!, 12);
        Assert.Equal(bound.Decided ? "win" : "not enough data", (string?)stopped["verdict"]);
        Assert.StartsWith("Planned to be read once, after 12 pairs, and stopped after 9.", (string?)stopped["reading"]);
        Assert.Equal(("owner", "the model is withdrawn"), ((string?)stopped["test"]!["endedBy"], (string?)stopped["test"]!["stopReason"]));
        // No more votes: not of who holds a pair, not of who takes one back or up again, and nobody is given another.
        (await work.Submit(ben, held, new { kind = "ranking", ranking = new { ranks = new[] { 1, 2 } } }, "late")).Is(HttpStatusCode.Conflict, "test-over");
        (await work.Submit(ann, again, new { kind = "ranking", ranking = new { ranks = new[] { 1, 1 } } }, "changed")).Is(HttpStatusCode.Conflict, "test-over");
        (await work.Act(ann, voted[8], "undo", new { revision = 1 })).Is(HttpStatusCode.Conflict, "test-over");
        (await work.Act(ann, voted[8], "reopen")).Is(HttpStatusCode.Conflict, "test-over");
        (await work.Act(ben, held, "reopen")).Is(HttpStatusCode.Conflict, "test-over");
        Assert.Equal("empty", (string?)(await ben.Post($"{work.Path}/next", new { held = Array.Empty<long>() })).Ok().Json["reason"]);
        Assert.Equal(("skipped", "testOver"), ((string?)(await ben.Get($"{work.Path}/assignments/{held["id"]}")).Ok().Json["state"], (string?)(await ben.Get($"{work.Path}/assignments/{held["id"]}")).Ok().Json["skipReason"]));
        (await work.Owner.Post($"{path}/stop", new { reason = "again" })).Is(HttpStatusCode.Conflict, "test-over");
        Assert.Equal(1.0, (double)(await work.Owner.Get(path)).Ok().Json["rate"]!);
        AuditEntry entry = await work.Studio.Server.Database.Read(context => context.Audit.SingleAsync(row => row.Action == "ab-test-stopped"));
        Assert.Equal("owner", entry.Actor);
        Assert.Contains("the model is withdrawn", entry.After);
        Assert.Empty((await Verification.Run(work.Studio.Server.Database)).Faults);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ATestPlannedWithLooksIsReadAtAnyTimeAndItsWinnerCanTakeTheLabel(Engine engine)
    {
        await using Work work = await OnResponses(engine, "ranking");
        using Client ann = await work.Annotator("ann");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" }, looks: true)).Is(HttpStatusCode.Created).Json["id"]}";
        await VotesForBetter(work, ann, 3);
        JsonNode early = (await work.Owner.Get(path)).Ok().Json;
        Assert.Equal(("running", "not enough data", "always valid", false), ((string?)early["state"], (string?)early["verdict"], (string?)early["bound"], (bool)early["test"]!["looked"]!));
        Assert.Equal("Planned with looks: read by the bound that holds at every look.", (string?)early["reading"]);
        await VotesForBetter(work, ann, 8);

        JsonNode stopped = (await work.Owner.Post($"{path}/stop", new { reason = "it is decided" })).Ok().Json;

        Assert.Equal(("stopped", "win", "always valid"), ((string?)stopped["state"], (string?)stopped["verdict"], (string?)stopped["bound"]));
        JsonNode winner = (await work.Owner.Get($"{work.Path}/prompts/1")).Ok().Json["versions"]![1]!;
        Assert.Equal("A/B test \"v2 against v1\" against version 1: people's votes, always valid, stopped early", (string?)MetricOf(winner, "ab:v2-against-v1")["source"]);
        Assert.Contains("best:ab:v2-against-v1", winner["tags"]!.AsArray().Select(tag => (string)tag!));
        Assert.Contains("is that of an earlier test", (await Begin(work, new { version = "1" }, new { version = "2" })).Is(HttpStatusCode.UnprocessableEntity).Text);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhoVotesWhileTheTestIsStoppedIsCountedOrToldSo(Engine engine)
    {
        await using Work work = await OnResponses(engine, "ranking");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" })).Is(HttpStatusCode.Created).Json["id"]}";
        var voters = new List<(Client Client, JsonNode Held)>();
        foreach (string name in (string[])["ann", "ben", "cem", "dia", "eva"])
        {
            Client client = await work.Annotator(name);
            voters.Add((client, await work.MustNext(client)));
        }
        (await work.Submit(voters[0].Client, voters[0].Held, new { kind = "ranking", ranking = new { ranks = new[] { 1, 2 } } }, "first")).Ok();

        Task<Answered>[] votes = [.. voters.Skip(1).Select(voter => work.Submit(voter.Client, voter.Held, new { kind = "ranking", ranking = new { ranks = new[] { 1, 2 } } }, $"k{voter.Held["id"]}"))];
        Task<Answered>[] stops = [.. Enumerable.Range(0, 2).Select(_ => work.Owner.Post($"{path}/stop", new { reason = "enough" }))];
        await Task.WhenAll([.. votes, .. stops]);

        int counted = 1 + votes.Count(vote => (int)vote.Result.Status < 300);
        Assert.All(votes, vote => Assert.True((int)vote.Result.Status < 300 || vote.Result.Text.Contains("test-over", StringComparison.Ordinal), vote.Result.Text));
        Assert.Equal([200, 409], stops.Select(stop => (int)stop.Result.Status).Order());
        JsonNode result = (await work.Owner.Get(path)).Ok().Json;
        Assert.Equal(counted, (int)result["votes"]!);
        Assert.Equal(counted, (int)MetricOf((await work.Owner.Get($"{work.Path}/prompts/1")).Ok().Json["versions"]![1]!, "ab:v2-against-v1")["sampleSize"]!);
        Assert.Empty((await Verification.Run(work.Studio.Server.Database)).Faults);
        voters.ForEach(voter => voter.Client.Dispose());
    }

    [Fact]
    public async Task AnUndecidedTestHasNoBestVersionAndAPairIsNoGoldItem()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");
        using Client ann = await work.Annotator("ann");
        string path = $"{work.Path}/ab-tests/{(await Begin(work, new { version = "1" }, new { version = "2" }, horizon: 3)).Is(HttpStatusCode.Created).Json["id"]}";
        JsonNode[] voted = [.. await VotesForBetter(work, ann, 3)];

        Assert.Equal(("finished", "not enough data"), ((string?)(await work.Owner.Get(path)).Ok().Json["state"], (string?)(await work.Owner.Get(path)).Ok().Json["verdict"]));
        JsonNode version = (await work.Owner.Get($"{work.Path}/prompts/1")).Ok().Json["versions"]![1]!;
        Assert.Equal(1.0, (double)MetricOf(version, "ab:v2-against-v1")["value"]!);
        Assert.DoesNotContain("best:ab:v2-against-v1", version["tags"]!.AsArray().Select(tag => (string)tag!));
        (await work.Owner.Put($"{work.Path}/items/{voted[0]["item"]!["id"]}/gold", new { kind = "ranking", ranking = new { ranks = new[] { 1, 2 } } })).Is(HttpStatusCode.Conflict, "ab-test");
    }

    private static JsonNode MetricOf(JsonNode version, string name) => version["metrics"]!.AsArray().Single(metric => (string?)metric!["name"] == name)!;

    private static async Task<List<JsonNode>> VotesForBetter(Work work, Client client, int votes)
    {
        List<JsonNode> voted = [];
        for (int i = 0; i < votes; i++)
        {
            JsonNode assignment = await work.MustNext(client);
            bool isZero = Work.Response(assignment, 0).StartsWith("better", StringComparison.Ordinal);
            (await work.Submit(client, assignment, new { kind = "ranking", ranking = new { ranks = isZero ? new[] { 1, 2 } : [2, 1] } }, $"v{assignment["id"]}")).Ok();
            voted.Add(assignment);
        }
        return voted;
    }

    [Fact]
    public async Task TwoModelsOfOneVersionAreTwoSets()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");

        JsonNode test = (await Begin(work, new { version = "2", model = "large" }, new { version = "2", model = "tiny" }, horizon: 2)).Is(HttpStatusCode.Created).Json;

        Assert.Equal((2, "large", "tiny"), ((int)test["pairs"]!, (string?)test["a"]!["model"], (string?)test["b"]!["model"]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TwoBudgetsOfOneVersionAreTwoSets(Engine engine)
    {
        await using Work work = await OnResponses(engine, "ranking");
        long prompt = (long)(await work.Owner.Post($"{work.Path}/prompts", new { name = "injected", content = new { template = "{{context}} {{question}}" } })).Is(HttpStatusCode.Created).Json["id"]!;
        foreach (int budget in (int[])[100, 400])
        {
            foreach (string question in (string[])["q1", "q2"])
                (await work.Owner.Post($"{work.Path}/responses", new { text = $"{budget} {question}", model = "tiny", prompt, version = "1", variables = new { question, context = $"block {budget}" }, contextHash = StoreJson.Hash($"block {budget}"), context = new { budget } })).Is(HttpStatusCode.Created);
        }
        Task<Answered> Between(object a, object b) => work.Owner.Post($"{work.Path}/ab-tests", new { name = $"t {a} {b}", prompt, a, b });

        JsonNode test = (await Between(new { version = "1", budget = 100 }, new { version = "1", budget = 400 })).Is(HttpStatusCode.Created).Json;

        Assert.Equal((2, 100, 400), ((int)test["pairs"]!, (int)test["a"]!["budget"]!, (int)test["b"]!["budget"]!));
        Assert.Equal(400, (int)(await work.Owner.Get($"{work.Path}/ab-tests/{test["id"]}")).Ok().Json["test"]!["b"]!["budget"]!);
        Assert.Contains("holds, the set that a is", (await Between(new { version = "1", budget = 100 }, new { version = "1" })).Is(HttpStatusCode.UnprocessableEntity).Text);
        Assert.Contains("has 0 responses", (await Between(new { version = "1", budget = 100 }, new { version = "1", budget = 200 })).Is(HttpStatusCode.UnprocessableEntity).Text);
        // Whoever manages the project finds from a pair to what made it.
        long testId = (long)test["id"]!, item = await work.Studio.Server.Database.Read(context => context.AbTestItems.Where(pair => pair.TestId == testId).MinAsync(pair => pair.ItemId));
        JsonArray made = (await work.Owner.Get($"{work.Path}/items/{item}/responses")).Ok().Json.AsArray();
        Assert.Equal([("injected", 1, "tiny"), ("injected", 1, "tiny")], made.Select(one => ((string?)one!["prompt"], (int)one["version"]!, (string?)one["model"])));
        Assert.Equal(["100 q1", "400 q1"], (await Task.WhenAll(made.Select(async one => (string)(await work.Owner.Get($"{work.Path}/responses/{one!["response"]}")).Ok().Json["text"]!))).Order());
        (await work.Owner.Get($"{work.Path}/items/4711/responses")).Is(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task ContextsAreTestedOnTheSameQuestions()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");
        long prompt = (long)(await work.Owner.Post($"{work.Path}/prompts", new { name = "injected", content = new { template = "{{context}} {{question}}" } })).Is(HttpStatusCode.Created).Json["id"]!;
        (await work.Owner.Post($"{work.Path}/prompts/{prompt}/branches/main/versions", new { content = new { template = "{{context}}: {{question}}" } }, ("If-Match", "\"1\""))).Is(HttpStatusCode.Created);
        foreach ((string version, string block) in ((string, string)[])[("1", "Source: old"), ("2", "Source: new")])
        {
            foreach (string question in (string[])["q1", "q2"])
                (await work.Owner.Post($"{work.Path}/responses", new { text = $"{block} {question}", model = "tiny", prompt, version, variables = new { question, context = block }, contextHash = StoreJson.Hash(block) })).Is(HttpStatusCode.Created);
        }

        JsonNode test = (await work.Owner.Post($"{work.Path}/ab-tests", new { name = "contexts", prompt, a = new { version = "1" }, b = new { version = "2" } })).Is(HttpStatusCode.Created).Json;

        Assert.Equal(2, (int)test["pairs"]!);
        // What people see is the question, and not one side's documents.
        using Client ann = await work.Annotator("ann");
        Assert.Equal("q1", (string?)(await work.MustNext(ann))["item"]!["prompt"]);
    }

    [Fact]
    public async Task WhatCannotBeTestedIsNamed()
    {
        await using Work work = await OnResponses(Engine.Sqlite, "ranking");

        foreach (object b in (object[])[new { version = "2" }, new { version = "2", model = "tiny" }])      // all models of a version, and so each of them
            Assert.Contains("holds, the set that a is", (await Begin(work, new { version = "2" }, b)).Is(HttpStatusCode.UnprocessableEntity).Text);
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

    private static Task<Answered> Begin(Work work, object a, object b, int? horizon = null, bool looks = false) =>
        work.Owner.Post($"{work.Path}/ab-tests", new { name = "v2 against v1", prompt = 1, a, b, horizon, looks });
}
