using MathNet.Numerics.Distributions;

namespace Emend.Significance;

/// <summary>Tests of the difference between two systems that were judged on the same items; all two-sided.</summary>
public static class PairedTests
{
    /// <summary>Up to so many items that differ every assignment of signs is counted; beyond them signs are drawn.</summary>
    public const int MostExactItems = 20;

    /// <summary>Drawn sign assignments: a p-value of 0.05 is then known to ±0.002 (one standard error).</summary>
    public const int Draws = 10_000;

    /// <summary>
    /// Sign-flip permutation test of paired differences: under the null hypothesis that the systems are exchangeable on every item, each difference may
    /// as well have the other sign. The p-value is the share of assignments whose sum is as far from 0 as the one observed, which is counted
    /// too, so that it is never 0 (Phipson and Smyth 2010).
    /// </summary>
    /// <param name="differences">One per item; what is 0 says nothing and is left out.</param>
    /// <param name="seed">Of the drawn signs; without use where all are counted.</param>
    public static double SignFlip(IReadOnlyList<double> differences, int seed)
    {
        double[] sizes = [.. differences.Where(difference => difference != 0).Select(Math.Abs)];
        if (sizes.Any(size => !double.IsFinite(size)))
            throw new ArgumentException("a difference is not a finite number");
        if (sizes.Length == 0)
            return 1;
        // Sums that are equal but for rounding count as equal.
        double observed = Math.Abs(differences.Sum()) - 1e-9 * sizes.Sum();
        return sizes.Length <= MostExactItems ? CountedShare(sizes, observed) : DrawnShare(sizes, observed, new Random(seed));
    }

    /// <summary>
    /// McNemar's exact test (McNemar 1947; binomial form): of the items on which the systems differ, each wins half under the null hypothesis.
    /// </summary>
    /// <param name="wins">Items that only the first system got right, or that it won.</param>
    /// <param name="losses">Items that only the second got right, or that it won.</param>
    public static double McNemar(int wins, int losses)
    {
        if (wins < 0 || losses < 0)
            throw new ArgumentException($"{wins} wins and {losses} losses: a count is not negative");
        int fewer = Math.Min(wins, losses), all = wins + losses;
        return all == 0 ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, all, fewer));
    }

    /// <summary>
    /// Holm's step-down correction (Holm 1979): p-values that may each be held against the level, however many comparisons were made,
    /// in the order of the input.
    /// </summary>
    public static double[] Holm(IReadOnlyList<double> pValues)
    {
        int[] order = [.. Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i])];
        double[] adjusted = new double[pValues.Count];
        double highest = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            highest = Math.Max(highest, Math.Min(1, (order.Length - rank) * pValues[order[rank]]));
            adjusted[order[rank]] = highest;
        }
        return adjusted;
    }

    private static double CountedShare(double[] sizes, double observed)
    {
        long extreme = 0, all = 1L << sizes.Length;
        for (long signs = 0; signs < all; signs++)
        {
            double sum = 0;
            for (int i = 0; i < sizes.Length; i++)
                sum += (signs >> i & 1) == 0 ? sizes[i] : -sizes[i];
            extreme += Math.Abs(sum) >= observed ? 1 : 0;
        }
        return (double)extreme / all;
    }

    private static double DrawnShare(double[] sizes, double observed, Random random)
    {
        int extreme = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0;
            for (int i = 0; i < sizes.Length;)
            {
                long signs = random.NextInt64();
                for (int bit = 0; bit < 62 && i < sizes.Length; bit++, i++)
                    sum += (signs >> bit & 1) == 0 ? sizes[i] : -sizes[i];
            }
            extreme += Math.Abs(sum) >= observed ? 1 : 0;
        }
        return (extreme + 1.0) / (Draws + 1);
    }
}
