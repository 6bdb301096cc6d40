using Emend.Evaluation;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class StudyWarningsTests
{
    [Fact]
    public void ASoundStudyWarnsOnlyOfItsFewSeeds()
    {
        StudyWarning warning = Assert.Single(StudySummary.Of(StudyExample.Measures()).Warnings);

        Assert.StartsWith("2 seeds only", warning.Message);
    }

    [Theory]
    [InlineData(23.1, true)]
    [InlineData(22.9, false)]
    [InlineData(16.9, true)]
    [InlineData(17.1, false)]
    public void LengthMayDriftByFifteenPercentEitherWay(double tokens, bool warned) =>
        Assert.Equal(warned, Warns("than SFT's", seed => seed with { Policy = seed.Policy with { Tokens = tokens } }));

    [Theory]
    [InlineData(27, true)]
    [InlineData(28, false)]
    public void DistinctWordsMayFallToSeventyPercent(int words, bool warned) =>
        Assert.Equal(warned, Warns("different words", seed => seed with { Policy = seed.Policy with { Text = StudyExample.Text with { DistinctWords = words } } }));

    [Theory]
    [InlineData(0.11, true)]
    [InlineData(0.10, false)]
    public void DuplicatesMayNotPassTheReferences(double share, bool warned) =>
        Assert.Equal(warned, Warns("twice", seed => seed with { Policy = seed.Policy with { Text = StudyExample.Text with { TextsWithDuplicates = share } } }));

    [Fact]
    public void APolicyThatRanAwayIsNamed() => Assert.True(Warns("nats", seed => seed with { Kl = 10.5 }));

    [Fact]
    public void APolicyThatFellFromItsBestIsNamed() => Assert.True(Warns("Over-optimised", seed => seed with
    {
        Curve = [StudyExample.Point(0, 50, 0), StudyExample.Point(5, 80, 1), StudyExample.Point(10, 80, 1), StudyExample.Point(20, 60, 6)],
    }));

    [Fact]
    public void SamplesOfDifferentSizesAreNotComparedInSilence() =>
        Assert.True(Warns("differ in size", seed => seed with { Policy = seed.Policy with { Text = StudyExample.Text with { Texts = 8 } } }));

    private static bool Warns(string words, Func<SeedMeasures, SeedMeasures> change)
    {
        StudyMeasures measures = StudyExample.Measures();
        ArmMeasures changed = measures.Arms[1] with { Seeds = [.. measures.Arms[1].Seeds.Select(change)] };
        return StudySummary.Of(measures with { Arms = [measures.Arms[0], changed] })
            .Warnings.Any(warning => warning.Arm == "C" && warning.Message.Contains(words, StringComparison.Ordinal));
    }
}
