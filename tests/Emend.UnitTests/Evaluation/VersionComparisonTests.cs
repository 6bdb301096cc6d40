using Emend.Evaluation;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class VersionComparisonTests
{
    private static readonly string[] Aspects = ["helpful", "honest"];

    [Fact]
    public void WinsDifferencesAndCorrectedPValuesComeFromThePairedScores()
    {
        // Ten prompts: the new version gains 1 in helpfulness on eight, and loses 2 in honesty on two of the others.
        ComparedPrompt[] prompts = [.. Enumerable.Range(0, 10).Select(i => Prompt(i, old: [-1, 0], now: i < 8 ? [0, 0] : [-1, -2]))];

        VersionComparison comparison = VersionComparison.Of("v1", "v2", "a test", Aspects, prompts, seed: 1);

        Assert.Equal(80, comparison.WinRate.Value);
        Assert.Equal((8, 0, 0, 2), (comparison.Aspects[0].Better, comparison.Aspects[0].Worse, comparison.Aspects[1].Better, comparison.Aspects[1].Worse));
        Assert.Equal((0.8, -0.4), (comparison.Aspects[0].Difference.Value, comparison.Aspects[1].Difference.Value));
        Assert.Equal((0.0, 0.8, 1.0, 0.8), (comparison.Aspects[0].OldFaultless, comparison.Aspects[0].NewFaultless, comparison.Aspects[1].OldFaultless, comparison.Aspects[1].NewFaultless));
        // All signs of eight equal differences: 2 of 256; of two: 2 of 4. Holm takes the smallest of three times 3, the next times 2.
        Assert.Equal((2.0 / 256, 0.5), (comparison.Aspects[0].PValue, comparison.Aspects[1].PValue));
        Assert.Equal(3 * 2.0 / 256, comparison.Aspects[0].PHolm, Near.Float64);
        Assert.True(comparison.PHolm >= 2 * comparison.PValue - Near.Float64 && comparison.Aspects[1].PHolm >= 0.5);
        Assert.False(comparison.Aspects[1].CertainlyWorse);
        Assert.Equal(["prompt 8", "prompt 9"], comparison.Worse.Select(prompt => prompt.Prompt));
    }

    [Fact]
    public void WhatWouldHaveBeenFoundDoesNotHangOnOutcomesThatAreAllAlike() =>
        // 2.8016 deviations of 50 points over the root of 16.
        Assert.Equal(35.0198, VersionComparison.Of("v1", "v2", "a test", Aspects, [.. Enumerable.Range(0, 16).Select(i => Prompt(i, old: [0, 0], now: [0, 0]))], seed: 1).MinimumDetectable, Near.ThreePlaces);

    [Fact]
    public void SumsThatDifferByRoundingTie() => Assert.Equal(0.5, Prompt(0, old: [-0.1, -0.2], now: [-0.3, 0]).Outcome);

    [Fact]
    public void ThePageSaysWhereTheNewVersionIsWorseBeforeAnythingElse()
    {
        ComparedPrompt[] prompts = [.. Enumerable.Range(0, 12).Select(i => Prompt(i, old: [-1, 0], now: i < 2 ? [0, 0] : [-1, -2]))];

        string page = VersionReport.Render(VersionComparison.Of("v1", "v2", "a test", Aspects, prompts, seed: 1));

        int worse = page.IndexOf("Where the new version is worse", StringComparison.Ordinal), table = page.IndexOf("Aspect by aspect", StringComparison.Ordinal), worst = page.IndexOf("the 10 worst of 10", StringComparison.Ordinal), better = page.IndexOf("Prompts where it is better", StringComparison.Ordinal);
        Assert.True(0 < worse && worse < table && table < worst && worst < better);
        Assert.Contains("<b>honest</b> −1.67 on average, worse on 10 prompts and better on 0; more than chance", page);
    }

    [Fact]
    public void AVersionThatIsNowhereWorseIsSaidToBeSo()
    {
        string page = VersionReport.Render(VersionComparison.Of("v1", "v2", "a test", Aspects, [Prompt(0, old: [-1, 0], now: [0, 0])], seed: 1));

        Assert.Contains("In no aspect on average", page);
        Assert.DoesNotContain("Prompts where the new version is worse:", page);
    }

    [Fact]
    public void ResponsesStandSideBySideColouredWithTheirDifferencesAndAsTextAlone()
    {
        const string hostile = "<script>alert(1)</script>";
        var prompt = new ComparedPrompt($"What? {hostile}",
            new SampleResponse("v1", "It runs for 40 hours.", [new ScoredToken(12, 14, -3), new ScoredToken(15, 20, 0.1)]), new SampleResponse("v2", $"It runs for 14 hours. {hostile}", [new ScoredToken(12, 14, 1)]), [-1, 0], [0, 0], 5, 5);

        string page = VersionReport.Render(VersionComparison.Of("v1", "v2", hostile, Aspects, [prompt], seed: 1));

        Assert.DoesNotContain("<script", page);
        Assert.Contains("<del><span class=\"w4\" title=\"−3.00\">40</span></del>", page);
        Assert.Contains("<span class=\"g2\" title=\"+1.00\">14</span>", page);
        Assert.Contains("<ins>14</ins>", page);
        Assert.Contains("default-src 'none'", page);
        Assert.DoesNotContain("http", page.Replace("http-equiv", ""));
    }

    private static ComparedPrompt Prompt(int i, double[] old, double[] now) => new($"prompt {i}", new SampleResponse("v1", "old text", []), new SampleResponse("v2", "new text", []), old, now, 2, 2);
}
