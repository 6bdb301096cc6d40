using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>An item that several people have answered.</summary>
public sealed record DisputedItem(long ItemId, string ExternalId, int Answers, bool IsResolved);

/// <summary>One person's answer to a disputed item, or a simulated annotator's (Source: simulated); Edit holds its hunks over the original, where it is an edit.</summary>
public sealed record DisputedAnswer(string Annotator, string? Source, Answer Answer, EditReport? Edit);

/// <summary>What an adjudicator decided.</summary>
public sealed record ResolutionView(Answer Answer, string Cause, string? Note, string Adjudicator, DateTime CreatedAt);

/// <summary>A disputed item with all that was said about it.</summary>
public sealed record Dispute(long ItemId, string ExternalId, ItemContent Content, IReadOnlyList<DisputedAnswer> Answers, ResolutionView? Resolution);

/// <summary>Where several people answered, somebody decides what counts, hunk by hunk: the decision is an answer held to the same rules.</summary>
public sealed class Adjudication(Database database, Tokenizers tokenizers, TimeProvider clock)
{
    public static readonly IReadOnlyList<string> Causes = ["ambiguous", "guidelineGap", "error", "taste"];

    /// <summary>Items with two or more answers that count; open: only those without a decision.</summary>
    public Task<List<DisputedItem>> List(long projectId, bool open, long after, int limit) => database.Read(context =>
        (from item in context.Items
         where item.ProjectId == projectId && item.Id > after
         let answers = context.Answers.Count(answer => answer.ItemId == item.Id && answer.IsCurrent)
         let resolved = context.Resolutions.Any(resolution => resolution.ItemId == item.Id && resolution.IsCurrent)
         where answers >= 2 && (!open || !resolved)
         orderby item.Id
         select new DisputedItem(item.Id, item.ExternalId, answers, resolved)).Take(limit).ToListAsync());

    public Task<Dispute> Get(long projectId, long itemId) => database.Read(async context =>
    {
        Item item = await context.Items.SingleOrDefaultAsync(row => row.Id == itemId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("item");
        Project project = await context.Projects.SingleAsync(row => row.Id == projectId);
        ItemContent content = StoreJson.Read<ItemContent>(item.Content);
        AnswerRules rules = tokenizers.RulesOf(project);
        List<StoredAnswer> answers = await context.Answers.Where(row => row.ItemId == itemId && row.IsCurrent).OrderBy(row => row.Id).ToListAsync();
        long? simulated = await SimulatedAnnotators.Find(context);
        var resolution = await (from row in context.Resolutions
                                join account in context.Users on row.AdjudicatorId equals account.Id
                                where row.ItemId == itemId && row.IsCurrent
                                select new { row, account.DisplayName }).SingleOrDefaultAsync();
        return new Dispute(itemId, item.ExternalId, content,
            [.. answers.Select(row => Of(row, SourcedAnswers.OriginOf(row.AccountId, simulated), content, rules))],
            resolution is null ? null : new ResolutionView(StoreJson.Read<Answer>(resolution.row.Content), resolution.row.Cause, resolution.row.Note, resolution.DisplayName, resolution.row.CreatedAt));
    });

    /// <summary>Stores a decision; an earlier one stays and counts no more.</summary>
    public async Task Resolve(Actor actor, long projectId, long itemId, Answer answer, string cause, string? note)
    {
        if (!Causes.Contains(cause))
            throw RefusedException.Invalid(new FieldProblem("cause", $"\"{cause}\" is not one of {string.Join(", ", Causes)}"));
        if (note?.Length > 5000 || note?.Contains('\0') == true)
            throw RefusedException.Invalid(new FieldProblem("note", "at most 5000 characters of text are expected"));
        Project project = await database.Read(context => context.Projects.SingleAsync(row => row.Id == projectId));
        Dispute dispute = await Get(projectId, itemId);
        if (answer.Kind != project.Kind)
            throw RefusedException.Invalid(new FieldProblem("answer.kind", "is not the task of the project"));
        AnswerReport report = AnswerCheck.Of(answer, dispute.Content, tokenizers.RulesOf(project));
        if (report.Problems.Count > 0)
            throw RefusedException.Invalid([.. report.Problems.Select(problem => problem with { Field = $"answer.{problem.Field}" })]);
        await database.Write(async context =>
        {
            await Slots.LockItem(context, itemId);
            await context.Resolutions.Where(row => row.ItemId == itemId && row.IsCurrent).ExecuteUpdateAsync(set => set.SetProperty(row => row.IsCurrent, false));
            string content = StoreJson.Write(report.Answer with { Advice = null });
            context.Resolutions.Add(new Resolution { ProjectId = projectId, ItemId = itemId, AdjudicatorId = actor.AccountId!.Value, IsCurrent = true, Cause = cause, Note = note, Content = content, CreatedAt = clock.Now() });
            await AuditLog.Append(context, clock.Now(), actor, projectId, "adjudicated", $"item/{itemId}", after: new { cause, ContentHash = StoreJson.Hash(content) });
        });
    }

    private static DisputedAnswer Of(StoredAnswer row, string? source, ItemContent content, AnswerRules rules)
    {
        Answer answer = StoreJson.Read<Answer>(row.Content);
        return new DisputedAnswer(Annotator.Pseudonym(row.AccountId), source, answer, row.EditRate is null ? null : AnswerCheck.Of(answer, content, rules).Edit);
    }
}
