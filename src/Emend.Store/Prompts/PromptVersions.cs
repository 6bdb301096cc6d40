using Emend.Feedback;
using Emend.Feedback.Prompts;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Versions of prompts: added, branched, compared, merged and brought back; never changed.</summary>
public sealed class PromptVersions(Database database, TimeProvider clock)
{
    internal const string Committed = "prompt-committed";

    /// <summary>A version by its number, a label, a branch, or the beginning of its hash.</summary>
    public Task<VersionView> Get(long projectId, long promptId, string reference) => database.Read(async context =>
        PromptRows.View(await PromptRows.Resolve(context, await PromptRows.Find(context, projectId, promptId), reference)));

    public Task<DiffView> Diff(long projectId, long promptId, string from, string to) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        StoredVersion before = await PromptRows.Resolve(context, prompt, from), after = await PromptRows.Resolve(context, prompt, to);
        return new DiffView(before.Number, after.Number, PromptDiff.Of(PromptRows.ContentOf(before), PromptRows.ContentOf(after)));
    });

    /// <summary>Starts a branch at a version.</summary>
    public Task<BranchView> Branch(Actor actor, long projectId, long promptId, string name, string from, string reason) => database.Write(async context =>
    {
        PromptRows.CheckName("name", name);
        PromptRows.CheckNote("reason", reason);
        StoredPrompt prompt = await PromptRows.LockOpen(context, projectId, promptId);
        StoredVersion start = await PromptRows.Resolve(context, prompt, from);
        if (await context.PromptBranches.AnyAsync(row => row.PromptId == prompt.Id && row.Name == name))
            throw new RefusedException(Refusal.Conflict, "name-taken", $"There is a branch {name} already.");
        if (await context.PromptLabels.AnyAsync(row => row.PromptId == prompt.Id && row.Name == name))
            throw new RefusedException(Refusal.Conflict, "name-taken", $"There is a label {name} already; a branch needs a name of its own.");
        DateTime now = clock.Now();
        context.PromptBranches.Add(new PromptBranch { PromptId = prompt.Id, Name = name, Head = start.Number, CreatedAt = now });
        PromptRows.AddEvent(context, actor, prompt.Id, "branched", name, null, start.Number, reason, now);
        await AuditLog.Append(context, now, actor, projectId, "prompt-branched", $"prompt/{prompt.Id}", after: new { Branch = name, Head = start.Number, reason });
        return new BranchView(name, start.Number);
    });

    /// <summary>
    /// Adds a version after the one that the caller has seen at the branch's head. Where the branch has moved on, nothing is stored and the
    /// refusal holds a merge of both.
    /// </summary>
    public Task<(VersionView Version, bool IsReplay)> Commit(Actor actor, long projectId, long promptId, string branch, int seen, PromptContent content, string note, string? key) =>
        Once(actor, projectId, promptId, key, new { projectId, promptId, branch, seen, content, note }, async (context, prompt) =>
        {
            PromptRows.CheckNote("note", note);
            PromptContent checkedContent = PromptRows.Checked(content);
            PromptBranch head = await Head(context, prompt, branch);
            StoredVersion parent = await PromptRows.Version(context, prompt.Id, head.Head);
            if (head.Head != seen)
                throw await Moved(context, prompt, head, parent, seen, checkedContent);
            return await Add(context, actor, prompt, head, parent, null, null, checkedContent, note, "committed");
        });

    /// <summary>What merging a version into a branch would give; nothing is stored.</summary>
    public Task<MergePreview> PreviewMerge(long projectId, long promptId, string into, string from) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        PromptBranch head = await Head(context, prompt, into);
        return await Preview(context, prompt, head.Head, await PromptRows.Resolve(context, prompt, from));
    });

    /// <summary>
    /// Merges a version into a branch. Where the branch has nothing of its own it only moves. Conflicts need a content that somebody has made of
    /// both sides: it names the version that it was made from by number, because a branch may have moved on since, and what is new there would be lost.
    /// </summary>
    public Task<(VersionView Version, bool IsReplay)> Merge(Actor actor, long projectId, long promptId, string into, int seen, string from, PromptContent? content, string note, string? key) =>
        Once(actor, projectId, promptId, key, new { projectId, promptId, into, seen, from, content, note }, async (context, prompt) =>
        {
            PromptRows.CheckNote("note", note);
            PromptBranch head = await Head(context, prompt, into);
            StoredVersion parent = await PromptRows.Version(context, prompt.Id, head.Head), other = await PromptRows.Resolve(context, prompt, from);
            if (head.Head != seen)
                throw new RefusedException(Refusal.Conflict, "branch-moved", $"The branch {into} was at version {seen} and is at {head.Head} now, by {parent.Author}; look at the merge again.") { Details = new { head.Head } };
            MergePreview preview = await Preview(context, prompt, head.Head, other);
            if (preview.State == "nothing")
                throw new RefusedException(Refusal.Conflict, "nothing-to-merge", $"The branch {into} holds version {other.Number} already.");
            if (content is not null && PromptRows.NumberIn(from) is null)
                throw new RefusedException(Refusal.Conflict, "from-moves", $"{from} is at version {other.Number} now. A content goes with the number of the version that it was made from; look at the merge again and send that.") { Details = preview };
            if (content is not null && preview.State == "fast-forward")
                throw new RefusedException(Refusal.Conflict, "fast-forward", $"The branch {into} has nothing of its own since version {head.Head} and would only move to version {other.Number}; the content that was sent would be lost. Send none, or add it as a version afterwards.") { Details = preview };
            if (preview.State == "fast-forward")
                return await FastForward(context, actor, projectId, prompt, head, other, note);
            if (preview.Conflicts.Count > 0 && content is null)
                throw new RefusedException(Refusal.Conflict, "merge-conflict", $"Versions {head.Head} and {other.Number} change the same places ({string.Join(", ", preview.Conflicts.Select(conflict => conflict.Field).Distinct())}); send the content that is to count.") { Details = preview };
            if (content is not null && (TextMerge.HasMarks(content.System) || TextMerge.HasMarks(content.Template)))
                throw RefusedException.Invalid(new FieldProblem("content", "still holds a mark of a conflict (<<<<<<< ours, ||||||| base, >>>>>>> theirs)"));
            return await Add(context, actor, prompt, head, parent, other.Number, null, PromptRows.Checked(content ?? preview.Content), note, "merged");
        });

    /// <summary>Brings back what an earlier version said, as a new version at the branch's head.</summary>
    public Task<(VersionView Version, bool IsReplay)> RollBack(Actor actor, long projectId, long promptId, string branch, int seen, string to, string reason, string? key) =>
        Once(actor, projectId, promptId, key, new { projectId, promptId, branch, seen, to, reason, rollback = true }, async (context, prompt) =>
        {
            PromptRows.CheckNote("reason", reason, required: true);
            PromptBranch head = await Head(context, prompt, branch);
            StoredVersion parent = await PromptRows.Version(context, prompt.Id, head.Head), old = await PromptRows.Resolve(context, prompt, to);
            if (head.Head != seen)
                throw new RefusedException(Refusal.Conflict, "branch-moved", $"The branch {branch} was at version {seen} and is at {head.Head} now, by {parent.Author}: \"{parent.Note}\". Nothing was changed.") { Details = new { head.Head } };
            return await Add(context, actor, prompt, head, parent, null, old.Number, PromptRows.ContentOf(old), reason, "rolled-back");
        });

    internal static object Logged(StoredVersion version) => new { version.PromptId, version.Number, version.Hash, version.Parent, version.SecondParent, version.Restores, version.Branch };

    private Task<(VersionView, bool)> Once(Actor actor, long projectId, long promptId, string? key, object request, Func<StudioContext, StoredPrompt, Task<StoredVersion>> work) => database.Write(async context =>
    {
        StoredPrompt prompt = await PromptRows.Lock(context, projectId, promptId);
        if (await SentRequests.Find(context, actor, key, request) is long made)
            return (PromptRows.View(await context.PromptVersions.AsNoTracking().SingleAsync(row => row.Id == made)), true);
        await PromptRows.CheckOpen(context, projectId);
        StoredVersion version = await work(context, prompt);
        SentRequests.Remember(context, actor, key, request, version.Id, clock.Now());
        return (PromptRows.View(version), false);
    });

    private static async Task<PromptBranch> Head(StudioContext context, StoredPrompt prompt, string branch) =>
        await context.PromptBranches.SingleOrDefaultAsync(row => row.PromptId == prompt.Id && row.Name == branch) ?? throw RefusedException.NotFound($"branch \"{branch}\" of {prompt.Name}");

    private async Task<StoredVersion> Add(StudioContext context, Actor actor, StoredPrompt prompt, PromptBranch head, StoredVersion parent, int? secondParent, int? restores, PromptContent content, string note, string kind)
    {
        DateTime now = clock.Now();
        if (secondParent is null && content.Hash() == parent.Hash)
            throw new RefusedException(Refusal.Conflict, "unchanged", $"This is what version {parent.Number} says already; no version was added.");
        PromptContent before = PromptRows.ContentOf(parent);
        var version = new StoredVersion
        {
            PromptId = prompt.Id,
            Number = await context.PromptVersions.Where(row => row.PromptId == prompt.Id).MaxAsync(row => row.Number) + 1,
            Content = content.ToJson(),
            Hash = content.Hash(),
            Parent = parent.Number,
            SecondParent = secondParent,
            Restores = restores,
            Branch = head.Name,
            Note = note,
            AuthorId = actor.AccountId,
            Author = actor.Name,
            ChangeRate = PromptDiff.Of(before, content).ChangeRate,
            ModelChanged = before.Settings.Model != content.Settings.Model,
            CreatedAt = now,
        };
        context.PromptVersions.Add(version);
        PromptRows.AddEvent(context, actor, prompt.Id, kind, head.Name, head.Head, version.Number, note, now);
        head.Head = version.Number;
        await context.SaveChangesAsync();
        await AuditLog.Append(context, now, actor, prompt.ProjectId, Committed, $"prompt-version/{version.Id}", after: Logged(version));
        return version;
    }

    private async Task<StoredVersion> FastForward(StudioContext context, Actor actor, long projectId, StoredPrompt prompt, PromptBranch head, StoredVersion to, string note)
    {
        DateTime now = clock.Now();
        PromptRows.AddEvent(context, actor, prompt.Id, "fast-forwarded", head.Name, head.Head, to.Number, note, now);
        await AuditLog.Append(context, now, actor, projectId, "prompt-fast-forwarded", $"prompt/{prompt.Id}", new { Branch = head.Name, head.Head }, new { Branch = head.Name, Head = to.Number });
        head.Head = to.Number;
        return to;
    }

    private static async Task<MergePreview> Preview(StudioContext context, StoredPrompt prompt, int into, StoredVersion from)
    {
        int? start = (await PromptRows.Graph(context, prompt.Id)).MergeBase(into, from.Number);
        PromptContent ours = PromptRows.ContentOf(await PromptRows.Version(context, prompt.Id, into)), theirs = PromptRows.ContentOf(from);
        if (start == from.Number || start == into)
            return new MergePreview(start == from.Number ? "nothing" : "fast-forward", into, from.Number, start, start == into ? theirs : ours, []);
        // Every version descends from the first, so there is always one to start from.
        PromptMerge merge = PromptMerge.Of(PromptRows.ContentOf(await PromptRows.Version(context, prompt.Id, start!.Value)), ours, theirs);
        return new MergePreview("merge", into, from.Number, start, merge.Content, merge.Conflicts);
    }

    // What was sent is not lost: it comes back merged with what came in between, with the conflicts shown.
    private static async Task<RefusedException> Moved(StudioContext context, StoredPrompt prompt, PromptBranch branch, StoredVersion head, int seen, PromptContent sent)
    {
        StoredVersion start = await PromptRows.Version(context, prompt.Id, seen);
        PromptMerge merge = PromptMerge.Of(PromptRows.ContentOf(start), PromptRows.ContentOf(head), sent);
        return new RefusedException(Refusal.Conflict, "branch-moved", $"The branch {branch.Name} was at version {seen} and is at {head.Number} now, by {head.Author}: \"{head.Note}\". Nothing was stored; a merge of both is shown.")
        {
            Details = new { Head = head.Number, head.Author, head.Note, head.CreatedAt, merge.Content, merge.Conflicts },
        };
    }
}
