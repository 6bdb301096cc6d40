using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Guideline, gold items, blind reviews, adjudication, and the figures of people and of their agreement.</summary>
internal static class QualityEndpoints
{
    public static void MapQuality(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/guideline", GetGuideline).For(Role.Viewer, Scope.Read);
        routes.MapPut("/api/projects/{project:long}/guideline", PutGuideline).For(Role.Manager, Scope.Manage);

        routes.MapPut("/api/projects/{project:long}/items/{item:long}/gold", (long project, long item, Answer answer, HttpContext http, Gold gold, bool attention = false) =>
            gold.Set(http.Caller().Actor, project, item, answer, attention)).For(Role.Manager, Scope.Manage);
        routes.MapDelete("/api/projects/{project:long}/items/{item:long}/gold", (long project, long item, HttpContext http, Gold gold) =>
            gold.Clear(http.Caller().Actor, project, item)).For(Role.Manager, Scope.Manage);

        routes.MapPost("/api/projects/{project:long}/reviews/next", async (long project, HttpContext http, Reviews reviews) =>
            new NextReview(await reviews.Next(project, http.Caller().Id))).For(Role.Annotator, Scope.Work);
        routes.MapPost("/api/projects/{project:long}/reviews/{review:long}", (long project, long review, VerdictRequest request, HttpContext http, Reviews reviews) =>
            reviews.Decide(http.Caller().Actor, project, review, request.Better, request.Note)).For(Role.Annotator, Scope.Work);
        routes.MapGet("/api/projects/{project:long}/reviews", (long project, Reviews reviews) => reviews.Figures(project)).For(Role.Adjudicator, Scope.Read);

        routes.MapGet("/api/projects/{project:long}/disputes", ListDisputes).For(Role.Adjudicator, Scope.Read);
        routes.MapGet("/api/projects/{project:long}/disputes/{item:long}", (long project, long item, Adjudication adjudication) =>
            adjudication.Get(project, item)).For(Role.Adjudicator, Scope.Read);
        routes.MapPost("/api/projects/{project:long}/disputes/{item:long}", (long project, long item, ResolveRequest request, HttpContext http, Adjudication adjudication) =>
            adjudication.Resolve(http.Caller().Actor, project, item, request.Answer, request.Cause, request.Note)).For(Role.Adjudicator, Scope.Work);

        routes.MapGet("/api/projects/{project:long}/annotators", (long project, Statistics statistics) => statistics.Annotators(project)).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapGet("/api/projects/{project:long}/agreement", (long project, Statistics statistics, string source = "people") => statistics.Agreement(project, source)).For(Role.Viewer, Scope.Read).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<ShownGuideline> GetGuideline(long project, int? number, HttpContext http, Guidelines guidelines)
    {
        GuidelineView view = await guidelines.Get(project, number);
        return http.WithEtag(new ShownGuideline(view.Number, view.Markdown, SafeMarkdown.ToHtml(view.Markdown), view.CreatedAt, view.Author), view.Number);
    }

    private static async Task<ShownGuideline> PutGuideline(long project, GuidelineRequest request, HttpContext http, Guidelines guidelines)
    {
        int number = await guidelines.Add(http.Caller().Actor, project, http.Request.SeenVersion(), request.Markdown);
        return await GetGuideline(project, number, http, guidelines);
    }

    private static async Task<Page<DisputedItem>> ListDisputes(long project, bool? open, long? after, int? limit, Adjudication adjudication)
    {
        var paging = new Paging(after, limit);
        return Page<DisputedItem>.Of(await adjudication.List(project, open ?? true, paging.From, paging.Size + 1), paging.Size, item => item.ItemId);
    }

    internal sealed record ShownGuideline(int Number, string Markdown, string Html, DateTime? CreatedAt, string? Author);

    internal sealed record GuidelineRequest(string Markdown);

    internal sealed record NextReview(ReviewView? Review);

    internal sealed record VerdictRequest(int? Better = null, string? Note = null);

    internal sealed record ResolveRequest(Answer Answer, string Cause, string? Note = null);
}
