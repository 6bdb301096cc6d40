using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Emend.JudgingTests;
using Emend.Models;
using Emend.Serving;
using Emend.Text;
using Emend.Training;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>emend suite as a process: exit codes, a kill in the middle of 500 cases, model folders, imports.</summary>
public sealed class SuiteTests : IDisposable
{
    private const int Cases = 500;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task FiveHundredCasesGoOnAfterAKillWithoutAskingTwiceForWhatIsThere()
    {
        SaveModel();
        string suite = folder.Write("suite.yaml", "suite: many\nsettings: {maxTokens: 8}\ncases:\n" + string.Concat(Enumerable.Range(0, Cases).Select(i => $"  - {{prompt: is it {i}, assert: [{{length: {{min: 0}}}}]}}\n")));
        await using Server server = await Server.Start(new ServingOptions { Model = folder.Path, Name = "tiny", Url = "http://127.0.0.1:0", MaxConcurrent = 4 }, TextWriter.Null);
        string results = folder.Path + "/results.jsonl", answers = results + ".answers";
        string[] arguments = ["suite", "run", suite, "--url", server.Url + "/v1", "--model", "tiny", "--output", results, "--json"];

        using (Process first = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "emend.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!)
        {
            await Until(() => Lines(results) >= 60);
            first.Kill();                                      // SIGKILL: nothing can be put in order
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Task.Delay(1000, TestContext.Current.CancellationToken);   // what was under way at the server ends
        }
        (int kept, int answered, int asked) = (Lines(results), Lines(answers), await Asked(server));
        Finished second = Finished.Emend(arguments).Succeeded();

        Assert.InRange(kept, 60, Cases - 1);
        Assert.Equal(Cases - answered, await Asked(server) - asked);
        JsonElement report = JsonElement.Parse(Assert.Single(second.Lines));
        Assert.Equal((kept, Cases), (report.GetProperty("kept").GetInt32(), report.GetProperty("versions")[0].GetProperty("passed").GetInt32()));
        string[] rows = File.ReadAllLines(results);
        Assert.Equal(Enumerable.Range(1, Cases).Select(i => $"case-{i}"), rows.Select(row => JsonElement.Parse(row).GetProperty("case").GetString()));

        // What is there is asked of nobody, and the file stays as it is.
        asked = await Asked(server);
        Finished.Emend(arguments).Succeeded();
        Assert.Equal(asked, await Asked(server));
        Assert.Equal(rows, File.ReadAllLines(results));
    }

    [Fact]
    public async Task TheExitCodeSaysWhetherACaseFailedOrRegressed()
    {
        string answer = "14 hours";
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[0] == "always wrong" ? "no" : answer);
        string suite = folder.Write("suite.yaml", "suite: lamp\ncases:\n  - {id: a, prompt: How long?, assert: [{contains: 14}]}\n  - {id: b, prompt: always wrong, assert: [{contains: 14}]}\n");
        string[] Run(string output, params string[] more) => ["suite", "run", suite, "--url", server.Url, "--model", "m", "--output", $"{folder.Path}/{output}", .. more];

        Finished fails = Finished.Emend(Run("before.jsonl"));
        Finished same = Finished.Emend(Run("same.jsonl", "--baseline", folder.Path + "/before.jsonl"));
        answer = "41 hours";
        Finished regressed = Finished.Emend(Run("now.jsonl", "--baseline", folder.Path + "/before.jsonl"));
        Finished compared = Finished.Emend(["suite", "compare", folder.Path + "/before.jsonl", folder.Path + "/now.jsonl"]);
        JsonElement machine = JsonElement.Parse(Finished.Emend(["suite", "compare", folder.Path + "/now.jsonl", folder.Path + "/before.jsonl", "--json"]).Succeeded().Out);

        Assert.Equal((1, 0, 1, 1), (fails.ExitCode, same.ExitCode, regressed.ExitCode, compared.ExitCode));
        Assert.Contains("suite.yaml:4 b (m): contains: \"14\" is missing", fails.Out);
        Assert.Contains("regressed a (line 3): contains: \"14\" is missing", regressed.Out);
        Assert.Contains("[-14-]{+41+} hours", compared.Out);
        Assert.Equal((0, 1), (machine.GetProperty("regressed").GetInt32(), machine.GetProperty("fixed").GetInt32()));
    }

