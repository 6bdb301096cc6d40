namespace Emend.Significance;

/// <summary>Means and spreads of plain numbers, each formula once.</summary>
internal static class Moments
{
    /// <summary>Unbiased sample variance (divided by n − 1); 0 for a single value, which has no spread to show.</summary>
    public static double Variance(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
            return 0;
        double mean = values.Average(), sum = 0;
        foreach (double value in values)
            sum += (value - mean) * (value - mean);
        return sum / (values.Count - 1);
    }

    /// <summary>Sample standard deviation over the root of n.</summary>
    public static double StandardError(IReadOnlyList<double> values) => Math.Sqrt(Variance(values)) / Math.Sqrt(values.Count);

    /// <summary>The q-quantile of ascending values, linear between order statistics (type 7 of Hyndman and Fan 1996, the default of R and NumPy).</summary>
    public static double Quantile(double[] ascending, double q)
    {
        double position = q * (ascending.Length - 1);
        int below = (int)Math.Floor(position);
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + (position - below) * (ascending[above] - ascending[below]);
    }
}
