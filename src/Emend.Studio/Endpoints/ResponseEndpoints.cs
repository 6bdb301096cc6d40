using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Stored responses. They say which version wrote what, so annotators, who may be blind, do not read them.</summary>
internal static class ResponseEndpoints
{
    private const string Path = "/api/projects/{project:long}/responses";

    public static void MapResponses(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, Add).For(Role.Manager, Scope.Manage);
        routes.MapGet(Path, List).For(Role.Manager, Scope.Read);
        routes.MapGet(Path + "/{response:long}", (long project, long response, Responses responses) => responses.Get(project, response)).For(Role.Manager, Scope.Read);
        routes.MapGet(Path + "/{response:long}/use", (long project, long response, ResponsesInUse responses) => responses.Get(project, response)).For(Role.Manager, Scope.Read);
        routes.MapGet("/api/projects/{project:long}/items/{item:long}/responses", (long project, long item, ResponsesInUse responses) => responses.OfItem(project, item)).For(Role.Manager, Scope.Read);
        routes.MapGet("/api/projects/{project:long}/prompts/{prompt:long}/responses", OfPrompt).For(Role.Manager, Scope.Read);
        routes.MapPost("/api/projects/{project:long}/prompts/{prompt:long}/versions/{version}/responses", (long project, long prompt, string version, ResponsesRequest request, HttpContext http, ResponseMaking making) =>
            making.Make(http.Caller().Actor, project, prompt, version, request, http.RequestAborted)).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<Results<Created<ResponseView>, Ok<ResponseView>>> Add(
        long project, NewResponse request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, Responses responses)
    {
        (ResponseView response, bool isReplay) = await responses.Add(http.Caller().Actor, project, request, key);
        return isReplay ? TypedResults.Ok(response) : TypedResults.Created($"/api/projects/{project}/responses/{response.Id}", response);
    }

    private static async Task<Page<ResponseView>> List(long project, long? prompt, long? after, int? limit, Responses responses)
    {
        var paging = new Paging(after, limit);
        return Page<ResponseView>.Of(await responses.List(project, prompt, paging.From, paging.Size + 1), paging.Size, response => response.Id);
    }

    private static async Task<Page<ResponseInUse>> OfPrompt(long project, long prompt, string? version, long? after, int? limit, ResponsesInUse responses)
    {
        var paging = new Paging(after, limit);
        return Page<ResponseInUse>.Of(await responses.List(project, prompt, version, paging.From, paging.Size + 1), paging.Size, found => found.Response.Id);
    }
}
