using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>What the scores of a comparison are.</summary>
public enum ScoreKind
{
    /// <summary>Points off for faults: 0 is without fault, and nothing is above it.</summary>
    Faults,

    /// <summary>Scores of a reward model, in deviations from the mean of the responses that it was calibrated on.</summary>
    Reward,

    /// <summary>Shares of verdicts on pairs: 1 won, 0 lost, 0.5 a tie; the two sides of a pair add up to 1.</summary>
    Verdict,
}

/// <summary>Who judged, and what that says.</summary>
/// <param name="Name">As a sentence has it: "the gold rubric of the built-in world".</param>
/// <param name="LengthUnit">What lengths of responses are counted in.</param>
public sealed record VersionJudge(string Name, ScoreKind Scores, string LengthUnit = "tokens")
{
    /// <summary>What makes the figures worth less than they look, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>One prompt under both versions.</summary>
/// <param name="OldSample">What is shown: the response with its tokens.</param>
/// <param name="Old">Score of the old version's response in each aspect, higher is better, in the order of the comparison's aspects; null in those that the prompt does not try.</param>
public sealed record ComparedPrompt(string Prompt, SampleResponse OldSample, SampleResponse NewSample, IReadOnlyList<double?> Old, IReadOnlyList<double?> New, double OldLength, double NewLength)
{
    private const double Rounding = 1e-9;

    /// <summary>What was said of the pair itself, from 0 (the old response wins) to 1; null: the scores say it.</summary>
    public double? Vote { get; init; }

    /// <summary>What the prompt tries the versions in, to be shown beside it; null where it tries all, or nobody says.</summary>
    public string? Tries { get; init; }

    /// <summary>How much better the new response is in all aspects together; below 0 it is worse.</summary>
    public double Difference => Vote is double vote ? 2 * vote - 1 : New.Sum().GetValueOrDefault() - Old.Sum().GetValueOrDefault();

    /// <summary>1 the new version wins, 0.5 a tie, 0 it loses, or the share of the verdict that it got; sums that are equal but for rounding tie.</summary>
    public double Outcome => Vote ?? Sign(Difference);

    /// <summary>The same in one aspect; null where the prompt does not try it.</summary>
    public double? OutcomeIn(int aspect) => New[aspect] - Old[aspect] is double difference ? Vote ?? Sign(difference) : null;

    private static double Sign(double difference) => Math.Abs(difference) < Rounding ? 0.5 : difference > 0 ? 1 : 0;
}

/// <summary>Both versions in one aspect, on the prompts that try it.</summary>
/// <param name="WinRate">Percent of those prompts that the new version wins, ties half, with its interval.</param>
/// <param name="Difference">New minus old, mean over prompts with its 95 % interval.</param>
/// <param name="PValue">Of two equal versions, by sign flips of the paired differences.</param>
/// <param name="PHolm">The same, corrected for all aspects and the win rate.</param>
/// <param name="OldFaultless">Share of prompts where the old version's score is 0 or better: nothing wrong, where scores are points off for faults.</param>
public sealed record AspectDifference(
    string Aspect, int Prompts, Estimate WinRate, Estimate Old, Estimate New, Estimate Difference, double PValue, double PHolm, double OldFaultless, double NewFaultless, int Better, int Worse)
{
    /// <summary>Whether the new version is worse by more than chance.</summary>
    public bool CertainlyWorse => Difference.Value < 0 && PHolm < Power.DefaultLevel;
}

/// <summary>Two versions of a model on the same prompts: who wins, in which aspects, and at equal length.</summary>
/// <param name="WinRate">Percent of prompts that the new version wins, ties half, with its interval.</param>
/// <param name="Aspects">None where verdicts were given on the whole and prompts name no aspects.</param>
public sealed record VersionComparison(
    string OldName, string NewName, VersionJudge Judge, Estimate WinRate, double PValue, double PHolm, LengthControl Lengths, double MinimumDetectable,
    IReadOnlyList<AspectDifference> Aspects, IReadOnlyList<ComparedPrompt> Prompts)
{
    /// <summary>The prompts on which the new version is worse, the worst first; ties by their order.</summary>
    public IEnumerable<ComparedPrompt> Worse => Prompts.Where(prompt => prompt.Outcome < 0.5).OrderBy(prompt => prompt.Difference);

    /// <summary>Those on which it is better, the largest difference first.</summary>
    public IEnumerable<ComparedPrompt> Better => Prompts.Where(prompt => prompt.Outcome > 0.5).OrderByDescending(prompt => prompt.Difference);

    /// <summary>Computes everything from the scores.</summary>
    /// <param name="aspects">Names, in the order of the prompts' scores; each is tried by one prompt at least.</param>
    /// <param name="seed">Of resampling and drawn signs.</param>
    public static VersionComparison Of(string oldName, string newName, VersionJudge judge, IReadOnlyList<string> aspects, IReadOnlyList<ComparedPrompt> prompts, int seed)
    {
        if (prompts.Count == 0)
            throw new ArgumentException("two versions are compared on one prompt at least");
        double[] outcomes = [.. prompts.Select(prompt => prompt.Outcome)];
        ComparedPrompt[][] trying = [.. aspects.Select((_, i) => prompts.Where(prompt => prompt.OutcomeIn(i) is not null).ToArray())];
        double[] pValues =
        [
            PairedTests.SignFlip([.. outcomes.Select(outcome => outcome - 0.5)], seed),
            .. trying.Select((own, i) => PairedTests.SignFlip([.. own.Select(prompt => prompt.New[i]!.Value - prompt.Old[i]!.Value)], seed)),
        ];
        double[] corrected = PairedTests.Holm(pValues);
        return new VersionComparison(
            oldName, newName, judge,
            Significance.WinRate.Of([outcomes], seed), pValues[0], corrected[0],
            LengthControl.Of([.. prompts.Select((prompt, i) => new LengthVerdict(prompt.Outcome, prompt.NewLength, prompt.OldLength, i))]),
            100 * Power.MinimumDetectableEffect(Power.LargestDeviation, prompts.Count),
            [.. aspects.Select((aspect, i) => Aspect(aspect, i, trying[i], pValues[i + 1], corrected[i + 1], seed))],
            prompts);
    }

    private static AspectDifference Aspect(string name, int i, IReadOnlyList<ComparedPrompt> prompts, double pValue, double corrected, int seed)
    {
        double[] old = [.. prompts.Select(prompt => prompt.Old[i]!.Value)], now = [.. prompts.Select(prompt => prompt.New[i]!.Value)];
        double[] differences = [.. now.Zip(old, (a, b) => a - b)], outcomes = [.. prompts.Select(prompt => prompt.OutcomeIn(i)!.Value)];
        return new AspectDifference(
            name, prompts.Count, Significance.WinRate.Of([outcomes], seed), Mean(old, seed), Mean(now, seed), Mean(differences, seed), pValue, corrected,
            old.Count(score => score >= 0) / (double)old.Length, now.Count(score => score >= 0) / (double)now.Length,
            outcomes.Count(outcome => outcome > 0.5), outcomes.Count(outcome => outcome < 0.5));
    }

    /// <summary>A mean over prompts with its 95 % interval.</summary>
    public static Estimate Mean(IReadOnlyList<double> values, int seed) => TwoLevelBootstrap.SharedPrompts([[.. values]], seed);
}
