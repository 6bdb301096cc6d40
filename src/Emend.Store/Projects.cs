using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>What a project's managers decide.</summary>
public sealed record ProjectSettings
{
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    public TaskKind Kind { get; init; } = TaskKind.Edit;
    public int Overlap { get; init; } = 1;
    public int LeaseMinutes { get; init; } = 30;
    public string? Tokenizer { get; init; }
    public double BandLow { get; init; }
    public double BandHigh { get; init; } = 0.25;
    public bool Blind { get; init; } = true;
    public bool KeepExtra { get; init; } = true;
    public double ReviewShare { get; init; }
    public string Labels { get; init; } = "";

    /// <summary>Every rule broken.</summary>
    public IEnumerable<FieldProblem> Problems()
    {
        if (Name.Trim().Length is 0 or > 200)
            yield return new("name", $"has {Name.Trim().Length} characters; 1 to 200 are expected");
        if (Description.Length > 10_000)
            yield return new("description", $"has {Description.Length} characters; at most 10000 are expected");
        if ($"{Name}{Description}{Labels}{Tokenizer}".Contains('\0'))
            yield return new("name", "a text holds the character NUL, which is none");
        if (Overlap is < 1 or > 50)
            yield return new("overlap", $"{Overlap} is not between 1 and 50");
        if (LeaseMinutes is < 1 or > 1440)
            yield return new("leaseMinutes", $"{LeaseMinutes} is not between 1 and 1440");
        if (!(BandLow >= 0 && BandLow <= BandHigh && BandHigh <= 1))
            yield return new("bandHigh", $"the band from {BandLow} to {BandHigh} does not lie within 0 and 1");
        if (!(ReviewShare is >= 0 and <= 1))
            yield return new("reviewShare", $"{ReviewShare} is not between 0 and 1");
        if (Labels.Split('\n').Length > 50 || Labels.Split('\n').Any(label => label.Length > 60))
            yield return new("labels", "more than 50 lines, or a line of more than 60 characters; one short label a line is expected");
    }
}

/// <summary>A project as its members see it; Version is the ETag.</summary>
public sealed record ProjectView(long Id, ProjectSettings Settings, Role? Role, int GuidelineNumber, int Version, DateTime CreatedAt, DateTime? ArchivedAt);

/// <summary>How far a project is. Items are finished when no slot is open and none is held.</summary>
public sealed record ProjectProgress(int Items, int OpenSlots, int Leased, int Submitted, int Skipped, int Answers);

/// <summary>Projects and their settings.</summary>
public sealed class Projects(Database database, Tokenizers tokenizers, TimeProvider clock)
{
    /// <summary>Projects that the account is a member of, newest last.</summary>
    public Task<List<ProjectView>> List(long accountId, long after, int limit) => database.Read(async context =>
    {
        var rows = await (from project in context.Projects
                          join member in context.Memberships on project.Id equals member.ProjectId
                          where member.AccountId == accountId && project.Id > after
                          orderby project.Id
                          select new { project, member.Role, Guideline = context.Guidelines.Count(guideline => guideline.ProjectId == project.Id) })
            .Take(limit).ToListAsync();
        return rows.ConvertAll(row => View(row.project, row.Role, row.Guideline));
    });

