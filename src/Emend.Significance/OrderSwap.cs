namespace Emend.Significance;

/// <summary>What a judge that sees two responses in an order said of one prompt: the candidate's outcome (1, 0.5 or 0) when it stood first, and when it stood second.</summary>
public readonly record struct OrderedVerdicts(double CandidateFirst, double CandidateSecond)
{
    /// <summary>The mean of both orders, so that a verdict that flips with the order counts half and is never dropped.</summary>
    public double Outcome => (CandidateFirst + CandidateSecond) / 2;

    /// <summary>Whether the two orders named different winners.</summary>
    public bool Flipped => (CandidateFirst - 0.5) * (CandidateSecond - 0.5) < 0;
}

/// <summary>A judge's verdicts in both orders over many prompts.</summary>
/// <param name="Outcomes">Per prompt, the mean of both orders.</param>
/// <param name="FlipRate">Share of prompts whose winner changed with the order: a number of its own, since it says how far to trust the judge.</param>
/// <param name="FirstPreference">Mean outcome of whatever response stood first; 0.5 for a judge to whom the order says nothing.</param>
public sealed record OrderSwap(double[] Outcomes, double FlipRate, double FirstPreference)
{
    /// <summary>Joins both orders of each prompt.</summary>
    public static OrderSwap Of(IReadOnlyList<OrderedVerdicts> verdicts)
    {
        if (verdicts.Count == 0)
            throw new ArgumentException("no verdicts were given");
        return new OrderSwap(
            [.. verdicts.Select(verdict => verdict.Outcome)],
            verdicts.Count(verdict => verdict.Flipped) / (double)verdicts.Count,
            verdicts.Average(verdict => (verdict.CandidateFirst + 1 - verdict.CandidateSecond) / 2));
    }
}
