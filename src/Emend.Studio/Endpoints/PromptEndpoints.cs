using Emend.Feedback.Prompts;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>The prompt registry: prompts, versions, branches, merges, labels, metrics. A version is named by number, label, branch or hash.</summary>
internal static class PromptEndpoints
{
    private const string Project = "/api/projects/{project:long}";
    private const string Prompt = Project + "/prompts/{prompt:long}";

    public static void MapPrompts(this IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Project}/prompts", List).For(Role.Viewer, Scope.Read);
        routes.MapPost($"{Project}/prompts", Create).For(Role.Manager, Scope.Manage);
        routes.MapGet(Prompt, (long project, long prompt, Prompts prompts) => prompts.Get(project, prompt)).For(Role.Viewer, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapGet($"{Prompt}/events", Events).For(Role.Viewer, Scope.Read);
        routes.MapGet($"{Prompt}/versions/{{version}}", GetVersion).For(Role.Viewer, Scope.Read);
        routes.MapPost($"{Prompt}/versions/{{version}}/render", Render).For(Role.Viewer, Scope.Read);
        routes.MapPost($"{Prompt}/versions/{{version}}/metrics", Record).For(Role.Manager, Scope.Manage);
        routes.MapGet($"{Prompt}/diff", (long project, long prompt, string from, string to, PromptVersions versions) => versions.Diff(project, prompt, from, to)).For(Role.Viewer, Scope.Read).RequireRateLimiting(Limits.Bulk);

        routes.MapPost($"{Prompt}/branches", Branch).For(Role.Manager, Scope.Manage);
        routes.MapPost($"{Prompt}/branches/{{branch}}/versions", Commit).For(Role.Manager, Scope.Manage);
        routes.MapGet($"{Prompt}/branches/{{branch}}/merge", (long project, long prompt, string branch, string from, PromptVersions versions) =>
            versions.PreviewMerge(project, prompt, branch, from)).For(Role.Viewer, Scope.Read).RequireRateLimiting(Limits.Bulk);
        routes.MapPost($"{Prompt}/branches/{{branch}}/merge", Merge).For(Role.Manager, Scope.Manage);
        routes.MapPost($"{Prompt}/branches/{{branch}}/rollback", RollBack).For(Role.Manager, Scope.Manage);

        routes.MapGet($"{Prompt}/labels/{{label}}", GetLabel).For(Role.Viewer, Scope.Read);
        routes.MapPut($"{Prompt}/labels/{{label}}", MoveLabel).For(Role.Manager, Scope.Manage);
    }

    private static async Task<Page<PromptSummary>> List(long project, long? after, int? limit, Prompts prompts)
    {
        var paging = new Paging(after, limit);
        return Page<PromptSummary>.Of(await prompts.List(project, paging.From, paging.Size + 1), paging.Size, prompt => prompt.Id);
    }

    private static async Task<Results<Created<PromptView>, Ok<PromptView>>> Create(
        long project, NewPrompt request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, Prompts prompts)
    {
        (PromptView prompt, bool isReplay) = await prompts.Create(http.Caller().Actor, project, request, key);
        return isReplay ? TypedResults.Ok(prompt) : TypedResults.Created($"/api/projects/{project}/prompts/{prompt.Id}", prompt);
    }

    private static async Task<Page<PromptEventView>> Events(long project, long prompt, long? after, int? limit, Prompts prompts)
    {
        var paging = new Paging(after, limit);
        return Page<PromptEventView>.Of(await prompts.Events(project, prompt, paging.From, paging.Size + 1), paging.Size, happened => happened.Id);
    }

    private static async Task<VersionView> GetVersion(long project, long prompt, string version, HttpContext http, PromptVersions versions)
    {
        VersionView view = await versions.Get(project, prompt, version);
        return http.WithEtag(view, view.Number);
    }

    private static async Task<RenderedView> Render(long project, long prompt, string version, RenderRequest request, PromptVersions versions)
    {
        VersionView view = await versions.Get(project, prompt, version);
        RenderedPrompt rendered = PromptRenderer.Render(view.Content, request.Variables);
        return new RenderedView(view.Number, view.Hash, [.. rendered.Messages.Select(message => new MessageView(message.Role, message.Content, [.. message.Values.Select(value => new ValueView(value.Start, value.End))]))]);
    }

    private static async Task<Results<Created<VersionSummary>, Ok<VersionSummary>>> Record(
        long project, long prompt, string version, NewMetric request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, PromptMetrics metrics)
    {
        (VersionSummary summary, bool isReplay) = await metrics.Record(http.Caller().Actor, project, prompt, version, request, key);
        return isReplay ? TypedResults.Ok(summary) : TypedResults.Created((string?)null, summary);
    }

    private static async Task<Created<BranchView>> Branch(long project, long prompt, BranchRequest request, HttpContext http, PromptVersions versions) =>
        TypedResults.Created((string?)null, await versions.Branch(http.Caller().Actor, project, prompt, request.Name, request.From, request.Reason));

    private static async Task<Results<Created<VersionView>, Ok<VersionView>>> Commit(
        long project, long prompt, string branch, CommitRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, PromptVersions versions) =>
        Answer(http, await versions.Commit(http.Caller().Actor, project, prompt, branch, http.Request.SeenVersion(), request.Content, request.Note, key));

    private static async Task<Results<Created<VersionView>, Ok<VersionView>>> Merge(
        long project, long prompt, string branch, MergeRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, PromptVersions versions) =>
        Answer(http, await versions.Merge(http.Caller().Actor, project, prompt, branch, http.Request.SeenVersion(), request.From, request.Content, request.Note, key));

    private static async Task<Results<Created<VersionView>, Ok<VersionView>>> RollBack(
        long project, long prompt, string branch, RollBackRequest request, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, PromptVersions versions) =>
        Answer(http, await versions.RollBack(http.Caller().Actor, project, prompt, branch, http.Request.SeenVersion(), request.To, request.Reason, key));

    private static async Task<LabelView> GetLabel(long project, long prompt, string label, HttpContext http, PromptLabels labels)
    {
        LabelView view = await labels.Get(project, prompt, label);
        return http.WithEtag(view, view.Number ?? 0);
    }

    private static async Task<LabelView> MoveLabel(long project, long prompt, string label, LabelRequest request, HttpContext http, PromptLabels labels)
    {
        LabelView view = await labels.Move(http.Caller().Actor, project, prompt, label, http.Request.SeenVersion(), request.Version, request.Reason);
        return http.WithEtag(view, view.Number ?? 0);
    }

    private static Results<Created<VersionView>, Ok<VersionView>> Answer(HttpContext http, (VersionView Version, bool IsReplay) done)
    {
        http.WithEtag(done.Version, done.Version.Number);
        return done.IsReplay ? TypedResults.Ok(done.Version) : TypedResults.Created((string?)null, done.Version);
    }

    internal sealed record RenderRequest(IReadOnlyDictionary<string, string> Variables);

    internal sealed record RenderedView(int Version, string Hash, IReadOnlyList<MessageView> Messages);

    internal sealed record MessageView(string Role, string Content, IReadOnlyList<ValueView> Values);

    internal sealed record ValueView(int Start, int End);

    internal sealed record BranchRequest(string Name, string From, string Reason = "");

    internal sealed record CommitRequest(PromptContent Content, string Note = "");

    internal sealed record MergeRequest(string From, PromptContent? Content = null, string Note = "");

    internal sealed record RollBackRequest(string To, string Reason);

    internal sealed record LabelRequest(string? Version, string Reason);
}
