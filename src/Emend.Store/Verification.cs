using System.Data;
using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What a check of the whole store found; no faults: all is well.</summary>
public sealed record VerificationReport(long AuditEntries, long Answers, long Items, IReadOnlyList<string> Faults);

/// <summary>Whether the store is what its own rules say: the audit chain, what people and models said against it, and the places of items.</summary>
public static class Verification
{
    private const int MostFaults = 100;

    public static async Task<VerificationReport> Run(Database database)
    {
        await using StudioContext context = database.Open();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        await context.Database.OpenConnectionAsync();
        DbConnection connection = context.Database.GetDbConnection();
        // All of it as it was at one moment, while others go on: what is stored in between is no fault. Deferred: on SQLite nobody waits for it.
        await using DbTransaction snapshot = connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true) : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        await context.Database.UseTransactionAsync(snapshot);
        var faults = new List<string>();
        if (await AuditLog.Verify(context) is AuditFault fault)
            faults.Add($"audit entry {fault.Number}: {fault.Problem}");
        long answers = await CheckAnswers(context, faults);
        await CheckResolutions(context, faults);
        await CheckAdvice(context, faults);
        await VerificationOfPrompts.Check(context, faults);
        await CheckPlaces(context, faults);
        return new VerificationReport(await context.Audit.LongCountAsync(), answers, await context.Items.LongCountAsync(), faults.Count <= MostFaults ? faults : faults[..MostFaults]);
    }

    /// <summary>What the audit log says that an action made of each subject; the last entry counts.</summary>
    internal static async Task<Dictionary<string, JsonElement>> Logged(StudioContext context, string action)
    {
        var logged = new Dictionary<string, JsonElement>();
        await foreach (var entry in context.Audit.Where(entry => entry.Action == action).OrderBy(entry => entry.Number).Select(entry => new { entry.Subject, entry.After }).AsAsyncEnumerable())
            logged[entry.Subject] = StoreJson.Read<JsonElement>(entry.After!);
        return logged;
    }

    /// <summary>Compares a row with its entry, which is taken out of the logged ones; those that stay have no row.</summary>
    internal static void Compare(List<string> faults, Dictionary<string, JsonElement> logged, string subject, string name, string done, Func<JsonElement, bool> isSame)
    {
        if (!logged.Remove(subject, out JsonElement entry))
            faults.Add($"{name}: is not in the audit log");
        else if (!isSame(entry))
            faults.Add($"{name}: is not what the audit log says was {done}");
    }

    internal static IEnumerable<string> Missing(Dictionary<string, JsonElement> logged) =>
        logged.Keys.Select(subject => $"{subject.Replace('/', ' ')}: is in the audit log and missing in the store");

    // Each answer is what the audit log says was submitted, and none that it names is missing.
    private static async Task<long> CheckAnswers(StudioContext context, List<string> faults)
    {
        Dictionary<string, JsonElement> logged = await Logged(context, "answered");
        long count = 0;
        await foreach (var answer in context.Answers.OrderBy(answer => answer.Id).Select(answer => new { answer.Id, answer.Content, answer.ContentHash }).AsAsyncEnumerable())
        {
            count++;
            Compare(faults, logged, $"answer/{answer.Id}", $"answer {answer.Id}", "submitted", entry => entry.GetProperty("contentHash").GetString() is string hash && hash == answer.ContentHash && hash == StoreJson.Hash(answer.Content));
        }
        faults.AddRange(Missing(logged));
        return count;
    }

    // Resolutions of an item are what the audit log says was decided, in its order, and the last one counts.
    private static async Task CheckResolutions(StudioContext context, List<string> faults)
    {
        var entries = await context.Audit.Where(entry => entry.Action == "adjudicated").OrderBy(entry => entry.Number).Select(entry => new { entry.Subject, entry.After }).ToListAsync();
        ILookup<string, (string?, string?)> logged = entries.Select(entry => (entry.Subject, After: StoreJson.Read<JsonElement>(entry.After!)))
            .ToLookup(entry => entry.Subject, entry => (entry.After.GetProperty("cause").GetString(), entry.After.GetProperty("contentHash").GetString()));
        var stored = await context.Resolutions.OrderBy(row => row.Id).Select(row => new { row.ItemId, row.IsCurrent, row.Cause, row.Content }).ToListAsync();
        var byItem = stored.ToLookup(row => $"item/{row.ItemId}");
        foreach (string item in entries.Select(entry => entry.Subject).Union(stored.Select(row => $"item/{row.ItemId}")))
        {
            if (!byItem[item].Select(row => ((string?)row.Cause, (string?)StoreJson.Hash(row.Content))).SequenceEqual(logged[item]) || byItem[item].Any(row => row.IsCurrent != (row == byItem[item].Last())))
                faults.Add($"resolutions of {item.Replace('/', ' ')}: are not what the audit log says was decided");
        }
    }

    // What people thought before a model was asked, and what the models said.
    private static async Task CheckAdvice(StudioContext context, List<string> faults)
    {
        Dictionary<string, JsonElement> judged = await Logged(context, "judged"), given = await Logged(context, "advice-given");
        await foreach (OwnJudgement judgement in context.Judgements.OrderBy(row => row.Id).AsAsyncEnumerable())
        {
            Compare(faults, judged, $"assignment/{judgement.AssignmentId}", $"judgement before advice of assignment {judgement.AssignmentId}", "saved",
                entry => entry.GetProperty("contentHash").GetString() == StoreJson.Hash(judgement.Content));
        }
        faults.AddRange(judged.Keys.Select(subject => $"judgement before advice of {subject.Replace('/', ' ')}: is in the audit log and missing in the store"));
        await foreach (GivenAdvice advice in context.Advice.OrderBy(row => row.Id).AsAsyncEnumerable())
        {
            Compare(faults, given, $"advice/{advice.Id}", $"advice {advice.Id}", "given", entry =>
                entry.GetProperty("contentHash").GetString() == StoreJson.Hash(advice.Content) && entry.GetProperty("model").GetString() == advice.Model && entry.GetProperty("assignmentId").GetInt64() == advice.AssignmentId);
        }
        faults.AddRange(Missing(given));
    }

    private static async Task CheckPlaces(StudioContext context, List<string> faults)
    {
        var wrong = await context.Items
            .Select(item => new { item.Id, item.Overlap, item.OpenSlots, Taken = context.Assignments.Count(row => row.ItemId == item.Id && row.Slot != null) })
            .Where(item => item.OpenSlots + item.Taken != item.Overlap).Take(MostFaults).ToListAsync();
        faults.AddRange(wrong.Select(item => $"item {item.Id}: {item.Taken} places are taken and {item.OpenSlots} open, of {item.Overlap}"));
        List<long> doubled = await context.Answers.Where(answer => answer.IsCurrent).GroupBy(answer => answer.AssignmentId).Where(group => group.Count() > 1).Select(group => group.Key).Take(MostFaults).ToListAsync();
        faults.AddRange(doubled.Select(id => $"assignment {id}: has more than one current answer"));
        List<long> unanswered = await context.Assignments.Where(row => row.State == AssignmentState.Submitted && !context.Answers.Any(answer => answer.AssignmentId == row.Id && answer.IsCurrent)).Select(row => row.Id).Take(MostFaults).ToListAsync();
        faults.AddRange(unanswered.Select(id => $"assignment {id}: is submitted and has no answer"));
    }
}
