using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>The prompt registry over HTTP: nothing that anybody wrote is lost, and conflicts are shown.</summary>
public class PromptTests
{
    internal const string Template = "Answer briefly.\n\nQ: {{question}}\n\nA:";

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ABranchIsMergedAndWhatBothSidesChangedIsShown(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await Create(work);
        (await work.Owner.Post($"{prompt}/branches", new { name = "polite", from = "main", reason = "to try" })).Is(HttpStatusCode.Created);
        (await Commit(work.Owner, prompt, "polite", 1, Template.Replace("briefly", "politely") + " ")).Is(HttpStatusCode.Created);
        (await Commit(work.Owner, prompt, "main", 1, Template.Replace("briefly", "in one line"))).Is(HttpStatusCode.Created);

        JsonNode preview = (await work.Owner.Get($"{prompt}/branches/main/merge?from=polite")).Ok().Json;
        Assert.Equal(("merge", 1), ((string?)preview["state"], (int)preview["base"]!));
        JsonNode conflict = Assert.Single(preview["conflicts"]!.AsArray())!;
        Assert.Equal(("template", "Answer briefly.", "Answer in one line.", "Answer politely."), ((string?)conflict["field"], (string?)conflict["base"], (string?)conflict["ours"], (string?)conflict["theirs"]));
        string shown = (string)preview["content"]!["template"]!;
        Assert.EndsWith("\n\nA: ", shown);

        Answered refused = (await Merge(work.Owner, prompt, "main", 3, "polite", null)).Is(HttpStatusCode.Conflict, "merge-conflict");
        Assert.Equal(shown, (string?)refused.Json["details"]!["content"]!["template"]);
        (await Merge(work.Owner, prompt, "main", 3, "2", shown)).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await Merge(work.Owner, prompt, "main", 2, "polite", "x")).Is(HttpStatusCode.Conflict, "branch-moved");
        JsonNode merged = (await Merge(work.Owner, prompt, "main", 3, "2", "Answer politely in one line.")).Is(HttpStatusCode.Created).Json;