    [Fact]
    public void AModelFolderIsServedInTheSameProcess()
    {
        SaveModel();
        string suite = folder.Write("suite.yaml", "suite: lamp\nsettings: {maxTokens: 4}\nprompts:\n  v1: {template: '{{q}}'}\n  v2: {template: 'is {{q}}'}\ncases:\n  - {variables: {q: it}, assert: [{length: {max: 100}}]}\n");
        string[] arguments = ["suite", "run", suite, "--model", folder.Path, "--output", folder.Path + "/results.jsonl", "--json"];

        JsonElement first = JsonElement.Parse(Finished.Emend(arguments).Succeeded().Out), again = JsonElement.Parse(Finished.Emend(arguments).Succeeded().Out);

        // The port is another one each time; the weights are not.
        Assert.Equal((0, 2), (first.GetProperty("kept").GetInt32(), again.GetProperty("kept").GetInt32()));
        Assert.Equal(0, again.GetProperty("spent")[0].GetProperty("spent").GetProperty("calls").GetInt32());
    }

    [Fact]
    public async Task AnotherModelUnderTheSameNameIsAskedAgain()
    {
        SaveModel();
        string suite = folder.Write("suite.yaml", "suite: lamp\nsettings: {maxTokens: 4}\ncases:\n  - {prompt: is it}\n  - {prompt: is it red}\n"), url = "http://127.0.0.1:0";
        var reports = new List<JsonElement>();
        var texts = new List<string>();
        foreach (int weights in (int[])[1, 2, 2])
        {
            SaveModel(seed: weights);
            await using Server server = await Server.Start(new ServingOptions { Model = folder.Path, Name = "support", Url = url, MaxConcurrent = 2 }, TextWriter.Null);
            url = server.Url;
            string[] arguments = ["suite", "run", suite, "--url", server.Url + "/v1", "--model", "support"];
            reports.Add(JsonElement.Parse(Finished.Emend([.. arguments, "--output", folder.Path + "/results.jsonl", "--json"]).Succeeded().Out));
            texts.Add(Finished.Emend([.. arguments, "--output", $"{folder.Path}/text-{texts.Count}.jsonl", "--cache", folder.Path + "/cache"]).Succeeded().Out);
        }

        Assert.Equal([(0, 0, 2), (0, 2, 2), (2, 0, 0)], reports.Select(report => (report.GetProperty("kept").GetInt32(), report.GetProperty("renewed").GetInt32(), report.GetProperty("spent")[0].GetProperty("spent").GetProperty("calls").GetInt32())));
        // Results in a new file, beside answers that are kept.
        Assert.Equal([false, true, false], texts.Select(text => text.Contains("support at") && text.Contains("2 of the questions were asked again")));
    }

    [Fact]
    public void ARewardModelIsServedBesideTheModelFolder()
    {
        SaveModel();
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        string reward = folder.Path + "/reward";
        tokenizer.Save(reward);
        using (LanguageModel start = LanguageModel.Load(folder.Path))
        {
            int[] prompt = tokenizer.Encode("is it"), edited = tokenizer.Encode("red"), original = tokenizer.Encode("it.");
            using RewardModel trained = TokenRewardModel.Train(new RewardModelOptions { Steps = 3, BatchSize = 1, LearningRate = 1e-2 }, start,
                [new EditExample(prompt, edited, original, [.. edited.Select(_ => true)], [.. original.Select(_ => true)], [])]);
            trained.Calibrate([new Example(prompt, edited), new Example(prompt, original)]);
            trained.Save(reward);
        }
        string suite = folder.Write("suite.yaml", "suite: lamp\nsettings: {maxTokens: 4}\ncases:\n  - {prompt: is it, original: it is red, edit: it is blue, assert: [{token-reward: {min: -1000, mean: -1000}}]}\n");
        string[] arguments = ["suite", "run", suite, "--model", folder.Path, "--reward", reward, "--output", folder.Path + "/results.jsonl", "--json"];

        JsonElement report = JsonElement.Parse(Finished.Emend(arguments).Succeeded().Out), again = JsonElement.Parse(Finished.Emend(arguments).Succeeded().Out);
        string calibration = Path.Combine(reward, "calibration.json");
        File.WriteAllText(calibration, File.ReadAllText(calibration) + "\n");
        JsonElement other = JsonElement.Parse(Finished.Emend(arguments).Succeeded().Out);

        // Another reward model in the same folder is another one.
        Assert.Equal((1, 0), (again.GetProperty("kept").GetInt32(), other.GetProperty("kept").GetInt32()));

        JsonElement tokens = report.GetProperty("tokens");
        Assert.Equal(tokenizer.Encode("it is red").Length, tokens.GetProperty("tokens").GetInt32());
        Assert.InRange(tokens.GetProperty("edited").GetInt32(), 1, tokens.GetProperty("tokens").GetInt32() - 1);
        Assert.InRange(tokens.GetProperty("calibrationError").GetDouble(), 0, 1);
    }

