using System.Text;
using Emend.Judging;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Verdicts of judges, which are models. They say which side is winning, so annotators do not read them.</summary>
internal static class JudgeRunEndpoints
{
    private const string Path = "/api/projects/{project:long}/judge-runs";
    private const long LargestFile = 64L << 20;

    public static void MapJudgeRuns(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List).For(Role.Manager, Scope.Read);
        routes.MapPost(Path, Begin).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapPost(Path + "/verdicts", Keep).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapGet(Path + "/{run:long}", async (long project, long run, JudgeRuns runs) => JudgeRunDetail.Of(await runs.Get(project, run))).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapGet(Path + "/{run:long}/verdicts.jsonl", async (long project, long run, JudgeRuns runs) => TypedResults.Text((await runs.Get(project, run)).Verdicts, "application/jsonl", Encoding.UTF8)).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapPost(Path + "/{run:long}/go", (long project, long run, GoRequest request, HttpContext http, JudgeAsking asking) =>
            asking.Go(http.Caller().Actor, project, run, request.From, request.Limits, http.RequestAborted)).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<Page<JudgeRunView>> List(long project, long? after, int? limit, JudgeRuns runs)
    {
        var paging = new Paging(after, limit);
        return Page<JudgeRunView>.Of(await runs.List(project, paging.From, paging.Size + 1), paging.Size, run => run.Id);
    }

    private static async Task<Created<JudgeRunView>> Begin(long project, NewJudgeRun request, HttpContext http, JudgeAsking asking) => Made(project, await asking.Begin(http.Caller().Actor, project, request));

    /// <summary>The body is the file that emend judge wrote; a and b say what its two sides are.</summary>
    private static async Task<Created<JudgeRunView>> Keep(long project, string? name, string? a, string? b, HttpContext http, JudgeRuns runs)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = LargestFile;
        using var body = new StreamReader(http.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: false));
        string lines = await body.ReadToEndAsync(http.RequestAborted);
        IReadOnlyList<VerdictRow> rows = VerdictRow.Read(lines, "verdicts");
        return Made(project, await runs.Keep(http.Caller().Actor, project, new NewVerdicts(name ?? "", a ?? "", b ?? "", rows[0].Model, rows[0].Endpoint, rows.Count, rows.Count(row => row.Said.Vote is null), lines)));
    }

    private static Created<JudgeRunView> Made(long project, JudgeRunView run) => TypedResults.Created($"/api/projects/{project}/judge-runs/{run.Id}", run);

    internal sealed record GoRequest(int From = 0, AskingLimits? Limits = null);
}
