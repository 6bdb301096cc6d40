using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>One person's work in a project. Shares are null where nothing stands behind them.</summary>
/// <param name="Source">simulated where it is no person but a program; null: a person.</param>
/// <param name="MeanActiveSeconds">As the page counted, with focus and input.</param>
/// <param name="MeanEditRate">Of edits that changed something.</param>
/// <param name="NoEditShare">Of answers of an edit task, those that left the text as it was.</param>
/// <param name="LeftShare">Of choices between two, those that preferred what was shown first: 0.5 where position says nothing.</param>
/// <param name="LongerShare">Of choices between two of different length, those that preferred the longer one.</param>
/// <param name="MeanRating">Mean of all numbers given: leniency.</param>
/// <param name="GoldAgreed">Gold items answered as they should be, of <paramref name="GoldAnswered"/>.</param>
/// <param name="AttentionFailed">Attention items not answered as they should be, of <paramref name="AttentionAnswered"/>. One is enough to be flagged; nothing else follows from it.</param>
/// <param name="ReviewBetter">Share of reviewed edits that were found better than the original, no difference counting half.</param>
/// <param name="Sampled">LeftShare, LongerShare and MeanRating are of a fixed sample of the items.</param>
public sealed record AnnotatorStatistics(
    long AccountId, string Name, string? Source, string? Group, int Submitted, int Skipped, double? MeanActiveSeconds, double? MeanEditRate, double? NoEditShare,
    double? LeftShare, double? LongerShare, double? MeanRating, int GoldAnswered, int GoldAgreed, int AttentionAnswered, int AttentionFailed, double? ReviewBetter, bool Sampled)
{
    /// <summary>Failed an attention item: somebody should look at the answers. They count as before.</summary>
    public bool IsFlagged => AttentionFailed > 0;
}

/// <summary>How far people agree in a project; what does not apply to its task is null.</summary>
/// <param name="Source">Whose answers the figures are of; <paramref name="LeftOut"/>: answers of the other source, people or simulated annotators.</param>
/// <param name="Choices">Nominal alpha over the choice between responses.</param>
/// <param name="Ranks">Ordinal alpha over the ranks of responses.</param>
/// <param name="Ratings">Interval alpha for each scale.</param>
/// <param name="Edits">Where people edit, and how alike their results are.</param>
/// <param name="Spans">Alpha over "this word was marked" of every word.</param>
/// <param name="PairwiseKappa">Cohen's kappa of choices for every two people with items in common.</param>
/// <param name="Items">Items with an answer, gold and attention items aside; <paramref name="Sampled"/>: the figures are of a fixed sample of them.</param>
public sealed record ProjectAgreement(
    AnswerSource Source, int LeftOut, AgreementValue? Choices, AgreementValue? Ranks, IReadOnlyDictionary<string, AgreementValue>? Ratings, EditAgreement? Edits, AgreementValue? Spans, IReadOnlyList<PairKappa> PairwiseKappa,
    int Items, bool Sampled);

/// <summary>Cohen's kappa of two people, or of a person and a simulated annotator (Source: simulated).</summary>
public sealed record PairKappa(long First, long Second, string? Source, AgreementValue Kappa);

/// <summary>How somebody answered gold and attention items.</summary>
internal readonly record struct CheckCounts(int GoldAnswered, int GoldAgreed, int AttentionAnswered, int AttentionFailed);

/// <summary>Figures over a project's answers that count, computed from them each time, item by item.</summary>
public sealed class Statistics(Database database)
{
    /// <summary>Above so many answered items agreement is computed on a fixed sample of about so many.</summary>
    public const int MostItems = 20_000;

    public Task<List<AnnotatorStatistics>> Annotators(long projectId) => database.Read(context => Annotators(context, projectId));

    public Task<ProjectAgreement> Agreement(long projectId, string source) => database.Read(async context => await Agreement(context, await SourcedAnswers.Of(context, projectId, SourcedAnswers.Named(source))));

