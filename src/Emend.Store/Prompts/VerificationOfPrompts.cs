using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Whether versions, branches, labels, responses, and results of suites and judges are what the audit log says.</summary>
internal static class VerificationOfPrompts
{
    public static async Task Check(StudioContext context, List<string> faults)
    {
        await CheckVersions(context, faults);
        await CheckPointers(context, faults);
        await CheckResponses(context, faults);
        await CheckSuiteRuns(context, faults);
        await CheckJudgeRuns(context, faults);
    }

    private static async Task CheckVersions(StudioContext context, List<string> faults)
    {
        Dictionary<string, JsonElement> logged = await Verification.Logged(context, PromptVersions.Committed);
        await foreach (StoredVersion version in context.PromptVersions.OrderBy(version => version.Id).AsAsyncEnumerable())
        {
            Verification.Compare(faults, logged, $"prompt-version/{version.Id}", $"version {version.Number} of prompt {version.PromptId}", "committed",
                entry => Agrees(entry, PromptVersions.Logged(version)) && StoreJson.Hash(version.Content) == version.Hash);
        }
        faults.AddRange(Verification.Missing(logged));
    }

    private static async Task CheckResponses(StudioContext context, List<string> faults)
    {
        Dictionary<string, JsonElement> logged = await Verification.Logged(context, Responses.Stored);
        await foreach (StoredResponse response in context.Responses.OrderBy(row => row.Id).AsAsyncEnumerable())
        {
            Verification.Compare(faults, logged, $"response/{response.Id}", $"response {response.Id}", "stored",
                entry => Agrees(entry, Responses.Logged(response)) && StoreJson.Hash(response.Text) == response.TextHash);
        }
        faults.AddRange(Verification.Missing(logged));
    }

    private static async Task CheckSuiteRuns(StudioContext context, List<string> faults)
    {
        Dictionary<string, JsonElement> logged = await Verification.Logged(context, SuiteRuns.Kept);
        await foreach (StoredSuiteRun run in context.SuiteRuns.OrderBy(row => row.Id).AsAsyncEnumerable())
        {
            Verification.Compare(faults, logged, $"suite-run/{run.Id}", $"suite run {run.Id}", "kept",
                entry => Agrees(entry, SuiteRuns.Logged(run)) && StoreJson.Hash(run.Results) == run.ResultsHash);
        }
        faults.AddRange(Verification.Missing(logged));
    }

    // The last entry of a run says what it has come to.
    private static async Task CheckJudgeRuns(StudioContext context, List<string> faults)
    {
        Dictionary<string, JsonElement> logged = await Verification.Logged(context, JudgeRuns.Kept);
        await foreach (StoredJudgeRun run in context.JudgeRuns.OrderBy(row => row.Id).AsAsyncEnumerable())
        {
            Verification.Compare(faults, logged, $"judge-run/{run.Id}", $"judge run {run.Id}", "kept",
                entry => Agrees(entry, JudgeRuns.Logged(run)) && StoreJson.Hash(run.Verdicts) == run.VerdictsHash);
        }
        faults.AddRange(Verification.Missing(logged));
    }

    // Each branch and label is where its last entry left it.
    private static async Task CheckPointers(StudioContext context, List<string> faults)
    {
        var logged = new Dictionary<(string Kind, long Prompt, string Name), int?>();
        string[] actions = [PromptVersions.Committed, "prompt-branched", "prompt-fast-forwarded", "prompt-label-moved"];
        await foreach (var entry in context.Audit.Where(entry => actions.Contains(entry.Action)).OrderBy(entry => entry.Number).Select(entry => new { entry.Action, entry.Subject, entry.After }).AsAsyncEnumerable())
        {
            JsonElement after = StoreJson.Read<JsonElement>(entry.After!);
            long prompt = entry.Action == PromptVersions.Committed ? after.GetProperty("promptId").GetInt64() : long.Parse(entry.Subject["prompt/".Length..], System.Globalization.CultureInfo.InvariantCulture);
            string kind = entry.Action == "prompt-label-moved" ? "label" : "branch";
            JsonElement number = after.GetProperty(entry.Action is PromptVersions.Committed or "prompt-label-moved" ? "number" : "head");
            logged[(kind, prompt, after.GetProperty(kind).GetString()!)] = number.ValueKind == JsonValueKind.Null ? null : number.GetInt32();
        }
        var branches = await context.PromptBranches.OrderBy(row => row.Id).Select(row => new { row.PromptId, row.Name, Number = (int?)row.Head }).ToListAsync();
        var labels = await context.PromptLabels.OrderBy(row => row.Id).Select(row => new { row.PromptId, row.Name, row.Number }).ToListAsync();
        foreach ((string kind, var row) in branches.Select(row => ("branch", row)).Concat(labels.Select(row => ("label", row))))
        {
            bool known = logged.Remove((kind, row.PromptId, row.Name), out int? number);
            if (!known || number != row.Number)
                faults.Add($"{kind} {row.Name} of prompt {row.PromptId}: is {Place(row.Number)}; the audit log says {(known ? Place(number) : "nothing of it")}");
        }
        faults.AddRange(logged.Select(pointer => $"{pointer.Key.Kind} {pointer.Key.Name} of prompt {pointer.Key.Prompt}: is in the audit log and missing in the store"));
    }

    private static string Place(int? number) => number is null ? "nowhere" : $"at version {number}";

    // Every member that the entry has; one that was written before a member was logged says nothing of it.
    private static bool Agrees(JsonElement entry, object now)
    {
        JsonElement expected = JsonSerializer.SerializeToElement(now, StoreJson.Options);
        return entry.EnumerateObject().All(member => expected.TryGetProperty(member.Name, out JsonElement value) && JsonElement.DeepEquals(member.Value, value));
    }
}
