using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>The order of the queue, and how uncertain a reward model is of items.</summary>
internal static class OrderEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void MapOrder(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/order", async (long project, HttpContext http, Ordering ordering) =>
        {
            QueueOrderView view = await ordering.Get(project);
            return http.WithEtag(view, view.Version);
        }).For(Role.Manager, Scope.Read);
        routes.MapPut("/api/projects/{project:long}/order", async (long project, OrderRequest request, HttpContext http, Ordering ordering) =>
        {
            QueueOrderView view = await ordering.Set(http.Caller().Actor, project, http.Request.SeenVersion(), request.RandomShare);
            return http.WithEtag(view, view.Version);
        }).For(Role.Manager, Scope.Manage);
        routes.MapPost("/api/projects/{project:long}/uncertainty", Compute).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
    }

    /// <summary>
    /// Asks the reward model about some of the items that nobody has taken; called again, behind the last one asked about, until none is left. An
    /// item that the model does not score stays unknown and stops no other. Where it fails at all of them otherwise than by refusing what they say, that is the answer.
    /// </summary>
    private static async Task<ComputedUncertainty> Compute(long project, ComputeRequest request, HttpContext http, Ordering ordering, ModelCalls calls, TimeProvider clock)
    {
        ModelEndpoint endpoint = await ordering.RewardsEndpoint(project);
        (List<UnscoredItem> items, int left) = await ordering.Unscored(project, request.After, request.Limit);
        DateTimeOffset until = clock.GetUtcNow() + Patience;
        var known = new Dictionary<long, double>();
        var failed = new List<RefusedException>();
        long after = request.After;
        try
        {
            foreach (UnscoredItem item in items.TakeWhile((_, i) => i == 0 || clock.GetUtcNow() < until))
            {
                try
                {
                    known.Add(item.Id, await Uncertainty(endpoint, item, calls, http.RequestAborted));
                }
                catch (RefusedException problem)
                {
                    failed.Add(problem);
                }
                after = item.Id;
            }
        }
        finally
        {
            // Also what was learnt before the manager went away.
            if (known.Count > 0)
                await ordering.Scored(http.Caller().Actor, project, known);
        }
        left -= known.Count + failed.Count;
        if (left == 0)
            await ordering.Apply(project);
        return known.Count == 0 && failed.Count > 0 && failed.All(problem => problem.Code == ModelCalls.FailedCode)
            ? throw failed[^1]
            : new ComputedUncertainty(known.Count, failed.Count, left, after);
    }

    private static async Task<double> Uncertainty(ModelEndpoint endpoint, UnscoredItem item, ModelCalls calls, CancellationToken cancellation)
    {
        var scores = new List<(double, double)>();
        foreach (string response in item.Responses)
        {
            ScoredText scored = await calls.Rewards(new ModelQuestion(endpoint.Url, endpoint.Model, endpoint.Key, item.Prompt, response), cancellation);
            scores.Add((scored.Score, scored.Standardized));
        }
        return RewardUncertainty.Of(scores);
    }

    internal sealed record OrderRequest(double? RandomShare = null);

    internal sealed record ComputeRequest(int Limit = 20, long After = 0);

    internal sealed record ComputedUncertainty(int Computed, int Failed, int Left, long After);
}
