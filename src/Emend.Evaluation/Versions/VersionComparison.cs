using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>One prompt under both versions.</summary>
/// <param name="Old">Score of the old version's response in each aspect, higher is better; in the order of the comparison's aspects.</param>
/// <param name="Sample">What is shown: the responses with their tokens.</param>
public sealed record ComparedPrompt(string Prompt, SampleResponse OldSample, SampleResponse NewSample, IReadOnlyList<double> Old, IReadOnlyList<double> New, double OldLength, double NewLength)
{
    /// <summary>How much better the new response is in all aspects together; below 0 it is worse.</summary>
    public double Difference => New.Sum() - Old.Sum();

    /// <summary>1 the new version wins, 0.5 a tie, 0 it loses; sums that are equal but for rounding tie.</summary>
    public double Outcome => Math.Abs(Difference) < 1e-9 ? 0.5 : Difference > 0 ? 1 : 0;
}

/// <summary>Both versions in one aspect.</summary>
/// <param name="Difference">New minus old, mean over prompts with its 95 % interval.</param>
/// <param name="PValue">Of two equal versions, by sign flips of the paired differences.</param>
/// <param name="PHolm">The same, corrected for all aspects and the win rate.</param>
/// <param name="OldFaultless">Share of prompts where the old version's score is 0 or better: nothing wrong.</param>
public sealed record AspectDifference(string Aspect, Estimate Old, Estimate New, Estimate Difference, double PValue, double PHolm, double OldFaultless, double NewFaultless, int Better, int Worse)
{
    /// <summary>Whether the new version is worse by more than chance.</summary>
    public bool CertainlyWorse => Difference.Value < 0 && PHolm < Power.DefaultLevel;
}

/// <summary>Two versions of a model on the same prompts: who wins, in which aspects, and at equal length.</summary>
/// <param name="WinRate">Percent of prompts that the new version wins, ties half, with its interval.</param>
public sealed record VersionComparison(
    string OldName, string NewName, string Judge, Estimate WinRate, double PValue, double PHolm, LengthControl Lengths, double MinimumDetectable,
    IReadOnlyList<AspectDifference> Aspects, IReadOnlyList<ComparedPrompt> Prompts)
{
    /// <summary>The prompts on which the new version is worse, the worst first; ties by their order.</summary>
    public IEnumerable<ComparedPrompt> Worse => Prompts.Where(prompt => prompt.Outcome == 0).OrderBy(prompt => prompt.Difference);

    /// <summary>Computes everything from the scores.</summary>
    /// <param name="aspects">Names, in the order of the prompts' scores.</param>
    /// <param name="seed">Of resampling and drawn signs.</param>
    public static VersionComparison Of(string oldName, string newName, string judge, IReadOnlyList<string> aspects, IReadOnlyList<ComparedPrompt> prompts, int seed)
    {
        if (prompts.Count == 0)
            throw new ArgumentException("two versions are compared on one prompt at least");
        double[] outcomes = [.. prompts.Select(prompt => prompt.Outcome)];
        double[] pValues =
        [
            PairedTests.SignFlip([.. outcomes.Select(outcome => outcome - 0.5)], seed),
            .. aspects.Select((_, i) => PairedTests.SignFlip([.. prompts.Select(prompt => prompt.New[i] - prompt.Old[i])], seed)),
        ];
        double[] corrected = PairedTests.Holm(pValues);
        return new VersionComparison(
            oldName, newName, judge,
            Significance.WinRate.Of([outcomes], seed), pValues[0], corrected[0],
            LengthControl.Of([.. prompts.Select((prompt, i) => new LengthVerdict(prompt.Outcome, prompt.NewLength, prompt.OldLength, i))]),
            100 * Power.MinimumDetectableEffect(Power.LargestDeviation, prompts.Count),
            [.. aspects.Select((aspect, i) => Aspect(aspect, i, prompts, pValues[i + 1], corrected[i + 1], seed))],
            prompts);
    }

    private static AspectDifference Aspect(string name, int i, IReadOnlyList<ComparedPrompt> prompts, double pValue, double corrected, int seed)
    {
        double[] old = [.. prompts.Select(prompt => prompt.Old[i])], now = [.. prompts.Select(prompt => prompt.New[i])];
        double[] differences = [.. now.Zip(old, (a, b) => a - b)];
        return new AspectDifference(
            name, Mean(old, seed), Mean(now, seed), Mean(differences, seed), pValue, corrected,
            old.Count(score => score >= 0) / (double)old.Length, now.Count(score => score >= 0) / (double)now.Length,
            differences.Count(difference => difference > 0), differences.Count(difference => difference < 0));
    }

    /// <summary>A mean over prompts with its 95 % interval.</summary>
    public static Estimate Mean(IReadOnlyList<double> values, int seed) => TwoLevelBootstrap.SharedPrompts([[.. values]], seed);
}
