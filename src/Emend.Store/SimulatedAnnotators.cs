using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>
/// The annotator that is a program of ours and no person: an account that nobody can sign in as, under a name that no person can take, so that what it
/// said is told apart wherever accounts are named. Its rows of data sets say so too.
/// </summary>
public sealed class SimulatedAnnotators(Database database, TimeProvider clock)
{
    /// <summary>With a space, which names of people cannot have.</summary>
    public const string Name = "simulated annotator";

    /// <summary>What data sets and votes call where it came from.</summary>
    public const string Source = FeedbackSources.Simulated;

    /// <summary>The simulated annotator as a member of the project, made where it is not there yet.</summary>
    public Task<Actor> Join(long projectId) => database.Write(async context =>
    {
        DateTime now = clock.Now();
        Account? account = await context.Users.SingleOrDefaultAsync(row => row.UserName == Name);
        if (account is null)
        {
            // No password and disabled: nothing that is typed opens it.
            account = new Account { UserName = Name, NormalizedUserName = Name.ToUpperInvariant(), DisplayName = Name, SecurityStamp = Secrets.New(), IsDisabled = true, CreatedAt = now };
            context.Users.Add(account);
            await context.SaveChangesAsync();
        }
        var actor = new Actor(account.Id, Name);
        if (await context.Memberships.AnyAsync(row => row.ProjectId == projectId && row.AccountId == account.Id))
            return actor;
        context.Memberships.Add(new Membership { ProjectId = projectId, AccountId = account.Id, Role = Role.Annotator, Group = Source, CreatedAt = now });
        await AuditLog.Append(context, now, Actor.Installation, projectId, "simulated-annotator-joined", $"account/{account.Id}");
        return actor;
    });

    /// <summary>Its account; null where it never joined.</summary>
    internal static Task<long?> Find(StudioContext context) => context.Users.Where(row => row.UserName == Name).Select(row => (long?)row.Id).SingleOrDefaultAsync();
}
