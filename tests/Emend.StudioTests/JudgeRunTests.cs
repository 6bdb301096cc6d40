using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Judges over HTTP: pairs of stored responses judged by a model in both orders and within caps, files of verdicts, and how far to trust them.</summary>
public class JudgeRunTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AJudgeIsAskedInBothOrdersAndItsNumbersHaveAWarning(Engine engine)
    {
        await using ModelServer models = await Judging(Better);
        await using Work work = await With(engine, models);
        JsonNode run = (await Begin(work, new { rubric = "Shorter is better." })).Is(HttpStatusCode.Created).Json;
        Assert.Equal(("support@1", "support@2", "judge-1", 12, 0, false), ((string?)run["a"], (string?)run["b"], (string?)run["model"], (int)run["pairs"]!, (int)run["judged"]!, (bool)run["fromFile"]!));
        string path = $"{work.Path}/judge-runs/{run["id"]}";
        Assert.Null((await work.Owner.Get(path)).Ok().Json["figures"]);

        JsonNode gone = (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok().Json;

        Assert.Equal((12, 12, 24), ((int)gone["judged"]!, (int)gone["run"]!["judged"]!, (int)gone["run"]!["spent"]!["calls"]!));
        Assert.Null((string?)gone["next"]);
        JsonNode body = models.Asked.First().Body;
        Assert.Equal(("judge-1", true), ((string?)body["model"], ((string)body["messages"]![0]!["content"]!).Contains("Criteria: Shorter is better.", StringComparison.Ordinal)));
        Assert.DoesNotContain(models.Asked, asked => asked.Body.ToJsonString().Contains("support@", StringComparison.Ordinal));
        JsonNode detail = (await work.Owner.Get(path)).Ok().Json, figures = detail["figures"]!;
        Assert.Equal(("ai", 12, 100.0, 0.0, 0.0), ((string?)detail["source"], (int)figures["judged"]!, (double)figures["winRate"]!["value"]!, (double)figures["flipRate"]!, (double)figures["positionBias"]!["points"]!));
        // "better 1" is longer than "worse 1": whatever always took the longer would say the same.
        Assert.Equal((50.0, 100.0), ((double)figures["lengthBias"]!["points"]!, (double)figures["lengthControlled"]!["alwaysLonger"]!));
        Assert.StartsWith("agreement of this judge with people is not measured: 0 pairs", (string?)detail["warning"]);
        // The same again has nothing to ask.
        (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok();
        Assert.Equal(24, models.Asked.Count);

        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);
        await work.Studio.Database.Write(async context => (await context.JudgeRuns.SingleAsync()).Verdicts += "x\n");
        Assert.Contains("judge run 1", Assert.Single((await Verification.Run(work.Studio.Database)).Faults));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AgreementIsMeasuredOnWhatPeopleVotedInTestsThatAreOver(Engine engine)
    {
        await using ModelServer models = await Judging(Better);
        await using Work work = await With(engine, models);
        using Client ann = await work.Annotator("ann");
        (await work.Owner.Post($"{work.Path}/ab-tests", new { name = "t", prompt = 1, a = new { version = "1" }, b = new { version = "2" }, horizon = 3 })).Is(HttpStatusCode.Created);
        string path = $"{work.Path}/judge-runs/{(await Begin(work)).Json["id"]}";
        (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok();
        await Vote(work, ann, better: true);
        await Vote(work, ann, better: true);
        // The test runs: what people voted so far would be a look at it.
        Assert.Equal(0, (int)(await work.Owner.Get(path)).Ok().Json["agreement"]!["pairs"]!);

        await Vote(work, ann, better: false);

        JsonNode agreement = (await work.Owner.Get(path)).Ok().Json["agreement"]!;
        Assert.Equal(3, (int)agreement["pairs"]!);
        Assert.Equal(200.0 / 3, (double)agreement["rate"]!, Near.Float64);
    }

    [Fact]
    public async Task APlantedPositionBiasIsShownWithItsSize()
    {
        await using ModelServer models = await Judging((_, _) => "A");
        await using Work work = await With(Engine.Sqlite, models);
        string path = $"{work.Path}/judge-runs/{(await Begin(work)).Json["id"]}";
        (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok();

        JsonNode figures = (await work.Owner.Get(path)).Ok().Json["figures"]!;

        Assert.Equal((50.0, 50.0, 100.0), ((double)figures["winRate"]!["value"]!, (double)figures["positionBias"]!["points"]!, (double)figures["flipRate"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ACapEndsTheAskingAndWhatCameIsKept(Engine engine)
    {
        await using ModelServer models = await Judging(Better);
        await using Work work = await With(engine, models);
        string path = $"{work.Path}/judge-runs/{(await Begin(work, new { limits = new { maxCalls = 6 } })).Json["id"]}";

        JsonNode capped = (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok().Json;

        Assert.Equal(("The cap of 6 calls is reached.", 6), ((string?)capped["run"]!["stopped"], models.Asked.Count));
        Assert.InRange((int)capped["judged"]!, 1, 3);
        Assert.Null((string?)capped["next"]);
        string before = (await work.Owner.Get($"{path}/verdicts.jsonl")).Ok().Text;
        (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok();        // the cap holds over all requests
        Assert.Equal(6, models.Asked.Count);
        JsonNode rest = (await work.Owner.Post($"{path}/go", new { from = 0, limits = new { maxCalls = 100 } })).Ok().Json;
        Assert.Equal((12, 6 + 2 * (12 - (int)capped["judged"]!)), ((int)rest["run"]!["judged"]!, (int)rest["run"]!["spent"]!["calls"]!));
        Assert.StartsWith(before, (await work.Owner.Get($"{path}/verdicts.jsonl")).Ok().Text);
        Assert.Equal(3, await work.Studio.Database.Read(context => context.Audit.CountAsync(entry => entry.Action == "judge-run-kept")) - 1);
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);

        // The server does not say what an answer took.
        string tokens = $"{work.Path}/judge-runs/{(await Begin(work, new { limits = new { maxTokens = 1000 } })).Json["id"]}";
        Assert.StartsWith("An answer did not say how many tokens it took", (string?)(await work.Owner.Post($"{tokens}/go", new { from = 0 })).Ok().Json["run"]!["stopped"]);
        (await Begin(work, new { limits = new { maxCost = 1.0, maxCalls = 0 } })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Fact]
    public async Task AServerThatFailsIsNamedWithoutAWordOfItsAnswerAndAskedAgainLater()
    {
        await using ModelServer models = await Judging(Better);
        await using Work work = await With(Engine.Sqlite, models);
        string path = $"{work.Path}/judge-runs/{(await Begin(work)).Json["id"]}";
        models.Instead = http => { http.Response.StatusCode = 401; return http.Response.WriteAsJsonAsync(new { error = new { message = "the secret of 10.0.0.7" } }); };
        JsonNode failed = (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok().Json;
        Assert.StartsWith("The judge's server could not be reached, does not take the key", (string?)failed["run"]!["stopped"]);
        Assert.DoesNotContain("secret", failed.ToJsonString());
        models.Instead = null;

        // One pair is refused for what it says: the others are judged, and asking again asks for that one alone.
        models.Answer = body => Text(body).Contains("better 7", StringComparison.Ordinal) ? throw new BadHttpRequestException("too long", 400) : Better(body, Text(body));
        JsonNode some = (await work.Owner.Post($"{path}/go", new { from = 0 })).Ok().Json;
        Assert.Equal((11, 11), ((int)some["judged"]!, (int)some["run"]!["judged"]!));
        Assert.Null((string?)some["run"]!["stopped"]);
        Assert.Null((string?)some["next"]);
        models.Answer = body => Better(body, Text(body));
        int before = models.Asked.Count;
        Assert.Equal((1, 2), ((int)(await work.Owner.Post($"{path}/go", new { from = 0 })).Ok().Json["judged"]!, models.Asked.Count - before));

        (await work.Owner.Put($"{work.Path}/models/judge", new { url = models.Chat, model = "judge-2" }, ("If-Match", "\"1\""))).Ok();
        (await work.Owner.Post($"{path}/go", new { from = 0 })).Is(HttpStatusCode.Conflict, "judge-changed");
    }

    [Fact]
    public async Task AJudgeOfThisMachineIsRefusedUnlessTheStudioAllowsIt()
    {
        await using ModelServer models = await Judging(Better);
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(Engine.Sqlite);
        await using TestStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind = "ranking" })).Is(HttpStatusCode.Created).Json["id"]!;
        await AbTestTests.Fill(owner, $"/api/projects/{project}");
        object wanted = new { name = "j", prompt = 1, a = new { version = "1" }, b = new { version = "2" } };

        (await owner.Post($"/api/projects/{project}/judge-runs", wanted)).Is(HttpStatusCode.Conflict, "no-model");
        int version = 0;
        foreach (string url in (string[])[models.Chat, models.Chat.Replace("127.0.0.1", "localhost"), models.Chat.Replace("127.0.0.1", "[::1]")])
        {
            (await owner.Put($"/api/projects/{project}/models/judge", new { url, model = "judge-1" }, ("If-Match", $"\"{version++}\""))).Ok();
            (await owner.Post($"/api/projects/{project}/judge-runs", wanted)).Is(HttpStatusCode.BadGateway, "model-failed");
        }
        Assert.Empty(models.Asked);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AFileOfVerdictsIsKeptAndReadAsEmendJudgeReadsIt(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string path = $"{work.Path}/judge-runs", query = "/verdicts?name=long%20ones&a=v1&b=v2";
        string file = Row("p1", "b", 1, human: "b") + Row("p2", "a", 0, human: "b") + Row("p3", "tie", 0.5, flips: true) + Row("p4", null, null);

        JsonNode kept = (await work.Owner.Upload(path + query, file)).Is(HttpStatusCode.Created).Json;

        Assert.Equal(("long ones", "v1", "v2", "judge", true, 4, 1), ((string?)kept["name"], (string?)kept["a"], (string?)kept["b"], (string?)kept["model"], (bool)kept["fromFile"]!, (int)kept["judged"]!, (int)kept["unreadable"]!));
        JsonNode detail = (await work.Owner.Get($"{path}/{kept["id"]}")).Ok().Json;
        Assert.Equal((3, 50.0), ((int)detail["figures"]!["judged"]!, (double)detail["figures"]!["winRate"]!["value"]!));
        Assert.Equal(100.0 / 3, (double)detail["figures"]!["flipRate"]!, Near.Float64);
        Assert.Equal((2, 50.0), ((int)detail["agreement"]!["pairs"]!, (double)detail["agreement"]!["rate"]!));
        Assert.Equal(file, (await work.Owner.Get($"{path}/{kept["id"]}/verdicts.jsonl")).Ok().Text);
        (await work.Owner.Post($"{path}/{kept["id"]}/go", new { from = 0 })).Is(HttpStatusCode.Conflict, "from-file");
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);

        foreach ((string rows, string said) in ((string, string)[])
        [
            ("{\"hello\": 1}\n", "verdicts:1: is no verdict of emend judge"), ("no JSON", "verdicts:1: is no verdict"), ("", "there is no verdict in it"),
            (Row("p1", "b", 1) + Row("p1", "b", 1), "verdicts:2: id: \"p1\" is already the id of line 1"), (Row("p1", "b", 1).Replace("\"ai\"", "\"simulated\""), "verdicts:1: source: \"simulated\" is not \"ai\""),
            (Row("p1", "b", 1) + Row("p2", "b", 1).Replace("\"judge\"", "\"other\""), "verdicts:2: model: is other at host, and before it was judge at host"), (Row("p1", "b", 1).Replace("\"length_a\":5", "\"length_a\":\"5\""), "verdicts:1: length_a: is not what"),
            (Row("p1", "b", 0.25), "verdict and vote are not those of the answers"), (Row("p1", "b", 1, human: "B"), "human: \"B\" is not a verdict"), (Row("p1", "b", 1).Replace("\"first\":\"a\"", "\"first\":\"b\""), "answers: one for each order is expected"),
        ])
            Assert.Contains(said, (string?)(await work.Owner.Upload(path + query, rows)).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["detail"]);
        Assert.Contains("b: 1 to 200 characters", (await work.Owner.Upload($"{path}/verdicts?name=x&a=y", file)).Is(HttpStatusCode.UnprocessableEntity, "invalid").Text);
        Assert.Single((await work.Owner.Get(path)).Ok().Json["items"]!.AsArray());
        long other = (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;
        (await work.Owner.Get($"/api/projects/{other}/judge-runs/{kept["id"]}")).Is(HttpStatusCode.NotFound, "not-found");
    }

    internal static Task<ModelServer> Judging(Func<JsonNode, string, string> says) => Start(body => says(body, Text(body)));

    /// <summary>Names the response that calls itself better.</summary>
    internal static string Better(JsonNode _, string asked) => asked.IndexOf("better", StringComparison.Ordinal) < asked.IndexOf("response B begins", StringComparison.Ordinal) ? "A" : "B";

    /// <summary>A row as emend judge writes it: A has 5 characters, and B 9.</summary>
    internal static string Row(string id, string? verdict, double? vote, string? human = null, bool flips = false)
    {
        (string? first, string? second) = flips ? ("a", "b") : (verdict, verdict);
        double? Vote(string? said) => said switch { "b" => 1, "a" => 0, "tie" => 0.5, _ => null };
        var answers = new[] { new { first = "a", said = "x", verdict = first, vote = Vote(first) }, new { first = "b", said = "x", verdict = second, vote = Vote(second) } };
        var row = new Dictionary<string, object?> { ["id"] = id, ["verdict"] = verdict, ["vote"] = vote, ["answers"] = answers, ["length_a"] = 5, ["length_b"] = 9, ["source"] = "ai", ["model"] = "judge", ["endpoint"] = "host" };
        if (human is not null)
            row["human"] = human;
        return JsonSerializer.Serialize(row) + "\n";
    }

    private static async Task<ModelServer> Start(Func<JsonNode, string?> answer)
    {
        ModelServer models = await ModelServer.Start();
        models.Answer = answer;
        return models;
    }

    private static string Text(JsonNode body) => (string)body["messages"]![1]!["content"]!;

    internal static async Task<Work> With(Engine engine, ModelServer models)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = true });
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind = "ranking" })).Is(HttpStatusCode.Created).Json["id"]!;
        await AbTestTests.Fill(owner, $"/api/projects/{project}");
        (await owner.Put($"/api/projects/{project}/models/judge", new { url = models.Chat, model = "judge-1" }, ("If-Match", "\"0\""))).Ok();
        return new Work { Studio = studio, Owner = owner, Project = project };
    }

    internal static Task<Answered> Begin(Work work, object? more = null)
    {
        JsonObject wanted = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        foreach ((string name, object value) in new Dictionary<string, object> { ["name"] = "v2 against v1", ["prompt"] = 1, ["a"] = new { version = "1" }, ["b"] = new { version = "2" } })
            wanted[name] = JsonSerializer.SerializeToNode(value);
        return work.Owner.Post($"{work.Path}/judge-runs", wanted);
    }

    internal static async Task Vote(Work work, Client client, bool better)
    {
        JsonNode assignment = await work.MustNext(client);
        bool first = Work.Response(assignment, 0).StartsWith("better", StringComparison.Ordinal) == better;
        (await work.Submit(client, assignment, new { kind = "ranking", ranking = new { ranks = first ? new[] { 1, 2 } : [2, 1] } }, $"v{assignment["id"]}")).Ok();
    }
}
