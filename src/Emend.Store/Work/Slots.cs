using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>
/// The places of an item: exactly as many people as its overlap hold one or have answered in one. All of it happens in a write
/// transaction; on PostgreSQL the item's row is locked first, on SQLite there is one writer. A unique index stands behind both.
/// </summary>
internal static class Slots
{
    private const int ReleasedAtOnce = 50;

    /// <summary>An assignment that nobody else changes until the end of the transaction, or null.</summary>
    public static async Task<Assignment?> Lock(StudioContext context, long id) => (await (context.Database.IsNpgsql()
        ? context.Assignments.FromSql($"""SELECT * FROM "Assignments" WHERE "Id" = {id} FOR UPDATE""")
        : context.Assignments.Where(row => row.Id == id)).ToListAsync()).SingleOrDefault();

    public static async Task<Item> LockItem(StudioContext context, long id) => (await (context.Database.IsNpgsql()
        ? context.Items.FromSql($"""SELECT * FROM "Items" WHERE "Id" = {id} FOR UPDATE""")
        : context.Items.Where(row => row.Id == id)).ToListAsync()).Single();

    /// <summary>Gives the assignment a free place of its item; false where none is free.</summary>
    public static async Task<bool> TryTake(StudioContext context, Assignment assignment) => await TryTake(context, assignment, await LockItem(context, assignment.ItemId));

    /// <summary>The same for an item that is locked already.</summary>
    public static async Task<bool> TryTake(StudioContext context, Assignment assignment, Item item)
    {
        if (item.OpenSlots <= 0)
            return false;
        HashSet<int> taken = [.. await context.Assignments.Where(row => row.ItemId == item.Id && row.Slot != null).Select(row => row.Slot!.Value).ToListAsync()];
        assignment.Slot = Enumerable.Range(0, item.Overlap).First(slot => !taken.Contains(slot));
        item.OpenSlots--;
        return true;
    }

    /// <summary>Gives the assignment's place back; nothing where it has none.</summary>
    public static async Task Release(StudioContext context, Assignment assignment)
    {
        if (assignment.Slot is null)
            return;
        Item item = await LockItem(context, assignment.ItemId);
        assignment.Slot = null;
        item.OpenSlots++;
    }

    /// <summary>
    /// Takes back the places of leases that are over. The assignment stays, with its draft; a reopened answer goes back to being submitted.
    /// </summary>
    public static async Task ReleaseExpired(StudioContext context, long projectId, DateTime now)
    {
        List<long> expired = await context.Assignments.Where(row => row.ProjectId == projectId && row.State == AssignmentState.Leased && row.Slot != null && row.ExpiresAt < now)
            .OrderBy(row => row.ExpiresAt).Take(ReleasedAtOnce).Select(row => row.Id).ToListAsync();
        foreach (long id in expired)
        {
            Assignment? assignment = await Lock(context, id);
            if (assignment is not { State: AssignmentState.Leased, Slot: not null } || assignment.ExpiresAt >= now)
                continue;
            if (await context.Answers.AnyAsync(answer => answer.AssignmentId == id && answer.IsCurrent))
                assignment.State = AssignmentState.Submitted;
            else
                await Release(context, assignment);
            assignment.Version++;
            await context.SaveChangesAsync();
        }
    }
}
