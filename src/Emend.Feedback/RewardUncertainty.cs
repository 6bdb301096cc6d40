namespace Emend.Feedback;

/// <summary>How undecided a reward model is about an item, 0 (certain) to 1 (a coin's toss): the entropy in bits of the choice that it implies.</summary>
public static class RewardUncertainty
{
    /// <summary>
    /// Between the two best responses, whose choice is sigmoid(difference of their scores) under Bradley and Terry. An item with one
    /// response is the choice between it and a response that scores as usual: sigmoid(standardized score).
    /// </summary>
    /// <param name="scores">Raw score and standardized score of each response; at least one.</param>
    public static double Of(IReadOnlyList<(double Score, double Standardized)> scores)
    {
        if (scores.Count == 1)
            return Entropy(scores[0].Standardized);
        double[] best = [.. scores.Select(score => score.Score).OrderDescending()];
        return Entropy(best[0] - best[1]);
    }

    // Of sigmoid(x), in bits. By symmetry |x| will do, and its exponential does not overflow.
    private static double Entropy(double x)
    {
        double e = Math.Exp(-Math.Abs(x)), p = 1 / (1 + e), q = e / (1 + e);
        return q == 0 ? 0 : -((p * Math.Log2(p)) + (q * Math.Log2(q)));
    }
}
