// The key lies where ASP.NET Core Identity's authenticator provider looks for it; the codes are checked by that provider (RFC 6238).
// Recovery codes are ours: Identity would keep them as they are, here only hashes are kept. They have 60 random bits.
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>How an account stands with its second factor.</summary>
public sealed record TwoFactorView(bool Enabled, int RecoveryCodesLeft);

/// <summary>The second factor of accounts: a key in an authenticator app, and codes for the day that the app is lost.</summary>
public sealed class TwoFactor(Database database, TimeProvider clock)
{
    private const string IdentityStore = "[AspNetUserStore]", IdentityKey = "AuthenticatorKey";
    private const string Ours = "emend", Codes = "recovery-codes", LastCode = "last-code";
    private const int CodeCount = 10;
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(3);

    public Task<TwoFactorView> Get(long accountId) => database.Read(async context =>
    {
        bool enabled = await context.Users.Where(row => row.Id == accountId).Select(row => row.TwoFactorEnabled).SingleAsync();
        return new TwoFactorView(enabled, enabled ? (await Hashes(context, accountId)).Count : 0);
    });

    /// <summary>A new key, which counts once a code from it was given. What is in force stays so until then.</summary>
    public Task<string> NewKey(long accountId, string key) => database.Write(async context =>
    {
        if (await context.Users.AnyAsync(row => row.Id == accountId && row.TwoFactorEnabled))
            throw new RefusedException(Refusal.Conflict, "two-factor-on", "The account has a second factor already; switch it off first.");
        await Set(context, accountId, IdentityStore, IdentityKey, key);
        return key;
    });

    /// <summary>Asks for the second factor from now on; the recovery codes are shown once. All other sessions end.</summary>
    public Task<(Account Account, string[] Codes)> Enable(Actor actor) => database.Write(async context =>
    {
        Account account = await context.Users.SingleAsync(row => row.Id == actor.AccountId);
        (account.TwoFactorEnabled, account.SecurityStamp) = (true, Secrets.New());
        await AuditLog.Append(context, clock.Now(), actor, null, "two-factor-enabled", $"account/{account.Id}");
        return (account, await NewCodes(context, account.Id));
    });

    /// <summary>Asks for the password alone again: by the person, or by an owner of the installation for somebody who lost everything.</summary>
    public Task<Account> Disable(Actor actor, long accountId) => database.Write(async context =>
    {
        Account account = await context.Users.SingleOrDefaultAsync(row => row.Id == accountId) ?? throw RefusedException.NotFound("account");
        await context.UserTokens.Where(row => row.UserId == accountId && ((row.LoginProvider == IdentityStore && row.Name == IdentityKey) || row.LoginProvider == Ours)).ExecuteDeleteAsync();
        if (account.TwoFactorEnabled)
            await AuditLog.Append(context, clock.Now(), actor, null, "two-factor-disabled", $"account/{accountId}");
        (account.TwoFactorEnabled, account.SecurityStamp) = (false, Secrets.New());
        return account;
    });

    /// <summary>New recovery codes; the old ones end.</summary>
    public Task<string[]> RenewCodes(Actor actor) => database.Write(async context =>
    {
        if (!await context.Users.AnyAsync(row => row.Id == actor.AccountId && row.TwoFactorEnabled))
            throw new RefusedException(Refusal.Conflict, "two-factor-off", "The account has no second factor; there is nothing to recover.");
        await AuditLog.Append(context, clock.Now(), actor, null, "recovery-codes-renewed", $"account/{actor.AccountId}");
        return await NewCodes(context, actor.AccountId!.Value);
    });

    /// <summary>Takes a recovery code; false where it is none, or was taken before.</summary>
    public Task<bool> Redeem(Actor actor, string code) => database.Write(async context =>
    {
        List<string> hashes = await Hashes(context, actor.AccountId!.Value);
        string seen = string.Join(';', hashes);
        if (!hashes.Remove(Secrets.Hash(Normalized(code))) || !await Replace(context, actor.AccountId.Value, Codes, seen, string.Join(';', hashes)))
            return false;
        await AuditLog.Append(context, clock.Now(), actor, null, "recovery-code-used", $"account/{actor.AccountId}", after: new { Left = hashes.Count });
        return true;
    });

    /// <summary>Notes a code that was right; false where the same one was taken within its lifetime: whoever watched it being typed has nothing.</summary>
    public Task<bool> TakeOnce(long accountId, string code) => database.Write(async context =>
    {
        string hash = Secrets.Hash($"{accountId} {code}");
        IdentityUserToken<long>? last = await context.UserTokens.SingleOrDefaultAsync(row => row.UserId == accountId && row.LoginProvider == Ours && row.Name == LastCode);
        string[] parts = last?.Value?.Split(' ') ?? [];
        if (parts.Length == 2 && parts[0] == hash && long.TryParse(parts[1], out long ticks) && clock.Now().Ticks - ticks < CodeLifetime.Ticks)
            return false;
        string now = $"{hash} {clock.Now().Ticks}";
        if (last is not null)
            return await Replace(context, accountId, LastCode, last.Value!, now);
        await Set(context, accountId, Ours, LastCode, now);
        return true;
    });

    // Of two who send the same code at once one is let in: the value must still be the one that was read.
    private static async Task<bool> Replace(StudioContext context, long accountId, string name, string seen, string value) =>
        await context.UserTokens.Where(row => row.UserId == accountId && row.LoginProvider == Ours && row.Name == name && row.Value == seen).ExecuteUpdateAsync(set => set.SetProperty(row => row.Value, value)) == 1;

    private static async Task<string[]> NewCodes(StudioContext context, long accountId)
    {
        string[] codes = [.. Enumerable.Range(0, CodeCount).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 12))];
        await Set(context, accountId, Ours, Codes, string.Join(';', codes.Select(Secrets.Hash)));
        return [.. codes.Select(code => $"{code[..4]}-{code[4..8]}-{code[8..]}")];
    }

    private static string Normalized(string code) => code.Replace("-", "", StringComparison.Ordinal).Trim().ToLowerInvariant();

    private static async Task<List<string>> Hashes(StudioContext context, long accountId) =>
        [.. ((await context.UserTokens.SingleOrDefaultAsync(row => row.UserId == accountId && row.LoginProvider == Ours && row.Name == Codes))?.Value ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)];

    private static async Task Set(StudioContext context, long accountId, string provider, string name, string value)
    {
        IdentityUserToken<long>? row = await context.UserTokens.SingleOrDefaultAsync(token => token.UserId == accountId && token.LoginProvider == provider && token.Name == name);
        if (row is null)
            context.UserTokens.Add(new IdentityUserToken<long> { UserId = accountId, LoginProvider = provider, Name = name, Value = value });
        else
            row.Value = value;
    }
}
