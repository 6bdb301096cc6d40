using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What somebody chose between two stored responses that one item showed together.</summary>
/// <param name="ForA">1: A; 0: B; 0.5: neither.</param>
public sealed record ResponseChoice(long Item, long A, long B, double ForA, bool IsSimulated);

/// <summary>Choices between stored responses, from rankings and from edits that begin with a choice.</summary>
internal static class ResponseChoices
{
    /// <summary>All of a project, in the order in which they came. Pairs of A/B tests that run say nothing yet: to read them here would be a look.</summary>
    public static async Task<List<ResponseChoice>> Of(StudioContext context, long projectId)
    {
        var uses = await (from use in context.ResponseUses
                          join item in context.Items on use.ItemId equals item.Id
                          where item.ProjectId == projectId && !context.AbTestItems.Any(pair => pair.ItemId == item.Id && context.AbTests.Any(test => test.Id == pair.TestId && test.EndedAt == null))
                          select new { use.ItemId, use.Index, use.ResponseId }).ToListAsync();
        var shown = uses.GroupBy(use => use.ItemId).Where(item => item.Count() > 1).ToDictionary(item => item.Key, item => item.OrderBy(use => use.Index).ToArray());
        if (shown.Count == 0)
            return [];
        long? simulated = await SimulatedAnnotators.Find(context);
        var answers = await (from answer in context.Answers
                             join item in context.Items on answer.ItemId equals item.Id
                             where item.ProjectId == projectId && answer.IsCurrent && !answer.IsExtra && context.ResponseUses.Any(use => use.ItemId == item.Id)
                             orderby answer.Id
                             select new { answer.ItemId, answer.Content, answer.AccountId }).ToListAsync();
        var choices = new List<ResponseChoice>();
        foreach (var row in answers.Where(row => shown.ContainsKey(row.ItemId)))
        {
            Answer answer = StoreJson.Read<Answer>(row.Content);
            var responses = shown[row.ItemId];
            for (int i = 0; i < responses.Length; i++)
            {
                for (int j = i + 1; j < responses.Length; j++)
                {
                    if (Between(answer, responses[i].Index, responses[j].Index) is double forFirst)
                        choices.Add(new ResponseChoice(row.ItemId, responses[i].ResponseId, responses[j].ResponseId, forFirst, row.AccountId == simulated));
                }
            }
        }
        return choices;
    }

    /// <summary>What people alone said of pairs, several votes on one as their mean: "a", "b" or "tie", by the pair.</summary>
    public static Dictionary<(long A, long B), string> OfPeople(IEnumerable<ResponseChoice> choices, IEnumerable<long[]> pairs)
    {
        ILookup<(long, long), double> votes = choices.Where(choice => !choice.IsSimulated).SelectMany(choice => (((long, long) Pair, double ForA)[])[((choice.A, choice.B), choice.ForA), ((choice.B, choice.A), 1 - choice.ForA)]).ToLookup(vote => vote.Pair, vote => vote.ForA);
        return pairs.Select(pair => (A: pair[0], B: pair[1])).Where(votes.Contains).Distinct().ToDictionary(pair => pair, pair => votes[pair].Average() switch
        {
            > 0.5 => "a",
            < 0.5 => "b",
            _ => "tie",
        });
    }

    private static double? Between(Answer answer, int first, int second) => answer switch
    {
        { Ranking.Ranks: var ranks } => ranks[first] < ranks[second] ? 1 : ranks[first] > ranks[second] ? 0 : 0.5,
        { Edit: { Choice: Choice.Prefer, Preferred: int preferred } } => preferred == first ? 1 : preferred == second ? 0 : null,
        { Edit: not null } => 0.5,
        _ => null,
    };
}
