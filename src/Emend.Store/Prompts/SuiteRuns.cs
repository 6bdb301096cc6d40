using System.Globalization;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Results of one prompt version with one model, to be kept.</summary>
/// <param name="Prompt">What the results call the version: NAME@NUMBER of the registry, or a name of the suite's own.</param>
/// <param name="PromptHash">Its content, which says what version of the registry it is.</param>
/// <param name="Results">The rows, as JSON lines.</param>
public sealed record NewSuiteRun(string Suite, string Model, string Endpoint, string Prompt, string PromptHash, int Cases, int Passed, int Undecided, string Results)
{
    /// <summary>What the run says of its version, to be recorded with it.</summary>
    public IReadOnlyList<NewMetric> Metrics { get; init; } = [];
}

/// <summary>A kept run, without its rows.</summary>
public sealed record SuiteRunView(long Id, int Version, string Suite, string Model, string Endpoint, int Cases, int Passed, int Undecided, string ResultsHash, string Actor, DateTime CreatedAt);

/// <summary>Runs of test suites, each with the version that it tested.</summary>
public sealed class SuiteRuns(Database database, TimeProvider clock)
{
    internal const string Kept = "suite-run-kept";
    private const int LongestName = 500;
    private const int LongestMetric = 80;
    private const int LongestResults = 64 << 20;

    /// <summary>
    /// Keeps runs of a prompt's versions, all or none. The content's hash says the version, and where several say the same, the number that the results name. Results
    /// that are there already are not kept twice.
    /// </summary>
    /// <returns>The runs, what the results call those versions that are none of this prompt's, and the names of the metrics that were recorded.</returns>
    /// <exception cref="RefusedException">None of the runs is of a version of this prompt, or one cannot be stored.</exception>
    public Task<(List<SuiteRunView> Runs, List<string> Others, List<string> Metrics)> Add(Actor actor, long projectId, long promptId, IReadOnlyList<NewSuiteRun> runs) => database.Write(async context =>
    {
        StoredPrompt prompt = await PromptRows.LockOpen(context, projectId, promptId);
        foreach (NewSuiteRun run in runs)
            Check(run);
        var versions = await context.PromptVersions.Where(row => row.PromptId == promptId).OrderBy(row => row.Number).Select(row => new { row.Id, row.Number, row.Hash }).ToListAsync();
        var kept = new List<SuiteRunView>();
        var others = new List<string>();
        var metrics = new List<string>();
        foreach (NewSuiteRun run in runs)
        {
            var same = versions.FindAll(version => version.Hash == run.PromptHash);
            var tested = same.Find(version => run.Prompt.EndsWith(string.Create(CultureInfo.InvariantCulture, $"@{version.Number}"), StringComparison.Ordinal)) ?? same.FirstOrDefault();
            if (tested is null)
            {
                others.Add(run.Prompt);
                continue;
            }
            kept.Add(View(await Keep(context, actor, projectId, tested.Id, run), tested.Number));
            if (!runs.Any(other => other.Suite == run.Suite && other.Cases > run.Cases))
                metrics.AddRange(await Measure(context, actor, prompt, tested.Id, run));
        }
        if (kept.Count == 0)
            throw RefusedException.Invalid(new FieldProblem("promptHash", $"none of the results is of a version of {prompt.Name}{(others.Count > 0 ? $"; they are of {string.Join(", ", others.Distinct().Take(5))}" : "")}"));
        return (kept, others, metrics);
    });

