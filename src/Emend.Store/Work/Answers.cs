using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What became of a submitted answer; IsReplay: it was there already under the same key.</summary>
public sealed record Submitted(long Id, int Revision, DateTime CreatedAt, DateTime UndoUntil, bool IsExtra, EditReport? Edit, [property: System.Text.Json.Serialization.JsonIgnore] bool IsReplay);

/// <summary>What is to be said about an answer before it is submitted.</summary>
public sealed record CheckedAnswer(IReadOnlyList<FieldProblem> Problems, IReadOnlyList<AnswerWarning> Warnings, EditReport? Edit, IReadOnlyList<EditReport?> Transcripts);

/// <summary>One revision of somebody's answer.</summary>
public sealed record AnswerRevision(long Id, int Revision, bool IsCurrent, DateTime? UndoneAt, DateTime CreatedAt, Answer Answer);

/// <summary>Answers: checked against the item, stored once, undone within seconds, revised later.</summary>
public sealed class Answers(Database database, Tokenizers tokenizers, TimeProvider clock)
{
    /// <summary>How long the page offers to undo.</summary>
    public static readonly TimeSpan UndoTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan NetworkTime = TimeSpan.FromSeconds(2);
    private const int LongestKey = 100;

    /// <summary>The problems and warnings of an answer; nothing is stored.</summary>
    public async Task<CheckedAnswer> Check(long projectId, long accountId, long assignmentId, Answer answer)
    {
        AnswerReport report = (await Report(projectId, accountId, assignmentId, answer)).Report;
        return new CheckedAnswer(report.Problems, report.Warnings, report.Edit, report.Transcripts);
    }

    /// <summary>Stores an answer exactly once for its key.</summary>
    public async Task<Submitted> Submit(Actor actor, long projectId, long assignmentId, Answer answer, string key)
    {
        if (key.Length is 0 or > LongestKey || key.Any(unit => unit is < '!' or > '~'))
            throw RefusedException.Invalid(new FieldProblem("Idempotency-Key", $"1 to {LongestKey} printable characters are expected in this header"));
        (AnswerReport report, string itemHash) = await Report(projectId, actor.AccountId!.Value, assignmentId, answer);
        string content = StoreJson.Write(report.Answer);
        return await database.Write(async context =>
        {
            StoredAbTest? test = await AbTestEnd.LockOf(context, assignmentId);
            Assignment assignment = await Queue.Own(context, projectId, actor.AccountId.Value, assignmentId);
            (Project project, StoredAnswer? sent, int revision) = await Known(context, assignment, key);
            if (sent is not null)
                return Replay(sent, assignmentId, content, report.Edit);
            Refuse(report);
            AbTestEnd.CheckRuns(test);
            CheckOpen(project, assignment);
            Submitted submitted = await Store(context, actor, project, assignment, revision + 1, report, content, itemHash, key);
            if (test is not null)
                await AbTestEnd.AfterVote(context, test, clock.Now());
            return submitted;
        });
    }

