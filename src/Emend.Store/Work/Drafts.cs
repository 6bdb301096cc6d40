using System.Text;
using System.Text.Json;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A draft as it was stored.</summary>
public sealed record SavedDraft(int Version, DateTime SavedAt, DateTime ExpiresAt, bool LeaseIsOver);

/// <summary>A draft of an assignment, of which there are several after a conflict.</summary>
public sealed record KeptDraft(long Id, int Version, bool IsHead, JsonElement Content, DateTime SavedAt);

/// <summary>What is typed and not yet submitted. No save is lost: one that was made from an old version is kept beside the newest.</summary>
public sealed class Drafts(Database database, TimeProvider clock)
{
    private const int LargestBytes = 1 << 20;
    private const int MostKept = 20;

    /// <summary>Saves what was made from the given version of the draft (0: there was none) and renews the lease.</summary>
    public async Task<SavedDraft> Save(Actor actor, long projectId, long assignmentId, int version, JsonElement content, DateTimeOffset? clientTime)
    {
        string text = content.GetRawText();
        if (content.ValueKind != JsonValueKind.Object || Encoding.UTF8.GetByteCount(text) > LargestBytes)
            throw RefusedException.Invalid(new FieldProblem("content", $"an object of at most {LargestBytes} bytes is expected"));
        var (saved, conflict) = await database.Write(context => Try(context, actor, projectId, assignmentId, version, text, clientTime?.UtcDateTime));
        // Thrown out here: in the transaction it would take back what was kept.
        return conflict is null ? saved! : throw conflict;
    }

    /// <summary>Every draft that is kept, newest first.</summary>
    public Task<List<KeptDraft>> List(long projectId, long accountId, long assignmentId) => database.Read(async context =>
    {
        if (!await context.Assignments.AnyAsync(row => row.Id == assignmentId && row.ProjectId == projectId && row.AccountId == accountId))
            throw RefusedException.NotFound("assignment");
        List<Draft> drafts = await context.Drafts.Where(draft => draft.AssignmentId == assignmentId).OrderByDescending(draft => draft.Id).ToListAsync();
        return drafts.ConvertAll(draft => new KeptDraft(draft.Id, draft.Version, draft.IsHead, StoreJson.Read<JsonElement>(draft.Content), draft.SavedAt));
    });

    private async Task<(SavedDraft?, RefusedException?)> Try(
        StudioContext context, Actor actor, long projectId, long assignmentId, int version, string content, DateTime? clientTime)
    {
        DateTime now = clock.Now();
        Assignment assignment = await Queue.Own(context, projectId, actor.AccountId!.Value, assignmentId);
        if (assignment.State is AssignmentState.Submitted or AssignmentState.Skipped)
            return (null, new RefusedException(Refusal.Conflict, "submitted", $"This item was {assignment.State.ToString().ToLowerInvariant()} meanwhile; nothing was saved. Reopen it to go on."));
        var (minutes, head) = await LeaseAndHead(context, projectId, assignmentId);
        bool over = assignment.ExpiresAt < now && assignment.Slot is null;
        if (!over)
            assignment.ExpiresAt = now.AddMinutes(minutes);

        if ((head?.Version ?? 0) != version && head?.Content != content)
            return (null, await Keep(context, actor, assignment, head, version, content, now, clientTime));
        if (head is null)
            context.Drafts.Add(head = new Draft { AssignmentId = assignmentId, IsHead = true });
        if (head.Content != content)            // the same again is the same save, sent twice
        {
            head.Version = version + 1;
            (head.Content, head.SavedAt, head.ClientTime) = (content, now, clientTime);
        }
        return (new SavedDraft(head.Version, head.SavedAt, assignment.ExpiresAt, over), null);
    }

    private static async Task<(int Minutes, Draft? Head)> LeaseAndHead(StudioContext context, long projectId, long assignmentId)
    {
        var found = await (from project in context.Projects
                           from head in context.Drafts.Where(draft => draft.AssignmentId == assignmentId && draft.IsHead).DefaultIfEmpty()
                           where project.Id == projectId
                           select new { project.LeaseMinutes, head }).SingleAsync();
        return (found.LeaseMinutes, found.head);
    }

    private static async Task<RefusedException> Keep(StudioContext context, Actor actor, Assignment assignment, Draft? head, int version, string content, DateTime now, DateTime? clientTime)
    {
        long assignmentId = assignment.Id;
        Draft? lost = await context.Drafts.FirstOrDefaultAsync(draft => draft.AssignmentId == assignmentId && !draft.IsHead && draft.Content == content);
        if (lost is null)
        {
            lost = new Draft { AssignmentId = assignmentId, Version = version, Content = content, SavedAt = now, ClientTime = clientTime };
            context.Drafts.Add(lost);
            List<long> older = await context.Drafts.Where(draft => draft.AssignmentId == assignmentId && !draft.IsHead).OrderByDescending(draft => draft.Id).Skip(MostKept - 1).Select(draft => draft.Id).ToListAsync();
            await context.Drafts.Where(draft => older.Contains(draft.Id)).ExecuteDeleteAsync();
            if (older.Count > 0)
                await AuditLog.Append(context, now, actor, assignment.ProjectId, "drafts-discarded", $"assignment/{assignmentId}", after: new { Drafts = older.Count });
            await context.SaveChangesAsync();
        }
        return new RefusedException(Refusal.Conflict, "draft-conflict", $"Another page saved version {head?.Version ?? 0} meanwhile; this one was made from version {version}. Both are kept.")
        {
            Details = new { Server = head is null ? null : new DraftView(head.Version, StoreJson.Read<JsonElement>(head.Content), head.SavedAt), KeptId = lost.Id },
        };
    }
}
