// Cohen 1960, "A coefficient of agreement for nominal scales"; Fleiss 1971, "Measuring nominal scale agreement among many raters".
// Both drop what not everybody judged, and can look better for it: Krippendorff's alpha is the default.
namespace Emend.Feedback;

/// <summary>Agreement of two, or of equally many people, on names.</summary>
public static class Kappa
{
    /// <summary>Cohen's kappa of two people; what only one of them judged is left out by the caller.</summary>
    public static AgreementValue Cohen(IReadOnlyList<(int First, int Second)> judged)
    {
        int n = judged.Count;
        if (n == 0)
            return AgreementValue.None("the two have judged nothing in common", 0, 0);
        double observed = (double)judged.Count(pair => pair.First == pair.Second) / n;
        double expected = judged.Select(pair => pair.First).Distinct()
            .Sum(value => (double)judged.Count(pair => pair.First == value) / n * judged.Count(pair => pair.Second == value) / n);
        return expected == 1
            ? AgreementValue.None("both gave the same value everywhere, so agreement by chance cannot be told apart", n, 2 * n)
            : AgreementValue.Of((observed - expected) / (1 - expected), n, 2 * n);
    }

    /// <summary>Fleiss' kappa: counts[i][j] people put unit i into category j; every unit has the same number of people.</summary>
    /// <exception cref="ArgumentException">Two units have different numbers of people.</exception>
    public static AgreementValue Fleiss(IReadOnlyList<IReadOnlyList<int>> counts)
    {
        if (counts.Count == 0 || counts[0].Sum() < 2)
            return AgreementValue.None("nothing was judged by two people", 0, 0);
        int people = counts[0].Sum();
        if (counts.Any(unit => unit.Sum() != people))
            throw new ArgumentException($"a unit has another number of judgements than the first, which has {people}; Fleiss' kappa needs the same for all");
        double total = (double)counts.Count * people;
        double observed = counts.Average(unit => (unit.Sum(count => (double)count * count) - people) / (people * (people - 1.0)));
        double expected = Enumerable.Range(0, counts[0].Count).Sum(j => Math.Pow(counts.Sum(unit => unit[j]) / total, 2));
        return expected == 1
            ? AgreementValue.None("everybody gave the same value everywhere, so agreement by chance cannot be told apart", counts.Count, (int)total)
            : AgreementValue.Of((observed - expected) / (1 - expected), counts.Count, (int)total);
    }
}