    /// <summary>Takes the newest answer back while the page still offers it; the draft is as it was.</summary>
    public Task<AssignmentView> Undo(Actor actor, long projectId, long assignmentId, int revision) => database.Write(async context =>
    {
        DateTime now = clock.Now();
        StoredAbTest? test = await AbTestEnd.LockOf(context, assignmentId);
        Assignment assignment = await Queue.Own(context, projectId, actor.AccountId!.Value, assignmentId);
        StoredAnswer? answer = await context.Answers.SingleOrDefaultAsync(row => row.AssignmentId == assignmentId && row.Revision == revision);
        if (answer is { UndoneAt: not null })
            return await AssignmentView.Of(context, assignment, now);
        if (answer is not { IsCurrent: true } || assignment.State != AssignmentState.Submitted)
            throw new RefusedException(Refusal.Conflict, "not-submitted", $"Revision {revision} is not the newest answer to this item.");
        if (now > answer.CreatedAt + UndoTime + NetworkTime)
            throw new RefusedException(Refusal.Conflict, "too-late", "The answer stands; reopen the item to give a new one.");
        AbTestEnd.CheckRuns(test);
        (answer.IsCurrent, answer.UndoneAt) = (false, now);
        StoredAnswer? earlier = await context.Answers.Where(row => row.AssignmentId == assignmentId && row.Revision < revision && row.UndoneAt == null).OrderByDescending(row => row.Revision).FirstOrDefaultAsync();
        if (earlier is not null)
            earlier.IsCurrent = true;
        assignment.State = AssignmentState.Leased;
        assignment.ExpiresAt = now.AddMinutes(await context.Projects.Where(row => row.Id == projectId).Select(row => row.LeaseMinutes).SingleAsync());
        assignment.Version++;
        await AuditLog.Append(context, now, actor, projectId, "answer-undone", $"answer/{answer.Id}");
        await context.SaveChangesAsync();
        return await AssignmentView.Of(context, assignment, now);
    });

    /// <summary>All revisions of the caller's answer, newest first.</summary>
    public Task<List<AnswerRevision>> History(long projectId, long accountId, long assignmentId) => database.Read(async context =>
    {
        if (!await context.Assignments.AnyAsync(row => row.Id == assignmentId && row.ProjectId == projectId && row.AccountId == accountId))
            throw RefusedException.NotFound("assignment");
        bool blind = await context.Projects.Where(row => row.Id == projectId).Select(row => row.Blind).SingleAsync();
        List<StoredAnswer> rows = await context.Answers.Where(row => row.AssignmentId == assignmentId).OrderByDescending(row => row.Revision).ToListAsync();
        return rows.ConvertAll(row => new AnswerRevision(row.Id, row.Revision, row.IsCurrent, row.UndoneAt, row.CreatedAt, AssignmentView.AnswerOf(row, blind)));
    });

