using System.Text.RegularExpressions;
using Emend.Feedback;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>People: the first one through the set-up link, all others through invitations. Nobody signs up by themselves.</summary>
public sealed partial class Accounts(Database database, IPasswordHasher<Account> hasher, TimeProvider clock)
{
    private const string SetUpSetting = "set-up";
    private static readonly System.Linq.Expressions.Expression<Func<Account, bool>> CanSignIn = account => account.PasswordHash != null;
    private const int ShortestPassword = 10;
    private const int LongestPassword = 200;

    /// <summary>The secret of a new set-up link, or null where the installation has an owner. An earlier link ends.</summary>
    public Task<string?> NewSetUpSecret() => database.Write<string?>(async context =>
    {
        if (await context.Users.AnyAsync(CanSignIn))
            return null;
        string secret = Secrets.New();
        await context.Settings.Where(setting => setting.Name == SetUpSetting).ExecuteDeleteAsync();
        context.Settings.Add(new Setting { Name = SetUpSetting, Value = Secrets.Hash(secret) });
        return secret;
    });

    /// <summary>Whether nobody has an account yet. Simulated annotators, who have no password, are nobody.</summary>
    public Task<bool> AwaitsSetUp() => database.Read(async context => !await context.Users.AnyAsync(CanSignIn));

    /// <summary>Makes the bearer of the set-up link the owner of the installation; the link ends.</summary>
    public Task<Account> SetUp(string secret, NewAccount wanted) => database.Write(async context =>
    {
        Check(wanted);
        string hash = Secrets.Hash(secret);
        int taken = await context.Settings.Where(setting => setting.Name == SetUpSetting && setting.Value == hash).ExecuteDeleteAsync();
        if (taken == 0)
            throw new RefusedException(Refusal.Gone, "link-over", "This set-up link was used or replaced; the terminal that runs the studio shows the current one.");
        Account account = await Add(context, wanted);
        account.IsInstallationOwner = true;
        // Projects that the command line made before there was anybody.
        foreach (long project in await context.Projects.Where(row => !context.Memberships.Any(member => member.ProjectId == row.Id && member.Role == Role.Owner)).Select(row => row.Id).ToListAsync())
            context.Memberships.Add(new Membership { ProjectId = project, AccountId = account.Id, Role = Role.Owner, CreatedAt = account.CreatedAt });
        await AuditLog.Append(context, clock.Now(), Actor.Installation, null, "set-up", $"account/{account.Id}", after: new { account.UserName });
        return account;
    });

    /// <summary>Adds an account in the caller's transaction.</summary>
    internal async Task<Account> Add(StudioContext context, NewAccount wanted)
    {
        Check(wanted);
        string normalized = wanted.Name.ToUpperInvariant();
        if (await context.Users.AnyAsync(account => account.NormalizedUserName == normalized))
            throw RefusedException.Invalid(new FieldProblem("name", $"\"{wanted.Name}\" is taken; another name is expected"));
        var account = new Account
        {
            UserName = wanted.Name,
            NormalizedUserName = normalized,
            DisplayName = wanted.DisplayName is { Length: > 0 } shown ? shown : wanted.Name,
            SecurityStamp = Secrets.New(),
            LockoutEnabled = true,
            CreatedAt = clock.Now(),
        };
        account.PasswordHash = hasher.HashPassword(account, wanted.Password);
        context.Users.Add(account);
        await context.SaveChangesAsync();
        return account;
    }