    /// <summary>Runs of a prompt's versions, newest first.</summary>
    /// <param name="before">Id of the last one that is known already; 0: from the newest on.</param>
    public Task<List<SuiteRunView>> List(long projectId, long promptId, long before, int limit) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        return await (from run in context.SuiteRuns
                      join version in context.PromptVersions on run.VersionId equals version.Id
                      where version.PromptId == prompt.Id && (before == 0 || run.Id < before)
                      orderby run.Id descending
                      select new SuiteRunView(run.Id, version.Number, run.Suite, run.Model, run.Endpoint, run.Cases, run.Passed, run.Undecided, run.ResultsHash, run.Actor, run.CreatedAt)).Take(limit).ToListAsync();
    });

    /// <summary>A run with its rows.</summary>
    public Task<(SuiteRunView Run, string Results)> Get(long projectId, long promptId, long runId) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        var found = await (from run in context.SuiteRuns.AsNoTracking()
                           join version in context.PromptVersions on run.VersionId equals version.Id
                           where run.Id == runId && version.PromptId == prompt.Id
                           select new { run, version.Number }).SingleOrDefaultAsync() ?? throw RefusedException.NotFound("suite run");
        return (View(found.run, found.Number), found.run.Results);
    });

    /// <summary>What the audit log keeps of a run.</summary>
    internal static object Logged(StoredSuiteRun row) => new { row.VersionId, row.Suite, row.Model, row.ResultsHash };

    private async Task<StoredSuiteRun> Keep(StudioContext context, Actor actor, long projectId, long versionId, NewSuiteRun run)
    {
        string hash = StoreJson.Hash(run.Results);
        if (await context.SuiteRuns.AsNoTracking().FirstOrDefaultAsync(row => row.VersionId == versionId && row.ResultsHash == hash) is StoredSuiteRun before)
            return before;
        DateTime now = clock.Now();
        var row = new StoredSuiteRun
        {
            VersionId = versionId,
            Suite = run.Suite,
            Model = run.Model,
            Endpoint = run.Endpoint,
            Cases = run.Cases,
            Passed = run.Passed,
            Undecided = run.Undecided,
            Results = run.Results,
            ResultsHash = hash,
            AccountId = actor.AccountId,
            Actor = actor.Name,
            CreatedAt = now,
        };
        context.SuiteRuns.Add(row);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, now, actor, projectId, Kept, $"suite-run/{row.Id}", after: Logged(row));
        await context.SaveChangesAsync();
        return row;
    }

    // A file may be of a run that was cut short: with fewer cases than another of its suite it says nothing of the version as a whole. What is known already is not recorded again.
    private async Task<List<string>> Measure(StudioContext context, Actor actor, StoredPrompt prompt, long versionId, NewSuiteRun run)
    {
        var recorded = new List<string>();
        if (run.Metrics.Count == 0 || run.Suite.Length > LongestMetric || run.Suite.Any(char.IsWhiteSpace) || await context.SuiteRuns.AnyAsync(row => row.Suite == run.Suite && row.Cases > run.Cases && context.PromptVersions.Any(version => version.Id == row.VersionId && version.PromptId == prompt.Id)))
            return recorded;
        StoredVersion version = await context.PromptVersions.AsNoTracking().SingleAsync(row => row.Id == versionId);
        foreach (NewMetric metric in run.Metrics)
        {
            StoredMetric? newest = await context.PromptMetrics.AsNoTracking().Where(row => row.VersionId == versionId && row.Name == metric.Name).OrderByDescending(row => row.Id).FirstOrDefaultAsync();
            if (newest?.Value == metric.Value && newest.SampleSize == metric.SampleSize && newest.Source.EndsWith($"model {run.Model} ({run.Endpoint})", StringComparison.Ordinal))
                continue;
            await PromptMetrics.Check(context, prompt, metric);
            await PromptMetrics.Add(context, actor, prompt, version, metric, clock.Now());
            recorded.Add(metric.Name);
        }
        return recorded;
    }

    private static void Check(NewSuiteRun run)
    {
        var problems = new List<FieldProblem>();
        foreach ((string field, string name) in ((string, string)[])[("suite", run.Suite), ("model", run.Model), ("endpoint", run.Endpoint), ("prompt", run.Prompt)])
        {
            if (name.Length > LongestName || name.Any(char.IsControl))
                problems.Add(new(field, $"at most {LongestName} characters without control characters are expected"));
        }
        if (run.Results.Length > LongestResults || run.Results.Contains('\0'))
            problems.Add(new("results", $"at most {LongestResults} characters of JSON lines are expected"));
        if (problems.Count > 0)
            throw RefusedException.Invalid(problems);
    }

    private static SuiteRunView View(StoredSuiteRun run, int version) =>
        new(run.Id, version, run.Suite, run.Model, run.Endpoint, run.Cases, run.Passed, run.Undecided, run.ResultsHash, run.Actor, run.CreatedAt);
}
