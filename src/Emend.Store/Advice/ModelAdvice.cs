using Emend.Feedback;
using Emend.Text;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What is to be asked of which endpoint; Key is still encrypted.</summary>
public sealed record ModelQuestion(string Url, string? Model, string? Key, string Prompt, string Text);

/// <summary>A proposed edit as its annotator sees it; Model is null where the project is blind.</summary>
public sealed record ProposalView(long Id, int Target, string? Model, IReadOnlyList<ProposedHunk> Hunks, DateTime CreatedAt);

/// <summary>What a page may ask models for, and what they said already.</summary>
/// <param name="JudgeFirst">The project is blind, and the annotator's own judgement is not saved yet.</param>
public sealed record AdviceView(bool Rewards, bool Proposals, bool JudgeFirst, IReadOnlyList<ProposalView> Given);

/// <summary>Models' advice on texts that somebody edits: who may ask, what was said, and what became of it.</summary>
public sealed class ModelAdvice(Database database, TimeProvider clock)
{
    /// <summary>Texts beyond this are not sent to a model, in UTF-16 code units.</summary>
    public const int LongestText = 20_000;

    private const int MostProposals = 20;
    private const int MostHunks = 200;

    /// <summary>Keeps what somebody thinks before a model is asked. The first word counts: a later one changes nothing.</summary>
    public Task Judge(Actor actor, long projectId, long assignmentId, PriorJudgement judgement) => database.Write(async context =>
    {
        (Assignment assignment, Project project, ItemContent item) = await Open(context, projectId, actor.AccountId!.Value, assignmentId);
        judgement = judgement with { Edited = judgement.Edited?.Replace("\r\n", "\n") };
        IReadOnlyList<FieldProblem> problems = JudgementCheck.Of(judgement, project.Kind, item);
        if (problems.Count > 0)
            throw RefusedException.Invalid(problems);
        if (await context.Judgements.AnyAsync(row => row.AssignmentId == assignment.Id))
            return;
        string content = StoreJson.Write(judgement);
        context.Judgements.Add(new OwnJudgement { AssignmentId = assignment.Id, Content = content, CreatedAt = clock.Now() });
        await AuditLog.Append(context, clock.Now(), actor, projectId, "judged", $"assignment/{assignment.Id}", after: new { ContentHash = StoreJson.Hash(content) });
    });

