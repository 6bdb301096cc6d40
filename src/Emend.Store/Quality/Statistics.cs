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
/// <param name="ReviewBetter">Share of reviewed edits that were found better than the original, no difference counting half.</param>
public sealed record AnnotatorStatistics(
    long AccountId, string Name, string? Group, int Submitted, int Skipped, double? MeanActiveSeconds, double? MeanEditRate, double? NoEditShare,
    double? LeftShare, double? LongerShare, double? MeanRating, int GoldAnswered, int GoldAgreed, double? ReviewBetter);

/// <summary>How far people agree in a project; what does not apply to its task is null.</summary>
/// <param name="Choices">Nominal alpha over the choice between responses.</param>
/// <param name="Ranks">Ordinal alpha over the ranks of responses.</param>
/// <param name="Ratings">Interval alpha for each scale.</param>
/// <param name="Edits">Where people edit, and how alike their results are.</param>
/// <param name="PairwiseKappa">Cohen's kappa of choices for every two people with items in common.</param>
public sealed record ProjectAgreement(
    AgreementValue? Choices, AgreementValue? Ranks, IReadOnlyDictionary<string, AgreementValue>? Ratings, EditAgreement? Edits, IReadOnlyList<PairKappa> PairwiseKappa);

/// <summary>Cohen's kappa of two people.</summary>
public sealed record PairKappa(long First, long Second, AgreementValue Kappa);

