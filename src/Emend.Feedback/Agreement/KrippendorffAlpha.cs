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
        IReadOnlyList<double>[] pairable = [.. units.Where(unit => unit.Count >= 2)];
        int judgements = pairable.Sum(unit => unit.Count);
        if (pairable.Length == 0)
            return AgreementValue.None("nothing was judged by two people", 0, 0);
        double[] values = [.. pairable.SelectMany(unit => unit).Distinct().Order()];
        if (values.Length == 1)
            return AgreementValue.None("everybody gave the same value everywhere, so agreement by chance cannot be told apart", pairable.Length, judgements);

        double[,] coincidences = Coincidences(pairable, values);
        double[] totals = [.. Enumerable.Range(0, values.Length).Select(c => Enumerable.Range(0, values.Length).Sum(k => coincidences[c, k]))];
        double observed = 0, expected = 0;
        for (int c = 0; c < values.Length; c++)
        {
            for (int k = c + 1; k < values.Length; k++)
            {
                double distance = Distance(values, totals, c, k, metric);
                observed += coincidences[c, k] * distance;
                expected += totals[c] * totals[k] * distance;
            }
        }
        return AgreementValue.Of(1 - (judgements - 1) * observed / expected, pairable.Length, judgements);
    }

    // Each pair of judgements of a unit counts by 1 / (m - 1), so that a unit counts by its m judgements. Symmetric.
    private static double[,] Coincidences(IReadOnlyList<double>[] units, double[] values)
    {
        var coincidences = new double[values.Length, values.Length];
        var counts = new int[values.Length];
        foreach (IReadOnlyList<double> unit in units)
        {
            Array.Clear(counts);
            foreach (double value in unit)
                counts[Array.BinarySearch(values, value)]++;
            for (int c = 0; c < counts.Length; c++)
            {
                if (counts[c] == 0)
                    continue;
                for (int k = 0; k < counts.Length; k++)
                    coincidences[c, k] += counts[c] * (counts[k] - (c == k ? 1 : 0)) / (unit.Count - 1.0);
            }
        }
        return coincidences;
    }

    private static double Distance(double[] values, double[] totals, int c, int k, AlphaMetric metric)
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
