using System.Text;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Where people differ and why, and how the feedback came about. People are numbers unless names are asked for.</summary>
internal static class AnalysisEndpoints
{
    public static void MapAnalysis(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/subjectivity", (long project, Subjectivity subjectivity, string source = "people", string topic = "topic", bool names = false) =>
            subjectivity.Report(project, source, topic, names)).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapGet("/api/projects/{project:long}/protocol", (long project, Protocol protocol, bool names = false) =>
            protocol.Report(project, names)).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapGet("/api/projects/{project:long}/protocol.md", ProtocolAsMarkdown).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapGet("/api/projects/{project:long}/items/{item:long}/history", (long project, long item, ItemHistory history) =>
            history.Get(project, item)).For(Role.Adjudicator, Scope.Read);
        routes.MapGet("/api/projects/{project:long}/edit-rates", (long project, RatesOfEdits rates, string source = "people", string field = RatesOfEdits.Origin) =>
            rates.Report(project, source, field)).For(Role.Adjudicator, Scope.Read).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<IResult> ProtocolAsMarkdown(long project, Protocol protocol, bool names = false) =>
        Results.File(Encoding.UTF8.GetBytes(ProtocolMarkdown.Of(await protocol.Report(project, names))), "text/markdown; charset=utf-8", $"project-{project}-protocol.md");
}
