using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>The end of an A/B test: reached, or brought about early. From then on it takes no votes, and its two versions have its result among their metrics.</summary>
internal static class AbTestEnd
{
    /// <summary>Why an item that somebody held left their hands.</summary>
    public const string SkipReason = "testOver";

    /// <summary>The test that an assignment's item is a pair of, which nobody ends and nobody votes in until the end of the transaction; null where it is none.</summary>
    public static async Task<StoredAbTest?> LockOf(StudioContext context, long assignmentId)
    {
        long id = await (from assignment in context.Assignments
                         join pair in context.AbTestItems on assignment.ItemId equals pair.ItemId
                         where assignment.Id == assignmentId
                         select pair.TestId).SingleOrDefaultAsync();
        return id == 0 ? null : await Lock(context, id);
    }

    public static async Task<StoredAbTest?> Lock(StudioContext context, long testId) => (await (context.Database.IsNpgsql()
        ? context.AbTests.FromSql($"""SELECT * FROM "AbTests" WHERE "Id" = {testId} FOR UPDATE""")
        : context.AbTests.Where(row => row.Id == testId)).ToListAsync()).SingleOrDefault();

    /// <summary>A vote, and taking one back or up again, is refused once the test is over.</summary>
    public static void CheckRuns(StoredAbTest? test)
    {
        if (test?.EndedAt is not null)
            throw new RefusedException(Refusal.Conflict, "test-over", "The A/B test that this pair belongs to is over; it takes no more votes, and those that it has stand.");
    }

    /// <summary>Ends the test where the vote just stored is the one that was waited for.</summary>
    public static async Task AfterVote(StudioContext context, StoredAbTest test, DateTime now)
    {
        long simulated = await SimulatedAnnotators.Find(context) ?? 0;
        var voted = from pair in context.AbTestItems
                    join answer in context.Answers on pair.ItemId equals answer.ItemId
                    where pair.TestId == test.Id && answer.IsCurrent && !answer.IsExtra
                    select new { pair.ItemId, IsSimulated = answer.AccountId == simulated };
        int people = await voted.Where(vote => !vote.IsSimulated).Select(vote => vote.ItemId).Distinct().CountAsync();
        if ((people > 0 ? people : await voted.Select(vote => vote.ItemId).Distinct().CountAsync()) >= test.Horizon)
            await End(context, Actor.Installation, test, reason: null, now);
    }

    /// <summary>Ends a test that runs: takes its pairs out of the queue, writes its result to the versions, and says so in the audit log.</summary>
    /// <param name="reason">Why it ends before its time; null where its time has come.</param>
    public static async Task End(StudioContext context, Actor actor, StoredAbTest test, string? reason, DateTime now)
    {
        (test.EndedAt, test.EndedBy, test.StopReason) = (now, actor.Name, reason);
        await context.SaveChangesAsync();
        await CloseItems(context, test.Id);
        AbTestResult result = AbTestResult.Of(await AbTests.View(context, test), await AbTests.Votes(context, test.Id));
        await AuditLog.Append(context, now, actor, test.ProjectId, reason is null ? "ab-test-finished" : "ab-test-stopped", $"ab-test/{test.Id}",
            after: new { reason, result.Pairs, result.Votes, result.Source, result.Bound, result.Verdict, result.Rate, result.Low, result.High });
        if (result is { Metric: not null, Rate: double rate })
        {
            await Record(context, actor, test, result, test.VersionA, test.VersionB, 1 - rate, "lose", now);
            await Record(context, actor, test, result, test.VersionB, test.VersionA, rate, "win", now);
        }
    }

    // No free place stays. What is held without an answer leaves its holder's hands; an answer that was taken up again stands.
    private static async Task CloseItems(StudioContext context, long testId)
    {
        IQueryable<long> pairs = context.AbTestItems.Where(pair => pair.TestId == testId).Select(pair => pair.ItemId);
        await context.Items.Where(item => pairs.Contains(item.Id)).ExecuteUpdateAsync(set => set.SetProperty(item => item.Overlap, item => item.Overlap - item.OpenSlots).SetProperty(item => item.OpenSlots, 0));
        List<long> held = await context.Assignments.Where(row => pairs.Contains(row.ItemId) && (row.State == AssignmentState.Leased || row.State == AssignmentState.Returned)).Select(row => row.Id).ToListAsync();
        foreach (long id in held)
        {
            Assignment assignment = (await Slots.Lock(context, id))!;
            bool answered = await context.Answers.AnyAsync(answer => answer.AssignmentId == id && answer.IsCurrent);
            if (!answered && assignment.Slot is not null)
                await context.Items.Where(item => item.Id == assignment.ItemId).ExecuteUpdateAsync(set => set.SetProperty(item => item.Overlap, item => item.Overlap - 1));
            assignment.State = answered ? AssignmentState.Submitted : AssignmentState.Skipped;
            if (!answered)
                (assignment.SkipReason, assignment.Slot) = (SkipReason, null);
            assignment.Version++;
        }
        await context.SaveChangesAsync();
    }

    private static async Task Record(StudioContext context, Actor actor, StoredAbTest test, AbTestResult result, int number, int against, double share, string winning, DateTime now)
    {
        StoredPrompt prompt = await PromptRows.Find(context, test.ProjectId, test.PromptId);
        string model = number == test.VersionB ? test.ModelB ?? "" : test.ModelA ?? "";
        string source = $"A/B test \"{test.Name}\"{(model.Length > 0 ? $" of {model}" : "")} against version {against}: {result.Source ?? "people's"} votes, {result.Bound}{(test.StopReason is null ? "" : ", stopped early")}";
        await PromptMetrics.Add(context, actor, prompt, await PromptRows.Version(context, prompt.Id, number),
            new NewMetric(result.Metric!, share, source.Length <= 500 ? source : source[..500], result.Pairs, HigherIsBetter: true, Passed: result.Verdict == winning), now);
    }
}
