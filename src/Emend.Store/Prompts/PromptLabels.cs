using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Labels of prompts: which version is in production, and how it came there.</summary>
public sealed class PromptLabels(Database database, TimeProvider clock)
{
    /// <summary>The label as it stands; number 0 where it is nowhere.</summary>
    public Task<LabelView> Get(long projectId, long promptId, string name) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        return new LabelView(name, await context.PromptLabels.Where(row => row.PromptId == prompt.Id && row.Name == name).Select(row => row.Number).SingleOrDefaultAsync());
    });

    /// <summary>
    /// Moves a label from the version that the caller believes it at (0: nowhere) to another; null takes it off. Of two who move it at once the
    /// second is told what the first did.
    /// </summary>
    public Task<LabelView> Move(Actor actor, long projectId, long promptId, string name, int seen, string? to, string reason) => database.Write(async context =>
    {
        PromptRows.CheckName("label", name);
        PromptRows.CheckNote("reason", reason, required: true);
        StoredPrompt prompt = await PromptRows.LockOpen(context, projectId, promptId);
        StoredVersion? target = to is null ? null : await PromptRows.Resolve(context, prompt, to);
        if (await context.PromptBranches.AnyAsync(row => row.PromptId == prompt.Id && row.Name == name))
            throw new RefusedException(Refusal.Conflict, "name-taken", $"There is a branch {name}; a label needs a name of its own.");
        PromptLabel? label = await context.PromptLabels.SingleOrDefaultAsync(row => row.PromptId == prompt.Id && row.Name == name);
        int? at = label?.Number;
        if ((at ?? 0) != seen)
            throw await Moved(context, prompt, name, at, seen);
        if (at == target?.Number)
            throw new RefusedException(Refusal.Conflict, "unchanged", at is null ? $"The label {name} is nowhere already." : $"The label {name} is at version {at} already.");
        if (label is null)
            context.PromptLabels.Add(label = new PromptLabel { PromptId = prompt.Id, Name = name });
        label.Number = target?.Number;
        DateTime now = clock.Now();
        PromptRows.AddEvent(context, actor, prompt.Id, target is null ? "label-removed" : "label-moved", name, at, target?.Number, reason, now);
        await AuditLog.Append(context, now, actor, projectId, "prompt-label-moved", $"prompt/{prompt.Id}", new { Label = name, Number = at }, new { Label = name, target?.Number, reason });
        return new LabelView(name, target?.Number);
    });

    /// <summary>
    /// The version that the label was at before it came to where it is. A move and the move back have undone each other, so that going back twice goes
    /// back two steps. Where it was nowhere, that is refused.
    /// </summary>
    public Task<int> Before(long projectId, long promptId, string name) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        List<int?> path = [null];       // where it was, without the ways that it has gone back; null: nowhere
        foreach (int? to in await context.PromptEvents.Where(row => row.PromptId == prompt.Id && row.Name == name && row.Kind.StartsWith("label-")).OrderBy(row => row.Id).Select(row => row.To).ToListAsync())
        {
            if (to is not null && path.Count > 1 && path[^2] == to)
                path.RemoveAt(path.Count - 1);
            else
                path.Add(to);
        }
        return path.SkipLast(1).LastOrDefault(number => number is not null) ?? throw new RefusedException(Refusal.Conflict, "nothing-before", $"The label {name} was at no version before; say to which it is to go.");
    });

    private static async Task<RefusedException> Moved(StudioContext context, StoredPrompt prompt, string name, int? at, int seen)
    {
        PromptEvent? last = await context.PromptEvents.AsNoTracking().Where(row => row.PromptId == prompt.Id && row.Name == name && row.Kind.StartsWith("label-")).OrderByDescending(row => row.Id).FirstOrDefaultAsync();
        string stands = at is null ? "is nowhere" : $"is at version {at}", believed = seen == 0 ? "nowhere" : $"at version {seen}";
        string how = last is null ? "" : $", moved by {last.Actor}: \"{last.Reason}\"";
        return new RefusedException(Refusal.Conflict, "label-moved", $"The label {name} {stands}{how}; it was believed {believed}. Nothing was changed.")
        {
            Details = new { Number = at, By = last?.Actor, last?.Reason, last?.CreatedAt, last?.From },
        };
    }
}
