using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What a check of the whole store found; no faults: all is well.</summary>
public sealed record VerificationReport(long AuditEntries, long Answers, long Items, IReadOnlyList<string> Faults);

/// <summary>Whether the store is what its own rules say: the audit chain, every answer against it, and the places of items.</summary>
public static class Verification
{
    private const int MostFaults = 100;

    public static async Task<VerificationReport> Run(Database database)
    {
        await using StudioContext context = database.Open();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        var faults = new List<string>();
        if (await AuditLog.Verify(context) is AuditFault fault)
            faults.Add($"audit entry {fault.Number}: {fault.Problem}");
        long answers = await CheckAnswers(context, faults);
        await CheckVersions(context, faults);
        await CheckPlaces(context, faults);
        return new VerificationReport(await context.Audit.LongCountAsync(), answers, await context.Items.LongCountAsync(), faults.Count <= MostFaults ? faults : faults[..MostFaults]);
    }

    // Each answer is what the audit log says was submitted, and none that it names is missing.
    private static async Task<long> CheckAnswers(StudioContext context, List<string> faults)
    {
        var logged = new Dictionary<string, string>();
        await foreach (var entry in context.Audit.Where(entry => entry.Action == "answered").Select(entry => new { entry.Subject, entry.After }).AsAsyncEnumerable())
            logged[entry.Subject] = StoreJson.Read<JsonElement>(entry.After!).GetProperty("contentHash").GetString()!;
        long count = 0;
        await foreach (var answer in context.Answers.OrderBy(answer => answer.Id).Select(answer => new { answer.Id, answer.Content, answer.ContentHash }).AsAsyncEnumerable())
        {
            count++;
            if (!logged.Remove($"answer/{answer.Id}", out string? hash))
                faults.Add($"answer {answer.Id}: is not in the audit log");
            else if (hash != answer.ContentHash || StoreJson.Hash(answer.Content) != hash)
                faults.Add($"answer {answer.Id}: is not what the audit log says was submitted");
        }
        faults.AddRange(logged.Keys.Select(subject => $"{subject.Replace('/', ' ')}: is in the audit log and missing in the store"));
        return count;
    }

    // Each version of a prompt is what the audit log says was committed, and each head and label points to one.
    private static async Task CheckVersions(StudioContext context, List<string> faults)
    {
        var logged = new Dictionary<string, string>();
        await foreach (var entry in context.Audit.Where(entry => entry.Action == PromptVersions.Committed).Select(entry => new { entry.Subject, entry.After }).AsAsyncEnumerable())
            logged[entry.Subject] = StoreJson.Read<JsonElement>(entry.After!).GetProperty("hash").GetString()!;
        await foreach (StoredVersion version in context.PromptVersions.OrderBy(version => version.Id).AsAsyncEnumerable())
        {
            if (!logged.Remove($"prompt-version/{version.Id}", out string? hash))
                faults.Add($"version {version.Number} of prompt {version.PromptId}: is not in the audit log");
            else if (hash != version.Hash || StoreJson.Hash(version.Content) != hash)
                faults.Add($"version {version.Number} of prompt {version.PromptId}: is not what the audit log says was committed");
        }
        faults.AddRange(logged.Keys.Select(subject => $"{subject.Replace('/', ' ')}: is in the audit log and missing in the store"));
        var lost = await context.PromptBranches.Select(branch => new { branch.PromptId, branch.Name, Number = branch.Head })
            .Concat(context.PromptLabels.Where(label => label.Number != null).Select(label => new { label.PromptId, label.Name, Number = label.Number!.Value }))
            .Where(pointer => !context.PromptVersions.Any(version => version.PromptId == pointer.PromptId && version.Number == pointer.Number)).Take(MostFaults).ToListAsync();
        faults.AddRange(lost.Select(pointer => $"{pointer.Name} of prompt {pointer.PromptId}: points to version {pointer.Number}, which is not there"));
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
