using System.CommandLine;
using Emend.Cli.Commands.Prompts;
using Emend.Significance;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>What a test says, as both of its sides' metric.</summary>
/// <param name="ForA">Of A, 0 to 1, higher is better: its share of the votes, or its users' mean score.</param>
/// <param name="Sample">Votes, or users of A and of B.</param>
/// <param name="Said">Whose votes and under which bound: "people's votes, fixed horizon".</param>
internal sealed record AbOutcome(double ForA, double ForB, (int A, int B) Sample, AbReport Report, string Said);

/// <summary>What was recorded of one version, and the tags that it has now.</summary>
internal sealed record RecordedSide(string Prompt, int Version, double Value, IReadOnlyList<string> Tags);

/// <summary>The metric's name, and both sides.</summary>
internal sealed record AbRecorded(string Metric, RecordedSide A, RecordedSide B);

/// <summary>Results of tests that were not made in the studio, as metrics of the two prompt versions: ab:TEST, as the studio's own tests write them.</summary>
internal sealed class AbRecording
{
    private readonly Option<string[]> _stored = new("--stored") { Description = "Record the result as a metric of two prompt versions of the registry (a number, label, branch or hash; the head of main when absent): given twice, A's and then B's.", HelpName = "NAME@VERSION" };
    private readonly Option<string?> _test = new("--test") { Description = "With --stored: what the test is called; the metric is ab:TEST.", HelpName = "TEST" };
    private readonly RegistryChoice _choice = new();

    public void AddTo(Command command)
    {
        command.Add(_stored);
        command.Add(_test);
        _choice.AddWithAuthorTo(command);
    }

    public bool IsGiven(ParseResult call) => call.GetValue(_stored) is { Length: > 0 };

    /// <summary>Records the result where the call wants it, and then has it said.</summary>
    /// <exception cref="InvalidInputException">The two versions or the name are missing or wrong.</exception>
    public int Run(ParseResult call, AbOutcome outcome, Action<AbRecorded?> say)
    {
        if (!IsGiven(call) && call.GetValue(_test) is { } alone)
            throw new InvalidInputException($"--test {alone}: goes with --stored NAME@VERSION, given twice: A's and then B's");
        if (!IsGiven(call))
        {
            say(null);
            return 0;
        }
        if (call.GetValue(_stored) is not [string a, string b])
            throw new InvalidInputException("--stored: two versions are expected, A's and then B's");
        string test = call.GetValue(_test)?.Trim() is { Length: > 0 } given ? given : throw new InvalidInputException("--stored: --test TEST is missing: what the test is called; its metric is ab:TEST");
        return _choice.Run(call, async registry =>
        {
            (string promptA, VersionView viewA) = await Find(registry, a);
            (string promptB, VersionView viewB) = await Find(registry, b);
            if (viewA.PromptId != viewB.PromptId || viewA.Number == viewB.Number)
                throw new InvalidInputException($"--stored {a}, --stored {b}: two versions of one prompt are expected");
            string metric = AbTests.MetricOf(test);
            say(new AbRecorded(metric,
                await Record(registry, promptA, viewA, outcome.ForA, outcome.Sample.A, "lose", viewB.Number),
                await Record(registry, promptB, viewB, outcome.ForB, outcome.Sample.B, "win", viewA.Number)));
            return 0;

            async Task<RecordedSide> Record(Registry into, string prompt, VersionView version, double value, int sample, string winning, int against)
            {
                string source = $"emend ab \"{test}\" against version {against}: {outcome.Said}";
                (VersionSummary summary, _) = await into.Metrics.Record(into.Actor, into.Project, version.PromptId, $"{version.Number}", new NewMetric(metric, value, source, sample, HigherIsBetter: true, Passed: outcome.Report.Verdict == winning), null);
                return new RecordedSide(prompt, version.Number, value, summary.Tags);
            }
        }).GetAwaiter().GetResult();
    }

    /// <summary>For machines; null where nothing was recorded.</summary>
    public static object? Machine(AbRecorded? recorded) => recorded is null ? null : new
    {
        metric = recorded.Metric,
        a = new { prompt = recorded.A.Prompt, version = recorded.A.Version, value = recorded.A.Value, tags = recorded.A.Tags },
        b = new { prompt = recorded.B.Prompt, version = recorded.B.Version, value = recorded.B.Value, tags = recorded.B.Tags },
    };

    /// <summary>A line for people; null where nothing was recorded.</summary>
    public static string? Line(AbRecorded? recorded) => recorded is null ? null
        : FormattableString.Invariant($"recorded as {recorded.Metric}: {recorded.A.Value:0.###} for {recorded.A.Prompt}@{recorded.A.Version}, {recorded.B.Value:0.###} for {recorded.B.Prompt}@{recorded.B.Version}");

    private static async Task<(string Prompt, VersionView Version)> Find(Registry registry, string given)
    {
        string[] parts = given.Split('@', 2);
        return (parts[0], await registry.Versions.Get(registry.Project, await registry.IdOf(parts[0]), parts.Length == 2 ? parts[1] : Store.Prompts.FirstBranch));
    }
}
