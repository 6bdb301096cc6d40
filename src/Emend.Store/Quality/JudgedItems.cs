using System.Text.Json;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>An answer that counts, with what is known of how it came about.</summary>
internal sealed record JudgedAnswer(long AccountId, Answer Answer, double? EditRate, double? ActiveSeconds, int Seed, int GuidelineNumber, DateTime CreatedAt);

/// <summary>An item with all its answers that count; Gold is the right answer where it is a gold or attention item.</summary>
internal sealed record JudgedItem(long Id, string ExternalId, string Group, ItemContent Content, Answer? Gold, bool IsAttention, IReadOnlyList<JudgedAnswer> Answers)
{
    public IReadOnlyList<PersonsAnswer> Persons => [.. Answers.Select(row => new PersonsAnswer(row.AccountId, row.Answer))];

    /// <summary>A field of the item beyond the common ones, as text; null where it has none.</summary>
    public string? Field(string name) => FieldOf(Content, name);

    public static string? FieldOf(ItemContent content, string name) => content.Extra is { } extra && extra.TryGetValue(name, out JsonElement value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
        ? value.ToString() : null;
}

/// <summary>How many of a project's answered items figures are computed from.</summary>
/// <param name="Threshold">An item takes part where the hash of its id, 0 to 65535, is below this: the same items each time.</param>
internal sealed record ItemSample(int Answered, int Threshold)
{
    private const int Buckets = 65536;

    /// <summary>All items, or about so many of them.</summary>
    public static async Task<ItemSample> Of(StudioContext context, SourcedAnswers answers, int most)
    {
        (long projectId, IQueryable<StoredAnswer> given) = (answers.ProjectId, answers.Rows);
        int answered = await context.Items.CountAsync(item => item.ProjectId == projectId && item.Gold == null && given.Any(answer => answer.ItemId == item.Id));
        return new ItemSample(answered, answered <= most ? Buckets : (int)((long)Buckets * most / answered));
    }

    public bool IsWhole => Threshold == Buckets;
}

/// <summary>Reads a project's answers item by item, so that no more than one item's answers are in memory.</summary>
internal static class JudgedItems
{
    /// <summary>All of them, or those of a sample.</summary>
    public static IAsyncEnumerable<JudgedItem> Stream(StudioContext context, SourcedAnswers answers, ItemSample? sample = null) => Stream(context, answers, context.Items, sample);

    /// <summary>Gold and attention items alone: few.</summary>
    public static IAsyncEnumerable<JudgedItem> Checks(StudioContext context, SourcedAnswers answers) => Stream(context, answers, context.Items.Where(item => item.Gold != null), null);

    /// <summary>Without gold and attention items: everybody answers those and is meant to say the same, so how far people agree is counted without them.</summary>
    public static IAsyncEnumerable<JudgedItem> WithoutChecks(StudioContext context, SourcedAnswers answers, ItemSample sample) => Stream(context, answers, context.Items.Where(item => item.Gold == null), sample);

    private static async IAsyncEnumerable<JudgedItem> Stream(StudioContext context, SourcedAnswers given, IQueryable<Item> items, ItemSample? sample)
    {
        (long projectId, int threshold) = (given.ProjectId, sample?.Threshold ?? int.MaxValue);
        var rows = (from item in items
                    join answer in given.Rows on item.Id equals answer.ItemId
                    join assignment in context.Assignments on answer.AssignmentId equals assignment.Id
                    where item.ProjectId == projectId && item.Id * 40503 % 65536 < threshold
                    orderby item.Id, answer.Id
                    select new
                    {
                        item.Id,
                        item.ExternalId,
                        item.Group,
                        Item = item.Content,
                        item.Gold,
                        IsAttention = context.AttentionItems.Any(row => row.ItemId == item.Id),
                        answer.AccountId,
                        answer.Content,
                        answer.EditRate,
                        answer.ActiveSeconds,
                        answer.GuidelineNumber,
                        answer.CreatedAt,
                        assignment.Seed,
                    }).AsAsyncEnumerable();
        JudgedItem? open = null;
        var answers = new List<JudgedAnswer>();
        await foreach (var row in rows)
        {
            if (open is not null && open.Id != row.Id)
            {
                yield return open with { Answers = [.. answers] };
                answers.Clear();
                open = null;
            }
            open ??= new JudgedItem(row.Id, row.ExternalId, row.Group, StoreJson.Read<ItemContent>(row.Item), row.Gold is null ? null : StoreJson.Read<Answer>(row.Gold), row.IsAttention, []);
            answers.Add(new JudgedAnswer(row.AccountId, StoreJson.Read<Answer>(row.Content), row.EditRate, row.ActiveSeconds, row.Seed, row.GuidelineNumber, row.CreatedAt));
        }
        if (open is not null)
            yield return open with { Answers = [.. answers] };
    }
}
