using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>One person of the protocol, by number unless names were asked for.</summary>
/// <param name="Gold">Gold items answered as they should be.</param>
/// <param name="IsFlagged">Failed an attention item.</param>
public sealed record ProtocolPerson(
    string Person, IReadOnlyList<string> Groups, int Answers, int Skipped, DateTime? First, DateTime? Last, double? MeanActiveSeconds, Share Gold, int AttentionAnswered, int AttentionFailed, bool IsFlagged);

/// <summary>A version of the guideline, and the answers that count and were given under it; number 0: before there was one.</summary>
public sealed record ProtocolGuideline(int Number, DateTime? CreatedAt, string? Sha256, int Answers);

/// <summary>What does not count, how many, and why.</summary>
public sealed record ProtocolExclusion(string What, int Count, string Why);

/// <summary>How the answers of a project came about: what a data card says of human feedback. All figures are of people.</summary>
/// <param name="Simulated">Programs that played annotators, in a table of their own.</param>
public sealed record ProtocolReport(
    string Project, TaskKind Task, DateTime CreatedAt, int Items, int AnsweredItems, int Answers, int WantedPerItem, bool Blind,
    IReadOnlyList<ProtocolPerson> People, IReadOnlyList<ProtocolPerson> Simulated, IReadOnlyList<ProtocolGuideline> Guidelines, ProjectAgreement Agreement, ReviewFigures Reviews,
    IReadOnlyDictionary<string, int> Adjudicated, IReadOnlyList<ProtocolExclusion> Excluded, Share Gold, int AttentionAnswered, int AttentionFailed);

