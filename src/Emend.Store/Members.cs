using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A member of a project.</summary>
public sealed record MemberView(long AccountId, string Name, string DisplayName, Role Role, string? Group);

/// <summary>An invitation as managers list it; the secret is shown once, when it is made.</summary>
public sealed record InvitationView(long Id, Role Role, string Note, DateTime CreatedAt, DateTime ExpiresAt, DateTime? UsedAt, DateTime? RevokedAt);

/// <summary>What the bearer of a link is invited to.</summary>
public sealed record InvitationOffer(long ProjectId, string Project, Role Role, DateTime ExpiresAt);

/// <summary>Who belongs to a project. Nobody gives or takes a role above their own, and a project keeps an owner.</summary>
public sealed class Members(Database database, Accounts accounts, TimeProvider clock)
{
    private const int LongestDays = 30;

    public Task<List<MemberView>> List(long projectId) => database.Read(context =>
        (from member in context.Memberships
         join account in context.Users on member.AccountId equals account.Id
         where member.ProjectId == projectId
         orderby account.Id
         select new MemberView(account.Id, account.UserName!, account.DisplayName, member.Role, member.Group)).ToListAsync());

    public Task Change(Actor actor, long projectId, long accountId, Role role, string? group) => database.Write(async context =>
    {
        if (group?.Length > 100 || group?.Any(char.IsControl) == true)
            throw RefusedException.Invalid(new FieldProblem("group", "at most 100 characters without control characters are expected"));
        await AuditLog.Lock(context);       // of two owners who demote each other the second is none any more
        Membership member = await Member(context, projectId, accountId);
        await CheckRank(context, actor, projectId, member.Role, role);
        if (member.Role == Role.Owner && role != Role.Owner)
            await KeepAnOwner(context, projectId);
        await AuditLog.Append(context, clock.Now(), actor, projectId, "role-changed", $"account/{accountId}", new { member.Role, member.Group }, new { Role = role, Group = group });
        (member.Role, member.Group) = (role, group);
    });

    /// <summary>Takes somebody out of the project. Their answers stay; what they hold goes back to the queue when its lease is over.</summary>
    public Task Remove(Actor actor, long projectId, long accountId) => database.Write(async context =>
    {
        await AuditLog.Lock(context);
        Membership member = await Member(context, projectId, accountId);
        await CheckRank(context, actor, projectId, member.Role, Role.Viewer);
        if (member.Role == Role.Owner)
            await KeepAnOwner(context, projectId);
        context.Memberships.Remove(member);
        await AuditLog.Append(context, clock.Now(), actor, projectId, "member-removed", $"account/{accountId}", new { member.Role });
    });

