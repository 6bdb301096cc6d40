using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>An endpoint as the project's managers see it: whether there is a key, never the key.</summary>
public sealed record ModelEndpointView(ModelUse Use, string Url, string? Model, bool HasKey, int Version, AskingLimits? Limits = null, AskingSpent? Spent = null);

/// <summary>Where projects ask models. The caller encrypts keys; another address takes the old key with it.</summary>
public sealed class ModelEndpoints(Database database, TimeProvider clock)
{
    private const int LongestModel = 200;

    public Task<List<ModelEndpointView>> List(long projectId) => database.Read(async context =>
        (await context.ModelEndpoints.Where(row => row.ProjectId == projectId).OrderBy(row => row.Use).ToListAsync()).ConvertAll(View));

    /// <summary>An endpoint to ask; null where the project names none for this use.</summary>
    public Task<ModelQuestion?> Find(long projectId, ModelUse use) => database.Read(async context =>
        await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == use) is { } row ? new ModelQuestion(row.Url, row.Model, row.Key, "", "") : null);

    /// <summary>Names an endpoint, or changes it. Without a new key the old one stays only where the address stays.</summary>
    public Task<ModelEndpointView> Set(Actor actor, long projectId, ModelUse use, int version, string url, string? model, string? protectedKey, AskingLimits? limits = null) => database.Write(async context =>
    {
        WebAddress.Check("url", url);
        if (limits is not null && (use != ModelUse.Proposals || limits.MaxSeconds is not null))
            throw RefusedException.Invalid(new FieldProblem("limits", "caps on calls, tokens and cost are of proposals alone; runs of a judge have their own"));
        if (limits?.Problems().ToArray() is { Length: > 0 } problems)
            throw RefusedException.Invalid(problems);
        if (model?.Length > LongestModel || model?.Any(char.IsControl) == true)
            throw RefusedException.Invalid(new FieldProblem("model", $"at most {LongestModel} characters without control characters are expected"));
        ModelEndpoint? row = await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == use);
        CheckVersion(row?.Version ?? 0, version);
        object? before = row is null ? null : new { row.Url, row.Model, HasKey = row.Key is not null, Limits = LimitsOf(row) };
        if (row is null)
            context.ModelEndpoints.Add(row = new ModelEndpoint { ProjectId = projectId, Use = use, CreatedAt = clock.Now(), Version = 0 });
        string? key = protectedKey ?? (row.Url == url ? row.Key : null);
        (row.Url, row.Model, row.Key, row.Version) = (url, string.IsNullOrWhiteSpace(model) ? null : model.Trim(), key, row.Version + 1);
        row.Limits = limits is null ? null : StoreJson.Write(limits);
        await AuditLog.Append(context, clock.Now(), actor, projectId, "model-endpoint-set", Subject(use), before, new { row.Url, row.Model, HasKey = row.Key is not null, Limits = limits });
        return View(row);
    });

    /// <summary>Counts what asking for a proposal took; cost is by the caps' prices.</summary>
    /// <param name="tokens">Read and written; null where the answer did not say, and Answered is false where there was none.</param>
    public Task Count(Actor actor, long projectId, bool answered, (long Prompt, long Completion)? tokens) => database.Write(async context =>
    {
        await AuditLog.Lock(context);       // two who are counted at once are both counted
        if (await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == ModelUse.Proposals) is not { } row)
            return;
        (long prompt, long completion) = tokens ?? (0, 0);
        double cost = LimitsOf(row) is { } limits ? (prompt * limits.InputPrice + completion * limits.OutputPrice) / 1e6 : 0;
        var one = new AskingSpent(1, prompt, completion, cost, Unsaid: answered && tokens is null ? 1 : 0);
        row.Spent = StoreJson.Write((SpentOf(row) ?? new AskingSpent()).And(one));
        await AuditLog.Append(context, clock.Now(), actor, projectId, "model-asked", Subject(row.Use), after: one);
    });

    public Task Remove(Actor actor, long projectId, ModelUse use) => database.Write(async context =>
    {
        if (await context.ModelEndpoints.Where(row => row.ProjectId == projectId && row.Use == use).ExecuteDeleteAsync() == 0)
            throw RefusedException.NotFound("endpoint");
        await AuditLog.Append(context, clock.Now(), actor, projectId, "model-endpoint-removed", Subject(use));
    });

    private static void CheckVersion(int newest, int seen)
    {
        if (newest != seen)
            throw new RefusedException(Refusal.Outdated, "outdated", $"The endpoint was changed meanwhile: version {newest} is the newest, not {seen}.");
    }

    internal static AskingLimits? LimitsOf(ModelEndpoint row) => row.Limits is null ? null : StoreJson.Read<AskingLimits>(row.Limits);

    internal static AskingSpent? SpentOf(ModelEndpoint row) => row.Spent is null ? null : StoreJson.Read<AskingSpent>(row.Spent);

    private static string Subject(ModelUse use) => $"endpoint/{use.ToString().ToLowerInvariant()}";

    private static ModelEndpointView View(ModelEndpoint row) => new(row.Use, row.Url, row.Model, row.Key is not null, row.Version, LimitsOf(row), SpentOf(row));
}
