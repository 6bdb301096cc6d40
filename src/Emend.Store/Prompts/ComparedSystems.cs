using System.Text.Json;
using Emend.Significance;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What is ranked: versions, models, or every version with every model.</summary>
public enum RankedBy
{
    Version,
    Model,
    Both,
}

/// <summary>A run of a judge whose rows are compared.</summary>
/// <param name="Pairs">Of its responses, by the pairs' ids; null: the verdicts are a file's, of its two sides.</param>
/// <param name="People">What people said of its pairs, by their ids.</param>
public sealed record JudgedPairs(JudgeRunView Run, string Verdicts, IReadOnlyDictionary<string, long[]>? Pairs, IReadOnlyDictionary<string, string> People);

/// <summary>Everything of a project that says which of two systems did better on a question: choices of people and of simulated annotators, and judges' runs.</summary>
public sealed class ComparedSystems
{
    private readonly Dictionary<string, int> _items = [];
    private readonly Dictionary<long, (string System, string Question)> _responses;

    private ComparedSystems(Dictionary<long, (string, string)> responses, IReadOnlyList<ResponseChoice> choices, IReadOnlyList<JudgedPairs> judged)
    {
        (_responses, Judged) = (responses, judged);
        (People, Simulated) = (Of(choices.Where(choice => !choice.IsSimulated)), Of(choices.Where(choice => choice.IsSimulated)));
    }

    public IReadOnlyList<Comparison> People { get; }

    /// <summary>Of annotators that are programs.</summary>
    public IReadOnlyList<Comparison> Simulated { get; }

    public IReadOnlyList<JudgedPairs> Judged { get; }

    public static Task<ComparedSystems> Read(Database database, long projectId, RankedBy by) => database.Read(async context =>
    {
        var rows = await (from response in context.Responses
                          join version in context.PromptVersions on response.VersionId equals version.Id
                          join prompt in context.Prompts on version.PromptId equals prompt.Id
                          where response.ProjectId == projectId
                          select new { response.Id, prompt.Name, PromptId = prompt.Id, version.Number, response.Model, response.Variables, response.ContextHash }).ToListAsync();
        Dictionary<long, (string, string)> responses = rows.ToDictionary(row => row.Id, row => (
            by switch
            {
                RankedBy.Version => $"{row.Name}@{row.Number}",
                RankedBy.Model => row.Model,
                _ => $"{row.Name}@{row.Number}, {row.Model}",
            },
            JsonSerializer.Serialize(ResponsePairing.Asked(StoreJson.Read<Dictionary<string, string>>(row.Variables), row.ContextHash).OrderBy(value => value.Key, StringComparer.Ordinal).SelectMany(value => new[] { value.Key, value.Value }).Prepend($"{row.PromptId}"))));
        List<ResponseChoice> choices = await ResponseChoices.Of(context, projectId);
        List<StoredJudgeRun> runs = await context.JudgeRuns.Where(row => row.ProjectId == projectId && row.Judged > 0).OrderBy(row => row.Id).ToListAsync();
        return new ComparedSystems(responses, choices, runs.ConvertAll(row => Judging(row, choices)));
    });

    /// <summary>Comparisons from a judge's votes, the outcome of each pair's second response by the pair's id; those of a file are of its two sides, unless models are ranked, of which it says nothing.</summary>
    public IReadOnlyList<Comparison> Of(JudgedPairs judged, IEnumerable<(string PairId, double ForB)> votes, RankedBy by) => judged.Pairs is { } pairs
        ? [.. votes.Where(vote => pairs.ContainsKey(vote.PairId)).Select(vote => Of(pairs[vote.PairId][0], pairs[vote.PairId][1], 1 - vote.ForB)).OfType<Comparison>()]
        : by == RankedBy.Model || judged.Run.A == judged.Run.B ? [] : [.. votes.Select(vote => new Comparison(judged.Run.A, judged.Run.B, 1 - vote.ForB, ItemOf($"file {vote.PairId}")))];

    private static JudgedPairs Judging(StoredJudgeRun row, IReadOnlyList<ResponseChoice> choices)
    {
        JudgeQuestions? questions = JudgeRuns.QuestionsOf(row);
        return new JudgedPairs(JudgeRuns.View(row), row.Verdicts, questions?.Pairs.ToDictionary(JudgeQuestions.IdOf), JudgeRuns.People(questions, choices));
    }

    private Comparison[] Of(IEnumerable<ResponseChoice> choices) => [.. choices.Select(choice => Of(choice.A, choice.B, choice.ForA)).OfType<Comparison>()];

    // Two responses of one system say nothing of it; one of no version is of no system. Whoever was asked the same question shares its luck.
    private Comparison? Of(long first, long second, double forFirst) =>
        _responses.TryGetValue(first, out var a) && _responses.TryGetValue(second, out var b) && a.System != b.System ? new Comparison(a.System, b.System, forFirst, ItemOf(a.Question)) : null;

    private int ItemOf(string question)
    {
        if (!_items.TryGetValue(question, out int item))
            _items.Add(question, item = _items.Count);
        return item;
    }
}
