using Emend.Feedback.Prompts;
using Emend.UnitTests.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Feedback.Prompts;

public class PromptMergeTests
{
    // Few different lines, so that sides share many of them.
    private static readonly Arbitrary<(string, string, string)> Sides = (from one in Lines() from two in Lines() from three in Lines() select (one, two, three)).ToArbitrary();

    private static readonly Arbitrary<(PromptContent, PromptContent, PromptContent)> Versions =
        (from one in Content() from two in Content() from three in Content() select (one, two, three)).ToArbitrary();

    [Fact]
    public void ChangesInDifferentPlacesAreBothTaken()
    {
        TextMerge merge = TextMerge.Of("one\ntwo\nthree\nfour\n", "ONE\ntwo\nthree\nfour\n", "one\ntwo\nthree\nfour\nfive\n");

        Assert.Equal("ONE\ntwo\nthree\nfour\nfive\n", merge.Text);
        Assert.Empty(merge.Conflicts);
    }

    [Fact]
    public void ChangesOfTheSameLineAreShownWithWhatTheyWere()
    {
        TextMerge merge = TextMerge.Of("a\nb\nc", "a\nB\nc", "a\nbb\nc");

        Assert.Equal("a\n<<<<<<< ours\nB\n||||||| base\nb\n=======\nbb\n>>>>>>> theirs\nc", merge.Text);
        Assert.Single(merge.Conflicts);
        Assert.True(TextMerge.HasMarks(merge.Text));
    }

    [Fact]
    public void TheSameChangeOnBothSidesIsNoConflict() => Assert.Equal("a\nB\nc", TextMerge.Of("a\nb\nc", "a\nB\nc", "a\nB\nc").Text);

    [Fact]
    public void AgainstASideThatChangedNothingAMergeGivesTheOther() => Check.One(TokenizerSamples.Seeded, Prop.ForAll(Sides, sides =>
    {
        (string basis, string other, _) = sides;
        return TextMerge.Of(basis, basis, other).Text == other && TextMerge.Of(basis, other, basis).Text == other && TextMerge.Of(basis, other, other).Text == other;
    }));

    [Fact]
    public void SwappingTheSidesSwapsTheConflictsAndNothingElse() => Check.One(TokenizerSamples.Seeded, Prop.ForAll(Sides, sides =>
    {
        (string basis, string ours, string theirs) = sides;
        TextMerge merge = TextMerge.Of(basis, ours, theirs), swapped = TextMerge.Of(basis, theirs, ours);
        return Keys(merge.Conflicts, false).SequenceEqual(Keys(swapped.Conflicts, true)) && (merge.Conflicts.Count > 0 || merge.Text == swapped.Text);
    }));

    [Fact]
    public void NoLineIsLost() => Check.One(TokenizerSamples.Seeded, Prop.ForAll(Sides, sides =>
    {
        // What a side added and the base had not is in the merge, or the other side's change of the same place stands beside it.
        (string basis, string ours, string theirs) = sides;
        HashSet<string> merged = [.. TextMerge.Of(basis, ours, theirs).Text.Split('\n')];
        return ours.Split('\n').Concat(theirs.Split('\n')).Except(basis.Split('\n')).All(merged.Contains);
    }));

    [Fact]
    public void ASideThatIsAnotherTextIsOneConflictWhereTheOtherChangedAnythingToo()
    {
        string[] lines = [.. Enumerable.Range(0, 12_000).Select(n => $"line {n}")];
        string basis = "head\n" + string.Join('\n', lines), ours = "head\n" + string.Join('\n', lines.Select(line => line + " again")), theirs = "HEAD" + basis[4..];

        LineConflict conflict = Assert.Single(TextMerge.Of(basis, ours, theirs).Conflicts);

        Assert.Equal((basis, ours, theirs), (string.Join('\n', conflict.Base), string.Join('\n', conflict.Ours), string.Join('\n', conflict.Theirs)));
        Assert.Equal(ours, TextMerge.Of(basis, ours, basis).Text);
    }

    [Fact]
    public void VersionsMergeFieldByFieldAndExampleByExample() => Check.One(TokenizerSamples.Seeded, Prop.ForAll(Versions, versions =>
    {
        (PromptContent basis, PromptContent ours, PromptContent theirs) = versions;
        PromptMerge merge = PromptMerge.Of(basis, ours, theirs), swapped = PromptMerge.Of(basis, theirs, ours);
        return PromptMerge.Of(basis, basis, theirs) is { Conflicts.Count: 0 } right && right.Content.Hash() == theirs.Hash()
            && PromptMerge.Of(basis, ours, basis) is { Conflicts.Count: 0 } left && left.Content.Hash() == ours.Hash()
            && merge.Conflicts.Count == swapped.Conflicts.Count && (merge.Conflicts.Count > 0 || merge.Content.Hash() == swapped.Content.Hash());
    }));

    [Fact]
    public void ConflictsOfSettingsAndExamplesAreNamed()
    {
        var basis = new PromptContent { Template = "t", Settings = new ModelSettings { Temperature = 1, Seed = 1 }, Examples = [new("q", "a")] };
        PromptContent ours = basis with { Settings = new ModelSettings { Temperature = 0.5, Seed = 1, Model = "m" }, Examples = [new("q", "b")] };
        PromptContent theirs = basis with { Settings = new ModelSettings { Temperature = 0.7, Seed = 2 }, Examples = [new("q", "c")] };

        PromptMerge merge = PromptMerge.Of(basis, ours, theirs);

        Assert.Equal(
            [new MergeConflict("examples[0]", """{"input":"q","output":"a"}""", """{"input":"q","output":"b"}""", """{"input":"q","output":"c"}"""), new MergeConflict("settings.temperature", "1", "0.5", "0.7")],
            merge.Conflicts);
        Assert.Equal(("m", 2), (merge.Content.Settings.Model, merge.Content.Settings.Seed));
    }

    private static IEnumerable<string> Keys(IReadOnlyList<LineConflict> conflicts, bool swap) =>
        conflicts.Select(conflict => string.Join('|', conflict.Base) + "#" + string.Join('|', swap ? conflict.Theirs : conflict.Ours) + "#" + string.Join('|', swap ? conflict.Ours : conflict.Theirs));

    private static Gen<string> Lines() => Gen.Elements("a", "b", "c", "", "d").ListOf().Select(lines => string.Join('\n', lines));

    private static Gen<PromptContent> Content() =>
        from system in Lines()
        from template in Lines()
        from examples in Gen.Elements("x", "y", "z").ListOf()
        from temperature in Gen.Elements<double?>(null, 0.5, 1)
        from stops in Gen.Elements("s", "t").ListOf()
        select new PromptContent
        {
            System = system,
            Template = template,
            Examples = [.. examples.Select(text => new PromptExample(text, text))],
            Settings = new ModelSettings { Temperature = temperature, Stop = [.. stops] },
        };
}
