using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback.Context;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Documents searched by nearness beside their words: vectors of one model at a time, made once, on both engines.</summary>
public class EmbeddingTests
{
    private static readonly string[][] Subjects = [["lamp", "light", "bulb"], ["oak", "wood", "timber"], ["boat", "ship"]];

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsNearIsFoundWithoutASharedWordAndNothingChangesWithoutVectors(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (Documents documents, Embeddings embeddings) = await Imported(work);
        var model = new ScriptedEmbedder("m");

        EmbeddedQuery near = await embeddings.Prepare(Actor.Installation, work.Project, "timber", model.Ask, Cancellation);

        Assert.Equal(["chairs.md", "lamps.md", "ferry.md"], (await documents.Search(work.Project, "timber", 10, near)).Select(found => found.Document));
        Assert.Empty(await documents.Search(work.Project, "timber", 10));
        Assert.Equal(["lamps.md"], (await documents.Search(work.Project, "hours", 10)).Select(found => found.Document));
        BuiltContext built = await documents.Build(work.Project, "timber", 12, TokenCounter.Guess, near);
        Assert.Equal("chairs.md", built.Entries[0].Document);
        Assert.Equal((3, 3), await embeddings.Count(work.Project, near));
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task BothOrdersBecomeOneByTheSumOfTheirReciprocalRanks(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (Documents documents, Embeddings embeddings) = await Imported(work);
        EmbeddedQuery near = await embeddings.Prepare(Actor.Installation, work.Project, "timber hours", new ScriptedEmbedder("m").Ask, Cancellation);

        List<FoundChunk> found = await documents.Search(work.Project, "timber hours", 10, near);

        // By words only the lamp, first; by nearness the chair, then lamp and ferry, equally far and so in the order of import.
        Assert.Equal(["lamps.md", "chairs.md", "ferry.md"], found.Select(chunk => chunk.Document));
        Assert.Equal([1 / 61.0 + 1 / 62.0, 1 / 61.0, 1 / 63.0], found.Select(chunk => chunk.Score), (a, b) => Math.Abs(a - b) < Near.Float64);
        Assert.Equal(["lamps.md"], (await documents.Search(work.Project, "timber hours", 1, near)).Select(chunk => chunk.Document));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task APieceIsEmbeddedOnceAndAnotherModelOrDimensionEmbedsAllAgain(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (Documents documents, Embeddings embeddings) = await Imported(work);
        var first = new ScriptedEmbedder("m");
        await embeddings.Prepare(Actor.Installation, work.Project, "a", first.Ask, Cancellation);
        await embeddings.Prepare(Actor.Installation, work.Project, "b", first.Ask, Cancellation);
        Assert.Equal(3 + 2, first.Asked.Count);
        await documents.Import(Actor.Installation, work.Project, "more.txt", DocumentFormat.Text, "A ship.", 0, TokenCounter.Guess);
        await embeddings.Prepare(Actor.Installation, work.Project, "c", first.Ask, Cancellation);
        Assert.Equal("A ship.", first.Asked[^1]);
        Assert.Equal(3 + 2 + 2, first.Asked.Count);

        var wider = new ScriptedEmbedder("m", dimension: 9);
        EmbeddedQuery near = await embeddings.Prepare(Actor.Installation, work.Project, "timber", wider.Ask, Cancellation);
        Assert.Equal(4 + 1, wider.Asked.Count);
        Assert.Equal((4, 4), await embeddings.Count(work.Project, near));

        var other = new ScriptedEmbedder("n") { FailsAt = "boat" };
        await Assert.ThrowsAsync<TimeoutException>(() => embeddings.Prepare(Actor.Installation, work.Project, "timber", other.Ask, Cancellation));
        List<StoredEmbedding> rows = await work.Studio.Database.Read(context => context.Embeddings.OrderBy(row => row.ChunkId).ToListAsync());
        // What was done stays done; nothing of the old model is taken for the new one's.
        Assert.Equal([("n", 4), ("n", 4), ("m", 9), ("m", 9)], rows.Select(row => (row.Model, row.Dimension)));
        Assert.Equal(["chairs.md", "lamps.md"], (await documents.Search(work.Project, "timber", 10, new EmbeddedQuery("n", [0, 1, 0, 0]))).Select(found => found.Document));
        Assert.Equal(2, (await documents.Search(work.Project, "timber", 10, near)).Count);
    }

    [Theory]
    [InlineData(Engine.Sqlite, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Sqlite)]
    public async Task ABackupHoldsTheVectors(Engine from, Engine to)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend backup ").FullName, "backup.gz");
        await using Work work = await Work.OnEdits(from, items: 1);
        (_, Embeddings embeddings) = await Imported(work);
        EmbeddedQuery near = await embeddings.Prepare(Actor.Installation, work.Project, "timber", new ScriptedEmbedder("m").Ask, Cancellation);
        await Backup.Write(work.Studio.Database, file, DateTime.UtcNow);

        await using TestStudio restored = await TestStudio.Empty(to);
        await Backup.Restore(restored.Database, file);

        Assert.Equal("chairs.md", (await new Documents(restored.Database, new Tokenizers("."), TimeProvider.System).Search(work.Project, "timber", 1, near)).Single().Document);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AProjectThatNamesAModelSearchesByNearnessToo(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = true });
        await using var work = new Work { Studio = studio, Owner = owner, Project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]! };
        await Imported(work);
        using Client viewer = await work.Studio.Member("vera", work.Project, Role.Viewer);
        async Task<Answered> Find() => await viewer.Get($"{work.Path}/documents/search?q=timber");
        Assert.Empty((await Find()).Ok().Json.AsArray());
        string path = $"{work.Path}/models/embeddings";
        (await work.Owner.Put(path, new { url = models.Embeddings, key = "secret-key-1", model = "m" }, ("If-Match", "\"0\""))).Ok();

