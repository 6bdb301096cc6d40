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

    /// <summary>Asks the reward model about some of the items that nobody has taken; called again until none is left. What was learnt is kept where a call fails.</summary>
    private static async Task<ComputedUncertainty> Compute(long project, ComputeRequest request, HttpContext http, Ordering ordering, ModelCalls calls, TimeProvider clock)
    {
        ModelEndpoint endpoint = await ordering.RewardsEndpoint(project);
        (List<UnscoredItem> items, int left) = await ordering.Unscored(project, request.Limit);
        DateTimeOffset until = clock.GetUtcNow() + Patience;
        var known = new Dictionary<long, double>();
        try
        {
            foreach (UnscoredItem item in items.TakeWhile((_, i) => i == 0 || clock.GetUtcNow() < until))
            {
                var scores = new List<(double, double)>();
                foreach (string response in item.Responses)
                {
                    ScoredText scored = await calls.Rewards(new ModelQuestion(endpoint.Url, endpoint.Model, endpoint.Key, item.Prompt, response), http.RequestAborted);
                    scores.Add((scored.Score, scored.Standardized));
                }
                known.Add(item.Id, RewardUncertainty.Of(scores));
            }
        }
        finally
        {
            if (known.Count > 0)
                await ordering.Scored(http.Caller().Actor, project, known);
        }
        if (left == known.Count)
            await ordering.Apply(project);
        return new ComputedUncertainty(known.Count, left - known.Count);
    }

    private sealed record OrderRequest(double? RandomShare = null);

    private sealed record ComputeRequest(int Limit = 20);

    private sealed record ComputedUncertainty(int Computed, int Left);
}
