using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>An endpoint as the project's managers see it: whether there is a key, never the key.</summary>
public sealed record ModelEndpointView(ModelUse Use, string Url, string? Model, bool HasKey, int Version);

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
    public Task<ModelEndpointView> Set(Actor actor, long projectId, ModelUse use, int version, string url, string? model, string? protectedKey) => database.Write(async context =>
    {
        WebAddress.Check("url", url);
        if (model?.Length > LongestModel || model?.Any(char.IsControl) == true)
            throw RefusedException.Invalid(new FieldProblem("model", $"at most {LongestModel} characters without control characters are expected"));
        ModelEndpoint? row = await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == use);
        CheckVersion(row?.Version ?? 0, version);
        object? before = row is null ? null : new { row.Url, row.Model, HasKey = row.Key is not null };
        if (row is null)
            context.ModelEndpoints.Add(row = new ModelEndpoint { ProjectId = projectId, Use = use, CreatedAt = clock.Now(), Version = 0 });
        string? key = protectedKey ?? (row.Url == url ? row.Key : null);
        (row.Url, row.Model, row.Key, row.Version) = (url, string.IsNullOrWhiteSpace(model) ? null : model.Trim(), key, row.Version + 1);
        await AuditLog.Append(context, clock.Now(), actor, projectId, "model-endpoint-set", Subject(use), before, new { row.Url, row.Model, HasKey = row.Key is not null });
        return View(row);
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

    private static string Subject(ModelUse use) => $"endpoint/{use.ToString().ToLowerInvariant()}";

    private static ModelEndpointView View(ModelEndpoint row) => new(row.Use, row.Url, row.Model, row.Key is not null, row.Version);
}
