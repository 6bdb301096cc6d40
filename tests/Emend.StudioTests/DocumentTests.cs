using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Documents over HTTP: imported once, found by their words, injected under a budget.</summary>
public class DocumentTests
{
    private const string Catalogue = "# Lamps\n\n## Model 7\n\nBurns 14 hours. Made in Oslo.\n\n## Model 9\n\nBurns 20 hours. \"Quoted\" AND (odd) syntax*.\n\n# Chairs\n\nMade of oak.";

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task APieceIsFoundByItsWordsAndAQueryIsNoSyntax(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        JsonNode made = (await Import(work.Owner, work, "lamps.md", Catalogue)).Is(HttpStatusCode.Created).Json;
        Assert.Equal((3, "markdown"), ((int)made["chunks"]!, (string?)made["format"]));
        (await Import(work.Owner, work, "page.html", "<h1>Shops</h1><script>oak</script><p>In Bergen &amp; Oslo.</p>")).Is(HttpStatusCode.Created);
        (await Import(work.Owner, work, "lamps.md", Catalogue)).Is(HttpStatusCode.OK);

        Assert.Equal(["Lamps > Model 7"], (await Find(ann, work, "hours oslo")).Take(1).Select(found => (string?)found!["heading"]));
        Assert.Equal(["Chairs"], (await Find(ann, work, "OAK")).Select(found => (string?)found!["heading"]));
        Assert.Equal("In Bergen & Oslo.", (string?)(await Find(ann, work, "bergen")).Single()!["text"]);
        foreach (string odd in (string[])["\" OR 1=1 --", "oak\" NEAR(x", "'); DROP TABLE x; --", "a & | ! :* <-> '", "*", ""])
            Assert.True((await Find(ann, work, odd)).Length <= 1, odd);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ANewerTextTakesOverAndWhatIsRemovedIsNotFound(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (await Import(work.Owner, work, "lamps.md", Catalogue)).Is(HttpStatusCode.Created);
        long id = (long)(await Import(work.Owner, work, "lamps.md", "# Lamps\n\nMade in Turku.")).Is(HttpStatusCode.Created).Json["id"]!;

        Assert.Empty(await Find(work.Owner, work, "oak"));
        Assert.Single(await Find(work.Owner, work, "turku"));
        Assert.Single((await work.Owner.Get($"{work.Path}/documents")).Ok().Json["items"]!.AsArray());
        long other = (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;
        Assert.Empty((await work.Owner.Get($"/api/projects/{other}/documents/search?q=turku")).Ok().Json["items"]!.AsArray());
        (await work.Owner.Delete($"/api/projects/{other}/documents/{id}")).Is(HttpStatusCode.NotFound, "not-found");
        (await work.Owner.Delete($"{work.Path}/documents/{id}")).Ok();
        Assert.Empty(await Find(work.Owner, work, "turku"));
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AContextKeepsItsBudgetAndSaysWhatIsLeftOut(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (await Import(work.Owner, work, "rules.txt", "Never promise a delivery date.", priority: 5)).Is(HttpStatusCode.Created);
        (await Import(work.Owner, work, "lamps.md", Catalogue)).Is(HttpStatusCode.Created);

        JsonNode roomy = (await work.Owner.Post($"{work.Path}/context", new { query = "How many hours does it burn?" })).Ok().Json;
        Assert.Equal(["rules.txt", "lamps.md", "lamps.md"], roomy["entries"]!.AsArray().Select(entry => (string?)entry!["document"]));
        Assert.All(roomy["entries"]!.AsArray(), entry => Assert.Equal("injected", (string?)entry!["fate"]));
        Assert.Equal(4000, (int)roomy["budget"]!);
        JsonNode tight = (await work.Owner.Post($"{work.Path}/context", new { query = "How many hours does it burn?", budget = 40 })).Ok().Json;
        Assert.True((int)tight["tokens"]! <= 40);
        Assert.Equal(["injected", "overBudget"], tight["entries"]!.AsArray().Select(entry => (string)entry!["fate"]!).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains("Never promise", (string?)tight["block"]);
        Assert.Equal((string?)tight["hash"], (string?)(await work.Owner.Post($"{work.Path}/context", new { query = "How many hours does it burn?", budget = 40 })).Ok().Json["hash"]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsPinnedHigherComesBeforeAnythingOlderHoweverLongThatIs(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (await Import(work.Owner, work, "handbook.md", string.Concat(Enumerable.Range(0, 2100).Select(n => $"# Part {n}\n\nLamps of part {n}.\n\n")), priority: 1)).Is(HttpStatusCode.Created);
        (await Import(work.Owner, work, "rules.txt", "Never promise a delivery date.", priority: 1000)).Is(HttpStatusCode.Created);

        JsonNode built = (await work.Owner.Post($"{work.Path}/context", new { query = "nothing that stands there", budget = 60 })).Ok().Json;

        Assert.Equal(("rules.txt", "injected"), ((string?)built["entries"]![0]!["document"], (string?)built["entries"]![0]!["fate"]));
    }

    [Theory]
    [InlineData(Engine.Sqlite, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Sqlite)]
    public async Task ARestoredStoreFindsItsDocuments(Engine from, Engine to)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend backup ").FullName, "backup.gz");
        await using Work work = await Work.OnEdits(from, items: 1);
        (await Import(work.Owner, work, "lamps.md", Catalogue)).Is(HttpStatusCode.Created);
        await Backup.Write(work.Studio.Database, file, DateTime.UtcNow);

        await using TestStudio restored = await TestStudio.Empty(to);
        await Backup.Restore(restored.Database, file);

        Assert.Equal("Chairs", Assert.Single(await new Documents(restored.Database, new Tokenizers("."), TimeProvider.System).Search(work.Project, "oak", 10)).Heading);
    }

    [Fact]
    public async Task WhatCannotBeReadIsNamed()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        Assert.Contains("scan.pdf: is no PDF", (string?)(await Import(work.Owner, work, "scan.pdf", "hello there")).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["detail"]);
        Assert.Contains("empty.txt: holds no text", (string?)(await Import(work.Owner, work, "empty.txt", " \n")).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["detail"]);
        (await Import(work.Owner, work, "", "x")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Post($"{work.Path}/context", new { query = "x", budget = -1 })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    private static Task<Answered> Import(Client client, Work work, string name, string text, int priority = 0) =>
        client.Upload($"{work.Path}/documents?name={Uri.EscapeDataString(name)}&priority={priority}", text);

    private static async Task<JsonNode?[]> Find(Client client, Work work, string query) =>
        [.. (await client.Get($"{work.Path}/documents/search?q={Uri.EscapeDataString(query)}")).Ok().Json["items"]!.AsArray()];
}
