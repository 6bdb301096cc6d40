using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A response where it is shown; Index is its place in the item, which answers name it by.</summary>
public sealed record ShownResponse(int Index, string Text, string? Origin, IReadOnlyList<MediaRef>? Media);

/// <summary>An item as an annotator sees it; Responses in the order to show them.</summary>
public sealed record ShownItem(long Id, string ExternalId, string Prompt, string? Context, IReadOnlyList<Turn>? Turns, IReadOnlyList<ShownResponse> Responses, IReadOnlyList<MediaRef>? Media);

/// <summary>The newest draft.</summary>
public sealed record DraftView(int Version, JsonElement Content, DateTime SavedAt);

/// <summary>The answer that counts.</summary>
public sealed record AnswerView(long Id, int Revision, DateTime CreatedAt, DateTime UndoUntil, Answer Answer);

/// <summary>An item in the hands of a person, with all that its page needs.</summary>
public sealed record AssignmentView(
    long Id, AssignmentState State, TaskKind Kind, int Version, int GuidelineNumber, DateTime LeasedAt, DateTime ExpiresAt, bool LeaseIsOver,
    ShownItem Item, DraftView? Draft, AnswerView? Answer, string? SkipReason, string? SkipNote, AdviceView? Advice)
{
    internal static async Task<AssignmentView> Of(StudioContext context, Assignment assignment, DateTime now)
    {
        var found = await (from project in context.Projects
                           from item in context.Items
                           from head in context.Drafts.Where(row => row.AssignmentId == assignment.Id && row.IsHead).DefaultIfEmpty()
                           from current in context.Answers.Where(row => row.AssignmentId == assignment.Id && row.IsCurrent).DefaultIfEmpty()
                           where project.Id == assignment.ProjectId && item.Id == assignment.ItemId
                           select new
                           {
                               project,
                               item,
                               draft = head,
                               answer = current,
                               HasAdvice = context.ModelEndpoints.Any(row => row.ProjectId == project.Id) || context.Advice.Any(row => row.AssignmentId == assignment.Id),
                           }).AsNoTracking().SingleAsync();
        bool open = assignment.State is AssignmentState.Leased or AssignmentState.Returned;
        return new AssignmentView(
            assignment.Id, assignment.State, found.project.Kind, assignment.Version, assignment.GuidelineNumber, assignment.LeasedAt, assignment.ExpiresAt,
            open && assignment.ExpiresAt < now, Shown(found.item, assignment.Seed, found.project.Blind),
            found.draft is not Draft draft || !open ? null : new DraftView(draft.Version, StoreJson.Read<JsonElement>(draft.Content), draft.SavedAt),
            found.answer is not StoredAnswer answer ? null : new AnswerView(answer.Id, answer.Revision, answer.CreatedAt, answer.CreatedAt + Answers.UndoTime, AnswerOf(answer, found.project.Blind)),
            assignment.SkipReason, assignment.SkipNote, found.HasAdvice ? await ModelAdvice.ViewOf(context, found.project, assignment.Id) : null);
    }

    /// <summary>An answer as its author may see it.</summary>
    internal static Answer AnswerOf(StoredAnswer row, bool blind)
    {
        Answer answer = StoreJson.Read<Answer>(row.Content);
        return blind ? answer with { Advice = answer.Advice?.Unnamed() } : answer;
    }

    /// <summary>The same person sees the same item in the same order each time; over items and people every order is as likely.</summary>
    internal static int SeedFor(Item item, long accountId) =>
        BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{item.ExternalId}\n{accountId}")).AsSpan(0, 4));

    /// <summary>Indices of the responses in the order in which they are shown.</summary>
    internal static int[] OrderOf(int seed, int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(order);
        return order;
    }

    private static ShownItem Shown(Item item, int seed, bool blind)
    {
        ItemContent content = StoreJson.Read<ItemContent>(item.Content);
        return new ShownItem(item.Id, item.ExternalId, content.Prompt, content.Context, content.Turns,
            [.. OrderOf(seed, content.Responses.Count).Select(index => new ShownResponse(index, content.Responses[index].Text, blind ? null : content.Responses[index].Origin, content.Responses[index].Media))], content.Media);
    }
}
