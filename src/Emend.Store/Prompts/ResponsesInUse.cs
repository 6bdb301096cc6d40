using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What became of a stored response in the queue: the items that it is in, and of the answers about it how many changed it.</summary>
/// <param name="Answers">People's answers that edit this text, or say that it needs no edit.</param>
/// <param name="EditRate">Mean share of words that people changed, as in the version's metric; null without such an answer.</param>
/// <param name="SimulatedAnswers">The same of simulated annotators, who are programs and counted nowhere else.</param>
public sealed record ResponseEdits(IReadOnlyList<long> Items, int Answers, int Changed, double? EditRate, int SimulatedAnswers, int SimulatedChanged);

/// <summary>A stored response, and what became of it.</summary>
public sealed record ResponseInUse(ResponseView Response, ResponseEdits Edits);

/// <summary>Which stored response a response of an item is; Prompt and Version are null where it came from none.</summary>
public sealed record UsedResponse(int Index, long Response, long? PromptId, string? Prompt, int? Version, string Model);

/// <summary>Stored responses with what people did to them.</summary>
public sealed class ResponsesInUse(Database database)
{
    /// <summary>Responses of a prompt, newest first.</summary>
    /// <param name="version">Only those of this version: number, label, branch or hash; null: of all.</param>
    /// <param name="before">Id of the last one that is known already; 0: from the newest on.</param>
    public Task<List<ResponseInUse>> List(long projectId, long promptId, string? version, long before, int limit) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        long? only = version is null ? null : (await PromptRows.Resolve(context, prompt, version)).Id;
        var rows = await (from row in context.Responses.AsNoTracking()
                          join of in context.PromptVersions on row.VersionId equals (long?)of.Id
                          where of.PromptId == prompt.Id && (only == null || of.Id == only) && (before == 0 || row.Id < before)
                          orderby row.Id descending
                          select new { row, of }).Take(limit).ToListAsync();
        return await WithEdits(context, rows.ConvertAll(found => Responses.View(found.row, found.of)));
    });

    public Task<ResponseInUse> Get(long projectId, long responseId) => database.Read(async context =>
        (await WithEdits(context, [await Responses.View(context, projectId, responseId)]))[0]);

    /// <summary>The stored responses that an item shows, in its order.</summary>
    public Task<List<UsedResponse>> OfItem(long projectId, long itemId) => database.Read(async context =>
    {
        if (!await context.Items.AnyAsync(item => item.Id == itemId && item.ProjectId == projectId))
            throw RefusedException.NotFound("item");
        return await (from use in context.ResponseUses
                      join response in context.Responses on use.ResponseId equals response.Id
                      join version in context.PromptVersions on response.VersionId equals (long?)version.Id into versions
                      from version in versions.DefaultIfEmpty()
                      join prompt in context.Prompts on version.PromptId equals prompt.Id into prompts
                      from prompt in prompts.DefaultIfEmpty()
                      where use.ItemId == itemId
                      orderby use.Index
                      select new UsedResponse(use.Index, response.Id, prompt == null ? null : (long?)prompt.Id, prompt == null ? null : prompt.Name, version == null ? null : (int?)version.Number, response.Model)).ToListAsync();
    });

    private static async Task<List<ResponseInUse>> WithEdits(StudioContext context, List<ResponseView> responses)
    {
        long[] ids = [.. responses.Select(response => response.Id)];
        long? simulated = await SimulatedAnnotators.Find(context);
        List<ResponseUse> uses = await context.ResponseUses.AsNoTracking().Where(use => ids.Contains(use.ResponseId)).OrderBy(use => use.ItemId).ToListAsync();
        var answers = await (from use in context.ResponseUses
                             join answer in context.Answers on use.ItemId equals answer.ItemId
                             where ids.Contains(use.ResponseId) && answer.IsCurrent && answer.Kind == TaskKind.Edit
                             select new { use.ResponseId, use.Index, answer.AccountId, answer.Content }).ToListAsync();
        return responses.ConvertAll(response =>
        {
            (double Rate, bool IsSimulated)[] said = [.. from answer in answers
                                                         where answer.ResponseId == response.Id
                                                         let rate = EditRates.Rate(StoreJson.Read<Answer>(answer.Content).Edit!, answer.Index, response.Text.Replace("\r\n", "\n"))
                                                         where rate is not null
                                                         select (rate.Value, answer.AccountId == simulated)];
            double[] people = [.. said.Where(one => !one.IsSimulated).Select(one => one.Rate)], programs = [.. said.Where(one => one.IsSimulated).Select(one => one.Rate)];
            return new ResponseInUse(response, new ResponseEdits([.. uses.Where(use => use.ResponseId == response.Id).Select(use => use.ItemId).Distinct()],
                people.Length, people.Count(rate => rate > 0), people.Length == 0 ? null : people.Average(), programs.Length, programs.Count(rate => rate > 0)));
        });
    }
}
