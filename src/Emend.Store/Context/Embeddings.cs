using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Vectors of some texts, each of unit length and all of one dimension.</summary>
/// <param name="Model">Whose they are: the model's name, with what is known of its weights. Vectors of two models cannot be compared.</param>
public sealed record EmbeddedTexts(string Model, IReadOnlyList<float[]> Vectors);

/// <summary>Asks a model for the vectors of texts, in their order.</summary>
/// <exception cref="RefusedException">It did not answer, or not as it should.</exception>
public delegate Task<EmbeddedTexts> TextEmbedder(IReadOnlyList<string> texts, CancellationToken cancellation);

/// <summary>The vector of a query, and whose it is.</summary>
public sealed record EmbeddedQuery(string Model, float[] Vector);

/// <summary>How far a project's pieces have vectors of a model. It is searched when all have.</summary>
public sealed record ContextIndex(string Model, int Dimension, int Embedded, int Pieces)
{
    public bool IsWhole => Embedded == Pieces;
}

/// <summary>A query to search the index with.</summary>
/// <param name="Near">Null where the index is not whole: then words alone are searched.</param>
public sealed record NearQuery(EmbeddedQuery? Near, ContextIndex Index);

/// <summary>
/// Vectors of the pieces of documents: made ahead, in steps that can be taken up again, and searched. A search asks for the query's vector and for nothing else, however
/// many pieces have none. Format: docs/formats/context.md.
/// </summary>
public sealed class Embeddings(Database database, TimeProvider clock)
{
    private const int AskedAtOnce = 32;
    private const int LongestModel = 300;
    private const int LargestDimension = 16_384;

    /// <summary>The vector of a query, where every piece of the project has one of the same model.</summary>
    public async Task<NearQuery> Near(long projectId, string query, TextEmbedder embedder, CancellationToken cancellation)
    {
        EmbeddedTexts asked = await Ask(embedder, [query], cancellation);
        var near = new EmbeddedQuery(asked.Model, asked.Vectors[0]);
        ContextIndex index = await IndexOf(projectId, near);
        return new NearQuery(index.IsWhole ? near : null, index);
    }

    /// <summary>
    /// Gives the pieces that have no vector of the model one, document by document. What is done stays done where a later step fails or time is over, and is not asked
    /// for again.
    /// </summary>
    /// <param name="progress">Told before the first step and after each.</param>
    /// <param name="most">After this no further step begins; null: to the end.</param>
    public async Task<ContextIndex> Make(Actor actor, long projectId, TextEmbedder embedder, Action<ContextIndex>? progress, TimeSpan? most, CancellationToken cancellation)
    {
        long started = clock.GetTimestamp();
        EmbeddedTexts asked = await Ask(embedder, ["dimension"], cancellation);
        var of = new EmbeddedQuery(asked.Model, asked.Vectors[0]);
        while (true)
        {
            ContextIndex index = await IndexOf(projectId, of);
            progress?.Invoke(index);
            if (index.IsWhole || clock.GetElapsedTime(started) >= most || await NextDocument(projectId, of) is not long document)
                return index;
            await Embed(actor, projectId, document, of, embedder, cancellation);
        }
    }

    private async Task<ContextIndex> IndexOf(long projectId, EmbeddedQuery of)
    {
        (int embedded, int all) = await Count(projectId, of);
        return new ContextIndex(of.Model, of.Vector.Length, embedded, all);
    }

