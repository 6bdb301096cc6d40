using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What somebody gets next, or why there is nothing: empty, too-many-held, archived.</summary>
public sealed record NextItem(AssignmentView? Assignment, string? Reason);

/// <summary>One of somebody's assignments, as lists show it.</summary>
public sealed record AssignmentSummary(long Id, AssignmentState State, long ItemId, string Prompt, bool HasDraft, DateTime LeasedAt);

/// <summary>Who works on what: leases, skips, and the lists of one's own work.</summary>
public sealed class Queue(Database database, TimeProvider clock)
{
    private const int MostHeld = 5;
    private const int PreviewLength = 120;
    public static readonly IReadOnlyList<string> SkipReasons = ["unclear", "notMyField", "broken", "sensitive", "other"];

    /// <summary>
    /// What the person holds already and the page does not know comes first; then the first item in order with a free place that this
    /// person has never had.
    /// </summary>
    public Task<NextItem> Next(long projectId, long accountId, IReadOnlyList<long> held) => database.Write(async context =>
    {
        DateTime now = clock.Now();
        var found = await context.Projects.AsNoTracking().Where(row => row.Id == projectId)
            .Select(row => new { project = row, Guideline = context.Guidelines.Where(version => version.ProjectId == projectId).Max(version => (int?)version.Number) }).SingleAsync();
        Project project = found.project;
        if (project.ArchivedAt is not null)
            return new NextItem(null, "archived");
        List<long> open = await context.Assignments
            .Where(row => row.ProjectId == projectId && row.AccountId == accountId && (row.State == AssignmentState.Leased || row.State == AssignmentState.Returned))
            .OrderBy(row => row.Id).Select(row => row.Id).ToListAsync();
        long known = open.Find(id => !held.Contains(id));
        if (known != 0)
            return new NextItem(await Renewed(context, known, project, now), null);
        if (open.Count >= MostHeld)
            return new NextItem(null, "too-many-held");
        await Slots.ReleaseExpired(context, projectId, now);
        if (await Pick(context, projectId, accountId) is not Item item)
            return new NextItem(null, "empty");
        var assignment = new Assignment
        {
            ProjectId = projectId,
            ItemId = item.Id,
            AccountId = accountId,
            State = AssignmentState.Leased,
            Seed = AssignmentView.SeedFor(item, accountId),
            GuidelineNumber = found.Guideline ?? 0,
            LeasedAt = now,
            ExpiresAt = now.AddMinutes(project.LeaseMinutes),
        };
        await Slots.TryTake(context, assignment, item);
        context.Assignments.Add(assignment);
        await context.SaveChangesAsync();
        return new NextItem(await AssignmentView.Of(context, assignment, now), null);
    });

    public Task<AssignmentView> Get(long projectId, long accountId, long assignmentId) => database.Read(async context =>
    {
        Assignment assignment = await context.Assignments.SingleOrDefaultAsync(row => row.Id == assignmentId && row.ProjectId == projectId && row.AccountId == accountId)
            ?? throw RefusedException.NotFound("assignment");
        return await AssignmentView.Of(context, assignment, clock.Now());
    });

    /// <summary>Somebody's assignments, newest first, before the given id (0: from the newest).</summary>
    public Task<List<AssignmentSummary>> List(long projectId, long accountId, AssignmentState? state, long before, int limit) => database.Read(async context =>
    {
        var rows = await (from assignment in context.Assignments
                          join item in context.Items on assignment.ItemId equals item.Id
                          where assignment.ProjectId == projectId && assignment.AccountId == accountId
                              && (state == null || assignment.State == state) && (before == 0 || assignment.Id < before)
                          orderby assignment.Id descending
                          select new { assignment, item.Content, HasDraft = context.Drafts.Any(draft => draft.AssignmentId == assignment.Id && draft.IsHead) })
            .Take(limit).ToListAsync();
        return rows.ConvertAll(row =>
        {
            ItemContent content = StoreJson.Read<ItemContent>(row.Content);
            string prompt = content.Prompt.Length > 0 || content.Turns is null ? content.Prompt : content.Turns[0].Content;
            bool open = row.assignment.State is AssignmentState.Leased or AssignmentState.Returned;
            return new AssignmentSummary(row.assignment.Id, row.assignment.State, row.assignment.ItemId,
                prompt.Length <= PreviewLength ? prompt : prompt[..PreviewLength] + "…", open && row.HasDraft, row.assignment.LeasedAt);
        });
    });

