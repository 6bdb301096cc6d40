using Emend.Feedback;
using Emend.Feedback.Context;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A document as lists show it.</summary>
public sealed record DocumentView(long Id, string Name, DocumentFormat Format, int Priority, int Chunks, int Tokens, string TextHash, string Actor, DateTime CreatedAt);

/// <summary>A piece that a search found; higher scores fit better.</summary>
public sealed record FoundChunk(long DocumentId, string Document, int Priority, int Position, string Heading, string Text, int Tokens, double Score);

/// <summary>Documents of projects: imported, split, searched, and packed into contexts. Format: docs/formats/context.md.</summary>
public sealed class Documents(Database database, Tokenizers tokenizers, TimeProvider clock)
{
    /// <summary>Pieces of a search that compete for a budget.</summary>
    private const int MostFound = 200, MostPinned = 2000;

    /// <summary>Pieces that are taken for near: every piece has some distance, and those far away are no finds.</summary>
    private const int MostNear = 20;

    private const int MostWords = 64;

    /// <summary>k of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, SIGIR, section 2).</summary>
    private const double RankOffset = 60;

    /// <summary>What the project's texts are counted with: its tokenizer, or a guess where it has none.</summary>
    public Task<TokenCounter> CounterOf(long projectId) => database.Read(async context =>
        await context.Projects.Where(row => row.Id == projectId).Select(row => row.Tokenizer).SingleAsync() is string name ? TokenCounter.Of(tokenizers.Load(name)) : TokenCounter.Guess);

    /// <summary>Imports a text under a name; the same text again changes nothing but the priority, another text takes over. IsNew: something was imported.</summary>
    public async Task<(DocumentView Document, bool IsNew)> Import(Actor actor, long projectId, string name, DocumentFormat format, string text, int priority, TokenCounter counter)
    {
        if (name.Trim().Length is 0 or > 200 || name.Any(char.IsControl))
            throw RefusedException.Invalid(new FieldProblem("name", "1 to 200 characters without control characters are expected"));
        if (priority is < 0 or > 1000)
            throw RefusedException.Invalid(new FieldProblem("priority", $"{priority} is not between 0 and 1000"));
        IReadOnlyList<DocumentChunk> chunks = DocumentSplitter.Split(text, counter);        // before the transaction: nobody waits for it
        return await database.Write(context => Store(context, actor, projectId, name.Trim(), format, text, priority, chunks));
    }

    public Task<List<DocumentView>> List(long projectId, long after, int limit) => database.Read(async context =>
    {
        List<StoredDocument> rows = await context.Documents.Where(row => row.ProjectId == projectId && row.IsCurrent && row.Id > after).OrderBy(row => row.Id).Take(limit).ToListAsync();
        var views = new List<DocumentView>();
        foreach (StoredDocument row in rows)
            views.Add(await View(context, row));
        return views;
    });

    /// <summary>Takes a document out of searches; what was injected from it stays on record.</summary>
    public Task Remove(Actor actor, long projectId, long documentId) => database.Write(async context =>
    {
        await PromptRows.CheckOpen(context, projectId);
        StoredDocument row = await context.Documents.SingleOrDefaultAsync(row => row.Id == documentId && row.ProjectId == projectId && row.IsCurrent) ?? throw RefusedException.NotFound("document");
        row.IsCurrent = false;
        await AuditLog.Append(context, clock.Now(), actor, projectId, "document-removed", $"document/{row.Id}", before: new { row.Name, row.TextHash });
    });

    /// <summary>Pieces with any of the words, best first; ties in the order of import. No words, no pieces.</summary>
    /// <param name="near">Finds what is near the query too, by <see cref="Embeddings"/>; the two orders become one by the sum of 1/(60 + rank).</param>
    public Task<List<FoundChunk>> Search(long projectId, string query, int limit, EmbeddedQuery? near = null) => database.Read(context => Found(context, projectId, query, limit, near));

    /// <summary>Packs what a search finds, and documents with a priority, into a block of at most the budget in tokens of the counter.</summary>
    public Task<BuiltContext> Build(long projectId, string query, int budget, TokenCounter counter, EmbeddedQuery? near = null) => database.Read(async context =>
    {
        if (budget is < 0 or > 1_000_000)
            throw RefusedException.Invalid(new FieldProblem("budget", $"{budget} is not between 0 and 1000000 tokens"));
        List<FoundChunk> found = await Found(context, projectId, query, MostFound, near);
        var scores = found.ToDictionary(chunk => (chunk.DocumentId, chunk.Position), chunk => chunk.Score);
        var pinned = await (from chunk in context.Chunks
                            join document in context.Documents on chunk.DocumentId equals document.Id
                            where document.ProjectId == projectId && document.IsCurrent && document.Priority > 0
                            orderby document.Priority descending, document.Id, chunk.Position
                            select new { DocumentId = document.Id, document.Name, document.Priority, chunk.Position, chunk.Heading, chunk.Text }).Take(MostPinned).ToListAsync();
        IEnumerable<ContextCandidate> candidates = pinned.Select(row => new ContextCandidate(row.Name, row.Position, row.Heading, row.Text, row.Priority, scores.GetValueOrDefault((row.DocumentId, row.Position))))
            .Concat(found.Where(chunk => chunk.Priority == 0).Select(chunk => new ContextCandidate(chunk.Document, chunk.Position, chunk.Heading, chunk.Text, 0, chunk.Score)));
        return ContextBudget.Pack([.. candidates], budget, counter);
    });

