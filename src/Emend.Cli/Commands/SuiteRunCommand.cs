using System.CommandLine;
using Emend.Cli.Commands.Prompts;
using Emend.Judging;
using Emend.Suites;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend suite run: a suite against model versions and prompt versions; 0 all passed, 1 something did not or regressed, 2 a wrong call.</summary>
internal static class SuiteRunCommand
{
    private static readonly EndpointChoice Endpoint = EndpointChoice.OfSeveral();
    private static readonly Option<string> Output = new("--output") { Description = "File of results: appended to as the suite runs, and what an interrupted run goes on from.", HelpName = "FILE", Required = true };
    private static readonly Option<string[]> Prompt = new("--prompt") { Description = "Prompt version of the suite to run; may be given several times. [default: all]", HelpName = "NAME" };
    private static readonly StoredPrompts Stored = new();
    private static readonly InjectionChoice Injection = new();
    private static readonly Option<string?> Baseline = new("--baseline") { Description = "Results of an earlier run: then only what regressed, or is new and fails, counts against this one.", HelpName = "FILE" };
    private static readonly Option<string?> Reward = new("--reward") { Description = "Reward model folder, served beside the first model folder, for token rewards.", HelpName = "DIR" };
    private static readonly Option<string?> RewardsUrl = new("--rewards-url") { Description = "Base address of a server with /rewards instead, such as http://127.0.0.1:8080/v1.", HelpName = "URL" };
    private static readonly Option<string?> JudgeModel = new("--judge-model") { Description = "Model that judges, at --judge-url, or at --url without; or a model folder.", HelpName = "MODEL" };
    private static readonly Option<string?> JudgeUrl = new("--judge-url") { Description = "Base address of the judge's endpoint.", HelpName = "URL" };
    private static readonly Option<string?> JudgeKeyVariable = new("--judge-api-key-variable") { Description = "Environment variable that holds the judge's key.", HelpName = "NAME" };
    private static readonly Option<string?> JudgeKeyFile = new("--judge-api-key-file") { Description = "File that holds the judge's key.", HelpName = "FILE" };

    public static Command Create()
    {
        var file = new Argument<string>("SUITE") { Description = "A suite (YAML)." };
        var command = new Command("run", "Run a suite against models and prompt versions; exit code 1 if a case does not pass.") { file };
        foreach (Option option in (Option[])[Output, Prompt, Baseline, Reward, RewardsUrl, JudgeModel, JudgeUrl, JudgeKeyVariable, JudgeKeyFile])
            command.Add(option);
        Endpoint.AddTo(command);
        Stored.AddTo(command);
        Injection.AddTo(command);
        command.SetAction(call => Run(call, call.GetValue(file)!).GetAwaiter().GetResult());
        return command;
    }

    private static Task<int> Run(ParseResult call, string file)
    {
        string? injected = Injection.IsGiven(call) ? Store.InjectedContext.Variable : null;
        Task<IReadOnlyList<RecordedSuite>> Nothing(SuiteOutcome _) => Task.FromResult<IReadOnlyList<RecordedSuite>>([]);
        if (!Stored.IsGiven(call) && injected is not null)
            return Stored.RunWithDocuments(call, registry => Run(call, SuiteReader.Read(file, null, injected), registry, Nothing));
        if (!Stored.IsGiven(call))
            return Run(call, SuiteReader.Read(file), null, Nothing);
        if (Endpoint.Models(call).Count > 1 || call.GetValue(Prompt) is { Length: > 0 })
            throw new InvalidInputException("--stored: goes with one --model and no --prompt, since how it went is recorded of each version");
        return Stored.Run(call, (registry, versions) =>
        {
            Suite suite = SuiteReader.Read(file, [.. versions.Select(version => version.ForSuite)], injected);
            if (suite.Cases.All(one => one.Messages is not null))
                throw new InvalidInputException($"{suite.Path}: every case brings messages of its own, so no prompt version is tested; cases with variables are expected with --stored");
            return Run(call, suite, injected is null ? null : registry, outcome => Stored.Record(call, registry, suite, versions, outcome.Results));
        });
    }

    /// <param name="documents">Where documents are injected from; null: none are.</param>
    /// <param name="record">What is done with a run that came to its end.</param>
    private static async Task<int> Run(ParseResult call, Suite suite, Registry? documents, Func<SuiteOutcome, Task<IReadOnlyList<RecordedSuite>>> record)
    {
        CancellationToken interruption = Signals.Interruption;
        string output = call.GetValue(Output)!;
        SuiteResults? baseline = call.GetValue(Baseline) is { } path ? SuiteResults.Read(path) : null;
        using AnswerCache cache = Endpoint.Cache(call, output);
        var open = new Opened();
        try
        {
            SuiteRunOptions options = await Open(call, suite, cache, open);
            if (documents is not null)
                suite = await SuiteInjection.Fill(call, Injection, documents, suite, options, Endpoint.Url(call) is null ? Endpoint.Models(call) : [], interruption);
            if (baseline is not null)
                SuiteComparison.Check(baseline, SuiteRun.Versions(suite, options), call.GetValue(Baseline)!);
            var progress = new ProgressCount("cases", options.Models.Count * suite.Cases.Count * Math.Max(1, options.Prompts.Count > 0 ? options.Prompts.Count : suite.Prompts.Count));
            SuiteOutcome outcome = await SuiteRun.Run(suite, options, _ => progress.Step(), interruption);
            IReadOnlyList<RecordedSuite> recorded = outcome.Failed.Count == 0 && outcome.Stopped is null ? await record(outcome) : [];
            return Report(call, suite, outcome, baseline, options, recorded);
        }
        finally
        {
            await open.DisposeAsync();
        }
    }

