using System.Text;
using Emend.Store;
using Emend.Suites;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Results of test suites, kept with the versions that they tested. They hold answers by version, so annotators, who may be blind, do not read them.</summary>
internal static class SuiteRunEndpoints
{
    private const string Path = "/api/projects/{project:long}/prompts/{prompt:long}/suite-runs";
    private const long LargestFile = 64L << 20;

    public static void MapSuiteRuns(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List).For(Role.Manager, Scope.Read);
        routes.MapPost(Path, Add).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapGet(Path + "/{run:long}", Get).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<Page<SuiteRunView>> List(long project, long prompt, long? after, int? limit, SuiteRuns runs)
    {
        var paging = new Paging(after, limit);
        return Page<SuiteRunView>.Of(await runs.List(project, prompt, paging.From, paging.Size + 1), paging.Size, run => run.Id);
    }

    /// <summary>The body is the file that emend suite run wrote.</summary>
    private static async Task<Created<KeptRuns>> Add(long project, long prompt, HttpContext http, SuiteRuns runs)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = LargestFile;
        using var body = new StreamReader(http.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: false));
        (List<SuiteRunView> kept, List<string> others, List<string> metrics) = await runs.Add(http.Caller().Actor, project, prompt, SuiteRunRows.Measured(SuitePart.Read(await body.ReadToEndAsync(http.RequestAborted), "results")));
        return TypedResults.Created((string?)null, new KeptRuns(kept, others, metrics));
    }

    /// <summary>A run case by case, and against another where one is named.</summary>
    private static async Task<SuiteRunDetail> Get(long project, long prompt, long run, long? against, double? flagBelow, SuiteRuns runs)
    {
        (SuiteRunView view, string rows) = await runs.Get(project, prompt, run);
        SuiteResults results = SuitePart.Read(rows, "results");
        TokenFlags? tokens = TokenFlags.Of(results.Tokens, flagBelow ?? 0);
        if (against is not long other)
            return new SuiteRunDetail(view, tokens, null, [.. results.Cases.Select(row => new ShownCase(row, null, null))]);
        (SuiteRunView before, string old) = await runs.Get(project, prompt, other);
        if (before.Suite != view.Suite)
            throw RefusedException.Invalid(new Emend.Feedback.FieldProblem("against", $"run {other} is of the suite {before.Suite}, and this one of {view.Suite}; a run of the same suite is expected"));
        SuiteComparison comparison = SuiteComparison.Of(SuitePart.Read(old, "results"), results, "results")[0];
        return new SuiteRunDetail(view, tokens, Against.Of(before, comparison), [.. comparison.Cases.Select(one => new ShownCase(one.Now, one.Before, one.Change))]);
    }

    /// <param name="Others">What the file calls versions that are none of this prompt's; their rows were not kept.</param>
    /// <param name="Metrics">Those that the versions have from it now, by name.</param>
    internal sealed record KeptRuns(IReadOnlyList<SuiteRunView> Items, IReadOnlyList<string> Others, IReadOnlyList<string> Metrics);

    /// <param name="Tokens">How well low token rewards point at what people edited in the originals; null where no reward model was there.</param>
    internal sealed record SuiteRunDetail(SuiteRunView Run, TokenFlags? Tokens, Against? Against, IReadOnlyList<ShownCase> Cases);

    /// <param name="Before">The case in the run that this one is compared with.</param>
    internal sealed record ShownCase(CaseRow Now, CaseRow? Before, CaseChange? Change);

    /// <param name="Missing">Cases of the other run that this one does not have.</param>
    /// <param name="PValue">Of equal versions: McNemar's exact test of fixed against regressed cases.</param>
    internal sealed record Against(SuiteRunView Run, bool Passed, int Regressed, int Fixed, int StillPasses, int StillFails, int New, IReadOnlyList<string> Missing, double PValue)
    {
        public static Against Of(SuiteRunView run, SuiteComparison comparison) => new(run, comparison.Passed, comparison.Count(CaseChange.Regressed), comparison.Count(CaseChange.Fixed), comparison.Count(CaseChange.StillPasses),
            comparison.Count(CaseChange.StillFails), comparison.Count(CaseChange.New), comparison.Missing, comparison.PValue);
    }
}
