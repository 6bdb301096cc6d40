using Emend.Feedback;
using Emend.Significance;
using Xunit;

namespace Emend.UnitTests.Feedback;

public class DisagreementTests
{
    [Theory]
    [InlineData(0, 7)]
    [InlineData(3, 10)]
    [InlineData(51, 80)]
    [InlineData(9, 9)]
    public void TheIntervalOfAShareIsTheOneThatWinRatesHave(int hits, int total)
    {
        Share share = Share.Wilson(hits, total);
        Interval interval = Interval.Wilson(hits, total);

        Assert.Equal(interval.Low, share.Low!.Value, Near.NinePlaces);
        Assert.Equal(interval.High, share.High!.Value, Near.NinePlaces);
    }

    [Fact]
    public void AMeanHasTheSpreadOfItsDefinition()
    {
        var sums = new MeanSums();
        foreach (double value in new[] { 1.0, 2, 6 })
            sums.Add(value);

        // Mean 3, variance (4 + 1 + 9) / 2 = 7, standard error sqrt(7 / 3).
        Assert.Equal(3, sums.Value.Value!.Value, Near.NinePlaces);
        Assert.Equal(3 - 1.959963984540054 * Math.Sqrt(7.0 / 3), sums.Value.Low!.Value, Near.NinePlaces);
        Assert.Equal(3, sums.Value.Of);
    }

    [Fact]
    public void PairsAreCountedInsideAGroupAndAcrossItsBorder()
    {
        var sums = new GroupSums(person => person <= 2);
        sums.Add([new JudgedUnit("choice", AlphaMetric.Nominal, [(3, 1), (1, 0), (2, 0)])]);
        sums.Add([new JudgedUnit("choice", AlphaMetric.Nominal, [(1, 0), (2, 1), (4, 1)])]);
        sums.Add([new JudgedUnit("choice", AlphaMetric.Nominal, [(3, 0), (4, 1)])]);

        GroupDifference found = sums.Value;

        Assert.Equal(new DifferingPairs(2, 1), found.Within);
        Assert.Equal(new DifferingPairs(4, 3), found.Across);
        Assert.Equal(0.25, found.Gap);
    }

    [Fact]
    public void WhereAGroupIsLikeTheOthersTheIntervalOfItsGapHoldsZero()
    {
        var random = new Random(3);
        var sums = new GroupSums(person => person <= 2);
        for (int item = 0; item < 200; item++)
            sums.Add([new JudgedUnit("choice", AlphaMetric.Nominal, [.. Enumerable.Range(1, 4).Select(person => ((long)person, (double)random.Next(2)))])]);

        Assert.InRange(0, sums.Value.GapLow!.Value, sums.Value.GapHigh!.Value);
    }

    [Fact]
    public void AnInsertionHeatsTheWordThatCameTooEarly()
    {
        SoftText heat = SoftLabels.Heat("it is red", ["it is not red", "it is red", "it was red"], null);

        Assert.Equal(3, heat.People);
        Assert.Equal([0, 1.0 / 3, 1.0 / 3], heat.Units.Select(unit => unit.Share));
    }

    [Fact]
    public void SpansKeepTheShareOfEachLabel()
    {
        var item = new ItemContent("p", [new Response("a bad lamp")]);
        Answer Marked(string label) => new(TaskKind.Spans) { Spans = new SpansAnswer(0, [new SpanLabel(2, 5, label)]) };

        SoftText text = Assert.Single(SoftLabels.Of(TaskKind.Spans, item, [Marked("untrue"), Marked("harmful"), new Answer(TaskKind.Spans) { Spans = new SpansAnswer(0, [], true) }, Marked("untrue")], null).Texts!);

        Assert.Equal([0, 0.75, 0], text.Units.Select(unit => unit.Share));
        Assert.Equal([new LabelShare("harmful", 0.25), new LabelShare("untrue", 0.5)], text.Units[1].Labels!);
    }
}
