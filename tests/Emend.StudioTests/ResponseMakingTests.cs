using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Responses made in the studio: a project's model is asked with a version, and what it answers is stored with all that made it.</summary>
public class ResponseMakingTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsAskedIsStoredWithAllThatMadeItAndNotAskedTwice(Engine engine)
    {
        await using ModelServer models = await Answering(body => $"about {(string)body["messages"]!.AsArray()[^1]!["content"]!}");
        await using Work work = await With(engine, models);
        string prompt = await TwoVersions(work);

        JsonNode made = (await Make(work, prompt, "main", new { values = new[] { new { question = "red" }, new { question = "blue" } } })).Ok().Json;
        Assert.Equal((2, 2), ((int)made["version"]!, (int)made["made"]!));
        Assert.Null((string?)made["failed"]);
        long[] ids = [.. made["responses"]!.AsArray().Select(id => (long)id!)];
        JsonNode[] bodies = [.. models.Asked.Select(asked => asked.Body).OrderBy(body => (int)body["seed"]!)];
        Assert.Equal([3, 4], bodies.Select(body => (int)body["seed"]!));            // the version's own, and one more
        Assert.Equal(("writer", 0.5, 256, "\n\n"), ((string?)bodies[0]["model"], (double)bodies[0]["temperature"]!, (int)bodies[0]["max_tokens"]!, (string?)bodies[0]["stop"]![0]));
        Assert.Equal("Briefly: red", (string?)bodies[0]["messages"]![0]!["content"]);

        JsonNode stored = (await work.Owner.Get($"{work.Path}/responses/{ids[1]}")).Ok().Json;
        Assert.Equal(("about Briefly: blue", "writer-2026", "fp-1", 4, 2), ((string?)stored["text"], (string?)stored["model"], (string?)stored["modelFingerprint"], (int)stored["seed"]!, (int)stored["version"]!));
        Assert.Equal((0.5, 256, "blue", "owner"), ((double)stored["settings"]!["temperature"]!, (int)stored["settings"]!["maxTokens"]!, (string?)stored["variables"]!["question"], (string?)stored["actor"]));
        Assert.Null((string?)stored["modelFolder"]);

        // The server calls the model otherwise than the project does, and yet the same again is known.
        JsonNode again = (await Make(work, prompt, "2", new { values = new[] { new { question = "red" }, new { question = "blue" }, new { question = "green" } } })).Ok().Json;
        Assert.Equal((1, 3), ((int)again["made"]!, models.Asked.Count));
        Assert.Equal(ids, again["responses"]!.AsArray().Take(2).Select(id => (long)id!));
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);

        // Enough for an A/B test without the command line.
        (await Make(work, prompt, "1", new { values = new[] { new { question = "red" }, new { question = "blue" } }, model = "other" })).Ok();
        JsonNode test = (await work.Owner.Post($"{work.Path}/ab-tests", new { name = "t", prompt = 1, a = new { version = "1" }, b = new { version = "2" } })).Is(HttpStatusCode.Created).Json;
        Assert.Equal(2, (int)test["pairs"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatWasAnsweredBeforeAFailureIsKeptAndOnlyTheRestIsAskedAgain(Engine engine)
    {
        bool broken = true;
        await using ModelServer models = await Answering(body => broken && ((string)body["messages"]!.AsArray()[^1]!["content"]!).Contains("blue", StringComparison.Ordinal) ? null : "yes");
        await using Work work = await With(engine, models);
        string prompt = await TwoVersions(work);
        object request = new { values = new[] { new { question = "red" }, new { question = "blue" }, new { question = "green" }, new { question = "grey" }, new { question = "white" } }, seed = 11 };

        JsonNode some = (await Make(work, prompt, "1", request)).Ok().Json;
        Assert.Equal("The model's server answered 500.", (string?)some["failed"]);
        Assert.Equal([true, false, true, true, false], some["responses"]!.AsArray().Select(id => id is not null));       // four were asked together, the fifth no more
        Assert.Equal((3, 4), ((int)some["made"]!, models.Asked.Count));
        broken = false;
        JsonNode rest = (await Make(work, prompt, "1", request)).Ok().Json;
        Assert.Equal((2, 6), ((int)rest["made"]!, models.Asked.Count));
        Assert.Null((string?)rest["failed"]);
        Assert.Equal([11, 12, 13, 14, 15], (await work.Owner.Get($"{prompt}/responses")).Ok().Json["items"]!.AsArray().Select(one => (int)one!["response"]!["seed"]!).Order());
    }

    [Fact]
    public async Task AContextIsFilledFromTheDocumentsUnderItsBudgetAndRecorded()
    {
        await using ModelServer models = await Answering(_ => "14 hours");
        await using Work work = await With(Engine.Sqlite, models);
        string prompt = await TwoVersions(work);
        (await PromptTests.Commit(work.Owner, prompt, "main", 2, "{{context}}\n\n{{question}}")).Is(HttpStatusCode.Created);
        (await work.Owner.Upload($"{work.Path}/documents?name=handbook.md&priority=0", "# Lamps\n\n## Model 7\n\nBurns 14 hours.")).Is(HttpStatusCode.Created);

        JsonNode made = (await Make(work, prompt, "main", new { values = new[] { new { question = "How long does model 7 burn?" } }, budget = 200 })).Ok().Json;
        JsonNode stored = (await work.Owner.Get($"{work.Path}/responses/{made["responses"]![0]}")).Ok().Json;
        Assert.Equal((200, "injected", "How long does model 7 burn?"), ((int)stored["context"]!["budget"]!, (string?)stored["context"]!["entries"]![0]!["fate"], (string?)stored["context"]!["query"]));
        Assert.Contains("Burns 14 hours.", (string?)stored["messages"]![0]!["content"]);
        Assert.NotNull((string?)stored["contextHash"]);
        (await Make(work, prompt, "main", new { values = new[] { new { question = "q", context = "mine" } }, budget = 200 })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Fact]
    public async Task WhatIsWrongIsNamedBeforeAnythingIsAsked()
    {
        await using ModelServer models = await Answering(_ => "yes");
        await using Work work = await With(Engine.Sqlite, models);
        string prompt = await TwoVersions(work);
        object one = new[] { new { question = "red" } };

        (await Make(work, prompt, "1", new { values = one, endpoint = "proposals" })).Is(HttpStatusCode.Conflict, "no-model");
        (await Make(work, prompt, "1", new { values = one, endpoint = "rewards" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await Make(work, prompt, "7", new { values = one })).Is(HttpStatusCode.NotFound, "not-found");
        (await Make(work, prompt, "1", new { values = Enumerable.Repeat(new { question = "red" }, 17) })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Answered unknown = (await Make(work, prompt, "1", new { values = new object[] { new { question = "red" }, new { topic = "blue" } } })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Assert.Contains("\"topic\" is no variable", (string?)unknown.Json["detail"]);
        (await Make(work, prompt, "1", """{"values": [{"question": null}]}""")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await Make(work, prompt, "1", """{"values": [null]}""")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Assert.Empty(models.Asked);
        models.Instead = http => http.Response.WriteAsJsonAsync(new { hello = "there" }, TestContext.Current.CancellationToken);
        Assert.Equal("The model's server answered with something that is no chat completion with a text.", (string?)(await Make(work, prompt, "1", new { values = one })).Ok().Json["failed"]);

        (TestStudio studio, Client owner) = await TestStudio.WithOwner(Engine.Sqlite);       // one that asks no private addresses
        await using TestStudio _ = studio;
        var strict = new Work { Studio = studio, Owner = owner, Project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Ok().Json["id"]! };
        (await owner.Put($"{strict.Path}/models/responses", new { url = models.Chat }, ("If-Match", "\"0\""))).Ok();
        Assert.Contains("is not at a public address", (string?)(await Make(strict, await TwoVersions(strict), "1", new { values = one })).Ok().Json["failed"]);
    }

    internal static Task<Answered> Make(Work work, string prompt, string version, object request) => work.Owner.Post($"{prompt}/versions/{version}/responses", request);

    /// <summary>A server that answers with a text of the question's; null: it fails.</summary>
    internal static async Task<ModelServer> Answering(Func<JsonNode, string?> answer)
    {
        ModelServer models = await ModelServer.Start();
        models.Answer = answer;
        return models;
    }

    private static async Task<Work> With(Engine engine, ModelServer models)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = true });
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind = "ranking" })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Put($"/api/projects/{project}/models/responses", new { url = models.Chat, model = "writer" }, ("If-Match", "\"0\""))).Ok();
        return new Work { Studio = studio, Owner = owner, Project = project };
    }

    private static async Task<string> TwoVersions(Work work)
    {
        string prompt = await PromptTests.Create(work, "{{question}}");
        (await work.Owner.Post($"{prompt}/branches/main/versions", new { content = new { template = "Briefly: {{question}}", settings = new { temperature = 0.5, seed = 3, stop = new[] { "\n\n" } } } }, ("If-Match", "\"1\""))).Is(HttpStatusCode.Created);
        return prompt;
    }
}
