using Emend.Feedback;
using Emend.Feedback.Prompts;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Rows of the registry that several of its parts look up, and the rules that all of them keep.</summary>
internal static class PromptRows
{
    private const int ShortestHash = 7;
    private const int LongestNote = 5000;

    /// <summary>A prompt of this project; ids of other projects are none.</summary>
    public static async Task<StoredPrompt> Find(StudioContext context, long projectId, long promptId) =>
        await context.Prompts.SingleOrDefaultAsync(row => row.Id == promptId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("prompt");

    /// <summary>The same, and nobody else changes its branches and labels to the end of the transaction: a name is looked for among both. SQLite has one writer.</summary>
    public static async Task<StoredPrompt> Lock(StudioContext context, long projectId, long promptId) => (await (context.Database.IsNpgsql()
        ? context.Prompts.FromSql($"""SELECT * FROM "Prompts" WHERE "Id" = {promptId} AND "ProjectId" = {projectId} FOR NO KEY UPDATE""")
        : context.Prompts.Where(row => row.Id == promptId && row.ProjectId == projectId)).ToListAsync()).SingleOrDefault() ?? throw RefusedException.NotFound("prompt");

    /// <summary>The same, where something is to change.</summary>
    public static async Task<StoredPrompt> LockOpen(StudioContext context, long projectId, long promptId)
    {
        StoredPrompt prompt = await Lock(context, projectId, promptId);
        await CheckOpen(context, projectId);
        return prompt;
    }

    public static async Task CheckOpen(StudioContext context, long projectId)
    {
        if (await context.Projects.AnyAsync(project => project.Id == projectId && project.ArchivedAt != null))
            throw new RefusedException(Refusal.Conflict, "archived", "The project is archived; nothing in it changes any more.");
    }

    /// <summary>
    /// The version that a reference means: its number, a label, a branch (its head), or seven or more digits of its hash, the oldest where several say
    /// the same.
    /// </summary>
    public static async Task<StoredVersion> Resolve(StudioContext context, StoredPrompt prompt, string reference)
    {
        int? number = NumberIn(reference)
            ?? await context.PromptLabels.Where(row => row.PromptId == prompt.Id && row.Name == reference).Select(row => row.Number).SingleOrDefaultAsync()
            ?? await context.PromptBranches.Where(row => row.PromptId == prompt.Id && row.Name == reference).Select(row => (int?)row.Head).SingleOrDefaultAsync();
        IQueryable<StoredVersion> versions = context.PromptVersions.AsNoTracking().Where(row => row.PromptId == prompt.Id);
        StoredVersion? found = number is int known ? await versions.SingleOrDefaultAsync(row => row.Number == known) : null;
        if (found is null && reference.Length >= ShortestHash && reference.All(char.IsAsciiHexDigitLower))
        {
            List<StoredVersion> matches = await versions.Where(row => row.Hash.StartsWith(reference)).OrderBy(row => row.Number).ToListAsync();
            if (matches.Find(row => row.Hash != matches[0].Hash) is StoredVersion other)
                throw new RefusedException(Refusal.Conflict, "ambiguous", $"The hashes of versions {matches[0].Number} and {other.Number} of {prompt.Name} both begin with {reference}; send more digits, or a number.");
            found = matches.FirstOrDefault();
        }
        return found ?? throw RefusedException.NotFound($"version \"{(reference.Length > 80 ? reference[..80] + "…" : reference)}\" of {prompt.Name}; a number, a label, a branch, or the beginning of a hash is expected");
    }

    /// <summary>The number that a reference is; null where it is a name, or more digits than a number has.</summary>
    public static int? NumberIn(string reference) =>
        int.TryParse(reference, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number : null;

    public static async Task<StoredVersion> Version(StudioContext context, long promptId, int number) =>
        await context.PromptVersions.AsNoTracking().SingleOrDefaultAsync(row => row.PromptId == promptId && row.Number == number) ?? throw RefusedException.NotFound($"version {number} of the prompt");

    public static async Task<VersionGraph> Graph(StudioContext context, long promptId) =>
        new((await context.PromptVersions.Where(row => row.PromptId == promptId).Select(row => new { row.Number, row.Parent, row.SecondParent }).ToListAsync())
            .Select(row => new VersionNode(row.Number, row.Parent, row.SecondParent)));

    /// <summary>Numbers come from people: names begin with a letter, so that none is one.</summary>
    public static void CheckName(string field, string name)
    {
        bool right = name.Length is > 0 and <= 60 && char.IsAsciiLetterLower(name[0]) && name.All(unit => char.IsAsciiLetterLower(unit) || char.IsAsciiDigit(unit) || unit is '-' or '_' or '.');
        if (!right)
            throw RefusedException.Invalid(new FieldProblem(field, "1 to 60 small letters, digits and - _ . are expected, a letter first"));
    }

    public static void CheckNote(string field, string text, bool required = false)
    {
        if (text.Length > LongestNote || text.Contains('\0') || required && string.IsNullOrWhiteSpace(text))
            throw RefusedException.Invalid(new FieldProblem(field, $"{(required ? "1" : "0")} to {LongestNote} characters of text are expected"));
    }

    public static PromptContent Checked(PromptContent content)
    {
        PromptContent normalized = content.Normalized();
        FieldProblem[] problems = [.. normalized.Problems().Select(problem => new FieldProblem($"content.{problem.Field}", problem.Message))];
        return problems.Length == 0 ? normalized : throw RefusedException.Invalid(problems);
    }

    public static PromptContent ContentOf(StoredVersion version) => StoreJson.Read<PromptContent>(version.Content);

    public static VersionView View(StoredVersion row)
    {
        PromptContent content = ContentOf(row);
        return new VersionView(row.Id, row.PromptId, row.Number, row.Hash, ParentsOf(row.Parent, row.SecondParent), row.Restores, row.Branch, row.Note, row.Author, row.CreatedAt, content, content.Variables);
    }

    public static int[] ParentsOf(int? parent, int? second) => (parent, second) switch
    {
        (int one, int two) => [one, two],
        (int one, null) => [one],
        _ => [],
    };

    public static void AddEvent(StudioContext context, Actor actor, long promptId, string kind, string name, int? from, int? to, string reason, DateTime now) =>
        context.PromptEvents.Add(new PromptEvent { PromptId = promptId, Kind = kind, Name = name, From = from, To = to, AccountId = actor.AccountId, Actor = actor.Name, Reason = reason, CreatedAt = now });
}
