using Emend.Feedback;

namespace Emend.Store;

/// <summary>What asking a model may cost, over all times that it is asked for one thing: a run of a judge, or the proposals of a project.</summary>
/// <param name="MaxCost">In the currency of the prices, which are of a million tokens.</param>
/// <param name="MaxSeconds">While it is asked.</param>
public sealed record AskingLimits(int MaxCalls = AskingLimits.UsualCalls, long? MaxTokens = null, double? MaxCost = null, double InputPrice = 0, double OutputPrice = 0, double? MaxSeconds = null)
{
    public const int UsualCalls = 2_000;

    /// <summary>What has to be said where a cap is on tokens or cost and the server does not say what an answer took.</summary>
    public const string Unkept = "An answer did not say how many tokens it took, so a cap on tokens or on cost cannot be kept; one on calls can.";

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
    public string? Reached(AskingSpent spent) => spent switch
    {
        _ when spent.Calls >= MaxCalls => $"The cap of {MaxCalls} calls is reached.",
        _ when spent.Unsaid > 0 && (MaxTokens ?? MaxCost) is not null => Unkept,
        _ when spent.PromptTokens + spent.CompletionTokens >= MaxTokens => $"The cap of {MaxTokens} tokens is reached.",
        _ when spent.Cost >= MaxCost => FormattableString.Invariant($"The cap of a cost of {MaxCost} is reached."),
        _ when spent.Seconds >= MaxSeconds => FormattableString.Invariant($"The cap of {MaxSeconds} seconds is reached."),
        _ => null,
    };
}

/// <summary>What has been spent so far.</summary>
/// <param name="Unsaid">Answers that did not say how many tokens they took.</param>
public sealed record AskingSpent(int Calls = 0, long PromptTokens = 0, long CompletionTokens = 0, double Cost = 0, double Seconds = 0, int Unsaid = 0)
{
    public AskingSpent And(AskingSpent more) => new(Calls + more.Calls, PromptTokens + more.PromptTokens, CompletionTokens + more.CompletionTokens, Cost + more.Cost, Seconds + more.Seconds, Unsaid + more.Unsaid);
}
