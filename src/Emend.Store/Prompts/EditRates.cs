using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>How much people change in the responses of a prompt's versions, from the texts of answers that count.</summary>
internal static class EditRates
{
    /// <summary>
    /// By id of the version: the mean over answers of words changed by words of the longer side. An answer that says that no edit is needed counts as 0,
    /// one that says that none helps does not count, as in the exports for training. Simulated annotators' edits count only for versions that no person has edited,
    /// and the value says so.
    /// </summary>
    public static async Task<Dictionary<long, MetricValue>> Of(StudioContext context, long promptId)
    {
        var rows = (from use in context.ResponseUses
                    join response in context.Responses on use.ResponseId equals response.Id
                    join version in context.PromptVersions on response.VersionId equals version.Id
                    join item in context.Items on use.ItemId equals item.Id
                    join answer in context.Answers on item.Id equals answer.ItemId
                    where version.PromptId == promptId && answer.IsCurrent && answer.Kind == TaskKind.Edit
                    orderby answer.Id
                    select new { VersionId = version.Id, use.Index, response.Text, answer.AccountId, Answer = answer.Content }).AsAsyncEnumerable();
        long? simulated = await SimulatedAnnotators.Find(context);
        var rates = new Dictionary<(long Version, bool IsSimulated), List<double>>();
        await foreach (var row in rows)
        {
            if (Rate(StoreJson.Read<Answer>(row.Answer).Edit!, row.Index, row.Text.Replace("\r\n", "\n")) is not double rate)
                continue;
            (long, bool) key = (row.VersionId, row.AccountId == simulated);
            if (!rates.TryGetValue(key, out List<double>? of))
                rates.Add(key, of = []);
            of.Add(rate);
        }
        return rates.Where(pair => !pair.Key.IsSimulated || !rates.ContainsKey((pair.Key.Version, false))).ToDictionary(pair => pair.Key.Version, pair => new MetricValue(
            PromptMetrics.EditRate, pair.Value.Average(), HigherIsBetter: false, pair.Key.IsSimulated ? "edits of simulated annotators in the studio" : "edits in the studio", pair.Value.Count));
    }

    /// <summary>The share of words of one response that an answer changed; null where the answer says nothing of it.</summary>
    internal static double? Rate(EditAnswer edit, int index, string response)
    {
        int? target = edit.Target ?? (edit.Choice == Choice.Single ? 0 : null);
        if (target != index || edit.Outcome == EditOutcome.NoEditHelps)
            return null;
        if (edit.Edited is not string edited || edited == response)
            return 0;
        try
        {
            return TextEdits.ComputeWords(response, edited, EditReport.MaxDistance).EditRate;
        }
        catch (InvalidInputException)
        {
            return 1;       // further apart than can be aligned: rewritten
        }
    }
}