    /// <summary>What to ask for one text of the caller's own assignment: text is what it is now, null for the original.</summary>
    public Task<ModelQuestion> Question(long projectId, long accountId, long assignmentId, ModelUse use, int target, string? text) => database.Read(async context =>
    {
        (Assignment assignment, Project project, ItemContent item) = await Open(context, projectId, accountId, assignmentId);
        string original = JudgementCheck.TextOf(project.Kind, item, target) ?? throw RefusedException.Invalid(new FieldProblem("target", $"{target} is no text of this item that can be edited"));
        ModelEndpoint endpoint = await context.ModelEndpoints.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.Use == use)
            ?? throw new RefusedException(Refusal.Conflict, "no-model", $"The project names no endpoint for {use.ToString().ToLowerInvariant()}.");
        if (await JudgeFirst(context, project, assignment.Id))
            throw new RefusedException(Refusal.Conflict, "judge-first", "This project is blind: a model is asked only after your own judgement has been saved.");
        if (use == ModelUse.Proposals && await context.Advice.CountAsync(row => row.AssignmentId == assignmentId && row.Use == use) >= MostProposals)
            throw new RefusedException(Refusal.Conflict, "enough", $"There are {MostProposals} proposals for this item, which is the most.");
        if (use == ModelUse.Proposals && ModelEndpoints.LimitsOf(endpoint)?.Reached(ModelEndpoints.SpentOf(endpoint) ?? new AskingSpent()) is { } reached)
            throw new RefusedException(Refusal.Conflict, "cap-reached", $"No more proposals are asked for in this project. {reached}");
        text = text?.Replace("\r\n", "\n") ?? original;
        if (text.Length > LongestText || original.Length > LongestText)
            throw RefusedException.Invalid(new FieldProblem("text", $"has {Math.Max(text.Length, original.Length)} characters; models are asked about at most {LongestText}"));
        return new ModelQuestion(endpoint.Url, endpoint.Model, endpoint.Key, project.Kind == TaskKind.Turn ? item.TranscriptBefore(target) : item.ModelPrompt(), text);
    });

    /// <summary>Keeps that rewards were shown, once for each text and model.</summary>
    public Task RewardsShown(Actor actor, long projectId, long assignmentId, int target, string model, double score) => database.Write(async context =>
    {
        await Open(context, projectId, actor.AccountId!.Value, assignmentId);
        if (!await context.Advice.AnyAsync(row => row.AssignmentId == assignmentId && row.Use == ModelUse.Rewards && row.Target == target && row.Model == model))
            await Keep(context, actor, projectId, assignmentId, ModelUse.Rewards, target, model, StoreJson.Write(new { score }));
    });

    /// <summary>Keeps a proposed text as its hunks: those of Emend.Text, from the original alone.</summary>
    /// <exception cref="RefusedException">The text is no small edit of the original that could be shown.</exception>
    public async Task<ProposalView> Proposed(Actor actor, long projectId, long assignmentId, int target, string model, string original, string proposed)
    {
        IReadOnlyList<ProposedHunk> hunks = HunksOf(original, proposed);
        return await database.Write(async context =>
        {
            (_, Project project, _) = await Open(context, projectId, actor.AccountId!.Value, assignmentId);
            GivenAdvice row = await Keep(context, actor, projectId, assignmentId, ModelUse.Proposals, target, model, StoreJson.Write(hunks));
            return View(row, project.Blind);
        });
    }

    /// <summary>What the page of an assignment needs; null where the project asks no models and none has said anything.</summary>
    internal static async Task<AdviceView?> ViewOf(StudioContext context, Project project, long assignmentId)
    {
        List<ModelUse> uses = await context.ModelEndpoints.Where(row => row.ProjectId == project.Id && (row.Use == ModelUse.Rewards || row.Use == ModelUse.Proposals)).Select(row => row.Use).ToListAsync();
        List<GivenAdvice> given = await context.Advice.AsNoTracking().Where(row => row.AssignmentId == assignmentId && row.Use == ModelUse.Proposals).OrderBy(row => row.Id).ToListAsync();
        if ((uses.Count == 0 && given.Count == 0) || project.Kind is not (TaskKind.Edit or TaskKind.Turn))
            return null;
        return new AdviceView(uses.Contains(ModelUse.Rewards), uses.Contains(ModelUse.Proposals), await JudgeFirst(context, project, assignmentId), given.ConvertAll(row => View(row, project.Blind)));
    }

    /// <summary>The answer with what models said to it, and what became of that: from the store and the texts; of the page only what was put aside.</summary>
    internal static async Task<Answer> WithProvenance(StudioContext context, long assignmentId, Answer answer, ItemContent item)
    {
        List<GivenAdvice> given = await context.Advice.Where(row => row.AssignmentId == assignmentId).OrderBy(row => row.Id).ToListAsync();
        if (given.Count == 0)
            return answer with { Advice = null };
        Dictionary<long, IReadOnlyList<int>> rejected = (answer.Advice?.Proposals ?? []).DistinctBy(proposal => proposal.Id).ToDictionary(proposal => proposal.Id, proposal => proposal.Rejected);
        return answer with
        {
            Advice = new AdviceRecord
            {
                RewardsShown = given.Any(row => row.Use == ModelUse.Rewards),
                Proposals = [.. given.Where(row => row.Use == ModelUse.Proposals).Select(row => Decided(row, answer, item, rejected.GetValueOrDefault(row.Id, [])))],
            },
        };
    }

    private static ProposalRecord Decided(GivenAdvice row, Answer answer, ItemContent item, IReadOnlyList<int> rejected)
    {
        ProposedHunk[] hunks = StoreJson.Read<ProposedHunk[]>(row.Content);
        string original = JudgementCheck.TextOf(answer.Kind, item, row.Target)!;
        string final = answer switch
        {
            { Edit: EditAnswer edit } when (edit.Target ?? 0) == row.Target => edit.Edited ?? original,
            { Turn: TurnAnswer turn } when turn.Turn == row.Target => turn.Edited ?? original,
            _ => original,
        };
        int[] aside = [.. rejected.Where(k => k >= 0 && k < hunks.Length).Distinct().Order()];
        IReadOnlyList<Decision> decisions = Provenance.Of(original, final, [.. hunks.Select(hunk => new TextHunk(new TextSpan(hunk.Start, hunk.End), hunk.Replacement))], aside);
        return new ProposalRecord(row.Id) { Rejected = aside, Model = row.Model, Hunks = [.. hunks.Select((hunk, k) => hunk with { Decision = decisions[k] })] };
    }

    private static ProposedHunk[] HunksOf(string original, string proposed)
    {
        if (proposed.Length > LongestText || proposed.Contains('\0'))
            throw Unusable($"a text of at most {LongestText} characters is expected of it");
        try
        {
            EditReport report = EditReport.Of(original, proposed, new AnswerRules());
            return report.Hunks.Count <= MostHunks ? [.. report.Hunks.Select(hunk => new ProposedHunk(hunk.Start, hunk.End, hunk.Replacement))]
                : throw Unusable($"it has {report.Hunks.Count} changes, more than anybody would go through");
        }
        catch (InvalidInputException)
        {
            throw Unusable("it is another text and no edit of this one");
        }
    }

    private async Task<GivenAdvice> Keep(StudioContext context, Actor actor, long projectId, long assignmentId, ModelUse use, int target, string model, string content)
    {
        var row = new GivenAdvice { ProjectId = projectId, AssignmentId = assignmentId, Use = use, Target = target, Model = model, Content = content, CreatedAt = clock.Now() };
        context.Advice.Add(row);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, clock.Now(), actor, projectId, "advice-given", $"advice/{row.Id}", after: new { AssignmentId = assignmentId, Use = use, Model = model, ContentHash = StoreJson.Hash(content) });
        return row;
    }

    // The caller's own assignment, still open, of a task whose texts are edited.
    private static async Task<(Assignment, Project, ItemContent)> Open(StudioContext context, long projectId, long accountId, long assignmentId)
    {
        Assignment assignment = await context.Assignments.SingleOrDefaultAsync(row => row.Id == assignmentId && row.ProjectId == projectId && row.AccountId == accountId)
            ?? throw RefusedException.NotFound("assignment");
        Project project = await context.Projects.AsNoTracking().SingleAsync(row => row.Id == projectId);
        if (assignment.State is AssignmentState.Submitted or AssignmentState.Skipped)
            throw new RefusedException(Refusal.Conflict, "submitted", "This item was answered or skipped already; reopen it first.");
        if (project.Kind is not (TaskKind.Edit or TaskKind.Turn))
            throw new RefusedException(Refusal.Conflict, "no-model", "Models are asked only where a text is edited.");
        string content = await context.Items.Where(row => row.Id == assignment.ItemId).Select(row => row.Content).SingleAsync();
        return (assignment, project, StoreJson.Read<ItemContent>(content));
    }

    private static async Task<bool> JudgeFirst(StudioContext context, Project project, long assignmentId) =>
        project.Blind && !await context.Judgements.AnyAsync(row => row.AssignmentId == assignmentId);

    private static ProposalView View(GivenAdvice row, bool blind) => new(row.Id, row.Target, blind ? null : row.Model, StoreJson.Read<ProposedHunk[]>(row.Content), row.CreatedAt);

    private static RefusedException Unusable(string why) => new(Refusal.Upstream, "unusable", $"What the model proposed cannot be used: {why}.");
}
