namespace Emend.Significance;

/// <summary>Win rates of one policy against a reference on the same held-out prompts. An outcome is 1 for a win, 0.5 for a tie, 0 for a loss; between them, a mean of several.</summary>
public static class WinRate
{
    /// <summary>The outcome of one prompt: the mean over all pairs of a candidate response and a reference response, ties half.</summary>
    /// <param name="candidates">Scores of the policy's responses to the prompt; higher is better.</param>
    /// <param name="references">Scores of the reference's responses to the same prompt, by the same judge.</param>
    public static double AllPairs(ReadOnlySpan<double> candidates, ReadOnlySpan<double> references)
    {
        if (candidates.IsEmpty || references.IsEmpty)
            throw new ArgumentException($"a prompt needs responses on both sides, not {candidates.Length} and {references.Length}");
        double wins = 0;
        foreach (double candidate in candidates)
        {
            foreach (double reference in references)
            {
                if (double.IsNaN(candidate) || double.IsNaN(reference))
                    throw new ArgumentException("a score is not a number, so it can neither win nor lose");
                wins += candidate > reference ? 1 : candidate == reference ? 0.5 : 0;
            }
        }
        return wins / ((double)candidates.Length * references.Length);
    }

    /// <summary>The win rate in percent with its interval over seeds and prompts, every seed judged on the same prompts in the same order.</summary>
    /// <param name="outcomes">outcomes[s][p]: of prompt p under seed s, from 0 to 1.</param>
    /// <param name="seed">Of the resampling; the same seed gives the same interval.</param>
    public static Estimate Of(IReadOnlyList<double[]> outcomes, int seed)
    {
        foreach (double[] row in outcomes)
        {
            foreach (double outcome in row)
            {
                if (!(outcome >= 0 && outcome <= 1))
                    throw new ArgumentException($"an outcome lies between 0 and 1, not {outcome}");
            }
        }
        Estimate estimate = TwoLevelBootstrap.SharedPrompts(outcomes, seed);
        if (estimate.StandardError == 0)
        {
            // Every prompt came out the same, so resampling shows no spread where there may be some; Wilson's interval does.
            Interval wilson = Interval.Wilson(estimate.Value * estimate.Prompts, estimate.Prompts);
            estimate = estimate with { Low = wilson.Low, High = wilson.High };
        }
        // No win rate lies outside 0 and 1, so neither does what an interval can claim.
        return (estimate with { Low = Math.Max(0, estimate.Low), High = Math.Min(1, estimate.High) }).Times(100);
    }

    /// <summary>Unbiased variance of the outcomes; what a comparison can find depends on it.</summary>
    public static double Variance(IReadOnlyList<double> outcomes) => Moments.Variance(outcomes);

    /// <summary>How many points a policy's win rate is above another's, paired by seed and prompt, with its interval.</summary>
    /// <param name="outcomes">outcomes[s][p] of the policy, against the reference.</param>
    /// <param name="baseline">The same of the policy it is compared with: the same seeds, prompts and reference, in the same order.</param>
    public static Estimate Difference(IReadOnlyList<double[]> outcomes, IReadOnlyList<double[]> baseline, int seed)
    {
        if (outcomes.Count != baseline.Count)
            throw new ArgumentException($"a paired difference needs the same seeds on both sides, not {outcomes.Count} and {baseline.Count}");
        double[][] differences = new double[outcomes.Count][];
        for (int s = 0; s < differences.Length; s++)
        {
            if (outcomes[s].Length != baseline[s].Length)
                throw new ArgumentException($"a paired difference needs the same prompts on both sides, not {outcomes[s].Length} and {baseline[s].Length}");
            differences[s] = [.. outcomes[s].Zip(baseline[s], (a, b) => a - b)];
        }
        return TwoLevelBootstrap.SharedPrompts(differences, seed).Times(100);
    }
}
