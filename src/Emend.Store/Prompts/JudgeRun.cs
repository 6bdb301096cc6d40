using Emend.Feedback;

namespace Emend.Store;

/// <summary>A file of verdicts, to be kept.</summary>
/// <param name="Verdicts">The rows, as JSON lines.</param>
public sealed record NewVerdicts(string Name, string A, string B, string Model, string Endpoint, int Judged, int Unreadable, string Verdicts);

/// <summary>Pairs that a judge is to be asked about.</summary>
/// <param name="Rubric">What better means; null: what emend judge says.</param>
/// <param name="Seed">Decides which response stands first in the first question about a pair.</param>
/// <param name="OneOrder">Asks once about each pair, and not in both orders.</param>
/// <param name="WordsOnly">Reads the words alone, for endpoints that refuse log-probabilities.</param>
public sealed record NewJudgeRun(string Name, long Prompt, ResponseSet A, ResponseSet B, string? Rubric = null, int Seed = 1, bool OneOrder = false, bool WordsOnly = false, JudgeLimits? Limits = null);

/// <summary>What asking a judge may cost, over all times that it is asked for one run.</summary>
/// <param name="MaxCost">In the currency of the prices, which are of a million tokens.</param>
/// <param name="MaxSeconds">While it is asked.</param>
public sealed record JudgeLimits(int MaxCalls = JudgeLimits.UsualCalls, long? MaxTokens = null, double? MaxCost = null, double InputPrice = 0, double OutputPrice = 0, double? MaxSeconds = null)
{
    public const int UsualCalls = 2_000;

    /// <summary>Every rule that the values break.</summary>
    public IEnumerable<FieldProblem> Problems()
    {
        foreach ((string field, double? value) in new (string, double?)[] { ("maxCalls", MaxCalls), ("maxTokens", MaxTokens), ("maxCost", MaxCost), ("maxSeconds", MaxSeconds) })
        {
            if (value is not null && !(value > 0 && value <= 1e12))
                yield return new($"limits.{field}", FormattableString.Invariant($"{value} is not positive"));
        }
        if (!(InputPrice is >= 0 and <= 1e12 && OutputPrice is >= 0 and <= 1e12))
            yield return new("limits.inputPrice", "a price is not negative");
        if (MaxCost is not null && InputPrice == 0 && OutputPrice == 0)
            yield return new("limits.maxCost", "needs inputPrice and outputPrice: what a million tokens cost");
    }

    /// <summary>Which cap is reached, as a sentence; null where there is something left.</summary>
    public string? Reached(JudgeSpent spent) => spent switch
    {
        _ when spent.Calls >= MaxCalls => $"The cap of {MaxCalls} calls is reached.",
        _ when spent.PromptTokens + spent.CompletionTokens >= MaxTokens => $"The cap of {MaxTokens} tokens is reached.",
        _ when spent.Cost >= MaxCost => FormattableString.Invariant($"The cap of a cost of {MaxCost} is reached."),
        _ when spent.Seconds >= MaxSeconds => FormattableString.Invariant($"The cap of {MaxSeconds} seconds is reached."),
        _ => null,
    };
}

/// <summary>What a run has cost so far.</summary>
public sealed record JudgeSpent(int Calls = 0, long PromptTokens = 0, long CompletionTokens = 0, double Cost = 0, double Seconds = 0)
{
    public JudgeSpent And(JudgeSpent more) => new(Calls + more.Calls, PromptTokens + more.PromptTokens, CompletionTokens + more.CompletionTokens, Cost + more.Cost, Seconds + more.Seconds);
}

/// <summary>How a judge is asked, and about which stored responses; it never changes.</summary>
/// <param name="Pairs">Ids of A's and of B's response, in the order in which they are asked about.</param>
public sealed record JudgeQuestions(string? Rubric, int Seed, bool OneOrder, bool WordsOnly, IReadOnlyList<long[]> Pairs)
{
    /// <summary>What a pair is called in the rows.</summary>
    public static string IdOf(long[] pair) => FormattableString.Invariant($"{pair[0]}-{pair[1]}");
}

/// <summary>A run, without its rows.</summary>
/// <param name="FromFile">Whether the verdicts are a file's, and nothing is asked here.</param>
/// <param name="Judged">Pairs with a row; Unreadable: of them, those without a verdict.</param>
public sealed record JudgeRunView(long Id, string Name, string A, string B, string Model, string Endpoint, bool FromFile, int Pairs, int Judged, int Unreadable, string? Rubric, bool? OneOrder, JudgeLimits? Limits, JudgeSpent? Spent,
    string? Stopped, string VerdictsHash, string Actor, DateTime CreatedAt);

/// <summary>A run with its rows, and what people said of its pairs by the pairs' ids: "a", "b" or "tie"; empty for a file, whose rows say it.</summary>
public sealed record JudgeRunContent(JudgeRunView Run, string Verdicts, IReadOnlyDictionary<string, string> People);

/// <summary>Pairs of a run that have no row, each with its place among all pairs.</summary>
public sealed record UnjudgedPairs(JudgeRunView Run, JudgeQuestions Questions, IReadOnlyList<(int Place, ResponsePair Pair)> Pairs);

/// <summary>A row that came, to be put behind the others.</summary>
public sealed record JudgedRow(string PairId, string Line, bool IsReadable);