/// <summary>The protocol of a project's feedback: who, how many, under which guideline, how consistent, what was excluded and why.</summary>
public sealed class Protocol(Database database, Reviews reviews, TimeProvider clock)
{
    public async Task<ProtocolReport> Report(long projectId, bool names)
    {
        ReviewFigures reviewed = await reviews.Figures(projectId);
        return await database.Read(async context =>
        {
            Project project = await context.Projects.SingleAsync(row => row.Id == projectId);
            SourcedAnswers given = await SourcedAnswers.Of(context, projectId, AnswerSource.People);
            int items = await context.Items.CountAsync(row => row.ProjectId == projectId);
            int answered = await context.Items.CountAsync(item => item.ProjectId == projectId && given.Rows.Any(row => row.ItemId == item.Id));
            List<AnswerCount> counts = await Counts(context, projectId), people = counts.FindAll(row => row.AccountId != given.Simulated);
            List<SkipCount> skips = await Skips(context, projectId);
            ProjectAgreement agreement = await Statistics.Agreement(context, given);
            Dictionary<string, int> causes = await context.Resolutions.Where(row => row.ProjectId == projectId && row.IsCurrent)
                .GroupBy(row => row.Cause).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count);
            Dictionary<long, CheckCounts> checks = await Statistics.Checks(context, await SourcedAnswers.Of(context, projectId, AnswerSource.All));
            CheckCounts[] peoplesChecks = [.. checks.Where(pair => pair.Key != given.Simulated).Select(pair => pair.Value)];
            ILookup<bool, ProtocolPerson> rows = (await Persons(context, projectId, counts, skips, checks, names)).ToLookup(row => row.Id == given.Simulated, row => row.Person);
            return new ProtocolReport(
                project.Name, project.Kind, clock.Now(), items, answered, people.Where(row => row.IsCurrent).Sum(row => row.Count), project.Overlap, project.Blind,
                [.. rows[false]], [.. rows[true]], await GuidelinesOf(context, projectId, people), agreement, reviewed,
                new SortedDictionary<string, int>(causes, StringComparer.Ordinal), Excluded(people, skips.FindAll(row => row.AccountId != given.Simulated), given.LeftOut),
                Share.Wilson(peoplesChecks.Sum(row => row.GoldAgreed), peoplesChecks.Sum(row => row.GoldAnswered)), peoplesChecks.Sum(row => row.AttentionAnswered), peoplesChecks.Sum(row => row.AttentionFailed));
        });
    }

    // All that is counted of answers, in one pass over them: in a big project that is what takes its time.
    private static Task<List<AnswerCount>> Counts(StudioContext context, long projectId) => context.Answers.Where(row => row.ProjectId == projectId)
        .GroupBy(row => new { row.AccountId, row.GuidelineNumber, row.IsCurrent, row.IsExtra, IsUndone = row.UndoneAt != null })
        .Select(group => new AnswerCount(
            group.Key.AccountId, group.Key.GuidelineNumber, group.Key.IsCurrent, group.Key.IsExtra, group.Key.IsUndone, group.Count(),
            group.Sum(row => row.ActiveSeconds) ?? 0, group.Count(row => row.ActiveSeconds != null), group.Min(row => row.CreatedAt), group.Max(row => row.CreatedAt))).ToListAsync();

    private static Task<List<SkipCount>> Skips(StudioContext context, long projectId) => context.Assignments.Where(row => row.ProjectId == projectId && row.State == AssignmentState.Skipped)
        .GroupBy(row => new { row.AccountId, row.SkipReason }).Select(group => new SkipCount(group.Key.AccountId, group.Key.SkipReason, group.Count())).ToListAsync();

    private static async Task<IEnumerable<(long Id, ProtocolPerson Person)>> Persons(
        StudioContext context, long projectId, List<AnswerCount> counts, List<SkipCount> skips, Dictionary<long, CheckCounts> checks, bool names)
    {
        Dictionary<long, Annotator> people = await Annotator.Of(context, projectId);
        ILookup<long, AnswerCount> given = counts.Where(row => row.IsCurrent).ToLookup(row => row.AccountId);
        // Whoever left the project is still in its protocol; whoever did nothing is not.
        return given.Select(row => row.Key).Union(skips.Select(row => row.AccountId)).Order().Select(id =>
        {
            AnswerCount[] own = [.. given[id]];
            (int timed, CheckCounts check) = (own.Sum(row => row.Timed), checks.GetValueOrDefault(id));
            return (id, new ProtocolPerson(
                people.GetValueOrDefault(id)?.Shown(names) ?? Annotator.Pseudonym(id), people.GetValueOrDefault(id)?.Groups ?? [],
                own.Sum(row => row.Count), skips.Where(row => row.AccountId == id).Sum(row => row.Count),
                own.Length == 0 ? null : own.Min(row => row.First), own.Length == 0 ? null : own.Max(row => row.Last), timed == 0 ? null : own.Sum(row => row.Seconds) / timed,
                Share.Wilson(check.GoldAgreed, check.GoldAnswered), check.AttentionAnswered, check.AttentionFailed, check.AttentionFailed > 0));
        });
    }

    private static async Task<IReadOnlyList<ProtocolGuideline>> GuidelinesOf(StudioContext context, long projectId, List<AnswerCount> people)
    {
        int Of(int number) => people.Where(row => row.IsCurrent && row.Guideline == number).Sum(row => row.Count);
        List<Guideline> versions = await context.Guidelines.Where(row => row.ProjectId == projectId).OrderBy(row => row.Number).ToListAsync();
        IEnumerable<ProtocolGuideline> none = Of(0) > 0 ? [new ProtocolGuideline(0, null, null, Of(0))] : [];
        return [.. none, .. versions.Select(row => new ProtocolGuideline(row.Number, row.CreatedAt, StoreJson.Hash(row.Markdown), Of(row.Number)))];
    }

    private static IReadOnlyList<ProtocolExclusion> Excluded(List<AnswerCount> people, List<SkipCount> skips, int simulated)
    {
        int Of(Func<AnswerCount, bool> which) => people.Where(which).Sum(row => row.Count);
        ProtocolExclusion[] all =
        [
            new("answers", Of(row => row.IsUndone), "taken back by their author within seconds"),
            new("answers", Of(row => !row.IsCurrent && !row.IsUndone), "replaced by a later revision of the same author"),
            new("answers, kept besides the wanted number", Of(row => row.IsCurrent && row.IsExtra), "came after their time was over and the place was taken; they are in exports, marked isExtra"),
            new("answers", simulated, "given by a simulated annotator, which is a program and no person; in exports they are marked as simulated"),
            .. skips.GroupBy(row => row.Reason).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new ProtocolExclusion("items skipped by a person", group.Sum(row => row.Count), group.Key ?? "no reason given")),
        ];
        return [.. all.Where(row => row.Count > 0)];
    }

    private sealed record AnswerCount(long AccountId, int Guideline, bool IsCurrent, bool IsExtra, bool IsUndone, int Count, double Seconds, int Timed, DateTime First, DateTime Last);

    private sealed record SkipCount(long AccountId, string? Reason, int Count);
}
