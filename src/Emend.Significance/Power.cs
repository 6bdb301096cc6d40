using MathNet.Numerics.Distributions;

namespace Emend.Significance;

/// <summary>
/// What a comparison can find, before it runs: normal approximation of a two-sided test of a mean (Lehr 1992; Cohen 1988, chapter 2).
/// Effects and deviations share one unit.
/// </summary>
public static class Power
{
    public const double DefaultLevel = 0.05, DefaultPower = 0.8;

    /// <summary>Of the outcomes 0 and 1 at even chances: the most that outcomes between 0 and 1 can deviate.</summary>
    public const double LargestDeviation = 0.5;

    /// <summary>The smallest true effect that so many items show with the power given.</summary>
    /// <param name="deviation">Standard deviation of one item's outcome or difference.</param>
    public static double MinimumDetectableEffect(double deviation, int items, double level = DefaultLevel, double power = DefaultPower)
    {
        Check(deviation, level, power);
        return items > 0 ? Quantiles(level, power) * deviation / Math.Sqrt(items) : throw new ArgumentException($"{items} items: at least one is needed");
    }

    /// <summary>Items that are needed to see a true effect of this size with the power given.</summary>
    public static int Items(double effect, double deviation, double level = DefaultLevel, double power = DefaultPower)
    {
        Check(deviation, level, power);
        if (!(Math.Abs(effect) > 0))
            throw new ArgumentException("no number of items shows an effect of 0");
        double items = Math.Ceiling(Math.Pow(Quantiles(level, power) * deviation / effect, 2));
        return items < int.MaxValue ? Math.Max(1, (int)items) : int.MaxValue;
    }

    private static double Quantiles(double level, double power) => Normal.InvCDF(0, 1, 1 - level / 2) + Normal.InvCDF(0, 1, power);

    private static void Check(double deviation, double level, double power)
    {
        if (!(deviation >= 0) || !(level is > 0 and < 1) || !(power is > 0 and < 1))
            throw new ArgumentException($"deviation {deviation}, level {level}, power {power}: a deviation is not negative, level and power lie between 0 and 1");
    }
}
