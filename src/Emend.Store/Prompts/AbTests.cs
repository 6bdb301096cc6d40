using System.Security.Cryptography;
using System.Text;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Responses of a version; with a model those of that model alone, as stored responses name it, and with a budget those whose context was filled under it, in tokens.</summary>
public sealed record ResponseSet(string Version, string? Model = null, int? Budget = null);

/// <summary>A test as it is asked for.</summary>
/// <param name="Horizon">Pairs with a vote after which it is over; null: all of them.</param>
/// <param name="Looks">Whether somebody will look before; else it is read once, at its end.</param>
public sealed record NewAbTest(string Name, long Prompt, ResponseSet A, ResponseSet B, int? Horizon = null, bool Looks = false);

/// <summary>A test as lists show it; Voted: pairs with a vote.</summary>
public sealed record AbTestView(long Id, string Name, long PromptId, string Prompt, ResponseSet A, ResponseSet B, int Pairs, int Voted, int Horizon, bool Looks, bool Looked, string Actor, DateTime CreatedAt,
    DateTime? EndedAt, string? EndedBy, string? StopReason);

/// <summary>What somebody said about a pair: 1 for B, 0 for A, 0.5 for neither.</summary>
/// <param name="SawBFirst">Whether B's response was shown first.</param>
public sealed record PairVote(long Item, double ForB, bool SawBFirst, bool IsSimulated);

/// <summary>
/// A/B tests: the responses of two sets to the same values become items of the queue, each with two responses and no word of where they come from. People answer
/// them as any other items, so that leases, overlap, drafts and reviews hold for them too; what they chose is their vote.
/// </summary>
public sealed class AbTests(Database database, Items items, TimeProvider clock)
{
    private const int LongestSlug = 90;         // of a metric's 100 characters

    /// <summary>Pairs the responses, puts them behind the queue, and begins the test.</summary>
    public async Task<AbTestView> Create(Actor actor, long projectId, NewAbTest wanted)
    {
        long made = await database.Write(context => Create(context, actor, projectId, wanted));
        return await Get(projectId, made);
    }

    public Task<List<AbTestView>> List(long projectId) => database.Read(async context =>
    {
        List<StoredAbTest> rows = await context.AbTests.Where(row => row.ProjectId == projectId).OrderByDescending(row => row.Id).ToListAsync();
        var views = new List<AbTestView>();
        foreach (StoredAbTest row in rows)
            views.Add(await View(context, row));
        return views;
    });

    public Task<AbTestView> Get(long projectId, long testId) => database.Read(async context => await View(context, await Find(context, projectId, testId)));

    /// <summary>What the test says, as far as it may be read.</summary>
    public async Task<AbTestResult> Read(long projectId, long testId)
    {
        (AbTestView view, List<PairVote> votes) = await database.Read(async context => (await View(context, await Find(context, projectId, testId)), await Votes(context, testId)));
        return AbTestResult.Of(view, votes);
    }

    /// <summary>Votes in the order in which they came.</summary>
    internal static async Task<List<PairVote>> Votes(StudioContext context, long testId)
    {
        long? simulated = await SimulatedAnnotators.Find(context);
        var rows = await (from pair in context.AbTestItems
                          join answer in context.Answers on pair.ItemId equals answer.ItemId
                          join assignment in context.Assignments on answer.AssignmentId equals assignment.Id
                          where pair.TestId == testId && answer.IsCurrent && !answer.IsExtra
                          orderby answer.Id
                          select new { pair.ItemId, pair.IndexOfB, answer.Content, answer.AccountId, assignment.Seed }).ToListAsync();
        return rows.ConvertAll(row => new PairVote(row.ItemId, ForB(StoreJson.Read<Answer>(row.Content), row.IndexOfB), AssignmentView.OrderOf(row.Seed, 2)[0] == row.IndexOfB, row.AccountId == simulated));
    }

