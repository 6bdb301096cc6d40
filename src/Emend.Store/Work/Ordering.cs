// Active learning: docs/formats/studio-api.md, "Order of the queue".
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>How a project's queue is ordered, and how many items lie on either side. RandomShare null: in the order of import.</summary>
/// <param name="Waiting">Items that nobody has taken.</param>
/// <param name="WithUncertainty">Of those, the ones whose uncertainty is known.</param>
/// <param name="Random">Items drawn by chance alone, taken ones among them.</param>
/// <param name="Uncertain">Items drawn by uncertainty, taken ones among them.</param>
public sealed record QueueOrderView(double? RandomShare, int Version, int Items, int Waiting, int WithUncertainty, int Random, int Uncertain);

/// <summary>An item whose uncertainty is to be computed: what a model reads, and the responses.</summary>
public sealed record UnscoredItem(long Id, string Prompt, IReadOnlyList<string> Responses);

/// <summary>
/// Puts first what a reward model is least certain of. A share of the items is set apart by a hash of their ids, so by chance alone, and
/// comes in an order of chance between the others: an evaluation on those is an evaluation on all. Which way an item was drawn is
/// recorded when it gets its place, and does not change once somebody has taken it.
/// </summary>
public sealed class Ordering(Database database, TimeProvider clock)
{
    private const int BatchSize = 500;
    private const int MostAtOnce = 50;

    public Task<QueueOrderView> Get(long projectId) => database.Read(async context =>
    {
        QueueOrder? order = await context.QueueOrders.SingleOrDefaultAsync(row => row.ProjectId == projectId);
        IQueryable<Item> items = context.Items.Where(item => item.ProjectId == projectId);
        return new QueueOrderView(order is { RandomShare: >= 0 } ? order.RandomShare : null, order?.Version ?? 0, await items.CountAsync(),
            await Waiting(context, projectId).CountAsync(), await Waiting(context, projectId).CountAsync(item => item.Uncertainty != null),
            await items.CountAsync(item => item.Draw == Draw.Random), await items.CountAsync(item => item.Draw == Draw.Uncertain));
    });

    /// <summary>Orders the queue by uncertainty with this share left to chance, or, with null, in the order of import again.</summary>
    public async Task<QueueOrderView> Set(Actor actor, long projectId, int version, double? randomShare)
    {
        if (randomShare is not (null or (>= 0 and <= 1)))
            throw RefusedException.Invalid(new FieldProblem("randomShare", $"{randomShare} is not between 0 and 1"));
        await database.Write(async context =>
        {
            QueueOrder? order = await context.QueueOrders.SingleOrDefaultAsync(row => row.ProjectId == projectId);
            if ((order?.Version ?? 0) != version)
                throw new RefusedException(Refusal.Outdated, "outdated", $"The order was changed meanwhile: version {order?.Version ?? 0} is the newest, not {version}.");
            double? before = order is { RandomShare: >= 0 } ? order.RandomShare : null;
            if (randomShare > before.GetValueOrDefault(0) && await LowestGivenOut(context, projectId) is double lowest && randomShare > lowest)
                throw RefusedException.Invalid(new FieldProblem("randomShare", string.Create(CultureInfo.InvariantCulture, $"{randomShare} is too much: items from {lowest:0.####} on were given out by uncertainty, so that those left of them are no sample by chance; a smaller share is expected")));
            if (order is null)
                context.QueueOrders.Add(order = new QueueOrder { ProjectId = projectId });
            (order.RandomShare, order.Version) = (randomShare ?? -1, order.Version + 1);
            await AuditLog.Append(context, clock.Now(), actor, projectId, "order-set", $"project/{projectId}", new { RandomShare = before }, new { RandomShare = randomShare });
        });
        await Apply(projectId);
        return await Get(projectId);
    }

    // The side of an item is the share from which on it is one of chance. What was given out because a model was uncertain of it leaves a rest that
    // is no sample, whatever the share has been since.
    private static async Task<double?> LowestGivenOut(StudioContext context, long projectId)
    {
        List<string> given = await context.Items.Where(item => item.ProjectId == projectId && item.Draw == Draw.Uncertain && context.Assignments.Any(row => row.ItemId == item.Id))
            .Select(item => item.ExternalId).ToListAsync();
        return given.Count == 0 ? null : given.Min(id => Lot(projectId, id).Side);
    }

    /// <summary>Ends what a server that was stopped left undone: orders are set in one step, and places are given in many.</summary>
    public async Task ApplyAll()
    {
        foreach (long project in await database.Read(context => context.QueueOrders.Select(order => order.ProjectId).ToListAsync()))
            await Apply(project);
    }