    // Before the transaction: aligning two long texts must not hold up those who write.
    private async Task<(AnswerReport Report, string ItemHash)> Report(long projectId, long accountId, long assignmentId, Answer answer)
    {
        var found = await database.Read(context => (from assignment in context.Assignments
                                                    join item in context.Items on assignment.ItemId equals item.Id
                                                    join project in context.Projects on assignment.ProjectId equals project.Id
                                                    where assignment.Id == assignmentId && assignment.ProjectId == projectId && assignment.AccountId == accountId
                                                    select new { item.Content, item.ContentHash, project, IsAdvised = context.Advice.Any(row => row.AssignmentId == assignmentId) }).SingleOrDefaultAsync())
            ?? throw RefusedException.NotFound("assignment");
        if (answer.Kind != found.project.Kind)
            throw RefusedException.Invalid(new FieldProblem("kind", $"is {StoreJson.Write(answer.Kind).Trim('"')}; the project's task is {StoreJson.Write(found.project.Kind).Trim('"')}"));
        ItemContent item = StoreJson.Read<ItemContent>(found.Content);
        AnswerReport report = AnswerCheck.Of(answer, item, tokenizers.RulesOf(found.project));
        if (report.Answer.CommentAudio is not null && await database.Read(context => MediaFiles.NoteProblem(context, assignmentId, report.Answer.CommentAudio)) is FieldProblem note)
            report = report with { Problems = [.. report.Problems, note] };
        Answer said = found.IsAdvised ? await database.Read(context => ModelAdvice.WithProvenance(context, assignmentId, report.Answer, item)) : report.Answer with { Advice = null };
        return (report with { Answer = said }, found.ContentHash);
    }

    // The project, the answer that was sent under this key before, and the newest revision of the answer to this item (0: none).
    private static async Task<(Project Project, StoredAnswer? Sent, int Revision)> Known(StudioContext context, Assignment assignment, string key)
    {
        var found = await (from project in context.Projects
                           from sent in context.Answers.Where(row => row.AccountId == assignment.AccountId && row.IdempotencyKey == key).DefaultIfEmpty()
                           where project.Id == assignment.ProjectId
                           select new { project, sent, Revision = context.Answers.Where(row => row.AssignmentId == assignment.Id).Max(row => (int?)row.Revision) }).AsNoTracking().SingleAsync();
        return (found.project, found.sent, found.Revision ?? 0);
    }

    private static Submitted Replay(StoredAnswer before, long assignmentId, string content, EditReport? edit)
    {
        if (before.AssignmentId != assignmentId || before.Content != content)
            throw new RefusedException(Refusal.Conflict, "key-reused", "This Idempotency-Key was sent with another answer; each answer needs a key of its own.");
        return new Submitted(before.Id, before.Revision, before.CreatedAt, before.CreatedAt + UndoTime, before.IsExtra, edit, IsReplay: true);
    }

    private static void Refuse(AnswerReport report)
    {
        if (report.Problems.Count > 0)
            throw RefusedException.Invalid(report.Problems);
        AnswerWarning[] open = [.. report.Open];
        if (open.Length > 0)
        {
            throw new RefusedException(Refusal.Invalid, "warnings", $"There are warnings to accept or mend: {string.Join("; ", open.Select(warning => warning.Message))}.")
            {
                Details = new { Warnings = open, report.Edit },
            };
        }
    }

    private static void CheckOpen(Project project, Assignment assignment)
    {
        if (assignment.State is AssignmentState.Submitted or AssignmentState.Skipped)
            throw new RefusedException(Refusal.Conflict, "submitted", $"This item was {assignment.State.ToString().ToLowerInvariant()} already; reopen it to give a new answer.");
        if (project.ArchivedAt is not null)
            throw new RefusedException(Refusal.Conflict, "archived", "The project is archived; the draft is kept.");
    }

    private async Task<Submitted> Store(
        StudioContext context, Actor actor, Project project, Assignment assignment, int revision, AnswerReport report, string content, string itemHash, string key)
    {
        DateTime now = clock.Now();
        bool extra = assignment.Slot is null && !await Slots.TryTake(context, assignment);
        if (extra && !project.KeepExtra)
            throw new RefusedException(Refusal.Conflict, "slot-taken", "The lease was over and somebody else has answered; the project keeps no extra answers. The draft is kept.");
        if (revision > 1)
            await context.Answers.Where(row => row.AssignmentId == assignment.Id && row.IsCurrent).ExecuteUpdateAsync(set => set.SetProperty(row => row.IsCurrent, false));
        var answer = new StoredAnswer
        {
            ProjectId = assignment.ProjectId,
            ItemId = assignment.ItemId,
            AssignmentId = assignment.Id,
            AccountId = assignment.AccountId,
            Revision = revision,
            Kind = report.Answer.Kind,
            IsCurrent = true,
            IsExtra = extra,
            Content = content,
            ContentHash = StoreJson.Hash(content),
            ItemHash = itemHash,
            IdempotencyKey = key,
            GuidelineNumber = assignment.GuidelineNumber,
            EditRate = report.Edit?.EditRate,
            Hunks = report.Edit?.Hunks.Count,
            ActiveSeconds = report.Answer.Work?.ActiveSeconds,
            CreatedAt = now,
            ClientTime = report.Answer.ClientTime?.UtcDateTime,
        };
        context.Answers.Add(answer);
        assignment.State = AssignmentState.Submitted;
        assignment.Version++;
        await context.SaveChangesAsync();
        Reviews.Draw(context, answer, project.ReviewShare, now);
        await AuditLog.Append(context, now, actor, assignment.ProjectId, "answered", $"answer/{answer.Id}", after: new { answer.ItemId, answer.Revision, answer.ContentHash });
        return new Submitted(answer.Id, revision, now, now + UndoTime, extra, report.Edit, IsReplay: false);
    }
}
