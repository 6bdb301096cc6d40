using System.Text.Json;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>One message as it was sent to a model.</summary>
public sealed record SentMessage(string Role, string Content);

/// <summary>A response with all that made it. Version: a reference within Prompt; both null where it came from no prompt of the registry.</summary>
public sealed record NewResponse(string Text, string Model)
{
    public long? Prompt { get; init; }
    public string? Version { get; init; }
    public string? ModelFolder { get; init; }
    public string? ModelFingerprint { get; init; }
    public string? Compute { get; init; }
    public ModelSettings Settings { get; init; } = new();
    public int? Seed { get; init; }
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>What was sent; null: the version rendered with the variables.</summary>
    public IReadOnlyList<SentMessage>? Messages { get; init; }

    public string? ContextHash { get; init; }
    public JsonElement? Context { get; init; }
}

/// <summary>A stored response.</summary>
public sealed record ResponseView(
    long Id, long? Prompt, int? Version, string Text, string TextHash, string Model, string? ModelFolder, string? ModelFingerprint, string? Compute, ModelSettings Settings, int? Seed,
    IReadOnlyDictionary<string, string> Variables, IReadOnlyList<SentMessage> Messages, string? ContextHash, JsonElement? Context, string Actor, DateTime CreatedAt);

/// <summary>What models answered, each with the version, context, model, seed and settings that made it; never changed.</summary>
public sealed class Responses(Database database, TimeProvider clock)
{
    internal const string Stored = "response-stored";

    /// <summary>Stores a response, its text as it came. IsReplay: the same request had stored it already.</summary>
    public Task<(ResponseView Response, bool IsReplay)> Add(Actor actor, long projectId, NewResponse request, string? key) => database.Write(async context =>
    {
        if (await SentRequests.Find(context, actor, key, new { projectId, request }) is long made)
            return (await View(context, projectId, made), true);
        await PromptRows.CheckOpen(context, projectId);
        Check(request);
        StoredVersion? version = request.Prompt is long prompt && request.Version is string reference
            ? await PromptRows.Resolve(context, await PromptRows.Find(context, projectId, prompt), reference) : null;
        DateTime now = clock.Now();
        var row = new StoredResponse
        {
            ProjectId = projectId,
            VersionId = version?.Id,
            Text = request.Text,
            TextHash = StoreJson.Hash(request.Text),
            Model = request.Model.Trim(),
            ModelFolder = request.ModelFolder,
            ModelFingerprint = request.ModelFingerprint,
            Compute = request.Compute,
            Settings = StoreJson.Write(request.Settings),
            Seed = request.Seed,
            Variables = StoreJson.Write(request.Variables),
            Messages = StoreJson.Write(MessagesOf(request, version)),
            ContextHash = request.ContextHash,
            Context = request.Context?.GetRawText(),
            AccountId = actor.AccountId,
            Actor = actor.Name,
            CreatedAt = now,
        };
        context.Responses.Add(row);
        await context.SaveChangesAsync();
        SentRequests.Remember(context, actor, key, new { projectId, request }, row.Id, now);
        await AuditLog.Append(context, now, actor, projectId, Stored, $"response/{row.Id}", after: Logged(row));
        await context.SaveChangesAsync();
        return (await View(context, projectId, row.Id), false);
    });

    public Task<ResponseView> Get(long projectId, long responseId) => database.Read(context => View(context, projectId, responseId));

    /// <summary>A response of any project, for the command line.</summary>
    public Task<ResponseView> Get(long responseId) => database.Read(async context =>
        await View(context, await context.Responses.Where(row => row.Id == responseId).Select(row => (long?)row.ProjectId).SingleOrDefaultAsync() ?? throw RefusedException.NotFound($"response {responseId}"), responseId));

    /// <summary>Responses of a project, or of one prompt of it, oldest first.</summary>
    public Task<List<ResponseView>> List(long projectId, long? promptId, long after, int limit) => database.Read(async context =>
    {
        var rows = await (from row in context.Responses
                          join version in context.PromptVersions on row.VersionId equals (long?)version.Id into versions
                          from version in versions.DefaultIfEmpty()
                          where row.ProjectId == projectId && row.Id > after && (promptId == null || version!.PromptId == promptId)
                          orderby row.Id
                          select new { row, version }).Take(limit).ToListAsync();
        return rows.ConvertAll(found => View(found.row, found.version));
    });