    /// <summary>Gives every item that nobody has taken its place by the project's order. Places of gold items stay: nothing tells them apart.</summary>
    public async Task Apply(long projectId)
    {
        var (order, rows) = await database.Read(async context => (
            await context.QueueOrders.SingleOrDefaultAsync(row => row.ProjectId == projectId),
            await Waiting(context, projectId).Select(item => new Place(item.Id, item.ExternalId, item.Uncertainty, item.Position, item.Draw)).ToListAsync()));
        if (order is null)
            return;
        double[] positions = [.. rows.Select(row => row.Position).Order()];
        (Place Row, Draw? Draw)[] sequence = [.. order.RandomShare < 0 ? rows.OrderBy(row => row.Id).Select(row => (row, (Draw?)null)) : Sequence(projectId, rows, order.RandomShare)];
        foreach ((Place Row, Draw? Draw, double Position)[] batch in sequence.Select((each, i) => (each.Row, each.Draw, Position: positions[i])).Where(each => each.Position != each.Row.Position || each.Draw != each.Row.Draw).Chunk(BatchSize))
        {
            await database.Write(async context =>
            {
                foreach ((Place row, Draw? draw, double position) in batch)
                {
                    // Not where somebody took it meanwhile.
                    await context.Items.Where(item => item.Id == row.Id && !context.Assignments.Any(assignment => assignment.ItemId == row.Id))
                        .ExecuteUpdateAsync(set => set.SetProperty(item => item.Position, position).SetProperty(item => item.Draw, draw));
                }
            });
        }
    }

    /// <summary>Items behind the one of that id that nobody has taken and whose uncertainty is not known.</summary>
    public Task<(List<UnscoredItem> Items, int Left)> Unscored(long projectId, long after, int limit) => database.Read(async context =>
    {
        TaskKind kind = await context.Projects.Where(row => row.Id == projectId).Select(row => row.Kind).SingleAsync();
        if (kind == TaskKind.Demonstration)
            throw new RefusedException(Refusal.Conflict, "no-model", "Items of this task have no responses that a reward model could read.");
        IQueryable<Item> unscored = Waiting(context, projectId).Where(item => item.Uncertainty == null && item.Id > after);
        var rows = await unscored.OrderBy(item => item.Id).Take(Math.Clamp(limit, 1, MostAtOnce)).Select(item => new { item.Id, item.Content }).ToListAsync();
        return (rows.ConvertAll(row => Question(row.Id, kind, StoreJson.Read<ItemContent>(row.Content))), await unscored.CountAsync());
    });

    /// <summary>Where rewards are asked; a refusal where the project names no endpoint.</summary>
    public Task<ModelEndpoint> RewardsEndpoint(long projectId) => database.Read(async context =>
        await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == ModelUse.Rewards)
            ?? throw new RefusedException(Refusal.Conflict, "no-model", "The project names no endpoint for rewards."));

    /// <summary>Keeps uncertainties of items by their ids.</summary>
    public Task Scored(Actor actor, long projectId, IReadOnlyDictionary<long, double> uncertainties) => database.Write(async context =>
    {
        foreach ((long id, double uncertainty) in uncertainties)
            await context.Items.Where(item => item.Id == id && item.ProjectId == projectId).ExecuteUpdateAsync(set => set.SetProperty(item => item.Uncertainty, uncertainty));
        await AuditLog.Append(context, clock.Now(), actor, projectId, "uncertainty-computed", $"project/{projectId}", after: new { Items = uncertainties.Count });
    });

    /// <summary>Items in the order in which they are to come, and how each was drawn: every (1/share)th by chance.</summary>
    internal static IEnumerable<(Place Row, Draw? Draw)> Sequence(long projectId, IEnumerable<Place> rows, double share)
    {
        var drawn = rows.Select(row => (Row: row, Lot: Lot(projectId, row.ExternalId))).OrderBy(each => each.Lot.Order).ToList();
        var chance = new Queue<Place>(drawn.Where(each => each.Lot.Side < share).Select(each => each.Row));
        // What no model has read comes last, in an order of chance.
        var uncertain = new Queue<Place>(drawn.Where(each => each.Lot.Side >= share).OrderByDescending(each => each.Row.Uncertainty ?? -1).Select(each => each.Row));
        for (int i = 0; chance.Count + uncertain.Count > 0; i++)
        {
            bool byChance = Math.Floor((i + 1) * share) > Math.Floor(i * share);
            yield return (byChance ? chance.Count > 0 : uncertain.Count == 0) ? (chance.Dequeue(), Draw.Random) : (uncertain.Dequeue(), Draw.Uncertain);
        }
    }

    // Two numbers in [0, 1) that are a matter of the project and the item alone: which side, and where on it.
    private static (double Side, double Order) Lot(long projectId, string externalId)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"draw {projectId}\n{externalId}"));
        return (BitConverter.ToUInt32(hash.AsSpan(0, 4)) / 4294967296.0, BitConverter.ToUInt32(hash.AsSpan(4, 4)) / 4294967296.0);
    }

    private static UnscoredItem Question(long id, TaskKind kind, ItemContent item)
    {
        if (kind != TaskKind.Turn)
            return new UnscoredItem(id, item.ModelPrompt(), [.. item.Responses.Select(response => response.Text)]);
        int last = item.Turns!.Index().Last(turn => turn.Item.Role == "assistant").Index;
        return new UnscoredItem(id, item.TranscriptBefore(last), [item.Turns![last].Content]);
    }

    private static IQueryable<Item> Waiting(StudioContext context, long projectId) => context.Items
        .Where(item => item.ProjectId == projectId && item.Gold == null && !context.Assignments.Any(row => row.ItemId == item.Id));

    internal sealed record Place(long Id, string ExternalId, double? Uncertainty, double Position, Draw? Draw);
}