    internal static async Task<List<AnnotatorStatistics>> Annotators(StudioContext context, long projectId)
    {
        var people = await (from member in context.Memberships
                            join account in context.Users on member.AccountId equals account.Id
                            where member.ProjectId == projectId
                            orderby account.Id
                            select new { account.Id, account.DisplayName, member.Group }).ToListAsync();
        // Whoever left the project did their work all the same.
        var left = await (from account in context.Users
                          where (context.Answers.Any(row => row.ProjectId == projectId && row.AccountId == account.Id && row.IsCurrent)
                                 || context.Assignments.Any(row => row.ProjectId == projectId && row.AccountId == account.Id && row.State == AssignmentState.Skipped))
                                && !context.Memberships.Any(member => member.ProjectId == projectId && member.AccountId == account.Id)
                          orderby account.Id
                          select new { account.Id, account.DisplayName, Group = (string?)null }).ToListAsync();
        people.AddRange(left);
        Dictionary<long, int> skipped = await context.Assignments.Where(row => row.ProjectId == projectId && row.State == AssignmentState.Skipped)
            .GroupBy(row => row.AccountId).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count);
        Dictionary<long, double> reviews = await context.Reviews.Where(row => row.ProjectId == projectId && row.Verdict != null)
            .GroupBy(row => row.AuthorId).Select(group => new { group.Key, Mean = group.Average(row => row.Verdict!.Value) }).ToDictionaryAsync(row => row.Key, row => row.Mean);
        SourcedAnswers answers = await SourcedAnswers.Of(context, projectId, AnswerSource.All);
        bool areEdits = await context.Projects.AnyAsync(row => row.Id == projectId && row.Kind == TaskKind.Edit);
        var counted = await answers.Rows.GroupBy(row => row.AccountId).Select(group => new
        {
            group.Key,
            Count = group.Count(),
            Seconds = group.Average(row => row.ActiveSeconds),
            EditRate = group.Average(row => row.EditRate),
            Unchanged = group.Average(row => row.EditRate == null ? 1.0 : 0.0),
        }).ToDictionaryAsync(row => row.Key);
        Dictionary<long, CheckCounts> checks = await Checks(context, answers);
        ItemSample sample = await ItemSample.Of(context, answers, MostItems);
        Dictionary<long, Habits> habits = await HabitsOf(context, answers, sample);
        return people.ConvertAll(person =>
        {
            var row = counted.GetValueOrDefault(person.Id);
            (Habits habit, CheckCounts check) = (habits.GetValueOrDefault(person.Id) ?? new Habits(), checks.GetValueOrDefault(person.Id));
            return new AnnotatorStatistics(
                person.Id, person.DisplayName, answers.Of(person.Id), person.Group, row?.Count ?? 0, skipped.GetValueOrDefault(person.Id), row?.Seconds, row?.EditRate, areEdits ? row?.Unchanged : null,
                habit.Left.Value.Value, habit.Longer.Value.Value, habit.Rating.Value.Value, check.GoldAnswered, check.GoldAgreed, check.AttentionAnswered, check.AttentionFailed,
                reviews.TryGetValue(person.Id, out double better) ? better : null, !sample.IsWhole);
        });
    }

    /// <summary>By account, how gold and attention items were answered.</summary>
    internal static async Task<Dictionary<long, CheckCounts>> Checks(StudioContext context, SourcedAnswers answers)
    {
        var counts = new Dictionary<long, CheckCounts>();
        await foreach (JudgedItem item in JudgedItems.Checks(context, answers))
        {
            foreach (JudgedAnswer row in item.Answers)
            {
                if (Gold.Agrees(item.Gold!, row.Answer) is not bool agrees)
                    continue;
                CheckCounts count = counts.GetValueOrDefault(row.AccountId);
                counts[row.AccountId] = item.IsAttention
                    ? count with { AttentionAnswered = count.AttentionAnswered + 1, AttentionFailed = count.AttentionFailed + (agrees ? 0 : 1) }
                    : count with { GoldAnswered = count.GoldAnswered + 1, GoldAgreed = count.GoldAgreed + (agrees ? 1 : 0) };
            }
        }
        return counts;
    }

    internal static async Task<ProjectAgreement> Agreement(StudioContext context, SourcedAnswers answers)
    {
        TaskKind kind = await context.Projects.Where(row => row.Id == answers.ProjectId).Select(row => row.Kind).SingleAsync();
        ItemSample sample = await ItemSample.Of(context, answers, MostItems);
        var measures = new SortedDictionary<string, AlphaSums>(StringComparer.Ordinal);
        var edits = new EditAgreementSums();
        var pairs = new SortedDictionary<(long First, long Second), List<(int, int)>>();
        await foreach (JudgedItem item in JudgedItems.WithoutChecks(context, answers, sample))
        {
            foreach (JudgedUnit unit in Judgements.Of(kind, item.Content, item.Persons).Where(unit => unit.Measure != Judgements.Edits))
            {
                if (!measures.TryGetValue(unit.Measure, out AlphaSums? sums))
                    measures.Add(unit.Measure, sums = new AlphaSums(unit.Metric));
                sums.Add([.. unit.Values.Select(value => value.Value)]);
            }
            foreach ((string original, IReadOnlyList<(long, string Edited)> made) in Judgements.EditsOf(item.Content, item.Persons))
                edits.Add(original, [.. made.Select(edit => edit.Edited)]);
            if (kind == TaskKind.Edit)
                AddPairs(pairs, item);
        }
        AgreementValue? Of(string measure, TaskKind task) => kind == task ? measures.GetValueOrDefault(measure, new AlphaSums(AlphaMetric.Nominal)).Value : null;
        return new ProjectAgreement(
            answers.Source, answers.LeftOut, Of(Judgements.Choice, TaskKind.Edit), Of(Judgements.Ranks, TaskKind.Ranking),
            kind == TaskKind.Rating ? measures.ToDictionary(pair => pair.Key[Judgements.Ratings.Length..], pair => pair.Value.Value) : null,
            kind is TaskKind.Edit or TaskKind.Turn ? edits.Value : null, Of(Judgements.Spans, TaskKind.Spans),
            [.. pairs.Select(pair => new PairKappa(pair.Key.First, pair.Key.Second, answers.Of(pair.Key.First) ?? answers.Of(pair.Key.Second), Kappa.Cohen(pair.Value)))], sample.Answered, !sample.IsWhole);
    }

    private static void AddPairs(SortedDictionary<(long First, long Second), List<(int, int)>> pairs, JudgedItem item)
    {
        foreach (JudgedAnswer first in item.Answers)
        {
            foreach (JudgedAnswer second in item.Answers.Where(other => other.AccountId > first.AccountId))
            {
                if (!pairs.TryGetValue((first.AccountId, second.AccountId), out List<(int, int)>? common))
                    pairs.Add((first.AccountId, second.AccountId), common = []);
                common.Add((Judgements.ChoiceOf(first.Answer), Judgements.ChoiceOf(second.Answer)));
            }
        }
    }

    private static async Task<Dictionary<long, Habits>> HabitsOf(StudioContext context, SourcedAnswers answers, ItemSample sample)
    {
        var habits = new Dictionary<long, Habits>();
        await foreach (JudgedItem item in JudgedItems.Stream(context, answers, sample))
        {
            foreach (JudgedAnswer row in item.Answers)
            {
                if (!habits.TryGetValue(row.AccountId, out Habits? habit))
                    habits.Add(row.AccountId, habit = new Habits());
                habit.Add(item, row);
            }
        }
        return habits;
    }

    /// <summary>What the store's columns do not say of somebody's answers: it is read from the answers themselves.</summary>
    private sealed class Habits
    {
        public MeanSums Left { get; } = new();
        public MeanSums Longer { get; } = new();
        public MeanSums Rating { get; } = new();

        public void Add(JudgedItem item, JudgedAnswer row)
        {
            if (Preferences.FirstShown(item, row) is bool left)
                Left.Add(left ? 1 : 0);
            if (Preferences.Longer(item, row) is bool longer)
                Longer.Add(longer ? 1 : 0);
            foreach (ResponseRating rating in row.Answer.Rating?.Ratings ?? [])
                Rating.Add(rating.Value);
        }
    }
}

/// <summary>What a choice between two responses says besides the choice.</summary>
internal static class Preferences
{
    /// <summary>Whether the response shown first was preferred; null where the answer is no choice between two.</summary>
    public static bool? FirstShown(JudgedItem item, JudgedAnswer row) =>
        Preferred(item, row) is int preferred ? AssignmentView.OrderOf(row.Seed, 2)[0] == preferred : null;

    /// <summary>Whether the longer response was preferred; null also where both are as long.</summary>
    public static bool? Longer(JudgedItem item, JudgedAnswer row)
    {
        if (Preferred(item, row) is not int preferred)
            return null;
        int length = item.Content.Responses[preferred].Text.Length, other = item.Content.Responses[1 - preferred].Text.Length;
        return length == other ? null : length > other;
    }

    private static int? Preferred(JudgedItem item, JudgedAnswer row) =>
        row.Answer.Edit is { Choice: Choice.Prefer, Preferred: int preferred } && item.Content.Responses.Count == 2 ? preferred : null;
}