    /// <summary>Responses of a version with these seeds, oldest first.</summary>
    public Task<List<ResponseView>> Of(VersionView version, IReadOnlyCollection<int> seeds) => database.Read(async context =>
    {
        var rows = await (from row in context.Responses.AsNoTracking()
                          join of in context.PromptVersions on row.VersionId equals (long?)of.Id
                          where of.Id == version.Id && row.Seed != null && seeds.Contains(row.Seed.Value)
                          orderby row.Id
                          select new { row, of }).ToListAsync();
        return rows.ConvertAll(found => View(found.row, found.of));
    });

    /// <summary>What the audit log keeps of a response; RecordHash is over all that the other members do not name.</summary>
    internal static object Logged(StoredResponse row) => new
    {
        row.VersionId,
        row.TextHash,
        row.Model,
        row.Seed,
        row.ContextHash,
        RecordHash = StoreJson.Hash(StoreJson.Write(new[] { row.ModelFolder, row.ModelFingerprint, row.Compute, row.Settings, row.Variables, row.Messages, row.Context })),
    };

    internal static async Task<ResponseView> View(StudioContext context, long projectId, long responseId)
    {
        StoredResponse row = await context.Responses.AsNoTracking().SingleOrDefaultAsync(row => row.Id == responseId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("response");
        StoredVersion? version = row.VersionId is long id ? await context.PromptVersions.AsNoTracking().SingleAsync(version => version.Id == id) : null;
        return View(row, version);
    }

    internal static ResponseView View(StoredResponse row, StoredVersion? version) =>
        new(row.Id, version?.PromptId, version?.Number, row.Text, row.TextHash, row.Model, row.ModelFolder, row.ModelFingerprint, row.Compute, StoreJson.Read<ModelSettings>(row.Settings), row.Seed,
            StoreJson.Read<Dictionary<string, string>>(row.Variables), StoreJson.Read<List<SentMessage>>(row.Messages), row.ContextHash, row.Context is null ? null : StoreJson.Read<JsonElement>(row.Context), row.Actor, row.CreatedAt);

    private static IReadOnlyList<SentMessage> MessagesOf(NewResponse request, StoredVersion? version)
    {
        if (request.Messages is not null)
            return request.Messages;
        if (version is null)
            throw RefusedException.Invalid(new FieldProblem("messages", "are missing; without a version of a prompt the messages that were sent are expected"));
        try
        {
            return [.. PromptRenderer.Render(PromptRows.ContentOf(version), request.Variables).Messages.Select(message => new SentMessage(message.Role, message.Content))];
        }
        catch (InvalidInputException problem)
        {
            throw RefusedException.Invalid(new FieldProblem("variables", problem.Message["variables: ".Length..].TrimEnd('.')));
        }
    }

    private static void Check(NewResponse request)
    {
        var problems = new List<FieldProblem>();
        IEnumerable<string?> texts = [request.Text, request.Model, request.ModelFolder, request.ModelFingerprint, request.Compute, request.ContextHash, .. request.Variables.Values, .. request.Variables.Keys, .. (request.Messages ?? []).SelectMany(message => new[] { message.Role, message.Content })];
        if (texts.Any(text => text?.Length > PromptContent.LongestText))
            problems.Add(new("text", $"a text has more than {PromptContent.LongestText} characters"));
        if (texts.Any(text => text?.Contains('\0') == true))
            problems.Add(new("text", "a text holds the character NUL, which is none"));
        if (request.Model.Trim().Length is 0 or > 500)
            problems.Add(new("model", "1 to 500 characters are expected: what the model is called"));
        if ((request.Prompt is null) != (request.Version is null))
            problems.Add(new("version", "prompt and version belong together; one of them is missing"));
        if (problems.Count > 0)
            throw RefusedException.Invalid(problems);
    }
}
