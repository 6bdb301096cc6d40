using System.Text.Json;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Runs of judges, each with its rows; what came stays, whatever becomes of the rest.</summary>
public sealed class JudgeRuns(Database database, TimeProvider clock)
{
    internal const string Kept = "judge-run-kept";
    private const int LongestName = 200;
    private const int LongestVerdicts = 64 << 20;

    /// <summary>Keeps a file of verdicts.</summary>
    public Task<JudgeRunView> Keep(Actor actor, long projectId, NewVerdicts file) => database.Write(async context =>
    {
        await PromptRows.CheckOpen(context, projectId);
        CheckNames(("name", file.Name), ("a", file.A), ("b", file.B));
        if (file.Verdicts.Length > LongestVerdicts || file.Verdicts.Contains('\0'))
            throw RefusedException.Invalid(new FieldProblem("verdicts", $"at most {LongestVerdicts} characters of JSON lines are expected"));
        return View(await Begin(context, actor, new StoredJudgeRun
        {
            ProjectId = projectId,
            Name = file.Name.Trim(),
            SideA = file.A.Trim(),
            SideB = file.B.Trim(),
            Model = file.Model,
            Endpoint = file.Endpoint,
            Pairs = file.Judged,
            Judged = file.Judged,
            Unreadable = file.Unreadable,
            Verdicts = file.Verdicts,
        }));
    });

    /// <summary>Pairs responses of two sets, which are asked about from then on.</summary>
    public Task<JudgeRunView> Begin(Actor actor, long projectId, NewJudgeRun wanted, string model, string endpoint) => database.Write(async context =>
    {
        CheckNames(("name", wanted.Name));
        AskingLimits limits = wanted.Limits ?? new AskingLimits();
        if (limits.Problems().ToArray() is { Length: > 0 } problems)
            throw RefusedException.Invalid(problems);
        if (wanted.Rubric is not null)
            PromptRows.CheckNote("rubric", wanted.Rubric, required: true);
        StoredPrompt prompt = await PromptRows.LockOpen(context, projectId, wanted.Prompt);
        PairedSets sets = await PairedSets.Of(context, prompt, wanted.A, wanted.B);
        return View(await Begin(context, actor, new StoredJudgeRun
        {
            ProjectId = projectId,
            Name = wanted.Name.Trim(),
            SideA = Side(prompt, sets.A, wanted.A),
            SideB = Side(prompt, sets.B, wanted.B),
            Model = model,
            Endpoint = endpoint,
            Questions = StoreJson.Write(new JudgeQuestions(wanted.Rubric?.Trim(), wanted.Seed, wanted.OneOrder, wanted.WordsOnly, [.. sets.Pairs.Select(pair => new[] { pair.A.Id, pair.B.Id })])),
            Limits = StoreJson.Write(limits),
            Spent = StoreJson.Write(new AskingSpent()),
            Pairs = sets.Pairs.Count,
        }));
    });

    /// <summary>Runs of a project, newest first.</summary>
    /// <param name="before">Id of the last one that is known already; 0: from the newest on.</param>
    public Task<List<JudgeRunView>> List(long projectId, long before, int limit) => database.Read(async context =>
        (await context.JudgeRuns.Where(row => row.ProjectId == projectId && (before == 0 || row.Id < before)).OrderByDescending(row => row.Id).Take(limit).ToListAsync()).ConvertAll(View));

    /// <summary>A run with its rows, and what people said of its pairs in items that are open to be read.</summary>
    public Task<JudgeRunContent> Get(long projectId, long runId) => database.Read(async context =>
    {
        StoredJudgeRun row = await Find(context, projectId, runId);
        return new JudgeRunContent(View(row), row.Verdicts, row.Questions is null ? new Dictionary<string, string>() : People(QuestionsOf(row), await ResponseChoices.Of(context, projectId)));
    });

    /// <summary>Pairs without a row, from a place on.</summary>
    public Task<UnjudgedPairs> Left(long projectId, long runId, int from, int most) => database.Read(async context =>
    {
        await PromptRows.CheckOpen(context, projectId);
        StoredJudgeRun row = await Find(context, projectId, runId);
        JudgeQuestions questions = QuestionsOf(row) ?? throw new RefusedException(Refusal.Conflict, "from-file", "The verdicts of this run are a file's; there is nothing to ask.");
        HashSet<string> judged = [.. IdsOf(row.Verdicts)];
        (int Place, long[] Pair)[] left = [.. questions.Pairs.Select((pair, place) => (place, pair)).Where(one => one.place >= from && !judged.Contains(JudgeQuestions.IdOf(one.pair))).Take(most)];
        long[] ids = [.. left.SelectMany(one => one.Pair)];
        Dictionary<long, StoredResponse> responses = await context.Responses.Where(response => ids.Contains(response.Id)).ToDictionaryAsync(response => response.Id);
        return new UnjudgedPairs(View(row), questions, [.. left.Select(one => (one.Place, PairOf(responses[one.Pair[0]], responses[one.Pair[1]])))]);
    });