        Assert.Equal([3, 2], merged["parents"]!.AsArray().Select(parent => (int)parent!));
        (await Merge(work.Owner, prompt, "main", 4, "polite", null)).Is(HttpStatusCode.Conflict, "nothing-to-merge");
        JsonNode forward = (await Merge(work.Owner, prompt, "polite", 2, "main", null)).Is(HttpStatusCode.Created).Json;
        Assert.Equal(4, (int)forward["number"]!);
        JsonNode view = (await work.Owner.Get(prompt)).Ok().Json;
        Assert.Equal([("main", 4), ("polite", 4)], view["branches"]!.AsArray().Select(branch => ((string)branch!["name"]!, (int)branch["head"]!)));
        Assert.Equal(4, view["versions"]!.AsArray().Count);
        Assert.Equal(["fast-forwarded", "merged", "committed", "committed", "branched", "committed"], await Kinds(work.Owner, prompt));
        Assert.Equal(Template, (string?)(await work.Owner.Get($"{prompt}/versions/1")).Ok().Json["content"]!["template"]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task OfTwoWhoEditTheSameVersionTheSecondGetsAMergeOfBoth(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client mia = await work.Studio.Member("mia", work.Project, Role.Manager);
        string prompt = await Create(work);
        (await Commit(work.Owner, prompt, "main", 1, Template.Replace("briefly", "in one line"), "shorter")).Is(HttpStatusCode.Created);

        Answered second = (await Commit(mia, prompt, "main", 1, Template + " Be kind.")).Is(HttpStatusCode.Conflict, "branch-moved");
        JsonNode details = second.Json["details"]!;
        Assert.Equal((2, "shorter"), ((int)details["head"]!, (string?)details["note"]));
        Assert.Contains("by owner: \"shorter\"", (string?)second.Json["detail"]);
        Assert.Empty(details["conflicts"]!.AsArray());
        (await Commit(mia, prompt, "main", 2, (string)details["content"]!["template"]!)).Is(HttpStatusCode.Created);

        Assert.Equal(Template.Replace("briefly", "in one line") + " Be kind.", (string?)(await mia.Get($"{prompt}/versions/main")).Ok().Json["content"]!["template"]);
        (await Commit(mia, prompt, "main", 2, Template.Replace("briefly", "slowly"))).Is(HttpStatusCode.Conflict, "branch-moved");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ManyWhoCommitAtOnceLoseNothing(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await Create(work, string.Join('\n', Enumerable.Range(0, 30).Select(n => $"line {n}")));
        var people = new List<Client>();
        for (int n = 0; n < 6; n++)
            people.Add(await work.Studio.Member($"m{n}", work.Project, Role.Manager));

        await Task.WhenAll(people.Select(async (client, n) =>
        {
            JsonNode head = (await client.Get($"{prompt}/versions/main")).Ok().Json;
            string wanted = ((string)head["content"]!["template"]!).Replace($"line {n * 5}\n", $"line {n * 5} by m{n}\n");
            int seen = (int)head["number"]!;
            for (Answered sent = await Commit(client, prompt, "main", seen, wanted); sent.Status != HttpStatusCode.Created; sent = await Commit(client, prompt, "main", seen, wanted))
            {
                sent.Is(HttpStatusCode.Conflict, "branch-moved");
                Assert.Empty(sent.Json["details"]!["conflicts"]!.AsArray());
                (seen, wanted) = ((int)sent.Json["details"]!["head"]!, (string)sent.Json["details"]!["content"]!["template"]!);
            }
        }));

        string final = (string)(await work.Owner.Get($"{prompt}/versions/main")).Ok().Json["content"]!["template"]!;
        Assert.All(Enumerable.Range(0, 6), n => Assert.Contains($"line {n * 5} by m{n}\n", final));
        Assert.Equal(Enumerable.Range(1, 7), (await work.Owner.Get(prompt)).Ok().Json["versions"]!.AsArray().Select(version => (int)version!["number"]!));
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task OfTwoWhoMoveALabelAtOnceOneDoesAndTheOtherIsToldWhatHappened(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Studio.Member("ann", work.Project, Role.Manager), ben = await work.Studio.Member("ben", work.Project, Role.Manager);
        string prompt = await Create(work);
        for (int n = 2; n <= 9; n++)
            (await Commit(work.Owner, prompt, "main", n - 1, $"{Template} {n}")).Is(HttpStatusCode.Created);
        (await Move(work.Owner, prompt, 0, "1", "first")).Ok();

        int at = 1;
        for (int round = 0; round < 4; round++)
        {
            int first = 2 + 2 * round, second = first + 1;
            Answered[] both = await Task.WhenAll(Move(ann, prompt, at, $"{first}", "ann's reason"), Move(ben, prompt, at, $"{second}", "ben's reason"));
            int winner = both[0].Status == HttpStatusCode.OK ? 0 : 1;
            both[winner].Is(HttpStatusCode.OK);
            Answered lost = both[1 - winner].Is(HttpStatusCode.Conflict, "label-moved");
            Assert.Equal((winner == 0 ? "ann" : "ben", winner == 0 ? "ann's reason" : "ben's reason"), ((string?)lost.Json["details"]!["by"], (string?)lost.Json["details"]!["reason"]));
            Assert.Equal(at, (int)lost.Json["details"]!["from"]!);
            at = winner == 0 ? first : second;
        }

        Answered now = (await ann.Get($"{prompt}/labels/production")).Ok();
        Assert.Equal(($"\"{at}\"", at), (now.Etag, (int)now.Json["number"]!));
        Assert.Equal(5, (await Kinds(work.Owner, prompt)).Count(kind => kind == "label-moved"));
        Assert.Equal(5, await work.Studio.Database.Read(context => context.Audit.CountAsync(entry => entry.Action == "prompt-label-moved")));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ARollbackIsANewEventAndTheOldOnesStay(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await Create(work);
        (await Commit(work.Owner, prompt, "main", 1, "Worse: {{question}}")).Is(HttpStatusCode.Created);
        (await Move(work.Owner, prompt, 0, "1", "first")).Ok();
        (await Move(work.Owner, prompt, 1, "main", "newer")).Ok();
        (await Move(work.Owner, prompt, 2, "1", "complaints")).Ok();

        (await RollBack(work.Owner, prompt, 2, "1", "")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await RollBack(work.Owner, prompt, 1, "1", "complaints")).Is(HttpStatusCode.Conflict, "branch-moved");
        JsonNode back = (await RollBack(work.Owner, prompt, 2, "1", "complaints")).Is(HttpStatusCode.Created).Json;

        Assert.Equal((3, 1, Template), ((int)back["number"]!, (int)back["restores"]!, (string?)back["content"]!["template"]));
        JsonArray versions = (await work.Owner.Get(prompt)).Ok().Json["versions"]!.AsArray();
        Assert.Equal((string?)versions[0]!["hash"], (string?)versions[2]!["hash"]);
        Assert.Equal("Worse: {{question}}", (string?)(await work.Owner.Get($"{prompt}/versions/2")).Ok().Json["content"]!["template"]);
        Assert.Equal(["rolled-back", "label-moved", "label-moved", "label-moved", "committed", "committed"], await Kinds(work.Owner, prompt));
        (await RollBack(work.Owner, prompt, 3, "1", "again")).Is(HttpStatusCode.Conflict, "unchanged");
        (await Move(work.Owner, prompt, 1, null, "retired")).Ok();
        Assert.Equal("\"0\"", (await work.Owner.Get($"{prompt}/labels/production")).Ok().Etag);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task MetricsGiveTagsAndPeoplesEditsAreOneOfThem(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        string prompt = await Create(work);
        long id = long.Parse(prompt.Split('/')[^1]);
        (await Commit(work.Owner, prompt, "main", 1, Template + " Please.")).Is(HttpStatusCode.Created);
        (await work.Owner.Post($"{prompt}/versions/1/metrics", new { name = "suite:refusals", value = 0.8, source = "run 1", sampleSize = 10 })).Is(HttpStatusCode.Created);
        JsonNode passed = (await work.Owner.Post($"{prompt}/versions/main/metrics", new { name = "suite:refusals", value = 1.0, source = "run 2" })).Is(HttpStatusCode.Created).Json;
        Assert.Equal(["change:large", "passes:refusals", "best:suite:refusals"], passed["tags"]!.AsArray().Select(tag => (string)tag!));
        (await work.Owner.Post($"{prompt}/versions/1/metrics", new { name = "edit-rate", value = 0, source = "me" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Post($"{prompt}/versions/1/metrics", new { name = "suite:refusals", value = 1, source = "me", higherIsBetter = false })).Is(HttpStatusCode.UnprocessableEntity, "invalid");

        long one = await Store(work, id, "1", "the lamp is is red"), two = await Store(work, id, "main", "the lamp shines red");
        string rows = $$"""
            {"id": "r1", "prompt": "p", "responses": [{"text": "red lamp"}, {"text": "the lamp is is red", "id": {{one}}}]}
            {"id": "r2", "prompt": "p", "responses": [{"text": "red lamp"}, {"text": "the lamp shines red", "id": {{two}}}]}
            """;
        (await work.Owner.Upload($"{work.Path}/items", rows.Replace("shines red\", \"id\"", "shines\", \"id\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Upload($"{work.Path}/items", rows.Replace($"{two}", "4711"))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Upload($"{work.Path}/items", rows)).Ok();
        (await work.Submit(ann, await work.MustNext(ann), Work.Edit("the lamp 1 is red"), "a")).Ok();
        (await work.Submit(ann, await work.MustNext(ann), Work.Edit("the lamp is red"), "b")).Ok();
        (await work.Submit(ann, await work.MustNext(ann), new { kind = "edit", edit = new { choice = "prefer", preferred = 0, target = 1, outcome = "noEditNeeded" } }, "c")).Ok();

        JsonArray versions = (await ann.Get(prompt)).Ok().Json["versions"]!.AsArray();
        JsonNode Rate(int version) => versions[version]!["metrics"]!.AsArray().Single(metric => (string?)metric!["name"] == "edit-rate")!;
        Assert.Equal((1.0 / 5, 1), ((double)Rate(0)["value"]!, (int)Rate(0)["sampleSize"]!));
        Assert.Equal(0, (double)Rate(1)["value"]!);
        Assert.Contains("best:edit-rate", versions[1]!["tags"]!.AsArray().Select(tag => (string)tag!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ARequestThatIsSentTwiceIsDoneOnce(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        object body = new { name = "Support", content = new { template = Template } };
        (string, string) key = ("Idempotency-Key", "k1");
        JsonNode first = (await work.Owner.Post($"{work.Path}/prompts", body, key)).Is(HttpStatusCode.Created).Json;
        Assert.Equal((long)first["id"]!, (long)(await work.Owner.Post($"{work.Path}/prompts", body, key)).Is(HttpStatusCode.OK).Json["id"]!);
        (await work.Owner.Post($"{work.Path}/prompts", new { name = "Other", content = new { template = Template } }, key)).Is(HttpStatusCode.Conflict, "key-reused");
        (await work.Owner.Post($"{work.Path}/prompts", body)).Is(HttpStatusCode.Conflict, "name-taken");

        string versions = $"{work.Path}/prompts/{first["id"]}/branches/main/versions";
        object change = new { content = new { template = "x" }, note = "n" };
        (await work.Owner.Post(versions, change)).Is(HttpStatusCode.PreconditionRequired);
        Answered[] both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => work.Owner.Post(versions, change, ("Idempotency-Key", "k2"), ("If-Match", "\"1\""))));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Created], both.Select(sent => sent.Status).Order());
        Assert.Equal(2, (await work.Owner.Get($"{work.Path}/prompts/{first["id"]}")).Ok().Json["versions"]!.AsArray().Count);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsWrongIsNamedAndNothingIsStored(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await Create(work);
        (await Commit(work.Owner, prompt, "main", 1, "{{question")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await Commit(work.Owner, prompt, "elsewhere", 1, "x")).Is(HttpStatusCode.NotFound, "not-found");
        (await Move(work.Owner, prompt, 0, "7", "there is none")).Is(HttpStatusCode.NotFound, "not-found");
        (await work.Owner.Post($"{prompt}/branches", new { name = "2", from = "main" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Answered rendered = (await work.Owner.Post($"{prompt}/versions/main/render", new { variables = new { topic = "x" } })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        Assert.Contains("{{question}} (template, line 3) has no value", (string?)rendered.Json["detail"]);
        Assert.Contains("\"topic\" is no variable", (string?)rendered.Json["detail"]);

        long other = (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;
        string elsewhere = prompt.Replace($"projects/{work.Project}/", $"projects/{other}/");
        foreach (string path in (string[])["", "/versions/1", "/events", "/diff?from=1&to=1", "/labels/production", "/branches/main/merge?from=1"])
            (await work.Owner.Get(elsewhere + path)).Is(HttpStatusCode.NotFound, "not-found");
        (await Commit(work.Owner, elsewhere, "main", 1, "x")).Is(HttpStatusCode.NotFound, "not-found");
        long response = await Store(work, long.Parse(prompt.Split('/')[^1]), "1", "text");
        (await work.Owner.Get($"/api/projects/{other}/responses/{response}")).Is(HttpStatusCode.NotFound, "not-found");
        Assert.Single((await work.Owner.Get(prompt)).Ok().Json["versions"]!.AsArray());
    }

    [Theory]
    [InlineData(Engine.Sqlite, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Sqlite)]
    public async Task PromptsAreInABackupAndAChangedVersionIsFound(Engine from, Engine to)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend backup ").FullName, "backup.gz");
        await using Work work = await Work.OnEdits(from, items: 1);
        string prompt = await Create(work);
        (await Move(work.Owner, prompt, 0, "1", "first")).Ok();
        await Store(work, long.Parse(prompt.Split('/')[^1]), "1", "text");
        await Backup.Write(work.Studio.Database, file, DateTime.UtcNow);

        await using TestStudio restored = await TestStudio.Empty(to);
        await Backup.Restore(restored.Database, file);
        Assert.Empty((await Verification.Run(restored.Database)).Faults);
        await restored.Database.Write(async context => (await context.PromptVersions.SingleAsync()).Content = """{"template":"forged","settings":{}}""");
        Assert.Contains("version 1 of prompt", Assert.Single((await Verification.Run(restored.Database)).Faults));
    }

    internal static async Task<string> Create(Work work, string template = Template) =>
        $"{work.Path}/prompts/{(await work.Owner.Post($"{work.Path}/prompts", new { name = "Support", content = new { template } })).Is(HttpStatusCode.Created).Json["id"]}";

    internal static Task<Answered> Commit(Client client, string prompt, string branch, int seen, string template, string note = "") =>
        client.Post($"{prompt}/branches/{branch}/versions", new { content = new { template }, note }, ("If-Match", $"\"{seen}\""));

    internal static Task<Answered> Merge(Client client, string prompt, string into, int seen, string from, string? template) =>
        client.Post($"{prompt}/branches/{into}/merge", new { from, content = template is null ? null : new { template } }, ("If-Match", $"\"{seen}\""));

    private static Task<Answered> RollBack(Client client, string prompt, int seen, string to, string reason) =>
        client.Post($"{prompt}/branches/main/rollback", new { to, reason }, ("If-Match", $"\"{seen}\""));

    internal static Task<Answered> Move(Client client, string prompt, int seen, string? version, string reason) =>
        client.Put($"{prompt}/labels/production", new { version, reason }, ("If-Match", $"\"{seen}\""));

    internal static async Task<long> Store(Work work, long prompt, string version, string text) =>
        (long)(await work.Owner.Post($"{work.Path}/responses", new { text, model = "tiny", prompt, version, variables = new { question = "Red?" }, seed = 7 })).Is(HttpStatusCode.Created).Json["id"]!;

    private static async Task<string[]> Kinds(Client client, string prompt) =>
        [.. (await client.Get($"{prompt}/events")).Ok().Json["items"]!.AsArray().Select(happened => (string)happened!["kind"]!)];
}
