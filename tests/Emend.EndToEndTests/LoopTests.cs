using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>docs/loop.sh, as a person runs it, at a size for two cores and two minutes.</summary>
public sealed class LoopTests : IDisposable
{
    private const int Questions = 400, Pairs = 240;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheWholeLoopRunsFromTheFirstPromptToTheMovedLabel()
    {
        string run = Path.Combine(folder.Path, "loop");
        (string, string?)[] sizes =
        [
            ("EMEND", Launcher()), ("RUN", run), ("TEXTS", "2000"), ("DEMONSTRATIONS", "3000"), ("QUESTIONS", $"{Questions}"), ("TEST_QUESTIONS", $"{Pairs}"),
            ("REWARD_STEPS", "100"), ("UPDATES", "20"), ("ROLLOUTS", "64"), ("MODEL", ""), ("EDITS", ""),
        ];

        Finished loop = Finished.Run("bash", [Path.Combine(Repository.Root, "docs", "loop.sh")], folder: Repository.Root, environment: sizes).Succeeded();

        // Every response says what made it, those of the server as those of the folder.
        JsonElement[] asked = [.. File.ReadLines(Path.Combine(run, "responses.jsonl")).Select(line => JsonElement.Parse(line))];
        Assert.Equal(Questions, asked.Length);
        Assert.Equal(Enumerable.Range(1000, Questions), asked.Select(row => row.GetProperty("seed").GetInt32()));
        Assert.All(asked, row => Assert.Equal((1, Path.Combine(run, "policy")), (row.GetProperty("version").GetInt32(), row.GetProperty("modelFolder").GetString())));
        JsonElement served = JsonElement.Parse(File.ReadLines(Path.Combine(run, "responses-v2.jsonl")).First());
        Assert.Equal(("support-ppo", JsonValueKind.Null, 2), (served.GetProperty("model").GetString(), served.GetProperty("modelFolder").ValueKind, served.GetProperty("version").GetInt32()));
        Assert.Equal(2, loop.Lines.Count(line => line.StartsWith("same: response", StringComparison.Ordinal)));

        // The edits are linked to the version, and say that no person made them.
        JsonElement[] edits = [.. File.ReadLines(Path.Combine(run, "edits.jsonl")).Select(line => JsonElement.Parse(line))];
        Assert.Equal(Questions, edits.Length);
        Assert.All(edits, row => Assert.Equal("simulated", row.GetProperty("source").GetString()));
        JsonElement log = JsonElement.Parse(Emend("prompt", "log", "support", "--json").Out), prompt = log.GetProperty("prompt");
        JsonElement rate = Metric(prompt, 1, "edit-rate");
        Assert.InRange(rate.GetProperty("value").GetDouble(), 0.05, 0.95);
        Assert.Equal(Questions, rate.GetProperty("sampleSize").GetInt32());

        // Facts of the test were trained on nowhere; the verdict is that of the votes, and the label is where it says.
        string[] trained = [.. File.ReadLines(Path.Combine(run, "questions.jsonl"))];
        Assert.DoesNotContain(File.ReadLines(Path.Combine(run, "test.jsonl")), line => trained.Contains(line));
        JsonElement test = JsonElement.Parse(File.ReadAllText(Path.Combine(run, "ab.json")));
        Assert.Equal(Pairs, test.GetProperty("wins").GetInt32() + test.GetProperty("losses").GetInt32() + test.GetProperty("ties").GetInt32());
        Assert.Equal("simulated", test.GetProperty("source").GetString());
        // Whether so little training wins is the arithmetic's of the machine; what follows from the verdict is the script's.
        string verdict = test.GetProperty("verdict").GetString()!;
        Assert.Contains(verdict, (string[])["win", "lose", "not enough data"]);
        Assert.Equal(verdict == "win" ? 2 : 1, prompt.GetProperty("labels")[0].GetProperty("number").GetInt32());
        Assert.Equal(Math.Round(test.GetProperty("rate").GetDouble(), 1), Metric(prompt, 2, "ab:win-rate").GetProperty("value").GetDouble(), Precision);
        foreach (int version in (int[])[1, 2])
        {
            JsonElement suite = Metric(prompt, version, "suite:manners");
            Assert.Equal(5, suite.GetProperty("sampleSize").GetInt32());
            Assert.Equal(suite.GetProperty("value").GetDouble() == 1, prompt.GetProperty("versions").EnumerateArray().Single(row => row.GetProperty("number").GetInt32() == version).GetProperty("tags").EnumerateArray().Any(tag => tag.GetString() == "passes:manners"));
        }
        (int?, int, string)[] moves = [.. log.GetProperty("events").EnumerateArray().Where(row => row.GetProperty("name").GetString() == "production")
            .Select(row => (row.GetProperty("from").ValueKind == JsonValueKind.Null ? (int?)null : row.GetProperty("from").GetInt32(), row.GetProperty("to").GetInt32(), row.GetProperty("reason").GetString()!)).OrderBy(move => move.Item2)];
        Assert.Equal(verdict == "win" ? 2 : 1, moves.Length);
        Assert.Equal((null, 1, "the first version"), moves[0]);
        Assert.All(moves.Skip(1), move => Assert.Equal((1, 2, true), (move.Item1, move.Item2, move.Item3.StartsWith("A/B against version 1: win", StringComparison.Ordinal))));

        // A second run does not write over the first.
        Finished again = Finished.Run("bash", [Path.Combine(Repository.Root, "docs", "loop.sh")], folder: Repository.Root, environment: sizes);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains($"{run} is there already", again.Error);

        Finished Emend(params string[] arguments) => Finished.Emend([.. arguments, "--data", Path.Combine(run, "studio")]).Succeeded();
    }

    private const int Precision = 1;

    private static JsonElement Metric(JsonElement prompt, int version, string name) =>
        prompt.GetProperty("versions").EnumerateArray().Single(row => row.GetProperty("number").GetInt32() == version)
            .GetProperty("metrics").EnumerateArray().Single(row => row.GetProperty("name").GetString() == name);

    private string Launcher()
    {
        string launcher = folder.Write("emend", string.Create(CultureInfo.InvariantCulture, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "emend.dll")}' \"$@\"\n"));
        File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return launcher;
    }
}