    /// <summary>Puts rows behind the others; a pair that has one keeps it.</summary>
    /// <param name="limits">From now on; null: as before.</param>
    /// <param name="stopped">Why no more is asked.</param>
    public Task<JudgeRunView> Add(Actor actor, long projectId, long runId, IReadOnlyList<JudgedRow> rows, AskingSpent spent, AskingLimits? limits, string? stopped) => database.Write(async context =>
    {
        StoredJudgeRun row = await context.JudgeRuns.SingleOrDefaultAsync(row => row.Id == runId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("judge run");
        HashSet<string> judged = [.. IdsOf(row.Verdicts)];
        JudgedRow[] fresh = [.. rows.Where(one => judged.Add(one.PairId))];
        row.Verdicts += string.Concat(fresh.Select(one => one.Line));
        row.VerdictsHash = StoreJson.Hash(row.Verdicts);
        (row.Judged, row.Unreadable, row.Version) = (row.Judged + fresh.Length, row.Unreadable + fresh.Count(one => !one.IsReadable), row.Version + 1);
        row.Spent = StoreJson.Write(StoreJson.Read<AskingSpent>(row.Spent!).And(spent));
        row.Limits = limits is null ? row.Limits : StoreJson.Write(limits);
        row.Stopped = row.Judged < row.Pairs ? stopped : null;
        await AuditLog.Append(context, clock.Now(), actor, projectId, Kept, $"judge-run/{row.Id}", after: Logged(row));
        return View(row);
    });

    /// <summary>What the audit log keeps of a run, whenever it changes.</summary>
    internal static object Logged(StoredJudgeRun row) => new { row.Name, row.SideA, row.SideB, row.Model, row.Endpoint, row.Pairs, row.Judged, row.Unreadable, QuestionsHash = row.Questions is null ? null : StoreJson.Hash(row.Questions), row.VerdictsHash };

    internal static JudgeQuestions? QuestionsOf(StoredJudgeRun row) => row.Questions is null ? null : StoreJson.Read<JudgeQuestions>(row.Questions);

    /// <summary>What people said of a run's pairs, by the pairs' ids.</summary>
    internal static Dictionary<string, string> People(JudgeQuestions? questions, IEnumerable<ResponseChoice> choices) => questions is null ? []
        : ResponseChoices.OfPeople(choices, questions.Pairs).ToDictionary(pair => JudgeQuestions.IdOf([pair.Key.A, pair.Key.B]), pair => pair.Value);

    private async Task<StoredJudgeRun> Begin(StudioContext context, Actor actor, StoredJudgeRun row)
    {
        (row.VerdictsHash, row.AccountId, row.Actor, row.CreatedAt) = (StoreJson.Hash(row.Verdicts), actor.AccountId, actor.Name, clock.Now());
        context.JudgeRuns.Add(row);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, row.CreatedAt, actor, row.ProjectId, Kept, $"judge-run/{row.Id}", after: Logged(row));
        return row;
    }

    // A judge reads what people would: no word of where the responses come from.
    private static ResponsePair PairOf(StoredResponse a, StoredResponse b)
    {
        (string prompt, string? before) = PairedSets.Question(a, b);
        return new ResponsePair(JudgeQuestions.IdOf([a.Id, b.Id]), before is null ? prompt : $"{before}\n\n{prompt}", PairedSets.Text(a), PairedSets.Text(b));
    }

    private static IEnumerable<string> IdsOf(string verdicts) => verdicts.Split('\n').Where(line => line != "").Select(line => JsonElement.Parse(line).GetProperty("id").GetString()!);

    private static string Side(StoredPrompt prompt, StoredVersion version, ResponseSet set) => $"{prompt.Name}@{version.Number}{(set.Model is null ? "" : $", {set.Model}")}{(set.Budget is null ? "" : $", context of {set.Budget} tokens")}";

    private static void CheckNames(params (string Field, string Name)[] names)
    {
        FieldProblem[] problems = [.. names.Where(name => name.Name.Trim().Length is 0 or > LongestName || name.Name.Any(char.IsControl)).Select(name => new FieldProblem(name.Field, $"1 to {LongestName} characters without control characters are expected"))];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems);
    }

    private static async Task<StoredJudgeRun> Find(StudioContext context, long projectId, long runId) =>
        await context.JudgeRuns.AsNoTracking().SingleOrDefaultAsync(row => row.Id == runId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("judge run");

    internal static JudgeRunView View(StoredJudgeRun row)
    {
        JudgeQuestions? questions = QuestionsOf(row);
        return new(row.Id, row.Name, row.SideA, row.SideB, row.Model, row.Endpoint, questions is null, row.Pairs, row.Judged, row.Unreadable, questions?.Rubric, questions?.OneOrder,
            row.Limits is null ? null : StoreJson.Read<AskingLimits>(row.Limits), row.Spent is null ? null : StoreJson.Read<AskingSpent>(row.Spent), row.Stopped, row.VerdictsHash, row.Actor, row.CreatedAt);
    }
}
