using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Images and sounds: uploaded as they are, served as what their bytes are and as nothing else, dictated notes, and all of them as one file.</summary>
internal static class MediaEndpoints
{
    // A browser that opens one by its address gets a file to save, and a page that may do nothing.
    private const string NothingRuns = "default-src 'none'; sandbox";

    public static void MapMedia(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/projects/{project:long}/media", async (long project, HttpContext http, MediaFiles media) =>
            Stored(await media.Add(http.Caller().Actor, project, http.Request.ContentType, await Body(http)))).For(Role.Manager, Scope.Manage);
        routes.MapGet("/api/projects/{project:long}/media", async (long project, long? after, int? limit, MediaFiles media) =>
        {
            var paging = new Paging(after, limit);
            return Page<MediaView>.Of(await media.List(project, paging.From, paging.Size + 1), paging.Size, row => row.Id);
        }).For(Role.Manager, Scope.Read);
        routes.MapGet("/api/projects/{project:long}/media/{hash}", Serve).For(Role.Annotator, Scope.Read);
        routes.MapPost("/api/projects/{project:long}/assignments/{assignment:long}/notes", async (long project, long assignment, HttpContext http, MediaFiles media) =>
            Stored(await media.AddNote(http.Caller().Actor, project, assignment, http.Request.ContentType, await Body(http)))).For(Role.Annotator, Scope.Work).RequireRateLimiting(Limits.Bulk);
        routes.MapGet("/api/projects/{project:long}/exports/media.tar", async (long project, HttpContext http, MediaFiles media) =>
        {
            http.Response.ContentType = "application/x-tar";
            http.Response.Headers.ContentDisposition = $"attachment; filename=\"project-{project}-media.tar\"";
            await media.WriteTar(project, http.Response.Body, http.RequestAborted);
        }).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<FileContentHttpResult> Serve(long project, string hash, HttpContext http, MediaFiles media)
    {
        MediaContent file = await media.Get(project, hash);
        http.Response.Headers.ContentSecurityPolicy = NothingRuns;
        return TypedResults.File(file.Content, file.Type, file.FileName, enableRangeProcessing: true);
    }

    private static async Task<byte[]> Body(HttpContext http)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = MediaFiles.LargestBytes;
        using var whole = new MemoryStream();
        await http.Request.Body.CopyToAsync(whole, http.RequestAborted);
        return whole.ToArray();
    }

    private static Results<Created<MediaView>, Ok<MediaView>> Stored(MediaView view) => view.IsNew ? TypedResults.Created((string?)null, view) : TypedResults.Ok(view);
}
