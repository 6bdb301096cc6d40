using System.Text.Json;
using Emend.JudgingTests;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>A suite run against prompt versions of the store: how it went is a metric there, and the tag passes:SUITE follows.</summary>
public sealed class StoredSuiteTests : IDisposable
{
    private const string Suite = "suite: brief\ncases:\n  - {id: a, variables: {question: How long?}, assert: [{contains: hours}]}\n  - {id: b, variables: {question: How heavy?}, assert: [{contains: hours}]}\n  - {id: own, prompt: hello}\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task TheVersionsGetTheMetricAndOnlyTheOneThatPassesGetsTheTag()
    {
        // Version 1 asks in a way that one question is answered wrongly; version 2 in another.
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[^1] == "Q: How heavy?" ? "2 kg" : "14 hours");
        MakePrompt();
        string suite = folder.Write("suite.yaml", Suite), output = Path.Combine(folder.Path, "results.jsonl");
        string[] arguments = ["suite", "run", suite, "--url", server.Url, "--model", "m", "--output", output, "--stored", "support@production", "--stored", "support", "--data", folder.Path];

        Finished run = Finished.Emend([.. arguments, "--json"]);

        Assert.Equal(1, run.ExitCode);
        JsonElement[] recorded = [.. JsonElement.Parse(run.Out).GetProperty("recorded").EnumerateArray()];
        Assert.Equal([(1, 0.5, false, 2), (2, 1.0, true, 2)], recorded.Select(row => (row.GetProperty("version").GetInt32(), row.GetProperty("value").GetDouble(), row.GetProperty("passed").GetBoolean(), row.GetProperty("cases").GetInt32())));
        Assert.Equal([1L, 2L], recorded.Select(row => row.GetProperty("run").GetInt64()));        // each version's cases are kept
        JsonElement[] versions = Versions();
        Assert.DoesNotContain("passes:brief", Tags(versions[0]));
        Assert.Contains("passes:brief", Tags(versions[1]));
        JsonElement metric = versions[0].GetProperty("metrics").EnumerateArray().Single();
        Assert.Equal(("suite:brief", 0.5, 2), (metric.GetProperty("name").GetString(), metric.GetProperty("value").GetDouble(), metric.GetProperty("sampleSize").GetInt32()));
        Assert.Contains("model m", metric.GetProperty("source").GetString());
        Assert.Contains("support@1", File.ReadAllText(output));

