using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>One person's work in a project. Shares are null where nothing stands behind them.</summary>
/// <param name="MeanActiveSeconds">As the page counted, with focus and input.</param>
/// <param name="MeanEditRate">Of edits that changed something.</param>
/// <param name="NoEditShare">Of answers of an edit task, those that left the text as it was.</param>
/// <param name="LeftShare">Of choices between two, those that preferred what was shown first: 0.5 where position says nothing.</param>
/// <param name="LongerShare">Of choices between two of different length, those that preferred the longer one.</param>
/// <param name="MeanRating">Mean of all numbers given: leniency.</param>
/// <param name="GoldAgreed">Gold items answered as they should be, of <paramref name="GoldAnswered"/>.</param>
/// <param name="AttentionFailed">Attention items not answered as they should be, of <paramref name="AttentionAnswered"/>. One is enough to be flagged; nothing else follows from it.</param>
/// <param name="ReviewBetter">Share of reviewed edits that were found better than the original, no difference counting half.</param>
public sealed record AnnotatorStatistics(
    long AccountId, string Name, string? Group, int Submitted, int Skipped, double? MeanActiveSeconds, double? MeanEditRate, double? NoEditShare,
    double? LeftShare, double? LongerShare, double? MeanRating, int GoldAnswered, int GoldAgreed, int AttentionAnswered, int AttentionFailed, double? ReviewBetter)
{
    /// <summary>Failed an attention item: somebody should look at the answers. They count as before.</summary>
    public bool IsFlagged => AttentionFailed > 0;
}

/// <summary>How far people agree in a project; what does not apply to its task is null.</summary>
/// <param name="Choices">Nominal alpha over the choice between responses.</param>
/// <param name="Ranks">Ordinal alpha over the ranks of responses.</param>
/// <param name="Ratings">Interval alpha for each scale.</param>
/// <param name="Edits">Where people edit, and how alike their results are.</param>
/// <param name="Spans">Alpha over "this word was marked" of every word.</param>
/// <param name="PairwiseKappa">Cohen's kappa of choices for every two people with items in common.</param>
/// <param name="Items">Items with an answer, gold and attention items aside; <paramref name="Sampled"/>: the figures are of a fixed sample of them.</param>
public sealed record ProjectAgreement(
    AgreementValue? Choices, AgreementValue? Ranks, IReadOnlyDictionary<string, AgreementValue>? Ratings, EditAgreement? Edits, AgreementValue? Spans, IReadOnlyList<PairKappa> PairwiseKappa,
    int Items, bool Sampled);

/// <summary>Cohen's kappa of two people.</summary>
public sealed record PairKappa(long First, long Second, AgreementValue Kappa);

/// <summary>Figures over a project's answers that count, computed from them each time, item by item.</summary>
public sealed class Statistics(Database database)
{
    /// <summary>Above so many answered items agreement is computed on a fixed sample of about so many.</summary>
    public const int MostItems = 20_000;

    public Task<List<AnnotatorStatistics>> Annotators(long projectId) => database.Read(context => Annotators(context, projectId));

    public Task<ProjectAgreement> Agreement(long projectId) => database.Read(context => Agreement(context, projectId));

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
        var sums = new Dictionary<long, Sums>();
        await foreach (JudgedItem item in JudgedItems.Stream(context, projectId))
        {
            foreach (JudgedAnswer row in item.Answers)
            {
                if (!sums.TryGetValue(row.AccountId, out Sums? sum))
                    sums.Add(row.AccountId, sum = new Sums());
                sum.Add(item, row);
            }
        }
        return people.ConvertAll(person => sums.GetValueOrDefault(person.Id, new Sums())
            .Result(person.Id, person.DisplayName, person.Group, skipped.GetValueOrDefault(person.Id), reviews.TryGetValue(person.Id, out double better) ? better : null));
    }

    internal static async Task<ProjectAgreement> Agreement(StudioContext context, long projectId)
    {
        TaskKind kind = await context.Projects.Where(row => row.Id == projectId).Select(row => row.Kind).SingleAsync();
        ItemSample sample = await ItemSample.Of(context, projectId, MostItems);
        var measures = new SortedDictionary<string, AlphaSums>(StringComparer.Ordinal);
        var edits = new EditAgreementSums();
        var pairs = new SortedDictionary<(long First, long Second), List<(int, int)>>();
        await foreach (JudgedItem item in JudgedItems.Stream(context, projectId, sample, checks: false))
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
            Of(Judgements.Choice, TaskKind.Edit), Of(Judgements.Ranks, TaskKind.Ranking),
            kind == TaskKind.Rating ? measures.ToDictionary(pair => pair.Key[Judgements.Ratings.Length..], pair => pair.Value.Value) : null,
            kind is TaskKind.Edit or TaskKind.Turn ? edits.Value : null, Of(Judgements.Spans, TaskKind.Spans),
            [.. pairs.Select(pair => new PairKappa(pair.Key.First, pair.Key.Second, Kappa.Cohen(pair.Value)))], sample.Answered, !sample.IsWhole);
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

    /// <summary>A mean that is being added up; null while nothing was added.</summary>
    private struct Mean
    {
        private double _sum;
        private int _count;

        public readonly double? Value => _count == 0 ? null : _sum / _count;

        public void Add(double value)
        {
            _sum += value;
            _count++;
        }
    }

    private sealed class Sums
    {
        private int _submitted, _goldAnswered, _goldAgreed, _attentionAnswered, _attentionFailed;
        private Mean _seconds, _editRate, _noEdit, _left, _longer, _rating;

        public void Add(JudgedItem item, JudgedAnswer row)
        {
            _submitted++;
            if (row.ActiveSeconds is double seconds)
                _seconds.Add(seconds);
            if (row.EditRate is double rate)
                _editRate.Add(rate);
            if (row.Answer.Edit is EditAnswer edit)
                _noEdit.Add(edit.Outcome == EditOutcome.Edited ? 0 : 1);
            if (Preferences.FirstShown(item, row) is bool left)
                _left.Add(left ? 1 : 0);
            if (Preferences.Longer(item, row) is bool longer)
                _longer.Add(longer ? 1 : 0);
            foreach (ResponseRating rating in row.Answer.Rating?.Ratings ?? [])
                _rating.Add(rating.Value);
            if (item.Gold is Answer right && Gold.Agrees(right, row.Answer) is bool agrees)
                AddCheck(item.IsAttention, agrees);
        }

        public AnnotatorStatistics Result(long id, string name, string? group, int skipped, double? reviewBetter) => new(
            id, name, group, _submitted, skipped, _seconds.Value, _editRate.Value, _noEdit.Value, _left.Value, _longer.Value, _rating.Value,
            _goldAnswered, _goldAgreed, _attentionAnswered, _attentionFailed, reviewBetter);

        private void AddCheck(bool isAttention, bool agrees)
        {
            if (isAttention)
                (_attentionAnswered, _attentionFailed) = (_attentionAnswered + 1, _attentionFailed + (agrees ? 0 : 1));
            else
                (_goldAnswered, _goldAgreed) = (_goldAnswered + 1, _goldAgreed + (agrees ? 1 : 0));
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
