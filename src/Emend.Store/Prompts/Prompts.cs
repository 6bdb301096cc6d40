using Emend.Feedback;
using Emend.Feedback.Prompts;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>The prompts of projects: their graphs, and what happened to them. Format: docs/formats/prompts.md.</summary>
public sealed class Prompts(Database database, TimeProvider clock)
{
    /// <summary>The branch of a prompt's first version.</summary>
    public const string FirstBranch = "main";

    public Task<List<PromptSummary>> List(long projectId, long after, int limit) => database.Read(async context =>
    {
        List<StoredPrompt> prompts = await context.Prompts.Where(row => row.ProjectId == projectId && row.Id > after).OrderBy(row => row.Id).Take(limit).ToListAsync();
        long[] ids = [.. prompts.Select(prompt => prompt.Id)];
        var versions = await context.PromptVersions.Where(row => ids.Contains(row.PromptId)).GroupBy(row => row.PromptId)
            .Select(group => new { group.Key, Count = group.Count(), Newest = group.Max(row => row.CreatedAt) }).ToDictionaryAsync(row => row.Key);
        ILookup<long, PromptBranch> branches = (await context.PromptBranches.Where(row => ids.Contains(row.PromptId)).OrderBy(row => row.Id).ToListAsync()).ToLookup(row => row.PromptId);
        ILookup<long, PromptLabel> labels = (await context.PromptLabels.Where(row => ids.Contains(row.PromptId)).OrderBy(row => row.Name).ToListAsync()).ToLookup(row => row.PromptId);
        return prompts.ConvertAll(prompt => new PromptSummary(prompt.Id, prompt.Name, prompt.Description, versions[prompt.Id].Count, Views(branches[prompt.Id]), Views(labels[prompt.Id]), versions[prompt.Id].Newest));
    });

    public Task<PromptView> Get(long projectId, long promptId) => database.Read(async context => await View(context, await PromptRows.Find(context, projectId, promptId)));

    /// <summary>The id of the prompt with this name.</summary>
    public Task<long> IdOf(long projectId, string name) => database.Read(async context =>
        await context.Prompts.Where(row => row.ProjectId == projectId && row.Name == name).Select(row => (long?)row.Id).SingleOrDefaultAsync()
        ?? throw RefusedException.NotFound($"prompt \"{name}\" in this project"));

    /// <summary>A prompt with its first version on the branch main. IsReplay: the same request had made it already.</summary>
    public async Task<(PromptView Prompt, bool IsReplay)> Create(Actor actor, long projectId, NewPrompt request, string? key)
    {
        (long id, bool isReplay) = await database.Write(context => Create(context, actor, projectId, request, key));
        return (await Get(projectId, id), isReplay);
    }

    private async Task<(long Id, bool IsReplay)> Create(StudioContext context, Actor actor, long projectId, NewPrompt request, string? key)
    {
        if (await SentRequests.Find(context, actor, key, new { projectId, request }) is long made)
            return (made, true);
        CheckName(request.Name);
        PromptRows.CheckNote("description", request.Description);
        PromptRows.CheckNote("note", request.Note);
        PromptContent content = PromptRows.Checked(request.Content);
        await PromptRows.CheckOpen(context, projectId);
        string name = request.Name.Trim();
        if (await context.Prompts.AnyAsync(row => row.ProjectId == projectId && row.Name == name))
            throw new RefusedException(Refusal.Conflict, "name-taken", $"There is a prompt called \"{name}\" in this project already; add a version to it, or take another name.");
        DateTime now = clock.Now();
        var prompt = new StoredPrompt { ProjectId = projectId, Name = name, Description = request.Description, CreatedAt = now };
        context.Prompts.Add(prompt);
        await context.SaveChangesAsync();
        context.PromptBranches.Add(new PromptBranch { PromptId = prompt.Id, Name = FirstBranch, Head = 1, CreatedAt = now });
        var version = new StoredVersion { PromptId = prompt.Id, Number = 1, Content = content.ToJson(), Hash = content.Hash(), Branch = FirstBranch, Note = request.Note, AuthorId = actor.AccountId, Author = actor.Name, CreatedAt = now };
        context.PromptVersions.Add(version);
        PromptRows.AddEvent(context, actor, prompt.Id, "committed", FirstBranch, null, 1, request.Note, now);
        SentRequests.Remember(context, actor, key, new { projectId, request }, prompt.Id, now);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, now, actor, projectId, "prompt-created", $"prompt/{prompt.Id}", after: new { prompt.Name, prompt.Description });
        await AuditLog.Append(context, now, actor, projectId, PromptVersions.Committed, $"prompt-version/{version.Id}", after: PromptVersions.Logged(version));
        return (prompt.Id, false);
    }

    /// <summary>What happened to branches and labels, newest first, before the given id (0: from the newest).</summary>
    public Task<List<PromptEventView>> Events(long projectId, long promptId, long before, int limit) => database.Read(async context =>
    {
        StoredPrompt prompt = await PromptRows.Find(context, projectId, promptId);
        return await context.PromptEvents.Where(row => row.PromptId == prompt.Id && (before == 0 || row.Id < before)).OrderByDescending(row => row.Id).Take(limit)
            .Select(row => new PromptEventView(row.Id, row.Kind, row.Name, row.From, row.To, row.Actor, row.Reason, row.CreatedAt)).ToListAsync();
    });

    private static async Task<PromptView> View(StudioContext context, StoredPrompt prompt)
    {
        List<PromptBranch> branches = await context.PromptBranches.AsNoTracking().Where(row => row.PromptId == prompt.Id).OrderBy(row => row.Id).ToListAsync();
        List<PromptLabel> labels = await context.PromptLabels.AsNoTracking().Where(row => row.PromptId == prompt.Id).OrderBy(row => row.Name).ToListAsync();
        return new PromptView(prompt.Id, prompt.Name, prompt.Description, Views(branches), Views(labels), await PromptMetrics.Summaries(context, prompt.Id), prompt.CreatedAt);
    }

    private static List<BranchView> Views(IEnumerable<PromptBranch> branches) => [.. branches.Select(row => new BranchView(row.Name, row.Head))];

    private static List<LabelView> Views(IEnumerable<PromptLabel> labels) => [.. labels.Where(row => row.Number is not null).Select(row => new LabelView(row.Name, row.Number))];

    private static void CheckName(string name)
    {
        if (name.Trim().Length is 0 or > 200 || name.Any(char.IsControl))
            throw RefusedException.Invalid(new FieldProblem("name", "1 to 200 characters without control characters are expected"));
    }
}