    public Task<(InvitationView Invitation, string Secret)> Invite(Actor actor, long projectId, Role role, string note, int days) => database.Write(async context =>
    {
        if (days is < 1 or > LongestDays)
            throw RefusedException.Invalid(new FieldProblem("days", $"{days} is not between 1 and {LongestDays}"));
        if (note.Length > 200 || note.Any(char.IsControl))
            throw RefusedException.Invalid(new FieldProblem("note", "at most 200 characters without control characters are expected"));
        await CheckRank(context, actor, projectId, role, role);
        string secret = Secrets.New();
        var invitation = new Invitation
        {
            ProjectId = projectId,
            Role = role,
            Note = note,
            SecretHash = Secrets.Hash(secret),
            InvitedBy = actor.AccountId!.Value,
            CreatedAt = clock.Now(),
            ExpiresAt = clock.Now().AddDays(days),
        };
        context.Invitations.Add(invitation);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, clock.Now(), actor, projectId, "invited", $"invitation/{invitation.Id}", after: new { role });
        return (View(invitation), secret);
    });

    public async Task<List<InvitationView>> Invitations(long projectId) =>
        (await database.Read(context => context.Invitations.Where(row => row.ProjectId == projectId).OrderBy(row => row.Id).ToListAsync())).ConvertAll(View);

    public Task RevokeInvitation(Actor actor, long projectId, long invitationId) => database.Write(async context =>
    {
        Invitation invitation = await context.Invitations.SingleOrDefaultAsync(row => row.Id == invitationId && row.ProjectId == projectId) ?? throw RefusedException.NotFound("invitation");
        if (invitation.UsedAt is not null || invitation.RevokedAt is not null)
            return;
        invitation.RevokedAt = clock.Now();
        await AuditLog.Append(context, clock.Now(), actor, projectId, "invitation-revoked", $"invitation/{invitationId}");
    });

    public Task<InvitationOffer> Offer(string secret) => database.Read(async context =>
    {
        Invitation invitation = await Open(context, secret);
        string project = await context.Projects.Where(row => row.Id == invitation.ProjectId).Select(row => row.Name).SingleAsync();
        return new InvitationOffer(invitation.ProjectId, project, invitation.Role, invitation.ExpiresAt);
    });

    /// <summary>Makes the bearer a member: the account that is signed in, or a new one. The link ends.</summary>
    public Task<Account> Accept(string secret, long? accountId, NewAccount? wanted) => database.Write(async context =>
    {
        Invitation invitation = await Open(context, secret);
        DateTime now = clock.Now();
        // One of two who press at once: the row is taken by whoever changes it first.
        if (await context.Invitations.Where(row => row.Id == invitation.Id && row.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now)) == 0)
            throw Over();
        Account account = accountId is long id ? await context.Users.SingleAsync(row => row.Id == id)
            : await accounts.Add(context, wanted ?? throw RefusedException.Invalid(new FieldProblem("name", "is missing; a name and a password for the new account are expected")));
        Membership? member = await context.Memberships.SingleOrDefaultAsync(row => row.ProjectId == invitation.ProjectId && row.AccountId == account.Id);
        if (member is null)
            context.Memberships.Add(new Membership { ProjectId = invitation.ProjectId, AccountId = account.Id, Role = invitation.Role, CreatedAt = now });
        else if (member.Role < invitation.Role)
            member.Role = invitation.Role;
        await context.Invitations.Where(row => row.Id == invitation.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedBy, account.Id));
        await AuditLog.Append(context, now, new Actor(account.Id, account.UserName!), invitation.ProjectId, "invitation-accepted", $"invitation/{invitation.Id}", after: new { invitation.Role });
        return account;
    });

    private async Task<Invitation> Open(StudioContext context, string secret)
    {
        string hash = Secrets.Hash(secret);
        Invitation? invitation = await context.Invitations.AsNoTracking().SingleOrDefaultAsync(row => row.SecretHash == hash);
        return invitation is { UsedAt: null, RevokedAt: null } && invitation.ExpiresAt > clock.Now() ? invitation : throw Over();
    }

    private static RefusedException Over() => new(Refusal.Gone, "link-over", "This invitation was used, taken back, or is too old; ask for a new one.");

    private static async Task<Membership> Member(StudioContext context, long projectId, long accountId) =>
        await context.Memberships.SingleOrDefaultAsync(row => row.ProjectId == projectId && row.AccountId == accountId) ?? throw RefusedException.NotFound("member");

    private static async Task CheckRank(StudioContext context, Actor actor, long projectId, Role before, Role after)
    {
        Role own = (await Member(context, projectId, actor.AccountId!.Value)).Role;
        if (before > own || after > own)
            throw new RefusedException(Refusal.Forbidden, "forbidden", $"The role {(before > own ? before : after).ToString().ToLowerInvariant()} is above your own.");
    }

    private static async Task KeepAnOwner(StudioContext context, long projectId)
    {
        if (await context.Memberships.CountAsync(row => row.ProjectId == projectId && row.Role == Role.Owner) == 1)
            throw new RefusedException(Refusal.Conflict, "last-owner", "The last owner of a project stays; name another one first.");
    }

    private static InvitationView View(Invitation row) => new(row.Id, row.Role, row.Note, row.CreatedAt, row.ExpiresAt, row.UsedAt, row.RevokedAt);
}
