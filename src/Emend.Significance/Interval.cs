using MathNet.Numerics.Distributions;

namespace Emend.Significance;

/// <summary>A range that holds the true value with the stated confidence; in the unit of the value it belongs to.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The confidence of every interval of this project unless its caller says otherwise.</summary>
    public const double Confidence = 0.95;

    /// <summary>Wilson's score interval of a proportion (Wilson 1927); half wins, from ties, are allowed.</summary>
    /// <param name="wins">Number of wins, ties counted half; between 0 and <paramref name="total"/>.</param>
    public static Interval Wilson(double wins, int total, double confidence = Confidence)
    {
        if (total <= 0 || !(wins >= 0 && wins <= total))
            throw new ArgumentException($"{wins} wins of {total} is no proportion: wins lie between 0 and a positive total");
        double z = Normal.InvCDF(0, 1, 0.5 + confidence / 2);
        double p = wins / total;
        double centre = (p + z * z / (2 * total)) / (1 + z * z / total);
        double half = z / (1 + z * z / total) * Math.Sqrt(p * (1 - p) / total + z * z / (4.0 * total * total));
        return new Interval(wins == 0 ? 0 : centre - half, wins == total ? 1 : centre + half); // exact in theory, one rounding off in practice
    }

    /// <summary>Student's t interval of a mean of independent values, such as one value per seed; null for fewer than two values.</summary>
    public static Interval? OfMean(IReadOnlyList<double> values, double confidence = Confidence)
    {
        if (values.Count < 2)
            return null;
        double mean = values.Average();
        double half = StudentT.InvCDF(0, 1, values.Count - 1, 0.5 + confidence / 2) * Moments.StandardError(values);
        return new Interval(mean - half, mean + half);
    }
}