    private async Task<(DocumentView, bool)> Store(StudioContext context, Actor actor, long projectId, string name, DocumentFormat format, string text, int priority, IReadOnlyList<DocumentChunk> chunks)
    {
        await PromptRows.CheckOpen(context, projectId);
        string hash = StoreJson.Hash(text);
        DateTime now = clock.Now();
        StoredDocument? before = await context.Documents.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Name == name && row.IsCurrent);
        if (before?.TextHash == hash)
        {
            if (before.Priority != priority)
                await AuditLog.Append(context, now, actor, projectId, "document-changed", $"document/{before.Id}", new { before.Priority }, new { priority });
            before.Priority = priority;
            return (await View(context, before), false);
        }
        if (before is not null)
        {
            before.IsCurrent = false;
            await context.SaveChangesAsync();       // the name is free for the newer one
        }
        var row = new StoredDocument { ProjectId = projectId, Name = name, Format = format, Text = text, TextHash = hash, Priority = priority, IsCurrent = true, AccountId = actor.AccountId, Actor = actor.Name, CreatedAt = now };
        context.Documents.Add(row);
        await context.SaveChangesAsync();
        context.Chunks.AddRange(chunks.Select(chunk => new StoredChunk { DocumentId = row.Id, Position = chunk.Position, Heading = chunk.Heading, Text = chunk.Text, Tokens = chunk.Tokens }));
        await AuditLog.Append(context, now, actor, projectId, "document-imported", $"document/{row.Id}", before is null ? null : new { Document = before.Id, before.TextHash }, new { row.Name, row.TextHash, Chunks = chunks.Count });
        await context.SaveChangesAsync();
        return (await View(context, row), true);
    }

    private static async Task<DocumentView> View(StudioContext context, StoredDocument row) => new(row.Id, row.Name, row.Format, row.Priority,
        await context.Chunks.CountAsync(chunk => chunk.DocumentId == row.Id), await context.Chunks.Where(chunk => chunk.DocumentId == row.Id).SumAsync(chunk => chunk.Tokens), row.TextHash, row.Actor, row.CreatedAt);

    private static async Task<List<FoundChunk>> Found(StudioContext context, long projectId, string query, int limit, EmbeddedQuery? near)
    {
        string[] words = [.. Words(query).Distinct().Take(MostWords)];
        List<Hit> hits = words.Length == 0 ? []
            : context.Database.IsNpgsql() ? await InPostgres(context, projectId, words, near is null ? limit : MostFound) : await InSqlite(context, projectId, words, near is null ? limit : MostFound);
        if (near is not null)
            hits = Fused([.. hits.Select(hit => hit.Id)], await Embeddings.Nearest(context, projectId, near, MostNear), limit);
        long[] ids = [.. hits.Select(hit => hit.Id)];
        var rows = await (from chunk in context.Chunks
                          join document in context.Documents on chunk.DocumentId equals document.Id
                          where ids.Contains(chunk.Id)
                          select new { chunk, document.Name, document.Priority }).ToDictionaryAsync(row => row.chunk.Id);
        return hits.ConvertAll(hit => rows[hit.Id] is var row ? new FoundChunk(row.chunk.DocumentId, row.Name, row.Priority, row.chunk.Position, row.chunk.Heading, row.chunk.Text, row.chunk.Tokens, hit.Score) : throw new InvalidOperationException());
    }

    private static List<Hit> Fused(List<long> byWords, List<long> byNearness, int limit)
    {
        var scores = new Dictionary<long, double>();
        foreach (List<long> order in (List<long>[])[byWords, byNearness])
        {
            foreach ((int place, long id) in order.Index())
                scores[id] = scores.GetValueOrDefault(id) + 1 / (RankOffset + place + 1);
        }
        return [.. scores.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).Take(limit).Select(entry => new Hit(entry.Key, entry.Value))];
    }

    // Words are letters and digits alone, in quotes: nothing of a query is read as the engine's own syntax.
    private static Task<List<Hit>> InSqlite(StudioContext context, long projectId, string[] words, int limit)
    {
        string match = string.Join(" OR ", words.Select(word => $"\"{word}\""));
        return context.Database.SqlQuery<Hit>($"""
            SELECT c."Id" AS "Id", -bm25("ContextIndex") AS "Score"
              FROM "ContextIndex" JOIN "ContextChunks" c ON c."Id" = "ContextIndex".rowid JOIN "ContextDocuments" d ON d."Id" = c."DocumentId"
             WHERE "ContextIndex" MATCH {match} AND d."ProjectId" = {projectId} AND d."IsCurrent" = 1
             ORDER BY "Score" DESC, c."Id" LIMIT {limit}
            """).ToListAsync();
    }

    private static Task<List<Hit>> InPostgres(StudioContext context, long projectId, string[] words, int limit)
    {
        string match = string.Join(" | ", words.Select(word => $"'{word}'"));
        return context.Database.SqlQuery<Hit>($"""
            SELECT c."Id" AS "Id", ts_rank_cd(to_tsvector('simple', c."Heading" || ' ' || c."Text"), q)::double precision AS "Score"
              FROM to_tsquery('simple', {match}) q, "ContextChunks" c JOIN "ContextDocuments" d ON d."Id" = c."DocumentId"
             WHERE to_tsvector('simple', c."Heading" || ' ' || c."Text") @@ q AND d."ProjectId" = {projectId} AND d."IsCurrent"
             ORDER BY "Score" DESC, c."Id" LIMIT {limit}
            """).ToListAsync();
    }

    private static IEnumerable<string> Words(string text)
    {
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool part = i < text.Length && char.IsLetterOrDigit(text[i]);
            if (part && start < 0)
                start = i;
            if (part || start < 0)
                continue;
            yield return text[start..i].ToLowerInvariant();
            start = -1;
        }
    }

    private sealed record Hit(long Id, double Score);
}
