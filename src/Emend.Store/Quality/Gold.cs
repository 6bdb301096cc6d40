using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Items whose right answer is known. Everybody meets them among the others, and nothing tells them apart.</summary>
public sealed class Gold(Database database, Tokenizers tokenizers, TimeProvider clock)
{
    // Enough for every member of any project; a gold item is open to each of them once.
    private const int Everybody = 1000;

    /// <summary>Makes an item gold, or changes its right answer; attention: an item that only tests whether somebody reads.</summary>
    public async Task Set(Actor actor, long projectId, long itemId, Answer answer, bool attention)
    {
        (Item item, Project project) = await database.Read(async context => (
            await context.Items.SingleOrDefaultAsync(row => row.Id == itemId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("item"),
            await context.Projects.SingleAsync(row => row.Id == projectId)));
        if (answer.Kind != project.Kind)
            throw RefusedException.Invalid(new FieldProblem("kind", "is not the task of the project"));
        AnswerReport report = AnswerCheck.Of(answer, StoreJson.Read<ItemContent>(item.Content), tokenizers.RulesOf(project));
        if (report.Problems.Count > 0)
            throw RefusedException.Invalid(report.Problems);
        await database.Write(async context =>
        {
            if (await context.AbTestItems.AnyAsync(pair => pair.ItemId == itemId))
                throw new RefusedException(Refusal.Conflict, "ab-test", "This item is a pair of an A/B test, which asks what people think; it cannot have a right answer.");
            Item locked = await Slots.LockItem(context, itemId);
            if (locked.Gold is null)
                (locked.OpenSlots, locked.Overlap) = (locked.OpenSlots + Everybody, locked.Overlap + Everybody);
            locked.Gold = StoreJson.Write(report.Answer with { Advice = null });
            await context.AttentionItems.Where(row => row.ItemId == itemId).ExecuteDeleteAsync();
            if (attention)
                context.AttentionItems.Add(new AttentionItem { ItemId = itemId });
            await AuditLog.Append(context, clock.Now(), actor, projectId, "gold-set", $"item/{itemId}", after: new { ContentHash = StoreJson.Hash(locked.Gold), attention });
        });
    }

    /// <summary>Makes a gold item an ordinary one again.</summary>
    public Task Clear(Actor actor, long projectId, long itemId) => database.Write(async context =>
    {
        if (!await context.Items.AnyAsync(row => row.Id == itemId && row.ProjectId == projectId))
            throw RefusedException.NotFound("item");
        Item locked = await Slots.LockItem(context, itemId);
        if (locked.Gold is null)
            return;
        locked.Gold = null;
        await context.AttentionItems.Where(row => row.ItemId == itemId).ExecuteDeleteAsync();
        int kept = Math.Max(locked.Overlap - Everybody, locked.Overlap - locked.OpenSlots);     // places in use stay
        (locked.OpenSlots, locked.Overlap) = (kept - (locked.Overlap - locked.OpenSlots), kept);
        await AuditLog.Append(context, clock.Now(), actor, projectId, "gold-cleared", $"item/{itemId}");
    });

    /// <summary>Whether an answer is as good as the right one: the same choice, the same order, numbers at most one apart, the same labels; null where it cannot be said.</summary>
    internal static bool? Agrees(Answer right, Answer given) => (right, given) switch
    {
        ({ Edit: EditAnswer a }, { Edit: EditAnswer b }) => a.Choice == b.Choice && a.Preferred == b.Preferred && (a.Outcome == EditOutcome.Edited) == (b.Outcome == EditOutcome.Edited),
        ({ Ranking: RankingAnswer a }, { Ranking: RankingAnswer b }) => a.Ranks.SequenceEqual(b.Ranks),
        ({ Rating: RatingAnswer a }, { Rating: RatingAnswer b }) => a.Ratings.All(rating => b.Ratings.Any(other => other.Response == rating.Response && other.Scale == rating.Scale && Math.Abs(other.Value - rating.Value) <= 1)),
        ({ Spans: SpansAnswer a }, { Spans: SpansAnswer b }) => a.Spans.Select(span => span.Label).ToHashSet().SetEquals(b.Spans.Select(span => span.Label)),
        _ => null,
    };
}