        Assert.Equal("chairs.md", (string?)(await Find()).Ok().Json[0]!["document"]);
        JsonNode built = (await viewer.Post($"{work.Path}/context", new { query = "timber" })).Ok().Json;
        Assert.Equal("chairs.md", (string?)built["entries"]![0]!["document"]);
        // Query and three documents, then the two queries alone.
        Assert.Equal([1, 1, 1, 1, 1], models.Asked.Select(asked => asked.Body["input"]!.AsArray().Count));
        Assert.All(models.Asked, asked => Assert.Equal(("Bearer secret-key-1", "m"), (asked.Authorization, (string?)asked.Body["model"])));
        Assert.Equal("tiny-embedder", await work.Studio.Database.Read(context => context.Embeddings.Select(row => row.Model).Distinct().SingleAsync()));

        models.Instead = http => { http.Response.StatusCode = 500; return Task.CompletedTask; };
        (await Find()).Is(HttpStatusCode.BadGateway, "model-failed");
        (await work.Owner.Delete(path)).Ok();
        Assert.Empty((await Find()).Ok().Json.AsArray());
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Fact]
    public async Task AModelThatAnswersOtherwiseThanItShouldIsASentenceAndNothingIsStored()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        (_, Embeddings embeddings) = await Imported(work);

        await Refused("gave 2 vectors for 1 texts", (_, _) => Task.FromResult(new EmbeddedTexts("m", [[1], [1]])));
        await Refused("not all of one length", (_, _) => Task.FromResult(new EmbeddedTexts("m", [[]])));
        await Refused("no name", (_, _) => Task.FromResult(new EmbeddedTexts("", [[1]])));
        int calls = 0;
        await Refused("became another model", (texts, _) => Task.FromResult(new EmbeddedTexts($"m{calls++}", [.. texts.Select(_ => new float[] { 1 })])));
        Assert.Empty(await work.Studio.Database.Read(context => context.Embeddings.ToListAsync()));

        async Task Refused(string part, TextEmbedder embedder) =>
            Assert.Contains(part, (await Assert.ThrowsAsync<RefusedException>(() => embeddings.Prepare(Actor.Installation, work.Project, "x", embedder, Cancellation))).Message);
    }

    private static async Task<(Documents, Embeddings)> Imported(Work work)
    {
        var documents = new Documents(work.Studio.Database, new Tokenizers("."), TimeProvider.System);
        foreach ((string name, string text) in ((string, string)[])[("lamps.md", "The lamp burns 14 hours."), ("chairs.md", "Made of oak."), ("ferry.md", "The boat leaves.")])
            await documents.Import(Actor.Installation, work.Project, name, DocumentFormat.Markdown, text, 0, TokenCounter.Guess);
        return (documents, new Embeddings(work.Studio.Database, TimeProvider.System));
    }

    /// <summary>Counts words of each subject; the last number is there for texts of none.</summary>
    private sealed class ScriptedEmbedder(string model, int dimension = 4)
    {
        public List<string> Asked { get; } = [];

        public string? FailsAt { get; init; }

        public Task<EmbeddedTexts> Ask(IReadOnlyList<string> texts, CancellationToken cancellation)
        {
            Asked.AddRange(texts);
            return texts.Any(text => FailsAt is not null && text.Contains(FailsAt, StringComparison.Ordinal))
                ? throw new TimeoutException("scripted")
                : Task.FromResult(new EmbeddedTexts(model, [.. texts.Select(Vector)]));
        }

        private float[] Vector(string text)
        {
            float[] vector = new float[dimension];
            for (int subject = 0; subject < Subjects.Length; subject++)
                vector[subject] = Subjects[subject].Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)) ? 1 : 0;
            if (vector.Sum() == 0)
                vector[^1] = 1;
            double length = Math.Sqrt(vector.Sum(value => (double)value * value));
            return Array.ConvertAll(vector, value => (float)(value / length));
        }
    }
}