    private static async Task<SuiteRunOptions> Open(ParseResult call, Suite suite, AnswerCache cache, Opened open)
    {
        IReadOnlyList<string> models = Endpoint.Models(call);
        string? reward = call.GetValue(Reward), rewardsUrl = call.GetValue(RewardsUrl);
        if (reward is not null && (Endpoint.Url(call) is not null || rewardsUrl is not null))
            throw new InvalidInputException($"--reward {reward}: goes with a model folder; with --url give --rewards-url, the address of a server with /rewards");
        bool sameName = models.Select(FolderName).Distinct().Count() < models.Count;
        Spending caps = Endpoint.Caps(call);
        var endpoints = new List<ModelEndpoint>();
        string? weights = null;
        foreach ((int i, string model) in models.Index())
        {
            OpenEndpoint opened = await Endpoint.Open(call, model, cache, caps, i == 0 ? reward : null, sameName ? model : null);
            endpoints.Add(open.Add(opened));
            weights ??= opened.RewardFingerprint;
        }
        RewardService? rewards = rewardsUrl is not null
            ? new RewardService(open.Add(await Endpoint.OpenAt(call, rewardsUrl, "rewards", null, cache, caps, model => model.IsReward)), rewardsUrl)
            : reward is not null ? new RewardService(endpoints[0], weights!) : null;
        return new SuiteRunOptions(endpoints, call.GetValue(Prompt) ?? [], call.GetValue(Output)!, new SuiteServices(await Judge(call, cache, caps, open), rewards, suite.Settings.Seed), endpoints[0].Options.Concurrency);
    }

    private static string FolderName(string model) => Path.GetFileName(Path.TrimEndingDirectorySeparator(model));

    private static async Task<ModelEndpoint?> Judge(ParseResult call, AnswerCache cache, Spending caps, Opened open)
    {
        string? model = call.GetValue(JudgeModel), url = call.GetValue(JudgeUrl);
        ApiKey? key = ApiKey.Read(call.GetValue(JudgeKeyVariable), call.GetValue(JudgeKeyFile));
        if (key is not null && url is null)
            throw new InvalidInputException("--judge-api-key-variable, --judge-api-key-file: go with --judge-url; a judge at --url is asked with the key of --url");
        if (model is null)
            return url is null ? null : throw new InvalidInputException($"--judge-url {url}: give --judge-model, the judge's name there");
        if (url is null && Directory.Exists(model))
            return open.Add(await Endpoint.OpenFolder(call, model, cache, caps));
        if (url is null && Endpoint.Url(call) is not null)
            return open.Add(await Endpoint.Open(call, model, cache, caps));
        return url is null
            ? throw new InvalidInputException($"--judge-model {model}: there is no such folder; give --judge-url for a model at an endpoint")
            : open.Add(await Endpoint.OpenAt(call, url, model, key, cache, caps));
    }

    private static int Report(ParseResult call, Suite suite, SuiteOutcome outcome, SuiteResults? baseline, SuiteRunOptions options, IReadOnlyList<RecordedSuite> recorded)
    {
        IReadOnlyList<SuiteComparison> comparisons = baseline is null || outcome.Results.Cases.Count == 0 ? [] : SuiteComparison.Of(baseline, outcome.Results, call.GetValue(Baseline)!);
        TokenFlags? flags = TokenFlags.Of(outcome.Results.Tokens, suite.Settings.FlagBelow);
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(SuiteOutput.Machine(suite, outcome, comparisons, flags, options, recorded));
        else
            SuiteOutput.Print(suite, outcome, comparisons, flags, options, recorded);
        if (outcome.Failed.Count > 0 || outcome.Stopped is not null)
        {
            string kept = outcome.Results.Cases.Count > 0 ? $"What was answered is in {call.GetValue(Output)}; the same command asks only what is left" : "Nothing was answered";
            Console.Error.WriteLine($"emend: {outcome.Stopped ?? $"{outcome.Failed.Count} cases got no answer; {outcome.Failed[0].Id}: {outcome.Failed[0].Problem}"}. {kept}.");
            return UnfinishedOutput.ExitCode;
        }
        bool passed = baseline is null ? outcome.Results.Cases.All(row => row.Passed == true) : comparisons.All(comparison => comparison.Passed);
        return passed ? 0 : 1;
    }

    /// <summary>Endpoints to close at the end, the last one first.</summary>
    private sealed class Opened : IAsyncDisposable
    {
        private readonly Stack<OpenEndpoint> _endpoints = [];

        public ModelEndpoint Add(OpenEndpoint endpoint)
        {
            _endpoints.Push(endpoint);
            return endpoint.Endpoint;
        }

        public async ValueTask DisposeAsync()
        {
            while (_endpoints.TryPop(out OpenEndpoint? endpoint))
                await endpoint.DisposeAsync();
        }
    }
}
