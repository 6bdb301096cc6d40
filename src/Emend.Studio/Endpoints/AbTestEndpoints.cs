using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>A/B tests of stored responses. Those who vote do not read them: what is winning must not lead anybody.</summary>
internal static class AbTestEndpoints
{
    private const string Path = "/api/projects/{project:long}/ab-tests";

    public static void MapAbTests(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (long project, AbTests tests) => tests.List(project)).For(Role.Manager, Scope.Read);
        routes.MapPost(Path, Create).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapGet(Path + "/{test:long}", (long project, long test, AbTests tests) => tests.Read(project, test)).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapPost(Path + "/{test:long}/look", async (long project, long test, HttpContext http, AbTests tests) =>
        {
            await tests.Look(http.Caller().Actor, project, test);
            return await tests.Read(project, test);
        }).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapPost(Path + "/{test:long}/stop", async (long project, long test, StopRequest request, HttpContext http, AbTests tests) =>
        {
            await tests.Stop(http.Caller().Actor, project, test, request.Reason);
            return await tests.Read(project, test);
        }).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<Created<AbTestView>> Create(long project, NewAbTest request, HttpContext http, AbTests tests, Ordering ordering)
    {
        AbTestView view = await tests.Create(http.Caller().Actor, project, request);
        await ordering.Apply(project);
        return TypedResults.Created($"/api/projects/{project}/ab-tests/{view.Id}", view);
    }

    internal sealed record StopRequest(string Reason);
}
