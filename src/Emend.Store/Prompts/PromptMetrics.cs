using Emend.Feedback;
using Emend.Feedback.Prompts;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A metric as it is sent; the newest of a name counts.</summary>
public sealed record NewMetric(string Name, double Value, string Source, int? SampleSize = null, bool HigherIsBetter = true, bool? Passed = null);

/// <summary>Measured values of versions, and what follows from them: tags, and the edit rate from people's edits.</summary>
public sealed class PromptMetrics(Database database, TimeProvider clock)
{
    /// <summary>Mean share of words that people changed in a version's responses; computed, never recorded.</summary>
    public const string EditRate = "edit-rate";

    private static readonly Dictionary<long, MetricValue> NoEdits = [];

    /// <summary>Records a value and gives the version as the graph shows it now. IsReplay: the same request had been done already.</summary>
    public async Task<(VersionSummary Version, bool IsReplay)> Record(Actor actor, long projectId, long promptId, string reference, NewMetric metric, string? key)
    {
        (int number, bool isReplay) = await database.Write(context => Record(context, actor, projectId, promptId, reference, metric, key));
        // People's edits are compared here, where no writer waits for it.
        return ((await database.Read(context => Summaries(context, promptId))).Single(row => row.Number == number), isReplay);
    }

    private async Task<(int Version, bool IsReplay)> Record(StudioContext context, Actor actor, long projectId, long promptId, string reference, NewMetric metric, string? key)
    {
        StoredPrompt prompt = await PromptRows.Lock(context, projectId, promptId);
        var request = new { projectId, promptId, reference, metric };
        if (await SentRequests.Find(context, actor, key, request) is long made)
            return (await (from row in context.PromptMetrics join of in context.PromptVersions on row.VersionId equals of.Id where row.Id == made select of.Number).SingleAsync(), true);
        StoredVersion version = await PromptRows.Resolve(context, prompt, reference);
        await PromptRows.CheckOpen(context, projectId);
        await Check(context, prompt, metric);
        DateTime now = clock.Now();
        StoredMetric stored = await Add(context, actor, prompt, version, metric, now);
        SentRequests.Remember(context, actor, key, request, stored.Id, now);
        return (version.Number, false);
    }

    /// <summary>Adds a value to a version, with what it changes among the tags in the audit log, in the caller's transaction. It has been checked.</summary>
    internal static async Task<StoredMetric> Add(StudioContext context, Actor actor, StoredPrompt prompt, StoredVersion version, NewMetric metric, DateTime now)
    {
        List<VersionSummary> before = await Summaries(context, prompt.Id, NoEdits);
        var stored = new StoredMetric
        {
            VersionId = version.Id,
            Name = metric.Name,
            Value = metric.Value,
            HigherIsBetter = metric.HigherIsBetter,
            Source = metric.Source,
            SampleSize = metric.SampleSize,
            Passed = metric.Passed,
            AccountId = actor.AccountId,
            Actor = actor.Name,
            CreatedAt = now,
        };
        context.PromptMetrics.Add(stored);
        await context.SaveChangesAsync();
        List<VersionSummary> after = await Summaries(context, prompt.Id, NoEdits);
        var tags = after.Zip(before).Where(pair => !pair.First.Tags.SequenceEqual(pair.Second.Tags)).Select(pair => new { pair.First.Number, Before = pair.Second.Tags, After = pair.First.Tags });
        await AuditLog.Append(context, now, actor, prompt.ProjectId, "prompt-metric-recorded", $"prompt-version/{version.Id}", after: new { metric, tags });
        return stored;
    }

    /// <summary>Every version of a prompt with its newest metrics and its tags, oldest first.</summary>
    internal static async Task<List<VersionSummary>> Summaries(StudioContext context, long promptId) => await Summaries(context, promptId, await EditRates.Of(context, promptId));

    private static async Task<List<VersionSummary>> Summaries(StudioContext context, long promptId, IReadOnlyDictionary<long, MetricValue> edits)
    {
        var rows = await context.PromptVersions.Where(row => row.PromptId == promptId).OrderBy(row => row.Number)
            .Select(row => new { row.Id, row.Number, row.Hash, row.Parent, row.SecondParent, row.Restores, row.Branch, row.Note, row.Author, row.CreatedAt, row.ChangeRate, row.ModelChanged }).ToListAsync();
        List<StoredMetric> recorded = await (from metric in context.PromptMetrics.AsNoTracking()
                                             join version in context.PromptVersions on metric.VersionId equals version.Id
                                             where version.PromptId == promptId
                                             orderby metric.Id
                                             select metric).ToListAsync();
        ILookup<long, StoredMetric> newest = recorded.GroupBy(row => (row.VersionId, row.Name)).Select(group => group.Last()).ToLookup(row => row.VersionId);
        MetricValue[] Metrics(long version) =>
        [
            .. (newest[version].Select(row => new MetricValue(row.Name, row.Value, row.HigherIsBetter, row.Source, row.SampleSize, row.Passed, row.CreatedAt))
                .Concat(edits.TryGetValue(version, out MetricValue? rate) ? [rate] : [])).OrderBy(metric => metric.Name, StringComparer.Ordinal),
        ];
        var metrics = rows.ToDictionary(row => row.Id, row => Metrics(row.Id));
        IReadOnlyDictionary<int, IReadOnlyList<string>> tags = AutomaticTags.Of([.. rows.Select(row => new TaggedVersion(row.Number, row.ChangeRate, row.ModelChanged, metrics[row.Id]))]);
        return rows.ConvertAll(row => new VersionSummary(row.Number, row.Hash, PromptRows.ParentsOf(row.Parent, row.SecondParent), row.Restores, row.Branch, row.Note, row.Author, row.CreatedAt, row.ChangeRate, tags[row.Number], metrics[row.Id]));
    }

    internal static async Task Check(StudioContext context, StoredPrompt prompt, NewMetric metric)
    {
        var problems = new List<FieldProblem>();
        string name = metric.Name.StartsWith(AutomaticTags.SuitePrefix, StringComparison.Ordinal) ? metric.Name[AutomaticTags.SuitePrefix.Length..] : metric.Name;
        if (name.Length is 0 or > 100 || name.Any(unit => char.IsControl(unit) || char.IsWhiteSpace(unit)))
            problems.Add(new("name", "1 to 100 characters without white space are expected"));
        if (metric.Name == EditRate)
            problems.Add(new("name", $"{EditRate} is computed from what people changed in the version's responses and cannot be recorded"));
        if (!double.IsFinite(metric.Value))
            problems.Add(new("value", "a finite number is expected"));
        if (metric.Source.Trim().Length is 0 or > 500 || metric.Source.Any(char.IsControl))
            problems.Add(new("source", "1 to 500 characters are expected: what measured it"));
        if (metric.SampleSize < 0)
            problems.Add(new("sampleSize", $"{metric.SampleSize} is negative"));
        bool other = await (from row in context.PromptMetrics
                            join version in context.PromptVersions on row.VersionId equals version.Id
                            where version.PromptId == prompt.Id && row.Name == metric.Name && row.HigherIsBetter != metric.HigherIsBetter
                            select row.Id).AnyAsync();
        if (other)
            problems.Add(new("higherIsBetter", $"{metric.Name} was recorded with {(metric.HigherIsBetter ? "lower" : "higher")} as better before; a metric has one direction"));
        if (problems.Count > 0)
            throw RefusedException.Invalid(problems);
    }
}
