using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What a purge removed.</summary>
public sealed record PurgeReport(int Drafts, int Deliveries);

/// <summary>Removes what is no longer needed: drafts of what was answered, drafts kept after conflicts, deliveries that are done or given up. What somebody still works on stays, however old.</summary>
public sealed class Retention(Database database, TimeProvider clock)
{
    /// <summary>Removes what is older; an entry in the audit log says how much.</summary>
    public Task<PurgeReport> Purge(TimeSpan drafts, TimeSpan deliveries) => database.Write(async context =>
    {
        DateTime now = clock.Now(), oldDraft = now - drafts, oldDelivery = now - deliveries;
        int goneDrafts = await context.Drafts
            .Where(draft => draft.SavedAt < oldDraft && (!draft.IsHead || context.Assignments.Any(row => row.Id == draft.AssignmentId && row.State == AssignmentState.Submitted)))
            .ExecuteDeleteAsync();
        int goneDeliveries = await context.WebhookDeliveries.Where(delivery => delivery.DueAt == null && delivery.CreatedAt < oldDelivery).ExecuteDeleteAsync();
        if (goneDrafts + goneDeliveries > 0)
            await AuditLog.Append(context, now, Actor.Installation, null, "purged", "installation", after: new { Drafts = goneDrafts, Deliveries = goneDeliveries });
        return new PurgeReport(goneDrafts, goneDeliveries);
    });
}
