using Emend.Feedback;
using Xunit;

namespace Emend.UnitTests.Feedback;

public class AgreementTests
{
    // Krippendorff 2011, section D: four observers, twelve units, 0 where there is no judgement. Published to three digits.
    private static readonly int[][] Published =
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];

    [Theory]
    [InlineData(AlphaMetric.Nominal, 0.743)]
    [InlineData(AlphaMetric.Ordinal, 0.815)]
    [InlineData(AlphaMetric.Interval, 0.849)]
    public void AlphaIsThatOfThePublishedExample(AlphaMetric metric, double published)
    {
        AgreementValue alpha = KrippendorffAlpha.Of(Units(Published), metric);

        Assert.Equal(published, alpha.Value!.Value, Near.ThreePlaces);
        Assert.Equal((11, 40), (alpha.Units, alpha.Judgements));
    }

    [Theory]
    [InlineData(AlphaMetric.Nominal)]
    [InlineData(AlphaMetric.Interval)]
    public void AlphaIsOneMinusObservedByExpectedDisagreementOverAllPairs(AlphaMetric metric)
    {
        var random = new Random(7);
        for (int round = 0; round < 50; round++)
        {
            double[][] units = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, random.Next(0, 6)).Select(_ => (double)random.Next(1, 5)).ToArray())];

            Assert.Equal(ByPairs(units, metric), KrippendorffAlpha.Of(units, metric).Value!.Value, Near.NinePlaces);
        }
    }

    [Fact]
    public void AlphaIsOneWhereAllAgreeAndBelowZeroWhereTheyAvoidEachOther()
    {
        Assert.Equal(1, KrippendorffAlpha.Of([[1, 1], [2, 2], [3, 3]], AlphaMetric.Nominal).Value!.Value, Near.NinePlaces);
        Assert.True(KrippendorffAlpha.Of([[1, 2], [2, 1], [1, 2]], AlphaMetric.Nominal).Value < 0);
    }

    [Fact]
    public void WhereThereIsNoValueItSaysWhy()
    {
        AgreementValue unanimous = KrippendorffAlpha.Of([[1, 1], [1, 1, 1]], AlphaMetric.Nominal), alone = KrippendorffAlpha.Of([[1], [2], []], AlphaMetric.Interval);

        Assert.Null(unanimous.Value);
        Assert.Contains("the same value everywhere", unanimous.Undefined);
        Assert.Null(alone.Value);
        Assert.Contains("nothing was judged by two people", alone.Undefined);
        Assert.Null(Kappa.Cohen([(1, 1), (1, 1)]).Value);
        Assert.Null(Kappa.Cohen([]).Value);
    }

    [Fact]
    public void CohensKappaIsThatOfTheTextbookTable()
    {
        // Both yes 20, first alone 5, second alone 10, both no 15: observed 0.7, expected 0.5.
        (int, int)[] judged = [.. Times(20, 1, 1), .. Times(5, 1, 0), .. Times(10, 0, 1), .. Times(15, 0, 0)];

        Assert.Equal(0.4, Kappa.Cohen(judged).Value!.Value, Near.NinePlaces);
    }

    [Fact]
    public void FleissKappaIsThatOfTheTextbookTable()
    {
        int[][] counts =
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ];

        Assert.Equal(0.210, Kappa.Fleiss(counts).Value!.Value, Near.ThreePlaces);
    }

    [Fact]
    public void PeopleCanAgreeWhereToEditAndNotWhatToWrite()
    {
        EditAgreement agreement = EditAgreement.Of([("the lamp is red today", ["the lamp is blue today", "the lamp is green today"]), ("it is big", ["it is big", "it is big"])]);

        Assert.Equal(1, agreement.Where.Value!.Value, Near.NinePlaces);
        Assert.Equal((0.8 + 1) / 2, agreement.Similarity!.Value, Near.NinePlaces);
    }

    private static IEnumerable<(int, int)> Times(int count, int first, int second) => Enumerable.Repeat((first, second), count);

    private static IEnumerable<IReadOnlyList<double>> Units(int[][] observers) =>
        Enumerable.Range(0, observers[0].Length).Select(unit => (IReadOnlyList<double>)[.. observers.Select(observer => (double)observer[unit]).Where(value => value != 0)]);

    // The definition, pair by pair: within units, each pair by 1 / (m - 1), against all pairs of judgements whatever their unit.
    private static double ByPairs(double[][] units, AlphaMetric metric)
    {
        double[][] pairable = [.. units.Where(unit => unit.Length >= 2)];
        double[] all = [.. pairable.SelectMany(unit => unit)];
        double observed = pairable.Sum(unit => Pairs(unit) / (unit.Length - 1)) / all.Length, expected = Pairs(all) / (all.Length * (all.Length - 1.0));
        return 1 - observed / expected;

        double Pairs(double[] values) => (from i in Enumerable.Range(0, values.Length)
                                          from j in Enumerable.Range(0, values.Length)
                                          where i != j
                                          select metric == AlphaMetric.Nominal ? (values[i] == values[j] ? 0.0 : 1) : Math.Pow(values[i] - values[j], 2)).Sum();
    }
}