    [Fact]
    public async Task OneCapIsForModelAndJudgeTogether()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        string suite = folder.Write("suite.yaml", "suite: lamp\ncases:\n" + string.Concat(Enumerable.Range(0, 6).Select(i => $"  - {{prompt: q{i}, assert: [{{judge: is it?}}]}}\n")));

        Finished finished = Finished.Emend(["suite", "run", suite, "--url", server.Url, "--model", "m", "--judge-model", "j", "--output", folder.Path + "/r.jsonl", "--max-calls", "5", "--concurrency", "1"]);

        Assert.Equal((1, 5), (finished.ExitCode, server.Requests.Count));
        Assert.Contains("5 calls (--max-calls)", finished.Error);
        Assert.Contains("WARNING: 6 of 6 cases are judged by a model (AI feedback)", finished.Out);
    }

    [Fact]
    public void AnEndpointThatIsDownLeavesNoFileAndNoWarningOfAJudge()
    {
        string suite = folder.Write("suite.yaml", "suite: lamp\ncases:\n  - {prompt: q, assert: [{judge: is it?}]}\n"), results = folder.Path + "/r.jsonl";

        Finished finished = Finished.Emend(["suite", "run", suite, "--url", "http://127.0.0.1:1/v1", "--model", "m", "--judge-model", "j", "--output", results]);

        Assert.Equal(1, finished.ExitCode);
        Assert.EndsWith("Nothing was answered.", finished.Error.TrimEnd());
        Assert.DoesNotContain("r.jsonl", finished.Error);
        Assert.DoesNotContain("WARNING", finished.Out);
        Assert.False(File.Exists(results) && new FileInfo(results).Length > 0);
    }

    [Fact]
    public async Task ABaselineWithoutACounterpartIsRefusedBeforeAnythingIsAsked()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "1");
        string suite = folder.Write("suite.yaml", "suite: lamp\nprompts:\n  v1: {template: '{{q}}'}\n  v2: {template: 'Q: {{q}}'}\n  v3: {template: 'R: {{q}}'}\ncases:\n  - {variables: {q: one}}\n");
        string[] Run(string output, params string[] more) => ["suite", "run", suite, "--url", server.Url, "--model", "m", "--output", $"{folder.Path}/{output}", .. more];
        Finished.Emend(Run("before.jsonl", "--prompt", "v1", "--prompt", "v2")).Succeeded();

        Finished.Emend(Run("now.jsonl", "--prompt", "v3", "--baseline", folder.Path + "/before.jsonl")).WasRefused("before.jsonl", "m v3");

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task AFolderJudgesBesideAnEndpoint()
    {
        SaveModel(contextLength: 4000);
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "1");
        string suite = folder.Write("suite.yaml", "suite: lamp\ncases:\n  - {prompt: a, assert: [{judge: is it?}]}\n");
        string[] arguments = ["suite", "run", suite, "--url", server.Url, "--model", "m", "--judge-model", folder.Path, "--output", folder.Path + "/r.jsonl", "--json"];

        JsonElement report = JsonElement.Parse(Finished.Emend(arguments).Out);

        // The one question to the endpoint is the case's; the folder's model says nothing readable.
        Assert.Equal("m", Assert.Single(server.Requests)["model"]!.GetValue<string>());
        Assert.Equal((1, 1), (report.GetProperty("versions")[0].GetProperty("undecided").GetInt32(), report.GetProperty("judgeSpent").GetProperty("calls").GetInt32()));
        Finished.Emend([.. arguments, "--judge-api-key-file", folder.Write("key", "sk-0123456789")]).WasRefused("--judge-api-key-file", "--judge-url");
    }

    [Fact]
    public void WrongSuitesAndCallsAreRefused()
    {
        string[] Run(string suite) => ["suite", "run", folder.Write("suite.yaml", suite), "--url", "http://127.0.0.1:1/v1", "--model", "m", "--output", folder.Path + "/r.jsonl"];

        Finished.Emend(Run("suite: s\ncases:\n  - prompt: x\n    assert: [{contians: y}]\n")).WasRefused("suite.yaml:4", "\"contians\" is no assertion", "did you mean \"contains\"");
        Finished.Emend(Run("suite: s\ncases:\n  - prompt: x\n    assert: [{judge: good?}]\n")).WasRefused("suite.yaml:4", "--judge-model");
        Finished.Emend(["suite", "compare", "none.jsonl", "none.jsonl"]).WasRefused("none.jsonl");
        Finished.Emend(["suite", "import", folder.Write("p.yaml", "prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    assert: [{type: javascript, value: x}]\n"), "--output", folder.Path + "/s.yaml"]).WasRefused("p.yaml:4", "\"javascript\" is code");
    }

    [Fact]
    public void APromptfooFileBecomesASuite()
    {
        string file = folder.Write("p.yaml", "prompts: ['{{q}}']\ntests:\n  - vars: {q: [a, b]}\n    assert: [{type: icontains, value: X}]\n");

        JsonElement report = JsonElement.Parse(Finished.Emend(["suite", "import", file, "--output", folder.Path + "/s.yaml", "--json"]).Succeeded().Out);

        Assert.Equal((1, 2, 2), (report.GetProperty("prompts").GetInt32(), report.GetProperty("cases").GetInt32(), report.GetProperty("assertions").GetInt32()));
    }

    [Fact]
    public void WhatAPromptfooFileHasThatASuiteHasNotIsListed()
    {
        string file = folder.Write("p.yaml", "prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    assert: [{type: contains, value: '{{q}}'}, {type: javascript, value: x}]\n");
        string[] arguments = ["suite", "import", file, "--output", folder.Path + "/s.yaml"];

        Finished.Emend(arguments).WasRefused("p.yaml:4", "\"javascript\" is code");
        Finished skipped = Finished.Emend([.. arguments, "--skip-unknown"]).Succeeded();

        Assert.Contains("1 cases with 1 assertions", skipped.Out);
        Assert.Contains("left out: p.yaml:4: tests[0].assert[1].type: \"javascript\" is code", skipped.Out);
        Assert.Contains("contains: \"a\"", File.ReadAllText(folder.Path + "/s.yaml"));
    }

    private static int Lines(string path)
    {
        // The process holds its files for itself, which .NET here would respect.
        return File.Exists(path) ? int.Parse(Finished.Run("wc", ["-l", path]).Succeeded().Out.Split(' ')[0], CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Requests for a chat that the server has counted.</summary>
    private static async Task<int> Asked(Server server)
    {
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        string metrics = await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        return metrics.Split('\n').Where(line => line.StartsWith("emend_request_seconds_count", StringComparison.Ordinal) && line.Contains("chat/completions") && line.Contains("200"))
            .Sum(line => (int)double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    private static async Task Until(Func<bool> there)
    {
        for (int i = 0; i < 1200 && !there(); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(there(), "it did not happen within a minute");
    }

    private void SaveModel(int contextLength = 64, int seed = 1)
    {
        folder.Write("tokenizer.json", BpeTrainer.TrainByteLevel(["it is red"], 300, ["<end>"]));
        ModelConfig config = ModelConfig.Llama(vocabularySize: 300, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength) with { EosTokenIds = [0] };
        using LanguageModel model = LanguageModel.Create(config, seed);
        model.Save(folder.Path);
    }
}
