using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Where a project asks models, and what annotators ask them while they edit.</summary>
internal static class ModelEndpointRoutes
{
    private const string Assignment = "/api/projects/{project:long}/assignments/{assignment:long}";
    private const int LongestKey = 2000;

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/models", (long project, ModelEndpoints models) => models.List(project)).For(Role.Manager, Scope.Read);
        routes.MapPut("/api/projects/{project:long}/models/{use}", Set).For(Role.Owner, Scope.Manage);
        routes.MapDelete("/api/projects/{project:long}/models/{use}", (long project, string use, HttpContext http, ModelEndpoints models) =>
            models.Remove(http.Caller().Actor, project, Use(use))).For(Role.Owner, Scope.Manage);
        routes.MapPost($"{Assignment}/judgement", (long project, long assignment, PriorJudgement judgement, HttpContext http, ModelAdvice advice) =>
            advice.Judge(http.Caller().Actor, project, assignment, judgement)).For(Role.Annotator, Scope.Work);
        routes.MapPost($"{Assignment}/rewards", Rewards).For(Role.Annotator, Scope.Work).RequireRateLimiting(Limits.Bulk);
        routes.MapPost($"{Assignment}/proposals", Propose).For(Role.Annotator, Scope.Work).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<ModelEndpointView> Set(long project, string use, ModelRequest request, HttpContext http, ModelEndpoints models, ModelCalls calls)
    {
        if (request.Key?.Length > LongestKey || request.Key?.Any(unit => unit is < '!' or > '~') == true)
            throw RefusedException.Invalid(new FieldProblem("key", $"1 to {LongestKey} printable characters without spaces are expected"));
        string? key = string.IsNullOrEmpty(request.Key) ? null : calls.Protect(request.Key);
        ModelEndpointView view = await models.Set(http.Caller().Actor, project, Use(use), http.Request.SeenVersion(), request.Url, request.Model, key, request.Limits);
        return http.WithEtag(view, view.Version);
    }

    private static async Task<ScoredText> Rewards(long project, long assignment, RewardsRequest request, HttpContext http, ModelAdvice advice, ModelCalls calls)
    {
        ModelQuestion question = await advice.Question(project, http.Caller().Id, assignment, ModelUse.Rewards, request.Target, request.Text);
        ScoredText scored = await calls.Rewards(question, http.RequestAborted);
        await advice.RewardsShown(http.Caller().Actor, project, assignment, request.Target, scored.Model, scored.Score);
        return scored;
    }

    private static async Task<Created<ProposalView>> Propose(long project, long assignment, ProposalRequest request, HttpContext http, ModelAdvice advice, ModelEndpoints models, ModelCalls calls)
    {
        ModelQuestion question = await advice.Question(project, http.Caller().Id, assignment, ModelUse.Proposals, request.Target, null);
        (string text, string model, (long Prompt, long Completion)? tokens) = await Counted(project, http, models, () => calls.Propose(question, http.RequestAborted));
        await models.Count(http.Caller().Actor, project, answered: true, tokens);
        return TypedResults.Created((string?)null, await advice.Proposed(http.Caller().Actor, project, assignment, request.Target, model, question.Text, text));
    }

    // What fails was asked too.
    private static async Task<T> Counted<T>(long project, HttpContext http, ModelEndpoints models, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch
        {
            await models.Count(http.Caller().Actor, project, answered: false, null);
            throw;
        }
    }

    // A closed list of lower-case words.
    private static ModelUse Use(string name) => name switch
    {
        "rewards" => ModelUse.Rewards,
        "proposals" => ModelUse.Proposals,
        "embeddings" => ModelUse.Embeddings,
        "responses" => ModelUse.Responses,
        "judge" => ModelUse.Judge,
        _ => throw RefusedException.NotFound("use of a model"),
    };

    internal sealed record ModelRequest(string Url, string? Model = null, string? Key = null, AskingLimits? Limits = null);

    internal sealed record RewardsRequest(int Target, string? Text = null);

    internal sealed record ProposalRequest(int Target);
}
