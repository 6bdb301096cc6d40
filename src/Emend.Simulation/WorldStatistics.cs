namespace Emend.Simulation;

/// <summary>What a set of responses is like on average; rates are means per response.</summary>
public sealed record WorldStatistics
{
    /// <summary>How many responses were read.</summary>
    public required int Responses { get; init; }

    /// <summary>Words, split on white space.</summary>
    public required double MeanWords { get; init; }

    /// <summary>Gold score; 0 is perfect.</summary>
    public required double MeanScore { get; init; }

    /// <summary>Share of responses without any fault.</summary>
    public required double PerfectShare { get; init; }

    /// <summary>Share of asked facts that are stated right and not contradicted.</summary>
    public required double RightFactShare { get; init; }

    /// <summary>Share of responses with at least one fault of the kind.</summary>
    public required IReadOnlyDictionary<FaultKind, double> ShareWith { get; init; }

    /// <summary>Faults of the kind per response.</summary>
    public required IReadOnlyDictionary<FaultKind, double> PerResponse { get; init; }

    /// <summary>Judges each response under its prompt; both lists have the same length, which is at least 1.</summary>
    public static WorldStatistics Of(IReadOnlyList<WorldPrompt> prompts, IReadOnlyList<string> responses)
    {
        if (prompts.Count != responses.Count || responses.Count == 0)
            throw new ArgumentException($"{responses.Count} responses for {prompts.Count} prompts; right is one for each, and at least one");
        Judgement[] judgements = [.. prompts.Zip(responses, GoldRubric.Judge)];
        FaultKind[] kinds = Enum.GetValues<FaultKind>();
        return new WorldStatistics
        {
            Responses = responses.Count,
            MeanWords = judgements.Average(judgement => judgement.Words),
            MeanScore = judgements.Average(judgement => judgement.Score),
            PerfectShare = judgements.Average(judgement => judgement.Score == 0 ? 1.0 : 0),
            RightFactShare = judgements.Sum(judgement => (double)judgement.RightFacts) / prompts.Sum(prompt => prompt.Asked.Length),
            ShareWith = kinds.ToDictionary(kind => kind, kind => judgements.Average(judgement => judgement.Count(kind) > 0 ? 1.0 : 0)),
            PerResponse = kinds.ToDictionary(kind => kind, kind => judgements.Average(judgement => judgement.Count(kind))),
        };
    }
}