    /// <summary>Gives an item back with a reason; its place is free for others.</summary>
    public Task<AssignmentView> Skip(Actor actor, long projectId, long assignmentId, string reason, string? note) => database.Write(async context =>
    {
        if (!SkipReasons.Contains(reason))
            throw RefusedException.Invalid(new FieldProblem("reason", $"\"{reason}\" is not one of {string.Join(", ", SkipReasons)}"));
        if (note?.Length > 2000 || note?.Contains('\0') == true)
            throw RefusedException.Invalid(new FieldProblem("note", "at most 2000 characters of text are expected"));
        Assignment assignment = await Own(context, projectId, actor.AccountId!.Value, assignmentId);
        if (assignment.State == AssignmentState.Submitted || await context.Answers.AnyAsync(answer => answer.AssignmentId == assignmentId && answer.IsCurrent))
            throw new RefusedException(Refusal.Conflict, "submitted", "This item was answered; an answered item cannot be skipped.");
        await Slots.Release(context, assignment);
        (assignment.State, assignment.SkipReason, assignment.SkipNote) = (AssignmentState.Skipped, reason, note);
        assignment.Version++;
        await AuditLog.Append(context, clock.Now(), actor, projectId, "skipped", $"assignment/{assignmentId}", after: new { assignment.ItemId, reason });
        await context.SaveChangesAsync();
        return await AssignmentView.Of(context, assignment, clock.Now());
    });

    /// <summary>Takes up an answered or skipped item again. An answer counts until a new revision takes its place.</summary>
    public Task<AssignmentView> Reopen(Actor actor, long projectId, long assignmentId) => database.Write(async context =>
    {
        StoredAbTest? test = await AbTestEnd.LockOf(context, assignmentId);
        Assignment assignment = await Own(context, projectId, actor.AccountId!.Value, assignmentId);
        AbTestEnd.CheckRuns(test);
        Project project = await context.Projects.AsNoTracking().SingleAsync(row => row.Id == projectId);
        if (project.ArchivedAt is not null)
            throw new RefusedException(Refusal.Conflict, "archived", "The project is archived.");
        if (assignment.State is AssignmentState.Submitted or AssignmentState.Skipped)
        {
            if (assignment.State == AssignmentState.Skipped && !await Slots.TryTake(context, assignment))
                throw new RefusedException(Refusal.Conflict, "slot-taken", "Enough people have answered this item meanwhile.");
            // What was typed before the answer is in the answer; after a skip it is still the draft.
            if (assignment.State == AssignmentState.Submitted)
                await context.Drafts.Where(draft => draft.AssignmentId == assignmentId).ExecuteUpdateAsync(set => set.SetProperty(draft => draft.IsHead, false));
            await AuditLog.Append(context, clock.Now(), actor, projectId, "reopened", $"assignment/{assignmentId}", new { assignment.State, assignment.SkipReason }, new { State = AssignmentState.Leased });
            (assignment.State, assignment.SkipReason, assignment.SkipNote) = (AssignmentState.Leased, null, null);
        }
        assignment.ExpiresAt = clock.Now().AddMinutes(project.LeaseMinutes);
        assignment.Version++;
        await context.SaveChangesAsync();
        return await AssignmentView.Of(context, assignment, clock.Now());
    });

    /// <summary>The caller's own assignment, locked until the end of the transaction.</summary>
    internal static async Task<Assignment> Own(StudioContext context, long projectId, long accountId, long assignmentId) =>
        await Slots.Lock(context, assignmentId) is { } assignment && assignment.ProjectId == projectId && assignment.AccountId == accountId
            ? assignment : throw RefusedException.NotFound("assignment");

    private static async Task<AssignmentView> Renewed(StudioContext context, long id, Project project, DateTime now)
    {
        Assignment assignment = (await Slots.Lock(context, id))!;
        assignment.ExpiresAt = now.AddMinutes(project.LeaseMinutes);
        if (assignment.Slot is null)
            await Slots.TryTake(context, assignment);
        await context.SaveChangesAsync();
        return await AssignmentView.Of(context, assignment, now);
    }

    /// <summary>The next item, locked. On PostgreSQL items that others are just taking are passed over instead of waited for.</summary>
    private static async Task<Item?> Pick(StudioContext context, long projectId, long accountId)
    {
        if (context.Database.IsSqlite())
            return await Free(context, projectId, accountId).FirstOrDefaultAsync();
        do
        {
            List<Item> picked = await context.Items.FromSql($"""
                SELECT i.* FROM "Items" i
                WHERE i."ProjectId" = {projectId} AND i."OpenSlots" > 0
                  AND NOT EXISTS (SELECT 1 FROM "Assignments" a WHERE a."ItemId" = i."Id" AND a."AccountId" = {accountId})
                ORDER BY i."Position", i."Id" LIMIT 1 FOR UPDATE OF i SKIP LOCKED
                """).ToListAsync();
            if (picked.Count > 0)
                return picked[0];
            await Task.Delay(Random.Shared.Next(2, 10));
        }
        while (await Free(context, projectId, accountId).AnyAsync());      // all that are free were locked: by transactions of milliseconds
        return null;
    }

    private static IQueryable<Item> Free(StudioContext context, long projectId, long accountId) => context.Items
        .Where(item => item.ProjectId == projectId && item.OpenSlots > 0 && !context.Assignments.Any(row => row.ItemId == item.Id && row.AccountId == accountId))
        .OrderBy(item => item.Position).ThenBy(item => item.Id);
}
