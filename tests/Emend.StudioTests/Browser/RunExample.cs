using System.Text.Json;

namespace Emend.StudioTests.Browser;

/// <summary>A folder with a finished study as the command line leaves it, and one of recipes.</summary>
internal static class RunExample
{
    private static readonly string[] Arms = ["A", "B", "C"];

    public static string Recipes()
    {
        string folder = Directory.CreateTempSubdirectory("emend-recipes-").FullName;
        File.WriteAllText(Path.Combine(folder, "token-reward.yaml"), "about: Token rewards from edits.\nmodel:\n  folder: model\n");
        return folder;
    }

    public static string Folder()
    {
        string root = Directory.CreateTempSubdirectory("emend-runs-").FullName, run = Directory.CreateDirectory(Path.Combine(root, "lamps-study")).FullName;
        File.WriteAllLines(Path.Combine(run, "metrics.jsonl"), Enumerable.Range(0, 31).SelectMany(step => Arms.Select((arm, k) => JsonSerializer.Serialize(
            new { stage = "evaluation", arm, seed = 1, step, winRate = 50 + k * 4 * (1 - Math.Exp(-step / 8.0)) + 1.5 * Math.Sin(step * 2.1 + k), kl = step * (0.05 + 0.02 * k), length = 30 - 0.1 * step }))));
        object Interval(double value) => new { value, low = value - 2.5, high = value + 2.5 };
        object[] tokens = [new { start = 0, end = 8, reward = 0.1 }, new { start = 8, end = 14, reward = 1.4 }, new { start = 14, end = 18, reward = -0.6 }, new { start = 18, end = 22, reward = -2.9 }, new { start = 22, end = 28, reward = 3.0 }];
        File.WriteAllText(Path.Combine(run, "result.json"), JsonSerializer.Serialize(new
        {
            format = 1,
            arms = Arms.Select((arm, k) => new { name = arm, winRate = Interval(52 + 3.5 * k), length = 29.5, kl = 1.5 + k }),
            differences = new[] { new { arm = "C", against = "A", question = "What rewards on tokens bring", points = Interval(7) } },
            warnings = Array.Empty<string>(),
            measures = new { samples = new[] { new { prompt = "Where is the lamp made?", responses = new[] { new { source = "C", text = "The lamp is made in Oslo, I guess.", tokens, note = "gold 1.2" } } } } },
        }));
        return root;
    }
}
