using System.Text.Json;
using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>An annotator's own work: next item, draft, answer, undo, reopen, skip.</summary>
internal static class WorkEndpoints
{
    private const string Assignment = "/api/projects/{project:long}/assignments/{assignment:long}";

    public static void MapWork(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/projects/{project:long}/next", (long project, NextRequest request, HttpContext http, Queue queue) =>
            queue.Next(project, http.Caller().Id, request.Held ?? [])).For(Role.Annotator, Scope.Work);
        routes.MapGet("/api/projects/{project:long}/assignments", List).For(Role.Annotator, Scope.Work);
        routes.MapGet(Assignment, (long project, long assignment, HttpContext http, Queue queue) =>
            queue.Get(project, http.Caller().Id, assignment)).For(Role.Annotator, Scope.Work);
        routes.MapPut($"{Assignment}/draft", SaveDraft).For(Role.Annotator, Scope.Work);
        routes.MapGet($"{Assignment}/drafts", (long project, long assignment, HttpContext http, Drafts drafts) =>
            drafts.List(project, http.Caller().Id, assignment)).For(Role.Annotator, Scope.Work);
        routes.MapPost($"{Assignment}/check", (long project, long assignment, Answer answer, HttpContext http, Answers answers) =>
            answers.Check(project, http.Caller().Id, assignment, answer)).For(Role.Annotator, Scope.Work);
        routes.MapPost($"{Assignment}/answers", Submit).For(Role.Annotator, Scope.Work);
        routes.MapGet($"{Assignment}/answers", (long project, long assignment, HttpContext http, Answers answers) =>
            answers.History(project, http.Caller().Id, assignment)).For(Role.Annotator, Scope.Work);
        routes.MapPost($"{Assignment}/undo", (long project, long assignment, UndoRequest request, HttpContext http, Answers answers) =>
            answers.Undo(http.Caller().Actor, project, assignment, request.Revision)).For(Role.Annotator, Scope.Work);
        routes.MapPost($"{Assignment}/reopen", (long project, long assignment, HttpContext http, Queue queue) =>
            queue.Reopen(http.Caller().Actor, project, assignment)).For(Role.Annotator, Scope.Work);
        routes.MapPost($"{Assignment}/skip", (long project, long assignment, SkipRequest request, HttpContext http, Queue queue) =>
            queue.Skip(http.Caller().Actor, project, assignment, request.Reason, request.Note)).For(Role.Annotator, Scope.Work);
    }

    private static async Task<Page<AssignmentSummary>> List(long project, AssignmentState? state, long? after, int? limit, HttpContext http, Queue queue)
    {
        var paging = new Paging(after, limit);
        return Page<AssignmentSummary>.Of(await queue.List(project, http.Caller().Id, state, paging.From, paging.Size + 1), paging.Size, assignment => assignment.Id);
    }

    private static async Task<SavedDraft> SaveDraft(long project, long assignment, DraftRequest request, HttpContext http, Drafts drafts)
    {
        SavedDraft saved = await drafts.Save(http.Caller().Actor, project, assignment, http.Request.SeenVersion(), request.Content, request.ClientTime);
        return http.WithEtag(saved, saved.Version);
    }

    private static async Task<Results<Created<Submitted>, Ok<Submitted>>> Submit(
        long project, long assignment, Answer answer, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, Answers answers)
    {
        Submitted submitted = await answers.Submit(http.Caller().Actor, project, assignment, answer, key ?? "");
        return submitted.IsReplay ? TypedResults.Ok(submitted) : TypedResults.Created((string?)null, submitted);
    }

    internal sealed record NextRequest(IReadOnlyList<long>? Held = null);

    internal sealed record DraftRequest(JsonElement Content, DateTimeOffset? ClientTime = null);

    internal sealed record UndoRequest(int Revision);

    internal sealed record SkipRequest(string Reason, string? Note = null);
}