    /// <summary>
    /// Somebody looks before the end: from here on the bound is the one that holds at every look. Looking twice changes nothing, and neither does looking at a test
    /// that was planned for it or is over.
    /// </summary>
    public Task Look(Actor actor, long projectId, long testId) => database.Write(async context =>
    {
        StoredAbTest test = await Lock(context, projectId, testId);
        if (test.Looked || test.Looks || test.EndedAt is not null)
            return;
        test.Looked = true;
        await AuditLog.Append(context, clock.Now(), actor, projectId, "ab-test-looked", $"ab-test/{testId}");
    });

    /// <summary>Ends the test before its time. What it says then follows from how it was planned; it takes no more votes.</summary>
    public Task Stop(Actor actor, long projectId, long testId, string reason) => database.Write(async context =>
    {
        PromptRows.CheckNote("reason", reason, required: true);
        StoredAbTest test = await Lock(context, projectId, testId);
        if (test.EndedAt is not null)
            throw new RefusedException(Refusal.Conflict, "test-over", $"This test {(test.StopReason is null ? "came to its end" : $"was stopped by {test.EndedBy}")} already.");
        await AbTestEnd.End(context, actor, test, reason.Trim(), clock.Now());
    });

    /// <summary>The metric that a test of this name writes to its versions.</summary>
    public static string MetricOf(string name)
    {
        string slug = string.Join('-', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return AutomaticTags.AbPrefix + (slug.Length <= LongestSlug ? slug : slug[..LongestSlug]);
    }

    private async Task<long> Create(StudioContext context, Actor actor, long projectId, NewAbTest wanted)
    {
        if (wanted.Name.Trim().Length is 0 or > 200 || wanted.Name.Any(char.IsControl))
            throw RefusedException.Invalid(new FieldProblem("name", "1 to 200 characters without control characters are expected"));
        await PromptRows.CheckOpen(context, projectId);
        Project project = await context.Projects.AsNoTracking().SingleAsync(row => row.Id == projectId);
        if (project.Kind is not (TaskKind.Edit or TaskKind.Ranking))
            throw new RefusedException(Refusal.Conflict, "wrong-task", $"The task of this project is {project.Kind.ToString().ToLowerInvariant()}; votes come of ranking, or of choosing and editing.");
        StoredPrompt prompt = await PromptRows.Lock(context, projectId, wanted.Prompt);
        // Its result is a metric of this name: one that meant something else would stand beside it.
        if ((await context.AbTests.Where(row => row.PromptId == prompt.Id).Select(row => row.Name).ToListAsync()).Exists(name => MetricOf(name) == MetricOf(wanted.Name)))
            throw RefusedException.Invalid(new FieldProblem("name", $"\"{wanted.Name.Trim()}\" is that of an earlier test of this prompt; a new one is expected"));
        (StoredVersion a, StoredVersion b, IReadOnlyList<(StoredResponse A, StoredResponse B)> pairs) = await PairedSets.Of(context, prompt, wanted.A, wanted.B);
        if (wanted.Horizon < 1 || wanted.Horizon > pairs.Count)
            throw RefusedException.Invalid(new FieldProblem("horizon", $"{wanted.Horizon} is not between 1 and {pairs.Count}, the pairs that there are"));
        var test = new StoredAbTest
        {
            ProjectId = projectId,
            Name = wanted.Name.Trim(),
            PromptId = prompt.Id,
            VersionA = a.Number,
            ModelA = wanted.A.Model,
            VersionB = b.Number,
            ModelB = wanted.B.Model,
            BudgetA = wanted.A.Budget,
            BudgetB = wanted.B.Budget,
            Horizon = wanted.Horizon ?? pairs.Count,
            AccountId = actor.AccountId,
            Actor = actor.Name,
            CreatedAt = clock.Now(),
            Looks = wanted.Looks,
        };
        context.AbTests.Add(test);
        await context.SaveChangesAsync();
        await AddPairs(context, project, test.Id, pairs);
        await AuditLog.Append(context, test.CreatedAt, actor, projectId, "ab-test-made", $"ab-test/{test.Id}", after: new { test.Name, test.PromptId, test.VersionA, test.ModelA, test.VersionB, test.ModelB, test.BudgetA, test.BudgetB, test.Horizon, test.Looks, Pairs = pairs.Count });
        return test.Id;
    }

    private async Task AddPairs(StudioContext context, Project project, long testId, IReadOnlyList<(StoredResponse A, StoredResponse B)> pairs)
    {
        double position = await context.Items.Where(item => item.ProjectId == project.Id).MaxAsync(item => (double?)item.Position) ?? 0;
        int[] indices = [.. pairs.Select((_, i) => IndexOfB(testId, i))];
        List<(Item Item, FeedbackItem Row)> fresh = [.. pairs.Select((pair, i) =>
        {
            FeedbackItem row = ItemOf($"ab-{testId}-{i + 1}", pair.A, pair.B, indices[i]);
            string content = StoreJson.Write(ItemContent.Of(row));
            return (items.NewItem(project, row, content, StoreJson.Hash(content), ++position), row);
        })];
        await Items.Add(context, fresh);        // which gives them their ids
        context.AbTestItems.AddRange(fresh.Select((pair, i) => new AbTestItem { ItemId = pair.Item.Id, TestId = testId, IndexOfB = indices[i] }));
        await context.SaveChangesAsync();
    }

    // Neither origin nor number of the pair tells which version wrote what.
    private static FeedbackItem ItemOf(string id, StoredResponse a, StoredResponse b, int indexOfB)
    {
        Response[] both = [new Response(PairedSets.Text(a), null, a.Id), new Response(PairedSets.Text(b), null, b.Id)];
        (string prompt, string? before) = PairedSets.Question(a, b);
        return new FeedbackItem(id, id, prompt, indexOfB == 1 ? [both[0], both[1]] : [both[1], both[0]]) { Context = before };
    }

    // The same draw for the same pair of the same test, whoever asks.
    private static int IndexOfB(long testId, int pair) => SHA256.HashData(Encoding.UTF8.GetBytes($"ab {testId}\n{pair}"))[0] & 1;

    private static double ForB(Answer answer, int b) => answer switch
    {
        { Ranking.Ranks: var ranks } => ranks[b] < ranks[1 - b] ? 1 : ranks[b] > ranks[1 - b] ? 0 : 0.5,
        { Edit: { Choice: Choice.Prefer, Preferred: int preferred } } => preferred == b ? 1 : 0,
        _ => 0.5,
    };

    private static async Task<StoredAbTest> Find(StudioContext context, long projectId, long testId) =>
        await context.AbTests.AsNoTracking().SingleOrDefaultAsync(row => row.Id == testId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("A/B test");

    private static async Task<StoredAbTest> Lock(StudioContext context, long projectId, long testId) =>
        await AbTestEnd.Lock(context, testId) is { } test && test.ProjectId == projectId ? test : throw RefusedException.NotFound("A/B test");

    internal static async Task<AbTestView> View(StudioContext context, StoredAbTest row)
    {
        string prompt = await context.Prompts.Where(prompt => prompt.Id == row.PromptId).Select(prompt => prompt.Name).SingleAsync();
        int pairs = await context.AbTestItems.CountAsync(pair => pair.TestId == row.Id);
        int voted = await context.AbTestItems.CountAsync(pair => pair.TestId == row.Id && context.Answers.Any(answer => answer.ItemId == pair.ItemId && answer.IsCurrent && !answer.IsExtra));
        return new AbTestView(row.Id, row.Name, row.PromptId, prompt, new ResponseSet($"{row.VersionA}", row.ModelA, row.BudgetA), new ResponseSet($"{row.VersionB}", row.ModelB, row.BudgetB), pairs, voted, row.Horizon, row.Looks, row.Looked, row.Actor, row.CreatedAt,
            row.EndedAt, row.EndedBy, row.StopReason);
    }
}
