using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What an import did, or would do: items by their ids. Rescored: of the identical ones, those that got another uncertainty.</summary>
public sealed record ImportReport(int New, int Identical, int Changed, bool DryRun, int Rescored = 0);

/// <summary>An item as managers list it.</summary>
public sealed record ItemSummary(long Id, string ExternalId, string Group, string Prompt, int Responses, int Overlap, int OpenSlots, int Answers, bool IsGold, bool IsAttention, double? Uncertainty, Draw? Draw);

/// <summary>The items of projects.</summary>
public sealed class Items(Database database, TimeProvider clock)
{
    private const int PreviewLength = 200;
    private const int BatchSize = 500;
    private const int MostNamed = 20;

    /// <summary>
    /// Adds the items that are new, in the order of the file; those that are there with the same content are passed over. An item that is
    /// there with other content refuses the whole import: answers were given to what it was. Rows are taken as they come, a batch at a time,
    /// all in one transaction; should taking them throw, nothing was imported. They may be taken more than once.
    /// </summary>
    public Task<ImportReport> Import(Actor actor, long projectId, IEnumerable<FeedbackItem> rows, bool dryRun) => database.Write(async context =>
    {
        Project project = await context.Projects.SingleAsync(row => row.Id == projectId);
        double position = await context.Items.Where(item => item.ProjectId == projectId).MaxAsync(item => (double?)item.Position) ?? 0;
        Dictionary<string, string> media = await MediaFiles.TypesOf(context, projectId);
        List<FieldProblem> missing = [];
        int added = 0, identical = 0, rescored = 0, changes = 0;
        List<FieldProblem> changed = [];
        foreach (FeedbackItem[] batch in rows.Chunk(BatchSize))
        {
            await CheckResponses(context, projectId, batch);
            string[] ids = [.. batch.Select(row => row.Id)];
            var present = await context.Items.Where(item => item.ProjectId == projectId && ids.Contains(item.ExternalId))
                .Select(item => new { item.ExternalId, item.ContentHash, item.Uncertainty, item.Id }).ToDictionaryAsync(item => item.ExternalId);
            List<(Item Item, FeedbackItem Row)> fresh = [];
            foreach (FeedbackItem row in batch)
            {
                string content = StoreJson.Write(MediaFiles.Known(ItemContent.Of(row), media, $"line {row.Line}", missing)), hash = StoreJson.Hash(content);
                if (!present.TryGetValue(row.Id, out var before))
                    fresh.Add((NewItem(project, row, content, hash, ++position), row));
                else if (before.ContentHash != hash)
                {
                    if (changes++ < MostNamed)
                        changed.Add(new($"line {row.Line}", $"item \"{row.Id}\" is already in the project with other content; give the new one an id of its own"));
                }
                else
                {
                    identical++;
                    bool rescores = row.Uncertainty is not null && row.Uncertainty != before.Uncertainty;
                    rescored += rescores ? 1 : 0;
                    if (rescores && !dryRun)
                        await context.Items.Where(item => item.Id == before.Id).ExecuteUpdateAsync(set => set.SetProperty(item => item.Uncertainty, row.Uncertainty));
                }
            }
            added += fresh.Count;
            if (!dryRun)
                await Add(context, fresh);
        }
        if (missing.Count > 0)
            throw RefusedException.Invalid(missing[..Math.Min(missing.Count, MostNamed)]);
        if (changes > 0 && !dryRun)
            throw RefusedException.Invalid(changed);
        if (!dryRun && added + rescored > 0)
            await AuditLog.Append(context, clock.Now(), actor, projectId, "items-imported", $"project/{projectId}", after: new { Items = added, Rescored = rescored });
        return new ImportReport(added, identical, changes, dryRun, rescored);
    });

    /// <summary>Adds items with their links to stored responses, in the caller's transaction.</summary>
    internal static async Task Add(StudioContext context, List<(Item Item, FeedbackItem Row)> fresh)
    {
        context.Items.AddRange(fresh.Select(pair => pair.Item));
        await context.SaveChangesAsync();
        context.ResponseUses.AddRange(fresh.SelectMany(pair => pair.Row.Responses.Index().Where(response => response.Item.Id is not null)
            .Select(response => new ResponseUse { ItemId = pair.Item.Id, Index = response.Index, ResponseId = response.Item.Id!.Value })));
        await context.SaveChangesAsync();
        context.ChangeTracker.Clear();
    }

    internal Item NewItem(Project project, FeedbackItem row, string content, string hash, double position) => new()
    {
        ProjectId = project.Id,
        ExternalId = row.Id,
        Group = row.Group,
        Content = content,
        ContentHash = hash,
        Overlap = project.Overlap,
        OpenSlots = project.Overlap,
        Position = position,
        Uncertainty = row.Uncertainty,
        CreatedAt = clock.Now(),
    };

    public Task<List<ItemSummary>> List(long projectId, long after, int limit) => database.Read(async context =>
    {
        var rows = await context.Items.Where(item => item.ProjectId == projectId && item.Id > after).OrderBy(item => item.Id).Take(limit)
            .Select(item => new { item, Answers = context.Answers.Count(answer => answer.ItemId == item.Id && answer.IsCurrent), IsAttention = context.AttentionItems.Any(row => row.ItemId == item.Id) }).ToListAsync();
        return rows.ConvertAll(row =>
        {
            ItemContent content = StoreJson.Read<ItemContent>(row.item.Content);
            string shown = content.Prompt.Length > 0 || content.Turns is null ? content.Prompt : content.Turns[0].Content;
            return new ItemSummary(row.item.Id, row.item.ExternalId, row.item.Group, shown.Length <= PreviewLength ? shown : shown[..PreviewLength] + "…",
                content.Responses.Count, row.item.Overlap, row.item.OpenSlots, row.Answers, row.item.Gold is not null, row.IsAttention, row.item.Uncertainty, row.item.Draw);
        });
    });

    public Task<Item> Get(long projectId, long itemId) => database.Read(async context =>
        await context.Items.SingleOrDefaultAsync(item => item.Id == itemId && item.ProjectId == projectId) ?? throw RefusedException.NotFound("item"));

    // A response that says which stored one it is must be that one, in this project and word for word.
    private static async Task CheckResponses(StudioContext context, long projectId, IReadOnlyList<FeedbackItem> rows)
    {
        long[] ids = [.. rows.SelectMany(row => row.Responses).Select(response => response.Id).OfType<long>().Distinct()];
        var texts = new Dictionary<long, string>();
        foreach (long[] some in ids.Chunk(BatchSize))
        {
            foreach (var stored in await context.Responses.Where(row => row.ProjectId == projectId && some.Contains(row.Id)).Select(row => new { row.Id, row.Text }).ToListAsync())
                texts[stored.Id] = stored.Text.Replace("\r\n", "\n");     // as texts of items are read
        }
        FieldProblem[] problems =
        [
            .. from row in rows
               from response in row.Responses.Index()
               where response.Item.Id is long id && texts.GetValueOrDefault(id) != response.Item.Text
               select new FieldProblem($"line {row.Line}", $"responses[{response.Index}].id: {(texts.ContainsKey(response.Item.Id!.Value) ? $"response {response.Item.Id} has another text" : $"there is no response {response.Item.Id} in this project")}"),
        ];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems[..Math.Min(problems.Length, MostNamed)]);
    }
}
