using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Which version is meant, what a merge by hand is made from, what a key stands for.</summary>
public class PromptRulesTests
{
    private const string Template = PromptTests.Template;

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AMergeByHandIsOfTheVersionThatItWasMadeFrom(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await PromptTests.Create(work);
        (await work.Owner.Post($"{prompt}/branches", new { name = "feature", from = "main" })).Is(HttpStatusCode.Created);
        (await PromptTests.Commit(work.Owner, prompt, "feature", 1, Template + " seen by ann")).Is(HttpStatusCode.Created);
        (await PromptTests.Commit(work.Owner, prompt, "main", 1, Template + " of main")).Is(HttpStatusCode.Created);
        int made = (int)(await work.Owner.Get($"{prompt}/branches/main/merge?from=feature")).Ok().Json["from"]!;
        (await PromptTests.Commit(work.Owner, prompt, "feature", 2, Template + " by ben")).Is(HttpStatusCode.Created);

        Answered refused = (await PromptTests.Merge(work.Owner, prompt, "main", 3, "feature", "by ann, of 2 and 3")).Is(HttpStatusCode.Conflict, "from-moves");
        Assert.Equal((3, 4), ((int)refused.Json["details"]!["into"]!, (int)refused.Json["details"]!["from"]!));
        JsonNode merged = (await PromptTests.Merge(work.Owner, prompt, "main", 3, $"{made}", "by ann, of 2 and 3")).Is(HttpStatusCode.Created).Json;

        Assert.Equal([3, 2], merged["parents"]!.AsArray().Select(parent => (int)parent!));
        JsonNode next = (await work.Owner.Get($"{prompt}/branches/main/merge?from=feature")).Ok().Json;
        Assert.Equal(("merge", 4, 2), ((string?)next["state"], (int)next["from"]!, (int)next["base"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AContentThatAFastForwardWouldLoseIsRefused(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await PromptTests.Create(work);
        (await work.Owner.Post($"{prompt}/branches", new { name = "feature", from = "main" })).Is(HttpStatusCode.Created);
        (await PromptTests.Commit(work.Owner, prompt, "feature", 1, "newer")).Is(HttpStatusCode.Created);

        (await PromptTests.Merge(work.Owner, prompt, "main", 1, "2", "by hand")).Is(HttpStatusCode.Conflict, "fast-forward");

        Assert.Equal(1, (int)(await work.Owner.Get($"{prompt}/versions/main")).Ok().Json["number"]!);
        (await PromptTests.Merge(work.Owner, prompt, "main", 1, "2", null)).Is(HttpStatusCode.Created);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AResponseIsKeptAsItCameAndItsItemIsStillThatResponse(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        string prompt = await PromptTests.Create(work);
        long id = await PromptTests.Store(work, long.Parse(prompt.Split('/')[^1]), "1", "the lamp\r\nis red");

        JsonNode stored = (await work.Owner.Get($"{work.Path}/responses/{id}")).Ok().Json;
        Assert.Equal(("the lamp\r\nis red", StoreJson.Hash("the lamp\r\nis red")), ((string?)stored["text"], (string?)stored["textHash"]));
        (await work.Submit(ann, await work.MustNext(ann), Work.Edit("the lamp 1 is red"), "a")).Ok();
        (await work.Owner.Upload($"{work.Path}/items", $$"""{"id": "r", "prompt": "p", "responses": [{"text": "red lamp"}, {"text": "the lamp\r\nis red", "id": {{id}}}]}""")).Ok();
        (await work.Submit(ann, await work.MustNext(ann), Work.Edit("the lamp\nis blue"), "b")).Ok();
        JsonNode rate = (await work.Owner.Get(prompt)).Ok().Json["versions"]![0]!["metrics"]![0]!;
        Assert.Equal(("edit-rate", 1.0 / 3), ((string?)rate["name"], (double)rate["value"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AKeyStandsForOneRequestOfOneProject(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string elsewhere = $"/api/projects/{(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]}";
        (string, string) Key(string key) => ("Idempotency-Key", key);
        object created = new { name = "Support", content = new { template = Template } }, answered = new { text = "x", model = "m", messages = new[] { new { role = "user", content = "y" } } };
        string prompt = $"{work.Path}/prompts/{(await work.Owner.Post($"{work.Path}/prompts", created, Key("k1"))).Is(HttpStatusCode.Created).Json["id"]}";
        (await work.Owner.Post($"{work.Path}/responses", answered, Key("k2"))).Is(HttpStatusCode.Created);
        (await work.Owner.Post($"{elsewhere}/prompts", created, Key("k1"))).Is(HttpStatusCode.Conflict, "key-reused");
        (await work.Owner.Post($"{elsewhere}/responses", answered, Key("k2"))).Is(HttpStatusCode.Conflict, "key-reused");

        object change = new { content = new { template = "x" } };
        (await work.Owner.Post($"{prompt}/branches/main/versions", change, Key("k3"), ("If-Match", "\"1\""))).Is(HttpStatusCode.Created);
        (await work.Owner.Post($"{prompt.Replace(work.Path, elsewhere)}/branches/main/versions", change, Key("k3"), ("If-Match", "\"1\""))).Is(HttpStatusCode.NotFound, "not-found");

        // The same request means what it meant, though the branch has moved on since.
        object metric = new { name = "suite:a", value = 1, source = "run 1" };
        (await work.Owner.Post($"{prompt}/versions/main/metrics", metric, Key("k4"))).Is(HttpStatusCode.Created);
        (await PromptTests.Commit(work.Owner, prompt, "main", 2, "y")).Is(HttpStatusCode.Created);
        JsonNode again = (await work.Owner.Post($"{prompt}/versions/main/metrics", metric, Key("k4"))).Is(HttpStatusCode.OK).Json;
        Assert.Equal((2, 1), ((int)again["number"]!, again["metrics"]!.AsArray().Count));
        Assert.Equal(1, await work.Studio.Database.Read(context => context.PromptMetrics.CountAsync()));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AHashOfDigitsIsFoundAndOneThatSeveralBeginWithIsRefused(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await PromptTests.Create(work);
        for (int n = 2; n <= 4; n++)
            (await PromptTests.Commit(work.Owner, prompt, "main", n - 1, $"{Template} {n}")).Is(HttpStatusCode.Created);
        string[] hashes = [$"12345678{new string('a', 56)}", $"abcdef01{new string('b', 56)}", $"abcdef02{new string('b', 56)}", $"abcdef02{new string('b', 56)}"];
        await work.Studio.Database.Write(async context =>
        {
            foreach (StoredVersion version in await context.PromptVersions.ToListAsync())
                version.Hash = hashes[version.Number - 1];
        });
        async Task<int> Found(string reference) => (int)(await work.Owner.Get($"{prompt}/versions/{reference}")).Ok().Json["number"]!;

        Assert.Equal((1, 1, 2, 3), (await Found("1234567"), await Found("12345678"), await Found("abcdef01"), await Found("abcdef02")));
        Assert.Contains("versions 2 and 3", (string?)(await work.Owner.Get($"{prompt}/versions/abcdef0")).Is(HttpStatusCode.Conflict, "ambiguous").Json["detail"]);
        (await work.Owner.Get($"{prompt}/versions/7654321")).Is(HttpStatusCode.NotFound, "not-found");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task GoingBackTwiceGoesBackTwoSteps(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await PromptTests.Create(work);
        long id = long.Parse(prompt.Split('/')[^1]);
        for (int n = 2; n <= 4; n++)
            (await PromptTests.Commit(work.Owner, prompt, "main", n - 1, $"{Template} {n}")).Is(HttpStatusCode.Created);
        var labels = new PromptLabels(work.Studio.Database, work.Studio.Clock);
        async Task To(int seen, int? number) => (await PromptTests.Move(work.Owner, prompt, seen, number?.ToString(System.Globalization.CultureInfo.InvariantCulture), "a step")).Ok();
        Task<int> Before() => labels.Before(work.Project, id, "production");

        await To(0, 1);
        Assert.Equal("nothing-before", (await Assert.ThrowsAsync<RefusedException>(Before)).Code);
        await To(1, 2);
        await To(2, 3);
        Assert.Equal(2, await Before());
        await To(3, 2);
        Assert.Equal(1, await Before());
        await To(2, 1);
        Assert.Equal("nothing-before", (await Assert.ThrowsAsync<RefusedException>(Before)).Code);
        await To(1, 4);
        Assert.Equal(1, await Before());
        await To(4, null);
        Assert.Equal(4, await Before());
        await To(0, 3);
        Assert.Equal(4, await Before());
    }
}