/// <summary>Figures over a project's answers that count, computed from them each time.</summary>
public sealed class Statistics(Database database)
{
    public Task<List<AnnotatorStatistics>> Annotators(long projectId) => database.Read(async context =>
    {
        var people = await (from member in context.Memberships
                            join account in context.Users on member.AccountId equals account.Id
                            where member.ProjectId == projectId
                            orderby account.Id
                            select new { account.Id, account.DisplayName, member.Group }).ToListAsync();
        Dictionary<long, int> skipped = await context.Assignments.Where(row => row.ProjectId == projectId && row.State == AssignmentState.Skipped)
            .GroupBy(row => row.AccountId).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count);
        Dictionary<long, double> reviews = await context.Reviews.Where(row => row.ProjectId == projectId && row.Verdict != null)
            .GroupBy(row => row.AuthorId).Select(group => new { group.Key, Mean = group.Average(row => row.Verdict!.Value) }).ToDictionaryAsync(row => row.Key, row => row.Mean);
        var sums = new Dictionary<long, Sums>();
        await foreach (Judged row in Rows(context, projectId))
        {
            if (!sums.TryGetValue(row.AccountId, out Sums? sum))
                sums.Add(row.AccountId, sum = new Sums());
            sum.Add(row);
        }
        return people.ConvertAll(person => sums.GetValueOrDefault(person.Id, new Sums())
            .Result(person.Id, person.DisplayName, person.Group, skipped.GetValueOrDefault(person.Id), reviews.TryGetValue(person.Id, out double better) ? better : null));
    });

    public Task<ProjectAgreement> Agreement(long projectId) => database.Read(async context =>
    {
        TaskKind kind = await context.Projects.Where(row => row.Id == projectId).Select(row => row.Kind).SingleAsync();
        var rows = new List<Judged>();
        await foreach (Judged row in Rows(context, projectId))
            rows.Add(row);
        IGrouping<long, Judged>[] items = [.. rows.GroupBy(row => row.ItemId)];
        return new ProjectAgreement(
            kind == TaskKind.Edit ? KrippendorffAlpha.Of(items.Select(item => (IReadOnlyList<double>)[.. item.Select(row => (double)ChoiceOf(row.Answer))]), AlphaMetric.Nominal) : null,
            kind == TaskKind.Ranking ? KrippendorffAlpha.Of(items.SelectMany(Ranks), AlphaMetric.Ordinal) : null,
            kind == TaskKind.Rating ? RatingsOf(items) : null,
            kind is TaskKind.Edit or TaskKind.Turn ? EditAgreement.Of(items.SelectMany(Edits)) : null,
            kind == TaskKind.Edit ? [.. Pairs(rows)] : []);
    });

    // A choice as a number: the preferred response's index, or what stands for tie, both bad, single.
    private static int ChoiceOf(Answer answer) => answer.Edit!.Choice == Choice.Prefer ? answer.Edit.Preferred!.Value : -1 - (int)answer.Edit.Choice;

    private static IEnumerable<IReadOnlyList<double>> Ranks(IGrouping<long, Judged> item) =>
        Enumerable.Range(0, item.First().Item.Responses.Count).Select(response => (IReadOnlyList<double>)[.. item.Select(row => (double)row.Answer.Ranking!.Ranks[response])]);

    private static Dictionary<string, AgreementValue> RatingsOf(IGrouping<long, Judged>[] items) => items
        .SelectMany(item => item.SelectMany(row => row.Answer.Rating!.Ratings).GroupBy(rating => (rating.Scale, rating.Response)).Select(unit => (unit.Key.Scale, Values: (IReadOnlyList<double>)[.. unit.Select(rating => (double)rating.Value)])))
        .GroupBy(unit => unit.Scale).ToDictionary(scale => scale.Key, scale => KrippendorffAlpha.Of(scale.Select(unit => unit.Values), AlphaMetric.Interval));

    // People are compared where they had the same text before them.
    private static IEnumerable<(string, IReadOnlyList<string>)> Edits(IGrouping<long, Judged> item) => item
        .Where(row => row.Answer.Turn is not null || row.Answer.Edit is { Target: not null } or { Choice: Choice.Single })
        .Select(row => Reviews.Texts(row.Item, row.Answer)).GroupBy(texts => texts.Original)
        .Select(group => (group.Key, (IReadOnlyList<string>)[.. group.Select(texts => texts.Edited)]));

    private static IEnumerable<PairKappa> Pairs(List<Judged> rows)
    {
        Dictionary<long, Dictionary<long, int>> choices = rows.GroupBy(row => row.AccountId).ToDictionary(person => person.Key, person => person.ToDictionary(row => row.ItemId, row => ChoiceOf(row.Answer)));
        long[] people = [.. choices.Keys.Order()];
        return from first in people
               from second in people
               where first < second
               let common = choices[first].Where(pair => choices[second].ContainsKey(pair.Key)).Select(pair => (pair.Value, choices[second][pair.Key])).ToList()
               where common.Count > 0
               select new PairKappa(first, second, Kappa.Cohen(common));
    }

    private static async IAsyncEnumerable<Judged> Rows(StudioContext context, long projectId)
    {
        var rows = (from answer in context.Answers
                    join item in context.Items on answer.ItemId equals item.Id
                    join assignment in context.Assignments on answer.AssignmentId equals assignment.Id
                    where answer.ProjectId == projectId && answer.IsCurrent
                    orderby answer.Id
                    select new { answer.AccountId, answer.ItemId, answer.Content, answer.EditRate, answer.ActiveSeconds, assignment.Seed, Item = item.Content, item.Gold }).AsAsyncEnumerable();
        await foreach (var row in rows)
        {
            yield return new Judged(row.AccountId, row.ItemId, StoreJson.Read<Answer>(row.Content), StoreJson.Read<ItemContent>(row.Item),
                row.EditRate, row.ActiveSeconds, row.Seed, row.Gold is null ? null : StoreJson.Read<Answer>(row.Gold));
        }
    }

    private sealed record Judged(long AccountId, long ItemId, Answer Answer, ItemContent Item, double? EditRate, double? ActiveSeconds, int Seed, Answer? Gold);

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
        private int _submitted, _goldAnswered, _goldAgreed;
        private Mean _seconds, _editRate, _noEdit, _left, _longer, _rating;

        public void Add(Judged row)
        {
            _submitted++;
            if (row.ActiveSeconds is double seconds)
                _seconds.Add(seconds);
            if (row.EditRate is double rate)
                _editRate.Add(rate);
            if (row.Answer.Edit is EditAnswer edit)
                AddEdit(row, edit);
            foreach (ResponseRating rating in row.Answer.Rating?.Ratings ?? [])
                _rating.Add(rating.Value);
            if (row.Gold is Answer right && Gold.Agrees(right, row.Answer) is bool agrees)
            {
                _goldAnswered++;
                _goldAgreed += agrees ? 1 : 0;
            }
        }

        public AnnotatorStatistics Result(long id, string name, string? group, int skipped, double? reviewBetter) => new(
            id, name, group, _submitted, skipped, _seconds.Value, _editRate.Value, _noEdit.Value, _left.Value, _longer.Value, _rating.Value, _goldAnswered, _goldAgreed, reviewBetter);

        private void AddEdit(Judged row, EditAnswer edit)
        {
            _noEdit.Add(edit.Outcome == EditOutcome.Edited ? 0 : 1);
            if (edit is not { Choice: Choice.Prefer, Preferred: int preferred } || row.Item.Responses.Count != 2)
                return;
            _left.Add(AssignmentView.OrderOf(row.Seed, 2)[0] == preferred ? 1 : 0);
            int length = row.Item.Responses[preferred].Text.Length, other = row.Item.Responses[1 - preferred].Text.Length;
            if (length != other)
                _longer.Add(length > other ? 1 : 0);
        }
    }
}
