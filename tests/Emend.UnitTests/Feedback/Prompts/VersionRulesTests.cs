using Emend.Feedback.Prompts;
using Xunit;

namespace Emend.UnitTests.Feedback.Prompts;

/// <summary>Differences, tags and ancestors of versions.</summary>
public class VersionRulesTests
{
    [Fact]
    public void ADifferenceNamesTextsWithTheirChangesAndSettings()
    {
        var before = new PromptContent { System = "Be kind.", Template = "Say it in ten words.", Settings = new ModelSettings { Temperature = 1 } };
        PromptContent after = before with { Template = "Say it in six words.", Settings = new ModelSettings { MaxTokens = 9 } };

        PromptDiff diff = PromptDiff.Of(before, after);

        TextChange change = Assert.Single(diff.Texts);
        Assert.Equal(("template", 10, 13, "six"), (change.Field, change.Hunks[0].Start, change.Hunks[0].End, change.Hunks[0].Replacement));
        Assert.Equal([new SettingChange("settings.temperature", "1", null), new SettingChange("settings.maxTokens", null, "9")], diff.Settings);
        // One of 4 (Be, space, kind, full stop) and 10 (five words, four spaces, full stop).
        Assert.Equal(1.0 / 14, diff.ChangeRate, Near.NinePlaces);
    }

    [Fact]
    public void TextsTooFarApartToAlignAreReplacedAsAWhole()
    {
        var random = new Random(1);
        string Noise() => string.Join(' ', Enumerable.Range(0, 20_000).Select(_ => random.Next(1_000_000)));

        PromptDiff diff = PromptDiff.Of(new PromptContent { Template = Noise() }, new PromptContent { Template = Noise() });

        Assert.Single(diff.Texts[0].Hunks);
        Assert.Equal(1, diff.ChangeRate);
    }

    [Fact]
    public void TagsFollowFromMetricsAndFromTheSizeOfTheChange()
    {
        IReadOnlyDictionary<int, IReadOnlyList<string>> tags = AutomaticTags.Of(
        [
            new(1, null, false, [Metric("suite:refusals", 0.9), Metric("win-rate", 0.4), Rate(0.3)]),
            new(2, 0.1, false, [Metric("suite:refusals", 1), Metric("win-rate", 0.6), Rate(0.2)]),
            new(3, 0.11, false, [Metric("suite:refusals", 0.95) with { Passed = true }, Metric("win-rate", 0.6), Metric("once", 1)]),
            new(4, 0, true, []),
        ]);

        Assert.Equal([], tags[1]);
        Assert.Equal(["change:small", "best:edit-rate", "passes:refusals", "best:suite:refusals", "best:win-rate"], tags[2]);
        Assert.Equal(["change:large", "passes:refusals", "best:win-rate"], tags[3]);
        Assert.Equal(["change:large"], tags[4]);
    }

    [Fact]
    public void AnAbTestHasABestVersionOnlyWhereItWasDecided()
    {
        IReadOnlyDictionary<int, IReadOnlyList<string>> tags = AutomaticTags.Of(
        [
            new(1, null, false, [Metric("ab:close", 0.45) with { Passed = false }, Metric("ab:clear", 0.2) with { Passed = false }]),
            new(2, 0.1, false, [Metric("ab:close", 0.55) with { Passed = false }, Metric("ab:clear", 0.8) with { Passed = true }]),
        ]);

        Assert.Equal([], tags[1]);
        Assert.Equal(["change:small", "best:ab:clear"], tags[2]);
    }

    [Fact]
    public void AMergeStartsFromTheNewestCommonAncestor()
    {
        // 1 - 2 - 4 - 6 (merge of 4 and 5) ; 1 - 3 - 5 - 7 ; 8 stands alone
        var graph = new VersionGraph([new(1, null, null), new(2, 1, null), new(3, 1, null), new(4, 2, null), new(5, 3, null), new(6, 4, 5), new(7, 5, null), new(8, null, null)]);

        Assert.Equal(1, graph.MergeBase(4, 5));
        Assert.Equal(5, graph.MergeBase(6, 7));
        Assert.Equal(4, graph.MergeBase(4, 6));
        Assert.Null(graph.MergeBase(7, 8));
    }

    private static MetricValue Metric(string name, double value) => new(name, value, true, "test");

    private static MetricValue Rate(double value) => new("edit-rate", value, false, "test");
}
