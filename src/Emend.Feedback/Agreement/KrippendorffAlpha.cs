// Krippendorff's alpha: 1 - D_o / D_e, the disagreement observed by that expected by chance.
// Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability" (University of Pennsylvania), sections B to E.
// Missing judgements are simply not there; a unit with fewer than two judgements cannot be compared and is left out.
namespace Emend.Feedback;

/// <summary>How far apart two values count.</summary>
public enum AlphaMetric
{
    /// <summary>Names: equal or not.</summary>
    Nominal,

    /// <summary>Ranks: by how many judgements lie between them.</summary>
    Ordinal,

    /// <summary>Numbers: the square of their difference.</summary>
    Interval,
}

/// <summary>Krippendorff's alpha over any number of people, with judgements missing where they will.</summary>
public static class KrippendorffAlpha
{
    /// <param name="units">For each unit the values that people gave it, in any order.</param>
    /// <param name="metric">What the values are: names, ranks or numbers. Names are numbered by the caller.</param>
    public static AgreementValue Of(IEnumerable<IReadOnlyList<double>> units, AlphaMetric metric)
    {
        var sums = new AlphaSums(metric);
        foreach (IReadOnlyList<double> unit in units)
            sums.Add(unit);
        return sums.Value;
    }
}

/// <summary>Alpha of units that come one by one: what is kept grows with the number of different values, never with the units.</summary>
public sealed class AlphaSums(AlphaMetric metric)
{
    // Each pair of judgements of a unit counts by 1 / (m - 1), so that a unit counts by its m judgements. Symmetric.
    private readonly SortedDictionary<double, SortedDictionary<double, double>> _coincidences = [];
    private int _units, _judgements;

    /// <summary>The values that people gave one unit, in any order.</summary>
    public void Add(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
            return;
        _units++;
        _judgements += values.Count;
        (double Value, int Count)[] counts = [.. values.GroupBy(value => value).Select(group => (group.Key, group.Count()))];
        foreach ((double c, int countC) in counts)
        {
            if (!_coincidences.TryGetValue(c, out SortedDictionary<double, double>? row))
                _coincidences.Add(c, row = []);
            foreach ((double k, int countK) in counts)
                row[k] = row.GetValueOrDefault(k) + countC * (countK - (c == k ? 1 : 0)) / (values.Count - 1.0);
        }
    }

    public AgreementValue Value
    {
        get
        {
            if (_units == 0)
                return AgreementValue.None("nothing was judged by two people", 0, 0);
            if (_coincidences.Count == 1)
                return AgreementValue.None("everybody gave the same value everywhere, so agreement by chance cannot be told apart", _units, _judgements);
            double[] values = [.. _coincidences.Keys];
            double[] totals = [.. _coincidences.Values.Select(row => row.Values.Sum())];
            double observed = 0, expected = 0;
            for (int c = 0; c < values.Length; c++)
            {
                for (int k = c + 1; k < values.Length; k++)
                {
                    double distance = Distance(values, totals, c, k);
                    observed += _coincidences[values[c]].GetValueOrDefault(values[k]) * distance;
                    expected += totals[c] * totals[k] * distance;
                }
            }
            return AgreementValue.Of(1 - (_judgements - 1) * observed / expected, _units, _judgements);
        }
    }

    private double Distance(double[] values, double[] totals, int c, int k)
    {
        switch (metric)
        {
            case AlphaMetric.Nominal:
                return 1;
            case AlphaMetric.Ordinal:
                double between = totals[c..(k + 1)].Sum() - (totals[c] + totals[k]) / 2;
                return between * between;
            default:
                double difference = values[c] - values[k];
                return difference * difference;
        }
    }
}
