using Emend.Feedback;
using Emend.Feedback.Context;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Documents that contexts are made of: import, list, remove, search, and the view of a budget.</summary>
internal static class DocumentEndpoints
{
    private const string Path = "/api/projects/{project:long}/documents";
    private const int MostFound = 50;
    private const int LongestQuery = 10_000;

    /// <summary>Of one request that makes the index; whoever wants more of it asks again.</summary>
    private static readonly TimeSpan MostIndexing = TimeSpan.FromSeconds(15);

    public static void MapDocuments(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List).For(Role.Viewer, Scope.Read);
        routes.MapPost(Path, Import).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapDelete(Path + "/{document:long}", (long project, long document, HttpContext http, Documents documents) =>
            documents.Remove(http.Caller().Actor, project, document)).For(Role.Manager, Scope.Manage);
        routes.MapPost(Path + "/index", MakeIndex).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapGet(Path + "/search", Search).For(Role.Viewer, Scope.Read);
        routes.MapPost("/api/projects/{project:long}/context", Build).For(Role.Viewer, Scope.Read);
    }

    private static async Task<Page<DocumentView>> List(long project, long? after, int? limit, Documents documents)
    {
        var paging = new Paging(after, limit);
        return Page<DocumentView>.Of(await documents.List(project, paging.From, paging.Size + 1), paging.Size, document => document.Id);
    }

    /// <summary>The body is the file itself; its name says what it was written as.</summary>
    private static async Task<Results<Created<DocumentView>, Ok<DocumentView>>> Import(long project, HttpContext http, Documents documents, string name = "", int priority = 0)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = DocumentText.LargestFile;
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        DocumentFormat format = DocumentText.FormatOf(name);
        string shown = name.Length is 0 or > 200 ? "document" : name;
        (DocumentView view, bool isNew) = await documents.Import(http.Caller().Actor, project, name, format, DocumentText.Read(shown, format, body.ToArray()), priority, await documents.CounterOf(project));
        return isNew ? TypedResults.Created((string?)null, view) : TypedResults.Ok(view);
    }

    private static async Task<FoundChunks> Search(long project, string q, HttpContext http, Documents documents, Embeddings embeddings, ModelCalls calls)
    {
        CheckQuery("q", q);
        NearQuery? near = await Near(project, q, http, embeddings, calls);
        return new FoundChunks(await documents.Search(project, q, MostFound, near?.Near), near?.Index);
    }

    private static async Task<ContextView> Build(long project, BuildRequest request, HttpContext http, Documents documents, Embeddings embeddings, ModelCalls calls)
    {
        CheckQuery("query", request.Query);
        NearQuery? near = await Near(project, request.Query, http, embeddings, calls);
        BuiltContext built = await documents.Build(project, request.Query, request.Budget, await documents.CounterOf(project), near?.Near);
        return new ContextView(built.Block, built.Hash, built.Tokens, built.Budget, built.Counter, built.Entries, near?.Index);
    }

    /// <summary>Goes on with the index for a while, and says how far it is.</summary>
    private static async Task<ContextIndex> MakeIndex(long project, HttpContext http, Embeddings embeddings, ModelCalls calls)
    {
        ModelQuestion endpoint = await embeddings.Endpoint(project) ?? throw new RefusedException(Refusal.Conflict, "no-model", "The project names no model for embeddings; its settings do.");
        return await embeddings.Make(http.Caller().Actor, project, (texts, cancellation) => calls.Embed(endpoint, texts, cancellation), progress: null, MostIndexing, http.RequestAborted);
    }

    /// <summary>The query's vector, where the index is whole; null where the project names no model for embeddings or nothing is asked.</summary>
    private static async Task<NearQuery?> Near(long project, string query, HttpContext http, Embeddings embeddings, ModelCalls calls) =>
        query.Trim() == "" || await embeddings.Endpoint(project) is not { } endpoint ? null
            : await embeddings.Near(project, query, (texts, cancellation) => calls.Embed(endpoint, texts, cancellation), http.RequestAborted);

    private static void CheckQuery(string field, string query)
    {
        if (query.Length > LongestQuery)
            throw RefusedException.Invalid(new FieldProblem(field, $"has {query.Length} characters; at most {LongestQuery} are expected"));
    }

    /// <param name="Index">How far the index is; null where no model for embeddings was asked. Not whole: words alone were searched.</param>
    internal sealed record FoundChunks(List<FoundChunk> Items, ContextIndex? Index);

    /// <summary>A BuiltContext with the same.</summary>
    internal sealed record ContextView(string Block, string Hash, int Tokens, int Budget, string Counter, IReadOnlyList<ContextEntry> Entries, ContextIndex? Index);

    internal sealed record BuildRequest(string Query, int Budget = ContextBudget.DefaultTokens);
}
