using Emend.Evaluation;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class VersionComparisonTests
{
    private static readonly string[] Aspects = ["helpful", "honest"];
    private static readonly VersionJudge Rubric = new("a test", ScoreKind.Faults);

    [Fact]
    public void WinsDifferencesAndCorrectedPValuesComeFromThePairedScores()
    {
        // Ten prompts: the new version gains 1 in helpfulness on eight, and loses 2 in honesty on two of the others.
        ComparedPrompt[] prompts = [.. Enumerable.Range(0, 10).Select(i => Prompt(i, old: [-1, 0], now: i < 8 ? [0, 0] : [-1, -2]))];

        VersionComparison comparison = VersionComparison.Of("v1", "v2", Rubric, Aspects, prompts, seed: 1);

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
        Assert.Equal(35.0198, VersionComparison.Of("v1", "v2", Rubric, Aspects, [.. Enumerable.Range(0, 16).Select(i => Prompt(i, old: [0, 0], now: [0, 0]))], seed: 1).MinimumDetectable, Near.ThreePlaces);

    [Fact]
    public void SumsThatDifferByRoundingTie() => Assert.Equal(0.5, Prompt(0, old: [-0.1, -0.2], now: [-0.3, 0]).Outcome);

    [Fact]
    public void ThePageSaysWhereTheNewVersionIsWorseBeforeAnythingElse()
    {
        ComparedPrompt[] prompts = [.. Enumerable.Range(0, 12).Select(i => Prompt(i, old: [-1, 0], now: i < 2 ? [0, 0] : [-1, -2]))];

        string page = VersionReport.Render(VersionComparison.Of("v1", "v2", Rubric, Aspects, prompts, seed: 1));

        int worse = page.IndexOf("Where the new version is worse", StringComparison.Ordinal), table = page.IndexOf("Aspect by aspect", StringComparison.Ordinal), worst = page.IndexOf("the 10 worst of 10", StringComparison.Ordinal), better = page.IndexOf("Prompts where it is better", StringComparison.Ordinal);
        Assert.True(0 < worse && worse < table && table < worst && worst < better);
        Assert.Contains("<b>honest</b> −1.67 on average, worse on 10 prompts and better on 0; more than chance", page);
    }

    [Fact]
    public void AVersionThatIsNowhereWorseIsSaidToBeSo()
    {
        string page = VersionReport.Render(VersionComparison.Of("v1", "v2", Rubric, Aspects, [Prompt(0, old: [-1, 0], now: [0, 0])], seed: 1));

        Assert.Contains("In no aspect on average", page);
        Assert.DoesNotContain("Prompts where the new version is worse:", page);
    }

    [Fact]
    public void AnAspectIsComparedOnThePromptsThatTryItAlone()
    {
        // Six prompts try helpfulness and two honesty; the new version gains on the six, and loses on one of the two.
        ComparedPrompt[] prompts = [.. Enumerable.Range(0, 6).Select(i => Prompt(i, old: [-1, null], now: [1, null])), Prompt(6, old: [null, 0.5], now: [null, 0.5]), Prompt(7, old: [null, 1], now: [null, -2])];

        VersionComparison comparison = VersionComparison.Of("v1", "v2", new VersionJudge("a reward model", ScoreKind.Reward), Aspects, prompts, seed: 1);

        Assert.Equal((6, 2), (comparison.Aspects[0].Prompts, comparison.Aspects[1].Prompts));
        Assert.Equal((100, 25), (comparison.Aspects[0].WinRate.Value, comparison.Aspects[1].WinRate.Value));
        Assert.Equal((2, -1.5), (comparison.Aspects[0].Difference.Value, comparison.Aspects[1].Difference.Value));
        Assert.Equal(2.0 / 64, comparison.Aspects[0].PValue);
        Assert.Equal(100 * 6.5 / 8, comparison.WinRate.Value);
        string page = VersionReport.Render(comparison);
        Assert.Contains("<b>honest</b> −1.50 on average, worse on 1 prompts and better on 0; within what chance does", page);
        Assert.DoesNotContain("without fault", page);
    }

    [Fact]
    public void AVerdictIsTheOutcomeOfItsPairWithTheShareThatItHas()
    {
        ComparedPrompt[] prompts = [Prompt(0, [], []) with { Vote = 0.25 }, Prompt(1, [], []) with { Vote = 1 }, Prompt(2, [], []) with { Vote = 0 }, Prompt(3, [], []) with { Vote = 0.25, Tries = "honest" }];
        var judge = new VersionJudge("people", ScoreKind.Verdict, "characters") { Warnings = ["one of <5> pairs has no verdict"] };

        VersionComparison comparison = VersionComparison.Of("v1", "v2", judge, [], prompts, seed: 1);
        string page = VersionReport.Render(comparison);

        Assert.Equal(37.5, comparison.WinRate.Value);
        Assert.Equal(["prompt 2", "prompt 0", "prompt 3"], comparison.Worse.Select(prompt => prompt.Prompt));
        Assert.Contains("<b>Overall</b> it wins only 37.5 %; within what chance does", page);
        Assert.Contains("lost, 25 % of the verdict", page);
        Assert.Contains("<span class=\"tag\">honest</span> prompt 3", page);
        Assert.Contains("2.0 characters, before 2.0", page);
        Assert.DoesNotContain("Aspect by aspect", page);
        int doubt = page.IndexOf("one of &lt;5&gt; pairs has no verdict", StringComparison.Ordinal);
        Assert.InRange(doubt, 1, page.IndexOf("Where the new version is worse", StringComparison.Ordinal));
    }

    [Fact]
    public void VerdictsOnAspectsAreWinRatesOfThem()
    {
        ComparedPrompt[] prompts = [Prompt(0, [1, null], [0, null]) with { Vote = 0 }, Prompt(1, [null, 0.1], [null, 0.9]) with { Vote = 0.9 }, Prompt(2, [null, 0.6], [null, 0.4]) with { Vote = 0.4 }];

        VersionComparison comparison = VersionComparison.Of("v1", "v2", new VersionJudge("people", ScoreKind.Verdict), Aspects, prompts, seed: 1);

        Assert.Equal((0, 65), (comparison.Aspects[0].WinRate.Value, Math.Round(comparison.Aspects[1].WinRate.Value, 9)));
        Assert.Equal((1, 1), (comparison.Aspects[1].Better, comparison.Aspects[1].Worse));
        Assert.Contains("<b>helpful</b> wins only 0.0 % of 1, worse on 1 prompts", VersionReport.Render(comparison));
    }

    [Fact]
    public void ResponsesStandSideBySideColouredWithTheirDifferencesAndAsTextAlone()
    {
        const string hostile = "<script>alert(1)</script>";
        var prompt = new ComparedPrompt($"What? {hostile}",
            new SampleResponse("v1", "It runs for 40 hours.", [new ScoredToken(12, 14, -3), new ScoredToken(15, 20, 0.1)]), new SampleResponse("v2", $"It runs for 14 hours. {hostile}", [new ScoredToken(12, 14, 1)]), [-1, 0], [0, 0], 5, 5);

        string page = VersionReport.Render(VersionComparison.Of("v1", "v2", Rubric with { Name = hostile }, Aspects, [prompt], seed: 1));

        Assert.DoesNotContain("<script", page);
        Assert.Contains("<del><span class=\"w4\" title=\"−3.00\">40</span></del>", page);
        Assert.Contains("<span class=\"g2\" title=\"+1.00\">14</span>", page);
        Assert.Contains("<ins>14</ins>", page);
        Assert.Contains("default-src 'none'", page);
        Assert.DoesNotContain("http", page.Replace("http-equiv", ""));
    }

    private static ComparedPrompt Prompt(int i, double?[] old, double?[] now) => new($"prompt {i}", new SampleResponse("v1", "old text", []), new SampleResponse("v2", "new text", []), old, now, 2, 2);
}