    /// <summary>Changes the password and ends every session of the account but the one that is about to be made.</summary>
    public Task<Account> ChangePassword(long accountId, string current, string wanted) => database.Write(async context =>
    {
        Account account = await context.Users.SingleAsync(row => row.Id == accountId);
        if (hasher.VerifyHashedPassword(account, account.PasswordHash!, current) == PasswordVerificationResult.Failed)
            throw RefusedException.Invalid(new FieldProblem("current", "is not the password of this account"));
        FieldProblem[] problems = [.. PasswordProblems(account.UserName!, wanted)];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems);
        account.PasswordHash = hasher.HashPassword(account, wanted);
        account.SecurityStamp = Secrets.New();
        await AuditLog.Append(context, clock.Now(), new Actor(accountId, account.UserName!), null, "password-changed", $"account/{accountId}");
        return account;
    });

    /// <summary>Disables an account, ending its sessions and tokens, or enables it again.</summary>
    public Task SetDisabled(Actor actor, long accountId, bool disabled) => database.Write(async context =>
    {
        Account account = await context.Users.SingleOrDefaultAsync(row => row.Id == accountId) ?? throw RefusedException.NotFound("account");
        if (account.IsInstallationOwner && disabled && await context.Users.CountAsync(row => row.IsInstallationOwner && !row.IsDisabled) == 1)
            throw new RefusedException(Refusal.Conflict, "last-owner", "The last owner of the installation cannot be disabled.");
        await AuditLog.Append(context, clock.Now(), actor, null, disabled ? "account-disabled" : "account-enabled", $"account/{accountId}", new { account.IsDisabled }, new { IsDisabled = disabled });
        account.IsDisabled = disabled;
        account.SecurityStamp = Secrets.New();
    });

    public Task<Account?> Find(long id) => database.Read(context => context.Users.SingleOrDefaultAsync(account => account.Id == id));

    /// <summary>An account and its role in a project, both as they are now: every request asks for them, so it is one question.</summary>
    public async Task<(Account Account, Role? Role)?> Find(long id, long? projectId)
    {
        var found = await database.Read(context => context.Users.Where(account => account.Id == id).Select(account => new
        {
            account,
            Role = context.Memberships.Where(member => member.ProjectId == projectId && member.AccountId == account.Id).Select(member => (Role?)member.Role).SingleOrDefault(),
        }).SingleOrDefaultAsync());
        return found is null ? null : (found.account, found.Role);
    }

    public Task<List<AccountSummary>> List(long after, int limit) => database.Read(context => context.Users
        .Where(account => account.Id > after).OrderBy(account => account.Id).Take(limit)
        .Select(account => new AccountSummary(account.Id, account.UserName!, account.DisplayName, account.IsInstallationOwner, account.IsDisabled, account.TwoFactorEnabled)).ToListAsync());

    private static void Check(NewAccount wanted)
    {
        FieldProblem[] problems = [.. Problems(wanted)];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems);
    }

    private static IEnumerable<FieldProblem> Problems(NewAccount wanted)
    {
        if (!Names().IsMatch(wanted.Name))
            yield return new FieldProblem("name", "2 to 64 letters, digits or . _ - @ are expected, the first a letter or digit");
        if (wanted.DisplayName?.Length > 100)
            yield return new FieldProblem("displayName", $"has {wanted.DisplayName.Length} characters; at most 100 are expected");
        foreach (FieldProblem problem in PasswordProblems(wanted.Name, wanted.Password))
            yield return problem;
    }

    private static IEnumerable<FieldProblem> PasswordProblems(string name, string password)
    {
        if (password.Length is < ShortestPassword or > LongestPassword)
            yield return new FieldProblem("password", $"has {password.Length} characters; {ShortestPassword} to {LongestPassword} are expected");
        else if (password.Contains(name, StringComparison.OrdinalIgnoreCase) || password.Distinct().Count() < 4)
            yield return new FieldProblem("password", "is easy to guess: it holds the name or hardly any different characters");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}\z")]
    private static partial Regex Names();
}

/// <summary>What a new account is made from.</summary>
public sealed record NewAccount(string Name, string Password, string? DisplayName = null);

/// <summary>An account as lists show it.</summary>
public sealed record AccountSummary(long Id, string Name, string DisplayName, bool IsOwner, bool IsDisabled, bool HasTwoFactor = false);
