using System.Text.Json;
using Emend.Evaluation;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class PublishedVerdictsTests
{
    [Fact]
    public void EveryPublishedLineComesOutToTheLastDigit()
    {
        string path = SharedData.Path("datasets", "alpaca-eval-winrates", "winrates.jsonl");
        string[] lines = File.ReadAllLines(path);

        IReadOnlyList<ModelVerdicts> models = PublishedVerdicts.Read(path);

        Assert.Equal(lines.Length, models.Count);
        Assert.All(models, model =>
        {
            using JsonDocument row = JsonDocument.Parse(lines[model.Line - 1]);
            JsonElement expected = row.RootElement.GetProperty("expected");
            PublishedWinRate ours = PublishedVerdicts.Of(model.Preferences);
            AssertRelative(expected.GetProperty("win_rate").GetDouble(), ours.WinRate);
            AssertRelative(expected.GetProperty("standard_error").GetDouble(), ours.StandardError);
            Assert.Equal(expected.GetProperty("n_wins").GetInt32(), ours.Wins);
            Assert.Equal(expected.GetProperty("n_wins_base").GetInt32(), ours.BaselineWins);
            Assert.Equal(expected.GetProperty("n_draws").GetInt32(), ours.Draws);
            Assert.Equal(expected.GetProperty("n_total").GetInt32(), ours.Total);
        });
    }

    [Fact]
    public void DrawsCountHalfAndMissingVerdictsAreLeftOut()
    {
        PublishedWinRate line = PublishedVerdicts.Of([2, 1, 0, 1.5, null]);

        Assert.Equal(50, line.WinRate);
        Assert.Equal((1, 1, 2, 4), (line.Wins, line.BaselineWins, line.Draws, line.Total));
        Assert.Equal(100 * Math.Sqrt(0.5 / 3) / 2, line.StandardError, Near.NinePlaces);
    }

    [Fact]
    public void APreferenceThatIsNoneIsNamed()
    {
        var error = Assert.Throws<InvalidInputException>(() => PublishedVerdicts.Of([1, 3]));

        Assert.Contains("preferences[1]: 3", error.Message);
    }

    [Fact]
    public void EveryBadLineIsNamed()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("emend-").FullName, "verdicts.jsonl");
        File.WriteAllText(path, "{\"model\":\"m\",\"baseline\":\"b\",\"preferences\":[1,2]}\n{oops\n{\"model\":\"m\"}\n");

        var error = Assert.Throws<InvalidInputException>(() => PublishedVerdicts.Read(path));

        Assert.Contains("verdicts.jsonl:2:", error.Message);
        Assert.Contains("verdicts.jsonl:3:", error.Message);
    }

    private static void AssertRelative(double expected, double actual) =>
        Assert.Equal(expected, actual, expected * Near.Float64);
}
