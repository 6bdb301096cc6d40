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
public sealed record NewJudgeRun(string Name, long Prompt, ResponseSet A, ResponseSet B, string? Rubric = null, int Seed = 1, bool OneOrder = false, bool WordsOnly = false, AskingLimits? Limits = null);

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
public sealed record JudgeRunView(long Id, string Name, string A, string B, string Model, string Endpoint, bool FromFile, int Pairs, int Judged, int Unreadable, string? Rubric, bool? OneOrder, AskingLimits? Limits, AskingSpent? Spent,
    string? Stopped, string VerdictsHash, string Actor, DateTime CreatedAt);

/// <summary>A run with its rows, and what people said of its pairs by the pairs' ids: "a", "b" or "tie"; empty for a file, whose rows say it.</summary>
public sealed record JudgeRunContent(JudgeRunView Run, string Verdicts, IReadOnlyDictionary<string, string> People);

/// <summary>Pairs of a run that have no row, each with its place among all pairs.</summary>
public sealed record UnjudgedPairs(JudgeRunView Run, JudgeQuestions Questions, IReadOnlyList<(int Place, ResponsePair Pair)> Pairs);

/// <summary>A row that came, to be put behind the others.</summary>
public sealed record JudgedRow(string PairId, string Line, bool IsReadable);
