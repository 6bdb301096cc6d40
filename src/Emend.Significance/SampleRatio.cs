using MathNet.Numerics.Distributions;

namespace Emend.Significance;

/// <summary>Whether users came to the variants of an experiment in the parts that were meant. Where they did not, something loses users of one variant, and no figure of the test can be trusted.</summary>
public static class SampleRatio
{
    /// <summary>Below this the ratio counts as a mismatch: far below the level of a test, since it is looked at often and a miss is cheap.</summary>
    public const double MismatchBelow = 0.001;

    /// <summary>Pearson's chi-square test of counts against shares; 1 where there is nothing to compare.</summary>
    /// <param name="counts">Users of each variant.</param>
    /// <param name="shares">Above 0; they need not sum to 1.</param>
    public static double PValue(IReadOnlyList<int> counts, IReadOnlyList<double> shares)
    {
        if (counts.Count != shares.Count || counts.Count < 2)
            throw new ArgumentException($"{counts.Count} counts and {shares.Count} shares; as many of each are expected, two at least");
        double users = counts.Sum(), whole = shares.Sum();
        if (users == 0)
            return 1;
        double statistic = counts.Zip(shares).Sum(pair => Squared(pair.First - users * pair.Second / whole) / (users * pair.Second / whole));
        return 1 - ChiSquared.CDF(counts.Count - 1, statistic);
    }

    private static double Squared(double value) => value * value;
}
