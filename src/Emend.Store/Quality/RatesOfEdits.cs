using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Edits of one day; Value is the model, version or other field that the edited text came from, null for all together.</summary>
/// <param name="EditRate">Mean share of the text that was changed; what needed no edit counts as 0, what no edit can help does not count.</param>
public sealed record DayOfEdits(DateOnly Day, string? Value, MeanValue EditRate);

/// <summary>Edits of texts with one value of a field; null: texts without one.</summary>
/// <param name="Changed">Share of answers that changed something.</param>
/// <param name="Hopeless">Share of answers that said no edit can help.</param>
public sealed record ValueOfEdits(string? Value, int Answers, MeanValue EditRate, Share Changed, Share Hopeless);

/// <summary>How much people change, over time and by where the text came from.</summary>
/// <param name="LeftOut">Answers of the other source, people or simulated annotators, that are not part of the figures.</param>
public sealed record EditRateReport(AnswerSource Source, int LeftOut, string Field, IReadOnlyList<DayOfEdits> Days, IReadOnlyList<ValueOfEdits> Values);

/// <summary>Edit rates over time, and over models or versions of prompts: what falls when a model gets better.</summary>
public sealed class RatesOfEdits(Database database)
{
    /// <summary>The origin that a response carries itself; any other name is a field of the items.</summary>
    public const string Origin = "origin";

    private const int MostValues = 12;

    public Task<EditRateReport> Report(long projectId, string source, string field) => database.Read(async context =>
    {
        if (field.Length is 0 or > 100)
            throw RefusedException.Invalid(new FieldProblem("field", "origin, or the name of a field of the items with 1 to 100 characters, is expected"));
        var days = new SortedDictionary<DateOnly, MeanSums>();
        var byValue = new Dictionary<string, Sums>();
        SourcedAnswers answers = await SourcedAnswers.Of(context, projectId, SourcedAnswers.Named(source));
        var rows = (from answer in answers.Rows
                    join item in context.Items on answer.ItemId equals item.Id
                    orderby answer.Id
                    select new { answer.Content, answer.EditRate, answer.CreatedAt, Item = item.Content }).AsAsyncEnumerable();
        await foreach (var row in rows)
        {
            Answer answer = StoreJson.Read<Answer>(row.Content);
            if ((answer.Edit?.Outcome ?? answer.Turn?.Outcome) is not EditOutcome outcome)
                continue;
            string value = ValueOf(StoreJson.Read<ItemContent>(row.Item), answer, field) ?? "";
            if (!byValue.TryGetValue(value, out Sums? sums))
                byValue.Add(value, sums = new Sums());
            sums.Add(outcome, row.EditRate, DateOnly.FromDateTime(row.CreatedAt), days);
        }
        (string Name, Sums Sums)[] most = [.. byValue.OrderByDescending(pair => pair.Value.Answers).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostValues).Select(pair => (pair.Key, pair.Value))];
        return new EditRateReport(answers.Source, answers.LeftOut, field,
            [.. days.Select(day => new DayOfEdits(day.Key, null, day.Value.Value)), .. most.SelectMany(value => value.Sums.Days.Select(day => new DayOfEdits(day.Key, Shown(value.Name), day.Value.Value)))],
            [.. most.Select(value => value.Sums.View(Shown(value.Name)))]);
    });

    // The empty text stands for texts that carry no value.
    private static string? Shown(string value) => value == "" ? null : value;

    private static string? ValueOf(ItemContent item, Answer answer, string field) => field != Origin ? JudgedItem.FieldOf(item, field)
        : answer.Edit is EditAnswer edit && item.Responses.Count > 0 ? item.Responses[edit.Target ?? 0].Origin : null;

    private sealed class Sums
    {
        private readonly MeanSums _rate = new();
        private int _changed, _hopeless;

        public int Answers { get; private set; }
        public SortedDictionary<DateOnly, MeanSums> Days { get; } = [];

        public void Add(EditOutcome outcome, double? rate, DateOnly day, SortedDictionary<DateOnly, MeanSums> allDays)
        {
            Answers++;
            _changed += outcome == EditOutcome.Edited ? 1 : 0;
            if (outcome == EditOutcome.NoEditHelps)
            {
                _hopeless++;
                return;
            }
            _rate.Add(rate ?? 0);
            Of(Days, day).Add(rate ?? 0);
            Of(allDays, day).Add(rate ?? 0);
        }

        public ValueOfEdits View(string? value) => new(value, Answers, _rate.Value, Share.Wilson(_changed, Answers), Share.Wilson(_hopeless, Answers));

        private static MeanSums Of(SortedDictionary<DateOnly, MeanSums> days, DateOnly day)
        {
            if (!days.TryGetValue(day, out MeanSums? sums))
                days.Add(day, sums = new MeanSums());
            return sums;
        }
    }
}