        // With the baseline nothing regressed; a run that records nothing leaves the metrics as they are.
        string before = File.ReadAllText(output), other = Path.Combine(folder.Path, "other.jsonl");
        Finished again = Finished.Emend([.. arguments, "--no-record", "--baseline", output]).Succeeded();
        Assert.DoesNotContain("recorded", again.Out);
        Assert.Equal(before, File.ReadAllText(output));
        Assert.Contains("recorded: support, version 2: suite:brief = 1 (", Finished.Emend(["suite", "run", suite, "--url", server.Url, "--model", "m", "--output", other, "--stored", "support@2", "--data", folder.Path]).Succeeded().Out);
    }

    [Fact]
    public async Task ARunThatGotNoAnswerRecordsNothing()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "14 hours");
        MakePrompt();
        string[] arguments = ["suite", "run", folder.Write("suite.yaml", Suite), "--url", server.Url, "--model", "m", "--output", Path.Combine(folder.Path, "r.jsonl"), "--stored", "support", "--data", folder.Path];

        Finished capped = Finished.Emend([.. arguments, "--max-calls", "1", "--concurrency", "1"]);

        Assert.Equal(1, capped.ExitCode);
        Assert.All(Versions(), version => Assert.Empty(version.GetProperty("metrics").EnumerateArray()));
        Finished.Emend(arguments).Succeeded();
        Assert.Single(Versions()[1].GetProperty("metrics").EnumerateArray());
    }

    [Fact]
    public async Task DocumentsAreInjectedIntoTheCasesAndAnswersHeldAgainstThem()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[^1].Contains("14 hours", StringComparison.Ordinal) ? "The lamp burns 14 hours." : "Perhaps three weeks.");
        server.Models = [new { id = "m", max_model_len = 600 }];
        MakePrompt();
        Prompt("add", "support", folder.Write("v3.json", """{"template": "{{context}}\n\nQ: {{question}}"}"""));
        Finished.Emend(["context", "import", folder.Write("lamp.md", "# Runtime\n\nThe lamp burns 14 hours."), "--data", folder.Path]).Succeeded();
        string suite = folder.Write("suite.yaml", "suite: brief\nsettings: {maxTokens: 100}\ncases:\n  - {id: a, variables: {question: How long does the lamp burn?}, assert: [{grounded: {min: 0.9}}]}\n  - {id: b, variables: {question: Who?}, assert: [{grounded: {min: 0}}]}\n  - {id: own, prompt: hello}\n");
        string[] arguments = ["suite", "run", suite, "--url", server.Url, "--model", "m", "--output", Path.Combine(folder.Path, "r.jsonl"), "--stored", "support", "--data", folder.Path, "--json"];

        JsonElement first = JsonElement.Parse(Finished.Emend([.. arguments, "--inject"]).Succeeded().Out);
        int asked = server.Requests.Count;
        Finished.Emend(["context", "import", folder.Write("lamp.md", "# Runtime\n\nThe lamp burns three weeks."), "--data", folder.Path]).Succeeded();
        JsonElement changed = JsonElement.Parse(Finished.Emend([.. arguments, "--inject"]).Out);

        JsonElement version = first.GetProperty("versions").EnumerateArray().First(one => one.GetProperty("prompt").GetString() == "support@3");
        Assert.Equal((0.5, 2), (version.GetProperty("grounded").GetDouble(), version.GetProperty("groundedAnswers").GetInt32()));
        // Another document is another question, where it is found.
        Assert.Equal((2, asked + 1), (changed.GetProperty("kept").GetInt32(), server.Requests.Count));
        Assert.Contains("\"contextHash\":\"", File.ReadAllText(Path.Combine(folder.Path, "r.jsonl")));
        Finished.Emend([.. arguments, "--budget", "5"]).WasRefused("--budget: goes with --inject");
        Finished.Emend([.. arguments.Select(one => one == "support" ? "support@2" : one), "--inject"]).WasRefused("--inject", "no prompt version with {{context}}");
        File.WriteAllText(suite, File.ReadAllText(suite).Replace("question: Who?", "question: Who?, context: mine", StringComparison.Ordinal));
        Finished.Emend([.. arguments, "--inject"]).WasRefused("suite.yaml:5", "context: is filled from the documents");
    }

    [Fact]
    public void WrongCallsAreRefusedBeforeAnythingIsAsked()
    {
        MakePrompt();
        string[] Run(string suite, params string[] more) => ["suite", "run", folder.Write("suite.yaml", suite), "--url", "http://127.0.0.1:1/v1", "--model", "m", "--output", Path.Combine(folder.Path, "r.jsonl"), "--data", folder.Path, .. more];

        Finished.Emend(Run(Suite, "--stored", "support@9")).WasRefused("9");
        Finished.Emend(Run(Suite, "--stored", "nothing")).WasRefused("prompt \"nothing\"");
        Finished.Emend(Run(Suite, "--stored", "support@2", "--stored", "support@main")).WasRefused("version 2 of support is named twice");
        Finished.Emend(Run(Suite, "--stored", "support", "--model", "other")).WasRefused("--stored", "one --model");
        Finished.Emend(Run("suite: s\ncases:\n  - {id: a}\n", "--stored", "support")).WasRefused("suite.yaml:3", "question is missing, which prompt support@2 has");
        Finished.Emend(Run("suite: s\ncases:\n  - {prompt: x}\n", "--stored", "support")).WasRefused("suite.yaml", "no prompt version is tested");
    }

    private void MakePrompt()
    {
        Finished.Emend(["project", "create", "shop", "--data", folder.Path]).Succeeded();
        Prompt("add", "support", folder.Write("v1.json", """{"template": "Q: {{question}}"}"""));
        Prompt("label", "support", "production", "1", "--reason", "first");
        Prompt("add", "support", folder.Write("v2.json", """{"template": "Question: {{question}}"}"""));
    }

    private Finished Prompt(params string[] arguments) => Finished.Emend(["prompt", .. arguments, "--data", folder.Path]).Succeeded();

    private JsonElement[] Versions() => [.. JsonElement.Parse(Prompt("log", "support", "--json").Out).GetProperty("prompt").GetProperty("versions").EnumerateArray()];

    private static string[] Tags(JsonElement version) => [.. version.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];
}
