namespace Emend.Feedback;

/// <summary>A share of something counted, with its 95 % interval.</summary>
/// <param name="Value">0 to 1; null where nothing was counted.</param>
/// <param name="Low">Lower end of Wilson's score interval (Wilson 1927, "Probable inference"); null as the value.</param>
/// <param name="High">Upper end.</param>
/// <param name="Of">How many were counted.</param>
public sealed record Share(double? Value, double? Low, double? High, int Of)
{
    // The 97.5 % point of the normal distribution.
    internal const double Z = 1.959963984540054;

    /// <summary>Emend.Evaluation has the same interval for win rates, out of sight of this module; a test holds the two together.</summary>
    public static Share Wilson(int hits, int total)
    {
        if (total == 0)
            return new Share(null, null, null, 0);
        double share = (double)hits / total, z2 = Z * Z / total;
        double centre = (share + z2 / 2) / (1 + z2), half = Z / (1 + z2) * Math.Sqrt(share * (1 - share) / total + z2 / (4 * total));
        return new Share(share, Math.Max(0, centre - half), Math.Min(1, centre + half), total);
    }
}

/// <summary>A mean with its 95 % interval.</summary>
/// <param name="Value">Null where nothing was measured.</param>
/// <param name="Low">Mean less 1.96 standard errors; null below two measurements.</param>
/// <param name="High">Mean plus 1.96 standard errors.</param>
/// <param name="Of">Measurements.</param>
public sealed record MeanValue(double? Value, double? Low, double? High, int Of);

/// <summary>A mean of numbers that come one by one, and their spread (Welford 1962).</summary>
public sealed class MeanSums
{
    private double _mean, _squares;
    private int _count;

    public void Add(double value)
    {
        _count++;
        double before = value - _mean;
        _mean += before / _count;
        _squares += before * (value - _mean);
    }

    public MeanValue Value
    {
        get
        {
            if (_count < 2)
                return new MeanValue(_count == 0 ? null : _mean, null, null, _count);
            double half = Share.Z * Math.Sqrt(_squares / (_count - 1) / _count);
            return new MeanValue(_mean, _mean - half, _mean + half, _count);
        }
    }
}
