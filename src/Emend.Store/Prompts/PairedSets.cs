using System.Text.Json;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Two sets of stored responses of one prompt, paired: what an A/B test has people vote on, and a judge judges.</summary>
internal sealed record PairedSets(StoredVersion A, StoredVersion B, IReadOnlyList<(StoredResponse A, StoredResponse B)> Pairs)
{
    private const int MostPairs = 5_000;

    /// <summary>Responses to the same values, the first of one set with the first of the other, and so on.</summary>
    /// <exception cref="RefusedException">One set is, or holds, the other, or nothing pairs.</exception>
    public static async Task<PairedSets> Of(StudioContext context, StoredPrompt prompt, ResponseSet setA, ResponseSet setB)
    {
        StoredVersion a = await PromptRows.Resolve(context, prompt, setA.Version), b = await PromptRows.Resolve(context, prompt, setB.Version);
        List<StoredResponse> ofA = await Responses(context, prompt.ProjectId, a, setA), ofB = await Responses(context, prompt.ProjectId, b, setB);
        // Of one version, the responses of all models hold those of each, and so with budgets.
        if (a.Id == b.Id && (setA.Model is null || setB.Model is null || setA.Model == setB.Model) && (setA.Budget is null || setB.Budget is null || setA.Budget == setB.Budget))
            throw RefusedException.Invalid(new FieldProblem("b", "is, or holds, the set that a is; another version, or of one version two models or two budgets, are expected"));
        List<(StoredResponse A, StoredResponse B)> pairs = ResponsePairing.Of(ofA, ofB, Asked);
        return pairs.Count is 0 or > MostPairs
            ? throw RefusedException.Invalid(new FieldProblem("b", $"has {pairs.Count} responses to the same values as a (a has {ofA.Count} responses, b {ofB.Count}); 1 to {MostPairs} pairs are expected"))
            : new PairedSets(a, b, pairs);
    }

    /// <summary>What both answer, as whoever compares them reads it. Where the versions ask differently, these are the values and not one side's words.</summary>
    /// <returns>Context: the messages before the last one.</returns>
    public static (string Prompt, string? Context) Question(StoredResponse a, StoredResponse b)
    {
        List<SentMessage> messages = StoreJson.Read<List<SentMessage>>(a.Messages);
        bool same = a.Messages == b.Messages && messages.Count > 0;
        return (same ? messages[^1].Content : ValuesOf(a), same && messages.Count > 1 ? string.Join("\n\n", messages.SkipLast(1).Select(message => message.Content)) : null);
    }

    public static string Text(StoredResponse response) => response.Text.Replace("\r\n", "\n");

    private static string ValuesOf(StoredResponse response)
    {
        IReadOnlyDictionary<string, string> values = Asked(response);
        return values.Count == 1 ? values.Values.Single() : string.Join("\n", values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => $"{value.Key}: {value.Value}"));
    }

    private static IReadOnlyDictionary<string, string> Asked(StoredResponse response) => ResponsePairing.Asked(StoreJson.Read<Dictionary<string, string>>(response.Variables), response.ContextHash);

    private static async Task<List<StoredResponse>> Responses(StudioContext context, long projectId, StoredVersion version, ResponseSet set)
    {
        List<StoredResponse> rows = await context.Responses.AsNoTracking()
            .Where(row => row.ProjectId == projectId && row.VersionId == version.Id && (set.Model == null || row.Model == set.Model) && (set.Budget == null || row.Context != null)).OrderBy(row => row.Id).ToListAsync();
        return set.Budget is int budget ? rows.FindAll(row => BudgetOf(row.Context!) == budget) : rows;
    }

    // Of a record that another program wrote, nothing is known but that it is JSON.
    private static long? BudgetOf(string record) =>
        StoreJson.Read<JsonElement>(record) is { ValueKind: JsonValueKind.Object } read && read.TryGetProperty("budget", out JsonElement budget) && budget.ValueKind == JsonValueKind.Number && budget.TryGetInt64(out long tokens) ? tokens : null;
}
