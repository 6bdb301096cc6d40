using Emend.Evaluation;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class StudySummaryTests
{
    [Fact]
    public void WinRatesAndDifferencesAreThoseOfTheOutcomes()
    {
        StudyResult result = StudySummary.Of(StudyExample.Measures());

        Assert.Equal([50, 81.25], result.Arms.Select(arm => arm.WinRate.Value)); // A: 4 of 8, C: 6.5 of 8
        ArmDifference difference = Assert.Single(result.Differences);
        Assert.Equal(("C", "A"), (difference.Arm, difference.Against));
        Assert.Equal(31.25, difference.Points.Value, Near.NinePlaces);
    }

    // Smoothed, seed 1: A 50, 60, 66.67; C 50, 72.5, 80. Seed 2: A 50, 58, 63.33; C 50, 69.5, 76.
    [Fact]
    public void UpdatesToTheBaselinesBestAreReadOffSmoothedCurves()
    {
        UpdatesToBest row = StudySummary.Of(StudyExample.Measures()).UpdatesToBest.Single(each => each.Arm == "C");

        double first = 10 * (200 / 3.0 - 50) / 22.5, second = 10 * (190 / 3.0 - 50) / 19.5;
        Assert.Equal((first + second) / 2, row.Best.Updates!.Value, Near.NinePlaces);
        Assert.Equal(20, row.Best.BaselineUpdates!.Value, Near.NinePlaces);
        Assert.Equal((first + second) / 40, row.Best.Ratio!.Value, Near.NinePlaces);
        Assert.Equal((2, 2), (row.Best.Reached, row.Best.Races));
        Assert.True(row.Plateau.BaselineUpdates < 20, "the plateau is reached before the best");
    }

    // KL smoothed, seed 1: A 0, 1, 1.667, C 0, 1.625, 2.333; seed 2: A 0, 1.25, 2.4167, C 0, 1.5, 3.
    [Fact]
    public void WinRatesAtMatchedKlAreAveragedOverSeeds()
    {
        StudyMeasures measures = StudyExample.Measures() with { KlLevels = [1, 2] };

        IReadOnlyList<MatchedKlRow> rows = StudySummary.Of(measures).MatchedKl;

        MatchedKlCell baseline = rows[0].Arms[0], arm = rows[0].Arms[1];
        Assert.Equal((60 + (50 + 8 / 1.25)) / 2, baseline.WinRate!.Value, Near.NinePlaces);
        Assert.Equal((50 + 22.5 / 1.625 + 50 + 19.5 / 1.5) / 2, arm.WinRate!.Value, Near.NinePlaces);
        Assert.Equal(arm.WinRate.Value - baseline.WinRate.Value, arm.Difference!.Value, Near.NinePlaces);
        Assert.Null(baseline.Difference);
        Assert.Equal((1, 2), (rows[1].Arms[0].SeedsReached, rows[1].Arms[1].SeedsReached)); // A's seed 1 ends at 1.667
    }

    [Fact]
    public void ResultJsonGivesTheSameResultAgain()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("emend-").FullName, "result.json");
        StudyResult result = StudySummary.Of(StudyExample.Measures() with
        {
            About = "müde 😀 </script>",
            Samples = [new SamplePrompt("p", [new SampleResponse("C", "ab", [new ScoredToken(0, 2, -0.5)], [new SampleEdit(0, 1, "x")])])],
        });

        result.Save(path);

        Assert.Equal(result.ToJson(), StudyResult.Load(path).ToJson());
        Assert.Equal(result.ToJson(), StudySummary.Of(StudyResult.Load(path).Measures).ToJson());
        Assert.Contains("müde ", File.ReadAllText(path));
        Assert.DoesNotContain('\r', File.ReadAllText(path));
    }

    [Fact]
    public void AnInfinitePerplexityDoesNotCostTheResult()
    {
        StudyMeasures measures = StudyExample.Measures();
        SeedMeasures broken = measures.Arms[0].Seeds[0] with { Kl = double.NaN, Policy = new PolicyMeasures(20, StudyExample.Text, double.PositiveInfinity) };
        ArmMeasures arm = measures.Arms[0] with { Seeds = [broken, measures.Arms[0].Seeds[1]] };
        StudyResult result = StudySummary.Of(measures with { Arms = [arm, measures.Arms[1]] });

        Assert.Contains("\"Infinity\"", result.ToJson());
        Assert.Contains("\"kl\":null", StudyJson.Of(result).ToJsonString());
    }

    [Theory]
    [InlineData("{\"format\": 7}", "not the result of a study")]
    [InlineData("[1", "not the result of a study")]
    public void AFileThatIsNoResultIsNamed(string text, string message)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("emend-").FullName, "result.json");
        File.WriteAllText(path, text);

        var error = Assert.Throws<InvalidInputException>(() => StudyResult.Load(path));

        Assert.Contains("result.json", error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void AFormatOfTheFutureIsRefusedByNumber()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("emend-").FullName, "result.json");
        (StudySummary.Of(StudyExample.Measures()) with { Format = 2 }).Save(path);

        Assert.Contains("format 2", Assert.Throws<InvalidInputException>(() => StudyResult.Load(path)).Message);
    }

    [Fact]
    public void ArmsWithDifferentSeedsAreRefused()
    {
        StudyMeasures measures = StudyExample.Measures();
        ArmMeasures other = measures.Arms[1] with { Seeds = [measures.Arms[1].Seeds[0]] };

        Assert.Throws<ArgumentException>(() => StudySummary.Of(measures with { Arms = [measures.Arms[0], other] }));
    }

    [Fact]
    public void TheShortFormHasTheFieldsThatMachinesReadIt()
    {
        string json = StudyJson.Of(StudySummary.Of(StudyExample.Measures())).ToJsonString();

        Assert.Contains("\"C-A\":{\"points\":31.25,", json);
        Assert.Contains("\"A\":{\"winRate\":50,\"low\":", json);
    }

    [Fact]
    public void TheMarkdownHoldsTheFiguresOfTheTable()
    {
        StudyResult result = StudySummary.Of(StudyExample.Measures());
        string[] lines = StudyMarkdown.Of(result).Split('\n');

        Assert.Contains(lines, line => line.StartsWith("| SFT | the reference | 50.0 |", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("| C |", StringComparison.Ordinal) && line.Contains("+31.", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("| C − A | +31.", StringComparison.Ordinal));
        string[] heads = Cells(lines.Single(line => line.StartsWith("| arm | what |", StringComparison.Ordinal))), cells = Cells(lines.First(line => line.StartsWith("| C |", StringComparison.Ordinal)));
        ArmSummary arm = result.Arms.Single(each => each.Name == "C");
        Assert.Equal(StudyTable.Number(arm.Perplexity, 2), cells[Array.IndexOf(heads, "perplexity")]);
        Assert.Equal(StudyTable.Number(100 * arm.DistinctShare, 0), cells[Array.IndexOf(heads, "distinct words, % of SFT's")]);
        Assert.StartsWith($"{StudyTable.Number(arm.AccuracyOriginal, 2)}, {StudyTable.Number(arm.AccuracyEdited, 2)}, ", cells[Array.IndexOf(heads, "RM accuracy: original, edited, judged pairs")], StringComparison.Ordinal);
        Assert.All(lines.Zip(lines.Skip(1)).Where(pair => pair.First.StartsWith('|') && pair.Second.StartsWith('|')),
            pair => Assert.Equal(pair.First.Count(letter => letter == '|'), pair.Second.Count(letter => letter == '|')));
    }

    private static string[] Cells(string line) => [.. line.Split('|').Select(cell => cell.Trim())];

    [Fact]
    public void TheTableHasARowForTheReferenceAndOneForEachArm()
    {
        IReadOnlyList<string[]> rows = StudyTable.Rows(StudySummary.Of(StudyExample.Measures()));

        Assert.Equal(["arm", "SFT", "A", "C"], rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        Assert.Equal("50.0", rows[2][1]);
        Assert.StartsWith("+31.", rows[3][3]);
    }
}
