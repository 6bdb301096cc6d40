using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>A project's answers as files that training reads.</summary>
internal static class ExportEndpoints
{
    public static void MapExports(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/projects/{project:long}/exports/{dataset}.jsonl", Write).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);

    private static async Task Write(long project, string dataset, HttpContext http, Exports exports)
    {
        // A closed list of lower-case words; never a name that is looked up.
        Dataset wanted = Enum.GetValues<Dataset>().Select(value => (Dataset?)value).FirstOrDefault(value => value.ToString()!.ToLowerInvariant() == dataset)
            ?? throw RefusedException.NotFound("data set");
        http.Response.ContentType = "application/jsonl; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"project-{project}-{dataset}.jsonl\"";
        await exports.Write(project, wanted, http.Response.Body, http.RequestAborted);
    }
}
