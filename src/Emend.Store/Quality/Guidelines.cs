using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>One version of a guideline; number 0: there is none yet.</summary>
public sealed record GuidelineView(int Number, string Markdown, DateTime? CreatedAt, string? Author);

/// <summary>A project's guideline. Versions are never changed; each answer says under which it was given.</summary>
public sealed class Guidelines(Database database, TimeProvider clock)
{
    private const int Longest = 200_000;

    /// <summary>A version, or the newest.</summary>
    public Task<GuidelineView> Get(long projectId, int? number) => database.Read(async context =>
    {
        var row = await (from guideline in context.Guidelines
                         join author in context.Users on guideline.AuthorId equals author.Id
                         where guideline.ProjectId == projectId && (number == null || guideline.Number == number)
                         orderby guideline.Number descending
                         select new { guideline, author.DisplayName }).FirstOrDefaultAsync();
        if (row is not null)
            return new GuidelineView(row.guideline.Number, row.guideline.Markdown, row.guideline.CreatedAt, row.DisplayName);
        return number is null or 0 ? new GuidelineView(0, "", null, null) : throw RefusedException.NotFound("version of the guideline");
    });

    /// <summary>Adds a version after the one that the caller has seen.</summary>
    public Task<int> Add(Actor actor, long projectId, int seen, string markdown) => database.Write(async context =>
    {
        if (markdown.Length > Longest || markdown.Contains('\0'))
            throw RefusedException.Invalid(new FieldProblem("markdown", $"at most {Longest} characters of text are expected"));
        int newest = await context.Guidelines.Where(row => row.ProjectId == projectId).MaxAsync(row => (int?)row.Number) ?? 0;
        if (newest != seen)
            throw new RefusedException(Refusal.Outdated, "outdated", $"The guideline was changed meanwhile: version {newest} is the newest, not {seen}.");
        context.Guidelines.Add(new Guideline { ProjectId = projectId, Number = newest + 1, Markdown = markdown.Replace("\r\n", "\n"), AuthorId = actor.AccountId!.Value, CreatedAt = clock.Now() });
        await AuditLog.Append(context, clock.Now(), actor, projectId, "guideline-changed", $"guideline/{newest + 1}", after: new { Sha256 = StoreJson.Hash(markdown) });
        return newest + 1;
    });
}