    public Task<ProjectView> Get(long projectId, long accountId) => database.Read(async context =>
    {
        Project project = await context.Projects.SingleOrDefaultAsync(row => row.Id == projectId) ?? throw RefusedException.NotFound("project");
        Membership? member = await context.Memberships.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.AccountId == accountId);
        return View(project, member?.Role, await context.Guidelines.CountAsync(row => row.ProjectId == projectId));
    });

    /// <summary>Makes a project, and its maker the owner; of one that the command line makes, the owners of the installation, or whoever becomes the first.</summary>
    public Task<ProjectView> Create(Actor actor, ProjectSettings settings) => database.Write(async context =>
    {
        Check(settings);
        var project = new Project { CreatedAt = clock.Now() };
        Set(project, settings);
        context.Projects.Add(project);
        await context.SaveChangesAsync();
        List<long> owners = actor.AccountId is long maker ? [maker] : await context.Users.Where(row => row.IsInstallationOwner && !row.IsDisabled).Select(row => row.Id).ToListAsync();
        context.Memberships.AddRange(owners.Select(owner => new Membership { ProjectId = project.Id, AccountId = owner, Role = Role.Owner, CreatedAt = project.CreatedAt }));
        await AuditLog.Append(context, project.CreatedAt, actor, project.Id, "project-created", $"project/{project.Id}", after: settings);
        return View(project, Role.Owner, 0);
    });

    /// <summary>Changes the settings where the caller has seen the newest version of them. The overlap of items that are there stays.</summary>
    public Task<ProjectView> Change(Actor actor, long projectId, int version, ProjectSettings settings) => database.Write(async context =>
    {
        Check(settings);
        Project project = await context.Projects.SingleAsync(row => row.Id == projectId);
        if (project.Version != version)
            throw new RefusedException(Refusal.Outdated, "outdated", $"The project was changed meanwhile: version {project.Version} is the newest, not {version}.");
        if (project.Kind != settings.Kind && await context.Items.AnyAsync(item => item.ProjectId == projectId))
            throw RefusedException.Invalid(new FieldProblem("kind", "cannot change once the project has items"));
        ProjectSettings before = SettingsOf(project);
        Set(project, settings);
        project.Version++;
        await AuditLog.Append(context, clock.Now(), actor, projectId, "project-changed", $"project/{projectId}", before, settings);
        Membership? member = await context.Memberships.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.AccountId == actor.AccountId);
        return View(project, member?.Role, await context.Guidelines.CountAsync(row => row.ProjectId == projectId));
    });

    /// <summary>An archived project can be read and exported; nobody gets items from it. Archiving twice changes nothing.</summary>
    public Task Archive(Actor actor, long projectId) => database.Write(async context =>
    {
        Project project = await context.Projects.SingleAsync(row => row.Id == projectId);
        if (project.ArchivedAt is not null)
            return;
        project.ArchivedAt = clock.Now();
        project.Version++;
        await AuditLog.Append(context, project.ArchivedAt.Value, actor, projectId, "project-archived", $"project/{projectId}");
    });

    /// <summary>
    /// Counted from indices that grow with the items, not with the answers: places that are taken are the overlap less those open, and all of them
    /// hold a submitted answer but the few that are being worked on. Emend verify checks that this is so.
    /// </summary>
    public Task<ProjectProgress> Progress(long projectId) => database.Read(async context =>
    {
        var items = await context.Items.Where(item => item.ProjectId == projectId).GroupBy(item => item.ProjectId)
            .Select(group => new { Count = group.Count(), Open = group.Sum(item => item.OpenSlots), Places = group.Sum(item => item.Overlap) }).SingleOrDefaultAsync();
        int openGold = await context.Items.Where(item => item.ProjectId == projectId && item.Gold != null).SumAsync(item => item.OpenSlots);
        var unfinished = await context.Assignments.Where(row => row.ProjectId == projectId && (row.State != AssignmentState.Submitted || row.Slot == null))
            .GroupBy(row => new { row.State, HasSlot = row.Slot != null }).Select(group => new { group.Key.State, group.Key.HasSlot, Count = group.Count() }).ToListAsync();
        int reopened = await context.Assignments.Where(row => row.ProjectId == projectId && (row.State != AssignmentState.Submitted || row.Slot == null) && row.State != AssignmentState.Submitted)
            .CountAsync(row => context.Answers.Any(answer => answer.AssignmentId == row.Id && answer.IsCurrent));
        int In(AssignmentState state) => unfinished.Where(row => row.State == state).Sum(row => row.Count);
        int taken = (items?.Places ?? 0) - (items?.Open ?? 0), workedOn = unfinished.Where(row => row.HasSlot).Sum(row => row.Count);
        int submitted = taken - workedOn + In(AssignmentState.Submitted);
        return new ProjectProgress(items?.Count ?? 0, (items?.Open ?? 0) - openGold, In(AssignmentState.Leased), submitted, In(AssignmentState.Skipped), submitted + reopened);
    });

    /// <summary>Every project of the store, for the command line.</summary>
    public async Task<List<ProjectView>> All() => (await database.Read(context => context.Projects.OrderBy(row => row.Id)
        .Select(row => new { row, Guideline = context.Guidelines.Count(guideline => guideline.ProjectId == row.Id) }).ToListAsync())).ConvertAll(found => View(found.row, null, found.Guideline));

    private void Check(ProjectSettings settings)
    {
        FieldProblem[] problems = [.. settings.Problems()];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems);
        if (!string.IsNullOrWhiteSpace(settings.Tokenizer))
            tokenizers.Load(settings.Tokenizer);
    }

    private static void Set(Project project, ProjectSettings settings)
    {
        project.Name = settings.Name.Trim();
        project.Description = settings.Description;
        project.Kind = settings.Kind;
        project.Overlap = settings.Overlap;
        project.LeaseMinutes = settings.LeaseMinutes;
        project.Tokenizer = string.IsNullOrWhiteSpace(settings.Tokenizer) ? null : settings.Tokenizer;
        project.BandLow = settings.BandLow;
        project.BandHigh = settings.BandHigh;
        project.Blind = settings.Blind;
        project.KeepExtra = settings.KeepExtra;
        project.ReviewShare = settings.ReviewShare;
        project.Labels = settings.Labels;
    }

    private static ProjectView View(Project project, Role? role, int guideline) =>
        new(project.Id, SettingsOf(project), role, guideline, project.Version, project.CreatedAt, project.ArchivedAt);

    private static ProjectSettings SettingsOf(Project project) => new()
    {
        Name = project.Name,
        Description = project.Description,
        Kind = project.Kind,
        Overlap = project.Overlap,
        LeaseMinutes = project.LeaseMinutes,
        Tokenizer = project.Tokenizer,
        BandLow = project.BandLow,
        BandHigh = project.BandHigh,
        Blind = project.Blind,
        KeepExtra = project.KeepExtra,
        ReviewShare = project.ReviewShare,
        Labels = project.Labels,
    };
}
