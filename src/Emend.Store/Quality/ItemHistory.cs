using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A text of an item that people worked on, with the share of them who changed each of its units.</summary>
/// <param name="Source">simulated: worked on by a simulated annotator and no people; null: by people.</param>
/// <param name="Response">Index of the response, or null where <paramref name="Turn"/> is the index of a turn.</param>
public sealed record WorkedText(string? Source, int? Response, int? Turn, SoftText Heat);

/// <summary>One revision of somebody's answer. IsCurrent: it counts; UndoneAt: it was taken back within seconds; neither: a later one replaced it.</summary>
public sealed record HistoryRevision(long Id, int Revision, DateTime CreatedAt, bool IsCurrent, DateTime? UndoneAt, bool IsExtra, int Guideline, double? EditRate, Answer Answer, EditReport? Edit, ReviewOutcome? Review);

/// <summary>What somebody who saw the two texts blind said: 1 the edit is better, 0 the original, 0.5 no difference.</summary>
public sealed record ReviewOutcome(double Verdict, string? Note, string Reviewer, DateTime? DecidedAt);

/// <summary>What one person did with an item, or a simulated annotator (Source: simulated): every revision, oldest first.</summary>
public sealed record PersonsHistory(string Person, string? Source, AssignmentState State, DateTime TakenAt, string? SkipReason, string? SkipNote, IReadOnlyList<HistoryRevision> Revisions);

/// <summary>A decision of an adjudicator; a later one replaced those that are not current.</summary>
public sealed record HistoryResolution(Answer Answer, EditReport? Edit, string Cause, string? Note, string Adjudicator, DateTime CreatedAt, bool IsCurrent);

/// <summary>Everything that happened to an item.</summary>
public sealed record ItemHistoryView(
    long ItemId, string ExternalId, string Group, ItemContent Content, bool IsGold, bool IsAttention, Answer? Gold,
    IReadOnlyList<WorkedText> Texts, IReadOnlyList<PersonsHistory> People, IReadOnlyList<HistoryResolution> Resolutions);

/// <summary>The chain of edits of an item's texts: who, when, why, and where people agree that something has to change.</summary>
public sealed class ItemHistory(Database database, Tokenizers tokenizers)
{
    public Task<ItemHistoryView> Get(long projectId, long itemId) => database.Read(async context =>
    {
        Item item = await context.Items.SingleOrDefaultAsync(row => row.Id == itemId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("item");
        Project project = await context.Projects.SingleAsync(row => row.Id == projectId);
        AnswerRules rules = tokenizers.RulesOf(project);
        ItemContent content = StoreJson.Read<ItemContent>(item.Content);
        List<Assignment> assignments = await context.Assignments.Where(row => row.ItemId == itemId).OrderBy(row => row.Id).ToListAsync();
        List<StoredAnswer> answers = await context.Answers.Where(row => row.ItemId == itemId).OrderBy(row => row.Id).ToListAsync();
        Dictionary<long, Review> reviews = await context.Reviews.Where(row => row.Verdict != null && context.Answers.Any(answer => answer.Id == row.AnswerId && answer.ItemId == itemId)).ToDictionaryAsync(row => row.AnswerId);
        long? simulated = await SimulatedAnnotators.Find(context);
        PersonsHistory[] people = [.. assignments.Select(assignment => new PersonsHistory(
            Annotator.Pseudonym(assignment.AccountId), SourcedAnswers.OriginOf(assignment.AccountId, simulated), assignment.State, assignment.LeasedAt, assignment.SkipReason, assignment.SkipNote,
            [.. answers.Where(row => row.AssignmentId == assignment.Id).Select(row => Revision(row, content, rules, reviews.GetValueOrDefault(row.Id)))]))];
        return new ItemHistoryView(
            itemId, item.ExternalId, item.Group, content, item.Gold is not null, await context.AttentionItems.AnyAsync(row => row.ItemId == itemId),
            item.Gold is null ? null : StoreJson.Read<Answer>(item.Gold),
            [.. answers.Where(row => row.IsCurrent).GroupBy(row => SourcedAnswers.OriginOf(row.AccountId, simulated)).OrderBy(group => group.Key is not null)
                .SelectMany(group => TextsOf(content, group.Key, [.. group.Select(row => StoreJson.Read<Answer>(row.Content))], rules))], people,
            await Resolutions(context, itemId, content, rules));
    });

    private static HistoryRevision Revision(StoredAnswer row, ItemContent content, AnswerRules rules, Review? review)
    {
        Answer answer = StoreJson.Read<Answer>(row.Content);
        return new HistoryRevision(
            row.Id, row.Revision, row.CreatedAt, row.IsCurrent, row.UndoneAt, row.IsExtra, row.GuidelineNumber, row.EditRate, answer,
            row.EditRate is null ? null : AnswerCheck.Of(answer, content, rules).Edit,
            review is { Verdict: double verdict } ? new ReviewOutcome(verdict, review.Note, Annotator.Pseudonym(review.ReviewerId ?? 0), review.DecidedAt) : null);
    }

    private static WorkedText[] TextsOf(ItemContent content, string? source, IReadOnlyList<Answer> answers, AnswerRules rules) =>
        [.. answers.Select(answer => (Answer: answer, Texts: Judgements.TextsOf(content, answer))).Where(given => given.Texts is not null)
            .GroupBy(given => (Response: given.Answer.Edit is EditAnswer edit ? edit.Target ?? 0 : (int?)null, given.Answer.Turn?.Turn))
            .OrderBy(group => group.Key.Response).ThenBy(group => group.Key.Turn)
            .Select(group => new WorkedText(source, group.Key.Response, group.Key.Turn, SoftLabels.Heat(group.First().Texts!.Value.Original, [.. group.Select(given => given.Texts!.Value.Edited)], rules.Tokenizer)))];

    private static async Task<HistoryResolution[]> Resolutions(StudioContext context, long itemId, ItemContent content, AnswerRules rules)
    {
        var rows = await (from resolution in context.Resolutions
                          join account in context.Users on resolution.AdjudicatorId equals account.Id
                          where resolution.ItemId == itemId
                          orderby resolution.Id
                          select new { resolution, account.DisplayName }).ToListAsync();
        return [.. rows.Select(row =>
        {
            Answer answer = StoreJson.Read<Answer>(row.resolution.Content);
            return new HistoryResolution(answer, AnswerCheck.Of(answer, content, rules).Edit, row.resolution.Cause, row.resolution.Note, row.DisplayName, row.resolution.CreatedAt, row.resolution.IsCurrent);
        })];
    }
}
