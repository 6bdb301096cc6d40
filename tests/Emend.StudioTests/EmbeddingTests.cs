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

        EmbeddedQuery near = await Prepared(embeddings, work, "timber", model);

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
        EmbeddedQuery near = await Prepared(embeddings, work, "timber hours", new ScriptedEmbedder("m"));

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
        Assert.Equal((3, 3), await Make(embeddings, work, first));
        Assert.Equal((3, 3), await Make(embeddings, work, first));
        Assert.Equal(3 + 2, first.Asked.Count);         // a text to learn the model's dimension from, each time
        await documents.Import(Actor.Installation, work.Project, "more.txt", DocumentFormat.Text, "A ship.", 0, TokenCounter.Guess);
        await Make(embeddings, work, first);
        Assert.Equal("A ship.", first.Asked[^1]);
        Assert.Equal(3 + 2 + 2, first.Asked.Count);

        var wider = new ScriptedEmbedder("m", dimension: 9);
        EmbeddedQuery near = await Prepared(embeddings, work, "timber", wider);
        Assert.Equal(4 + 1 + 1, wider.Asked.Count);
        Assert.Equal((4, 4), await embeddings.Count(work.Project, near));

        var other = new ScriptedEmbedder("n") { FailsAt = "boat" };
        await Assert.ThrowsAsync<TimeoutException>(() => Make(embeddings, work, other));
        List<StoredEmbedding> rows = await work.Studio.Database.Read(context => context.Embeddings.OrderBy(row => row.ChunkId).ToListAsync());
        // What was done stays done; nothing of the old model is taken for the new one's.
        Assert.Equal([("n", 4), ("n", 4), ("m", 9), ("m", 9)], rows.Select(row => (row.Model, row.Dimension)));
        Assert.Equal(["chairs.md", "lamps.md"], (await documents.Search(work.Project, "timber", 10, new EmbeddedQuery("n", [0, 1, 0, 0]))).Select(found => found.Document));
        Assert.Equal(2, (await documents.Search(work.Project, "timber", 10, near)).Count);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AfterAnotherModelASearchEmbedsNothingButItsQueryUntilTheIndexIsMade(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (Documents documents, Embeddings embeddings) = await Imported(work);
        await Make(embeddings, work, new ScriptedEmbedder("old"));
        var model = new ScriptedEmbedder("new");

        NearQuery asked = await embeddings.Near(work.Project, "timber hours", model.Ask, Cancellation);

        Assert.Equal(["timber hours"], model.Asked);
        Assert.Null(asked.Near);
        Assert.Equal(new ContextIndex("new", 4, 0, 3), asked.Index);
        Assert.Equal(["lamps.md"], (await documents.Search(work.Project, "timber hours", 10, asked.Near)).Select(found => found.Document));
        // Each look at this clock is a second later: there is time for one step, and half an index is not searched.
        ContextIndex begun = await new Embeddings(work.Studio.Database, new Hasty()).Make(Actor.Installation, work.Project, model.Ask, null, TimeSpan.FromSeconds(1.5), Cancellation);
        Assert.Equal(new ContextIndex("new", 4, 1, 3), begun);
        Assert.Null((await embeddings.Near(work.Project, "timber", model.Ask, Cancellation)).Near);
        Assert.Equal((3, 3), await Make(embeddings, work, model));
        Assert.NotNull((await embeddings.Near(work.Project, "timber", model.Ask, Cancellation)).Near);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatWasEmbeddedBeforeACapOfALongDocumentIsKeptAndGoneOnFrom(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        var documents = new Documents(work.Studio.Database, new Tokenizers("."), TimeProvider.System);
        string text = string.Concat(Enumerable.Range(0, 40).Select(i => $"# Part {i}\n\nThe lamp of part {i} burns {(i == 35 ? "like a boat" : "on")}.\n\n"));
        DocumentView document = (await documents.Import(Actor.Installation, work.Project, "long.md", DocumentFormat.Markdown, text, 0, TokenCounter.Guess)).Document;
        Assert.Equal(40, document.Chunks);
        var embeddings = new Embeddings(work.Studio.Database, TimeProvider.System);
        var reports = new List<int>();

        await Assert.ThrowsAsync<TimeoutException>(() => embeddings.Make(Actor.Installation, work.Project, new ScriptedEmbedder("m") { FailsAt = "boat" }.Ask, index => reports.Add(index.Embedded), null, Cancellation));

        Assert.Equal([0, 32], reports);
        var again = new ScriptedEmbedder("m");
        Assert.Equal((40, 40), await Make(embeddings, work, again));
        Assert.Equal(1 + 8, again.Asked.Count);
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [InlineData(Engine.Sqlite, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Sqlite)]
    public async Task ABackupHoldsTheVectors(Engine from, Engine to)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend backup ").FullName, "backup.gz");
        await using Work work = await Work.OnEdits(from, items: 1);
        (_, Embeddings embeddings) = await Imported(work);
        EmbeddedQuery near = await Prepared(embeddings, work, "timber", new ScriptedEmbedder("m"));
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
        JsonNode words = (await Find()).Ok().Json;
        Assert.Equal((0, null), (words["items"]!.AsArray().Count, words["index"]));
        (await work.Owner.Post($"{work.Path}/documents/index")).Is(HttpStatusCode.Conflict, "no-model");
        string path = $"{work.Path}/models/embeddings";
        (await work.Owner.Put(path, new { url = models.Embeddings, key = "secret-key-1", model = "m" }, ("If-Match", "\"0\""))).Ok();

        // Without an index a search asks for its own vector alone, answers from words, and says so.
        JsonNode bare = (await Find()).Ok().Json;
        Assert.Equal((0, "tiny-embedder", 0, 3), (bare["items"]!.AsArray().Count, (string?)bare["index"]!["model"], (int)bare["index"]!["embedded"]!, (int)bare["index"]!["pieces"]!));
        Assert.Single(models.Asked.Single().Body["input"]!.AsArray());
        (await viewer.Post($"{work.Path}/documents/index")).Is(HttpStatusCode.Forbidden);
        JsonNode made = (await work.Owner.Post($"{work.Path}/documents/index")).Ok().Json;
        Assert.Equal((3, 3, true), ((int)made["embedded"]!, (int)made["pieces"]!, (bool)made["isWhole"]!));

        Assert.Equal("chairs.md", (string?)(await Find()).Ok().Json["items"]![0]!["document"]);
        JsonNode built = (await viewer.Post($"{work.Path}/context", new { query = "timber" })).Ok().Json;
        Assert.Equal(("chairs.md", true), ((string?)built["entries"]![0]!["document"], (bool)built["index"]!["isWhole"]!));
        // The query; the dimension and three documents; then the two queries alone.
        Assert.Equal(1 + 4 + 2, models.Asked.Count);
        Assert.All(models.Asked, asked => Assert.Equal(("Bearer secret-key-1", "m"), (asked.Authorization, (string?)asked.Body["model"])));
        Assert.Equal("tiny-embedder", await work.Studio.Database.Read(context => context.Embeddings.Select(row => row.Model).Distinct().SingleAsync()));

        models.Instead = http => { http.Response.StatusCode = 500; return Task.CompletedTask; };
        (await Find()).Is(HttpStatusCode.BadGateway, "model-failed");
        (await work.Owner.Delete(path)).Ok();
        Assert.Empty((await Find()).Ok().Json["items"]!.AsArray());
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
            Assert.Contains(part, (await Assert.ThrowsAsync<RefusedException>(() => embeddings.Make(Actor.Installation, work.Project, embedder, null, null, Cancellation))).Message);
    }

    private static async Task<EmbeddedQuery> Prepared(Embeddings embeddings, Work work, string query, ScriptedEmbedder model)
    {
        await Make(embeddings, work, model);
        return (await embeddings.Near(work.Project, query, model.Ask, Cancellation)).Near!;
    }

    private static async Task<(int Embedded, int Pieces)> Make(Embeddings embeddings, Work work, ScriptedEmbedder model)
    {
        ContextIndex index = await embeddings.Make(Actor.Installation, work.Project, model.Ask, progress: null, most: null, Cancellation);
        return (index.Embedded, index.Pieces);
    }

    private static async Task<(Documents, Embeddings)> Imported(Work work)
    {
        var documents = new Documents(work.Studio.Database, new Tokenizers("."), TimeProvider.System);
        foreach ((string name, string text) in ((string, string)[])[("lamps.md", "The lamp burns 14 hours."), ("chairs.md", "Made of oak."), ("ferry.md", "The boat leaves.")])
            await documents.Import(Actor.Installation, work.Project, name, DocumentFormat.Markdown, text, 0, TokenCounter.Guess);
        return (documents, new Embeddings(work.Studio.Database, TimeProvider.System));
    }

    private sealed class Hasty : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _looks++;
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
