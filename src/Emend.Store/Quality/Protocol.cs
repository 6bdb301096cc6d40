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

/// <summary>How the answers of a project came about: what a data card says of human feedback.</summary>
public sealed record ProtocolReport(
    string Project, TaskKind Task, DateTime CreatedAt, int Items, int AnsweredItems, int Answers, int WantedPerItem, bool Blind,
    IReadOnlyList<ProtocolPerson> People, IReadOnlyList<ProtocolGuideline> Guidelines, ProjectAgreement Agreement, ReviewFigures Reviews,
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
            int items = await context.Items.CountAsync(row => row.ProjectId == projectId);
            int answers = await context.Answers.CountAsync(row => row.ProjectId == projectId && row.IsCurrent);
            int answered = await context.Items.CountAsync(item => item.ProjectId == projectId && context.Answers.Any(row => row.ItemId == item.Id && row.IsCurrent));
            List<AnnotatorStatistics> statistics = await Statistics.Annotators(context, projectId);
            ProjectAgreement agreement = await Statistics.Agreement(context, projectId);
            Dictionary<string, int> causes = await context.Resolutions.Where(row => row.ProjectId == projectId && row.IsCurrent)
                .GroupBy(row => row.Cause).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count);
            int gold = statistics.Sum(row => row.GoldAnswered);
            return new ProtocolReport(
                project.Name, project.Kind, clock.Now(), items, answered, answers, project.Overlap, project.Blind,
                await People(context, projectId, statistics, names), await GuidelinesOf(context, projectId), agreement, reviewed,
                new SortedDictionary<string, int>(causes, StringComparer.Ordinal), await Excluded(context, projectId),
                Share.Wilson(statistics.Sum(row => row.GoldAgreed), gold), statistics.Sum(row => row.AttentionAnswered), statistics.Sum(row => row.AttentionFailed));
        });
    }

    private static async Task<IReadOnlyList<ProtocolPerson>> People(StudioContext context, long projectId, List<AnnotatorStatistics> statistics, bool names)
    {
        Dictionary<long, Annotator> people = await Annotator.Of(context, projectId);
        var spans = await context.Answers.Where(row => row.ProjectId == projectId && row.IsCurrent).GroupBy(row => row.AccountId)
            .Select(group => new { group.Key, Count = group.Count(), First = group.Min(row => row.CreatedAt), Last = group.Max(row => row.CreatedAt) }).ToListAsync();
        Dictionary<long, AnnotatorStatistics> known = statistics.ToDictionary(row => row.AccountId);
        // Whoever left the project is still in its protocol; whoever did nothing is not.
        IEnumerable<long> ids = spans.Select(span => span.Key).Union(statistics.Where(row => row.Skipped > 0).Select(row => row.AccountId)).Order();
        return [.. ids.Select(id =>
        {
            var span = spans.Find(row => row.Key == id);
            AnnotatorStatistics? row = known.GetValueOrDefault(id);
            return new ProtocolPerson(
                people.GetValueOrDefault(id)?.Shown(names) ?? Annotator.Pseudonym(id), people.GetValueOrDefault(id)?.Groups ?? [], span?.Count ?? 0, row?.Skipped ?? 0, span?.First, span?.Last,
                row?.MeanActiveSeconds, Share.Wilson(row?.GoldAgreed ?? 0, row?.GoldAnswered ?? 0), row?.AttentionAnswered ?? 0, row?.AttentionFailed ?? 0, row?.IsFlagged ?? false);
        })];
    }

    private static async Task<IReadOnlyList<ProtocolGuideline>> GuidelinesOf(StudioContext context, long projectId)
    {
        Dictionary<int, int> answers = await context.Answers.Where(row => row.ProjectId == projectId && row.IsCurrent)
            .GroupBy(row => row.GuidelineNumber).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count);
        List<Guideline> versions = await context.Guidelines.Where(row => row.ProjectId == projectId).OrderBy(row => row.Number).ToListAsync();
        IEnumerable<ProtocolGuideline> none = answers.TryGetValue(0, out int before) ? [new ProtocolGuideline(0, null, null, before)] : [];
        return [.. none, .. versions.Select(row => new ProtocolGuideline(row.Number, row.CreatedAt, StoreJson.Hash(row.Markdown), answers.GetValueOrDefault(row.Number)))];
    }

    private static async Task<IReadOnlyList<ProtocolExclusion>> Excluded(StudioContext context, long projectId)
    {
        int undone = await context.Answers.CountAsync(row => row.ProjectId == projectId && row.UndoneAt != null);
        int replaced = await context.Answers.CountAsync(row => row.ProjectId == projectId && !row.IsCurrent && row.UndoneAt == null);
        int extra = await context.Answers.CountAsync(row => row.ProjectId == projectId && row.IsCurrent && row.IsExtra);
        var skipped = await context.Assignments.Where(row => row.ProjectId == projectId && row.State == AssignmentState.Skipped)
            .GroupBy(row => row.SkipReason).Select(group => new { group.Key, Count = group.Count() }).ToListAsync();
        ProtocolExclusion[] all =
        [
            new("answers", undone, "taken back by their author within seconds"),
            new("answers", replaced, "replaced by a later revision of the same author"),
            new("answers, kept besides the wanted number", extra, "came after their time was over and the place was taken; they are in exports, marked isExtra"),
            .. skipped.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => new ProtocolExclusion("items skipped by a person", row.Count, row.Key ?? "no reason given")),
        ];
        return [.. all.Where(row => row.Count > 0)];
    }
}