    /// <summary>Where the project asks for embeddings; null where it names no endpoint for them.</summary>
    public Task<ModelQuestion?> Endpoint(long projectId) => database.Read(async context =>
        await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == ModelUse.Embeddings) is { } row ? new ModelQuestion(row.Url, row.Model, row.Key, "", "") : null);

    /// <summary>Pieces of the project that have a vector of a model, and all of them.</summary>
    public Task<(int Embedded, int All)> Count(long projectId, EmbeddedQuery of) => database.Read(async context =>
        (await Embedded(context, projectId, of).CountAsync(), await Current(context, projectId).CountAsync()));

    /// <summary>Ids of the pieces nearest to a query by the cosine, nearest first, equal ones in the order of import.</summary>
    internal static async Task<List<long>> Nearest(StudioContext context, long projectId, EmbeddedQuery query, int most)
    {
        var best = new PriorityQueue<long, (float Cosine, long NegativeId)>();
        var rows = from chunk in Embedded(context, projectId, query) join row in context.Embeddings on chunk.Id equals row.ChunkId select new { row.ChunkId, row.Vector };
        await foreach (var row in rows.AsAsyncEnumerable())
        {
            float cosine = Product(query.Vector, MemoryMarshal.Cast<byte, float>(row.Vector));
            if (best.Count < most)
                best.Enqueue(row.ChunkId, (cosine, -row.ChunkId));
            else
                best.EnqueueDequeue(row.ChunkId, (cosine, -row.ChunkId));
        }
        var ids = new List<long>();
        while (best.TryDequeue(out long id, out _))
            ids.Insert(0, id);
        return ids;
    }

    private static IQueryable<StoredChunk> Current(StudioContext context, long projectId) =>
        from chunk in context.Chunks
        join document in context.Documents on chunk.DocumentId equals document.Id
        where document.ProjectId == projectId && document.IsCurrent
        select chunk;

    private static IQueryable<StoredChunk> Embedded(StudioContext context, long projectId, EmbeddedQuery of) =>
        Current(context, projectId).Where(chunk => context.Embeddings.Any(row => row.ChunkId == chunk.Id && row.Model == of.Model && row.Dimension == of.Vector.Length));

    private static IQueryable<StoredChunk> Missing(StudioContext context, long projectId, EmbeddedQuery of) =>
        Current(context, projectId).Where(chunk => !context.Embeddings.Any(row => row.ChunkId == chunk.Id && row.Model == of.Model && row.Dimension == of.Vector.Length));

    private Task<long?> NextDocument(long projectId, EmbeddedQuery of) => database.Read(async context =>
        await Missing(context, projectId, of).OrderBy(chunk => chunk.Id).Select(chunk => (long?)chunk.DocumentId).FirstOrDefaultAsync());

    // The next pieces of a document, as many as are asked for at once.
    private async Task Embed(Actor actor, long projectId, long documentId, EmbeddedQuery of, TextEmbedder embedder, CancellationToken cancellation)
    {
        StoredChunk[] chunks = await database.Read(context => Missing(context, projectId, of).Where(chunk => chunk.DocumentId == documentId).OrderBy(chunk => chunk.Id).Take(AskedAtOnce).ToArrayAsync());
        EmbeddedTexts vectors = await Ask(embedder, [.. chunks.Select(chunk => chunk.Heading == "" ? chunk.Text : $"{chunk.Heading}\n\n{chunk.Text}")], cancellation);
        if (vectors.Model != of.Model || vectors.Vectors[0].Length != of.Vector.Length)
            throw Refused($"became another model while documents were embedded: {vectors.Model} with {vectors.Vectors[0].Length} numbers, before {of.Model} with {of.Vector.Length}");
        StoredEmbedding[] rows = [.. chunks.Zip(vectors.Vectors, (chunk, vector) => new StoredEmbedding { ChunkId = chunk.Id, Model = of.Model, Dimension = vector.Length, Vector = MemoryMarshal.AsBytes(vector.AsSpan()).ToArray() })];
        long[] ids = [.. rows.Select(row => row.ChunkId)];
        await database.Write(async context =>
        {
            await context.Embeddings.Where(row => ids.Contains(row.ChunkId)).ExecuteDeleteAsync();
            context.Embeddings.AddRange(rows);
            await AuditLog.Append(context, clock.Now(), actor, projectId, "document-embedded", $"document/{documentId}", after: new { of.Model, Dimension = of.Vector.Length, Chunks = ids.Length });
        });
    }

    private static async Task<EmbeddedTexts> Ask(TextEmbedder embedder, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        EmbeddedTexts answer = await embedder(texts, cancellation);
        if (answer.Model.Length is 0 or > LongestModel || answer.Model.Any(char.IsControl))
            throw Refused($"has no name of 1 to {LongestModel} characters without control characters");
        if (answer.Vectors.Count != texts.Count)
            throw Refused($"gave {answer.Vectors.Count} vectors for {texts.Count} texts");
        int dimension = answer.Vectors[0].Length;
        if (dimension is 0 or > LargestDimension || answer.Vectors.Any(vector => vector.Length != dimension))
            throw Refused($"gave vectors that are not all of one length between 1 and {LargestDimension}");
        return answer;
    }

    private static RefusedException Refused(string how) => new(Refusal.Upstream, "embeddings-failed", $"The model for embeddings {how}.");

    private static float Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return (float)sum;
    }
}
