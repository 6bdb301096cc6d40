using System.Security.Cryptography;
using System.Text;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Two texts in an order that says nothing: which is better? Neither whose edit it is nor which text is the edit is told.</summary>
public sealed record ReviewView(long Id, string Prompt, string? Context, IReadOnlyList<string> Texts, DateTime ExpiresAt);

/// <summary>How reviews of people's edits came out: how often the edit was better, and how many are open.</summary>
/// <param name="SimulatedDecided">Decided reviews of simulated annotators' edits, which the others leave out; <paramref name="SimulatedBetter"/> of them found the edit better.</param>
public sealed record ReviewFigures(int Open, int Decided, int EditBetter, int OriginalBetter, int NoDifference, int SimulatedDecided, int SimulatedBetter);

/// <summary>A share of the edits comes back, blind, to somebody who did not write them.</summary>
public sealed class Reviews(Database database, TimeProvider clock)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(20);

    /// <summary>Puts an edit up for review if chance says so: the same chance for the same answer, whoever asks and however often.</summary>
    internal static void Draw(StudioContext context, StoredAnswer answer, double share, DateTime now)
    {
        if (answer.EditRate is null || Chance($"review {answer.Id}") >= share)
            return;
        context.Reviews.Add(new Review { ProjectId = answer.ProjectId, AnswerId = answer.Id, AuthorId = answer.AccountId, EditedFirst = Chance($"order {answer.Id}") < 0.5, CreatedAt = now });
    }

    /// <summary>The next pair for somebody, or null where there is none that is not their own work.</summary>
    public Task<ReviewView?> Next(long projectId, long accountId) => database.Write(async context =>
    {
        DateTime now = clock.Now();
        long id = await context.Reviews
            .Where(row => row.ProjectId == projectId && row.Verdict == null && row.AuthorId != accountId
                && (row.ReviewerId == null || row.ReviewerId == accountId || row.ExpiresAt < now)
                && context.Answers.Any(answer => answer.Id == row.AnswerId && answer.IsCurrent))
            .OrderByDescending(row => row.ReviewerId == accountId).ThenBy(row => row.Id).Select(row => row.Id).FirstOrDefaultAsync();
        if (id == 0)
            return null;
        DateTime until = now + Lease;
        // Whoever changes the row first has it; the other one asks again.
        int taken = await context.Reviews.Where(row => row.Id == id && row.Verdict == null && (row.ReviewerId == null || row.ReviewerId == accountId || row.ExpiresAt < now))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.ReviewerId, accountId).SetProperty(row => row.ExpiresAt, until));
        if (taken == 0)
            throw new DbUpdateConcurrencyException("somebody else took the review");
        var row = await (from review in context.Reviews
                         join answer in context.Answers on review.AnswerId equals answer.Id
                         join item in context.Items on answer.ItemId equals item.Id
                         where review.Id == id
                         select new { review.EditedFirst, Answer = answer.Content, Item = item.Content }).AsNoTracking().SingleAsync();
        ItemContent content = StoreJson.Read<ItemContent>(row.Item);
        (string original, string edited, string prompt) = Texts(content, StoreJson.Read<Answer>(row.Answer));
        return new ReviewView(id, prompt, content.Context, row.EditedFirst ? [edited, original] : [original, edited], until);
    });

    /// <summary>Stores which of the two texts is better: 0 or 1 by its place, null for no difference.</summary>
    public Task Decide(Actor actor, long projectId, long reviewId, int? better, string? note) => database.Write(async context =>
    {
        if (better is < 0 or > 1)
            throw RefusedException.Invalid(new FieldProblem("better", $"{better} is neither 0 nor 1 nor null"));
        if (note?.Length > 2000 || note?.Contains('\0') == true)
            throw RefusedException.Invalid(new FieldProblem("note", "at most 2000 characters of text are expected"));
        Review review = await context.Reviews.SingleOrDefaultAsync(row => row.Id == reviewId && row.ProjectId == projectId && row.ReviewerId == actor.AccountId)
            ?? throw RefusedException.NotFound("review");
        double verdict = better is null ? 0.5 : (better == 0) == review.EditedFirst ? 1 : 0;
        if (review.Verdict is not null && review.Verdict != verdict)
            throw new RefusedException(Refusal.Conflict, "submitted", "This review was decided already.");
        if (review.Verdict is not null)
            return;
        (review.Verdict, review.Note, review.DecidedAt) = (verdict, note, clock.Now());
        await AuditLog.Append(context, clock.Now(), actor, projectId, "reviewed", $"review/{reviewId}", after: new { verdict });
    });

    public Task<ReviewFigures> Figures(long projectId) => database.Read(async context =>
    {
        long simulated = await SimulatedAnnotators.Find(context) ?? 0;
        var counts = await context.Reviews.Where(row => row.ProjectId == projectId).GroupBy(row => new { row.Verdict, IsSimulated = row.AuthorId == simulated })
            .Select(group => new { group.Key.Verdict, group.Key.IsSimulated, Count = group.Count() }).ToListAsync();
        int Of(double? verdict) => counts.Find(row => row.Verdict == verdict && !row.IsSimulated)?.Count ?? 0;
        var programs = counts.FindAll(row => row.IsSimulated && row.Verdict is not null);
        return new ReviewFigures(Of(null), Of(1) + Of(0) + Of(0.5), Of(1), Of(0), Of(0.5), programs.Sum(row => row.Count), programs.Where(row => row.Verdict == 1).Sum(row => row.Count));
    });

    internal static (string Original, string Edited, string Prompt) Texts(ItemContent item, Answer answer) => answer switch
    {
        { Edit: EditAnswer edit } => (item.Responses[edit.Target ?? 0].Text, edit.Edited ?? item.Responses[edit.Target ?? 0].Text, item.Prompt),
        { Turn: TurnAnswer turn } => (item.Turns![turn.Turn].Content, turn.Edited ?? item.Turns[turn.Turn].Content, item.TranscriptBefore(turn.Turn)),
        _ => throw new InvalidOperationException("only edits have two texts"),
    };

    // A number in [0, 1) that is a matter of the text alone.
    private static double Chance(string of) => BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(of)).AsSpan(0, 4)) / 4294967296.0;
}
