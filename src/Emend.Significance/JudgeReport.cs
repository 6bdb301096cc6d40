namespace Emend.Significance;

/// <summary>What a judge said of one pair, a candidate against a baseline.</summary>
/// <param name="CandidateFirst">The candidate's outcome (0 to 1) where it stood first; null where that order was not asked or could not be read.</param>
/// <param name="CandidateSecond">The same where it stood second.</param>
/// <param name="Length">Of the candidate's response; the baseline's is in the same unit.</param>
public readonly record struct JudgedOutcome(double? CandidateFirst, double? CandidateSecond, double Length, double BaselineLength)
{
    /// <summary>Whether the two orders named different winners, where the judge's words are known beside its probabilities; null: the outcomes say it.</summary>
    public bool? WinnersDiffer { get; init; }

    /// <summary>Whether the winner changed with the order; null without both orders.</summary>
    internal bool? Flipped => CandidateFirst is double first && CandidateSecond is double second ? WinnersDiffer ?? new OrderedVerdicts(first, second).Flipped : null;

    /// <summary>The mean of the orders that are there; null where there is none.</summary>
    public double? Outcome => CandidateFirst is double first ? CandidateSecond is double second ? (first + second) / 2 : first : CandidateSecond;

    /// <summary>The outcome of whatever stood first, mean over the orders.</summary>
    public double? OfFirst => CandidateFirst is double first ? CandidateSecond is double second ? (first + 1 - second) / 2 : first : 1 - CandidateSecond;
}

/// <summary>A preference of a judge for something that is no quality: by how much, in points from 50, and how sure that is.</summary>
/// <param name="Rate">Percent of the outcome that went to what is preferred (first place, greater length), with its 95 % interval; 50 shows none.</param>
/// <param name="PValue">Of no preference, by sign flips over pairs.</param>
public sealed record JudgeBias(Estimate Rate, double PValue)
{
    /// <summary>Points above 50.</summary>
    public double Points => Rate.Value - 50;

    internal static JudgeBias? Of(double[] outcomes, int seed) => outcomes.Length == 0 ? null
        : new JudgeBias(WinRate.Of([outcomes], seed), PairedTests.SignFlip([.. outcomes.Select(outcome => outcome - 0.5)], seed));
}

/// <summary>A judge's verdicts on many pairs, and what they say of the judge.</summary>
/// <param name="WinRate">Of the candidate in percent, ties half, with its 95 % interval.</param>
/// <param name="PValue">Of two equal sides, by sign flips over pairs.</param>
/// <param name="FlipRate">Share of the pairs asked in both orders whose winner changed with the order; null where none was.</param>
/// <param name="Position">Preference for what stands first.</param>
/// <param name="Length">Preference for the longer response, over pairs of unequal length; it may also be that longer is better. Null where there are none.</param>
/// <param name="Lengths">The win rate at equal length, and the length effect.</param>
/// <param name="Judged">Pairs that entered.</param>
public sealed record JudgeReport(Estimate WinRate, double PValue, double? FlipRate, JudgeBias Position, JudgeBias? Length, LengthControl Lengths, int Judged)
{
    /// <summary>Summarizes the verdicts that could be read.</summary>
    /// <param name="outcomes">Pairs without an outcome are left out; the caller counts them apart.</param>
    /// <returns>Null where no pair has an outcome.</returns>
    public static JudgeReport? Of(IReadOnlyList<JudgedOutcome> outcomes, int seed)
    {
        JudgedOutcome[] judged = [.. outcomes.Where(outcome => outcome.Outcome is not null)];
        if (judged.Length == 0)
            return null;
        double[] values = [.. judged.Select(outcome => outcome.Outcome!.Value)];
        bool[] flips = [.. judged.Select(outcome => outcome.Flipped).OfType<bool>()];
        double[] longer = [.. judged.Where(outcome => outcome.Length != outcome.BaselineLength)
            .Select(outcome => outcome.Length > outcome.BaselineLength ? outcome.Outcome!.Value : 1 - outcome.Outcome!.Value)];
        return new JudgeReport(
            Significance.WinRate.Of([values], seed),
            PairedTests.SignFlip([.. values.Select(value => value - 0.5)], seed),
            flips.Length == 0 ? null : flips.Count(flipped => flipped) / (double)flips.Length,
            JudgeBias.Of([.. judged.Select(outcome => outcome.OfFirst!.Value)], seed)!,
            JudgeBias.Of(longer, seed),
            LengthControl.Of([.. judged.Select((outcome, i) => new LengthVerdict(outcome.Outcome!.Value, outcome.Length, outcome.BaselineLength, i))]),
            judged.Length);
    }
}
