using System.CommandLine;
using Emend.Store;
using Emend.Studio;
using Emend.Suites;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>A version of the registry that a suite is run against, under the name that results know it by: prompt@number.</summary>
internal sealed record StoredPrompt(string Prompt, VersionView Version)
{
    public SuitePrompt ForSuite => new($"{Prompt}@{Version.Number}", Version.Content, 0);
}

/// <summary>What was recorded of a version, and the tags that it has now.</summary>
/// <param name="Run">Number of the kept run.</param>
internal sealed record RecordedSuite(string Prompt, int Version, string Metric, double Value, bool Passed, int Cases, IReadOnlyList<string> Tags, long Run);

/// <summary>Prompt versions of a store as those that a suite is run against; how it went becomes their metric, and their tag passes:SUITE follows from it.</summary>
internal sealed class StoredPrompts
{
    private readonly Option<string[]> _stored = new("--stored") { Description = "Prompt version of the registry instead of the suite's own: NAME, or NAME@VERSION with a number, label, branch or hash; the head of main when absent. May be given several times.", HelpName = "NAME@VERSION" };
    private readonly Option<bool> _noRecord = new("--no-record") { Description = "Do not record how it went as a metric of the stored versions." };
    private readonly RegistryChoice _choice = new();

    public void AddTo(Command command)
    {
        command.Add(_stored);
        command.Add(_noRecord);
        _choice.AddWithAuthorTo(command);
    }

    public bool IsGiven(ParseResult call) => call.GetValue(_stored) is { Length: > 0 };

    /// <summary>Opens the store, for a run that needs its documents alone.</summary>
    public Task<int> RunWithDocuments(ParseResult call, Func<Registry, Task<int>> work) => _choice.Run(call, work);

    /// <summary>Opens the store and works with the versions that were named.</summary>
    public Task<int> Run(ParseResult call, Func<Registry, IReadOnlyList<StoredPrompt>, Task<int>> work) => _choice.Run(call, async registry =>
    {
        var versions = new List<StoredPrompt>();
        foreach (string given in call.GetValue(_stored)!)
        {
            string[] parts = given.Split('@', 2);
            VersionView view = await registry.Versions.Get(registry.Project, await registry.IdOf(parts[0]), parts.Length == 2 ? parts[1] : Store.Prompts.FirstBranch);
            if (versions.Exists(version => version.Version.Id == view.Id))
                throw new InvalidInputException($"--stored {given}: version {view.Number} of {parts[0]} is named twice");
            versions.Add(new StoredPrompt(parts[0], view));
        }
        return await work(registry, versions);
    });

    /// <summary>Keeps the results of each version and records the share of its cases that passed; nothing where the call does not want it.</summary>
    /// <param name="results">Of a run that came to its end.</param>
    public async Task<IReadOnlyList<RecordedSuite>> Record(ParseResult call, Registry registry, Suite suite, IReadOnlyList<StoredPrompt> versions, SuiteResults results)
    {
        var recorded = new List<RecordedSuite>();
        foreach (StoredPrompt version in call.GetValue(_noRecord) ? [] : versions)
        {
            CaseRow[] own = [.. results.Cases.Where(row => row.Prompt == version.ForSuite.Name)];
            (List<SuiteRunView> kept, _, _) = await registry.SuiteRuns.Add(registry.Actor, registry.Project, version.Version.PromptId, SuiteRunRows.Of(new SuiteResults(own, results.Tokens)));
            foreach (NewMetric metric in SuiteRunRows.MetricsOf(new SuitePart(suite.Name, own[0].Model, own[0].Endpoint, own[0].Prompt, own[0].PromptHash, new SuiteResults(own, [])), "emend suite run"))
            {
                (VersionSummary summary, _) = await registry.Metrics.Record(registry.Actor, registry.Project, version.Version.PromptId, $"{version.Version.Number}", metric, null);
                if (metric.Passed is bool passed)
                    recorded.Add(new RecordedSuite(version.Prompt, version.Version.Number, metric.Name, metric.Value, passed, own.Length, summary.Tags, kept[0].Id));
            }
        }
        return recorded;
    }
}
