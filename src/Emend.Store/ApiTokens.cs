using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A token as its owner lists it; the secret is shown once, when it is made.</summary>
public sealed record ApiTokenView(long Id, string Name, IReadOnlyList<string> Scopes, DateTime CreatedAt, DateTime ExpiresAt, DateTime? LastUsedAt, DateTime? RevokedAt);

/// <summary>Tokens with which programs act for a person, within the scopes that the person gave.</summary>
public sealed class ApiTokens(Database database, TimeProvider clock)
{
    public static readonly IReadOnlyList<string> AllScopes = ["read", "work", "manage"];

    private const int LongestDays = 366;
    private static readonly TimeSpan LastUsedPrecision = TimeSpan.FromMinutes(1);

    public Task<(ApiTokenView Token, string Secret)> Create(Actor actor, string name, IReadOnlyList<string> scopes, int days) => database.Write(async context =>
    {
        FieldProblem[] problems =
        [
            .. name.Trim().Length is 0 or > 100 ? [new FieldProblem("name", "1 to 100 characters are expected")] : Array.Empty<FieldProblem>(),
            .. scopes.Count == 0 ? [new FieldProblem("scopes", $"is empty; one or more of {string.Join(", ", AllScopes)} are expected")] : Array.Empty<FieldProblem>(),
            .. scopes.Except(AllScopes).Select(scope => new FieldProblem("scopes", $"\"{scope}\" is not one of {string.Join(", ", AllScopes)}")),
            .. days is < 1 or > LongestDays ? [new FieldProblem("days", $"{days} is not between 1 and {LongestDays}")] : Array.Empty<FieldProblem>(),
        ];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems);
        string secret = $"emend_{Secrets.New()}";
        var token = new ApiToken
        {
            AccountId = actor.AccountId!.Value,
            Name = name.Trim(),
            SecretHash = Secrets.Hash(secret),
            Scopes = string.Join(' ', scopes.Distinct()),
            CreatedAt = clock.Now(),
            ExpiresAt = clock.Now().AddDays(days),
        };
        context.ApiTokens.Add(token);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, token.CreatedAt, actor, null, "token-created", $"token/{token.Id}", after: new { token.Name, token.Scopes });
        return (View(token), secret);
    });

    public async Task<List<ApiTokenView>> List(long accountId) =>
        (await database.Read(context => context.ApiTokens.Where(token => token.AccountId == accountId).OrderBy(token => token.Id).ToListAsync())).ConvertAll(View);

    public Task Revoke(Actor actor, long tokenId) => database.Write(async context =>
    {
        ApiToken token = await context.ApiTokens.SingleOrDefaultAsync(row => row.Id == tokenId && row.AccountId == actor.AccountId) ?? throw RefusedException.NotFound("token");
        if (token.RevokedAt is not null)
            return;
        token.RevokedAt = clock.Now();
        await AuditLog.Append(context, clock.Now(), actor, null, "token-revoked", $"token/{tokenId}");
    });

    /// <summary>The account of a secret, its role in a project, and its scopes; null where it is unknown, over, revoked, or its account disabled.</summary>
    public async Task<(Account Account, Role? Role, IReadOnlySet<string> Scopes)?> Find(string secret, long? projectId)
    {
        string hash = Secrets.Hash(secret);
        DateTime now = clock.Now();
        var found = await database.Read(context => (from token in context.ApiTokens
                                                    join account in context.Users on token.AccountId equals account.Id
                                                    where token.SecretHash == hash && token.RevokedAt == null && token.ExpiresAt > now && !account.IsDisabled
                                                    select new
                                                    {
                                                        token,
                                                        account,
                                                        Role = context.Memberships.Where(member => member.ProjectId == projectId && member.AccountId == account.Id).Select(member => (Role?)member.Role).SingleOrDefault(),
                                                    }).SingleOrDefaultAsync());
        if (found is null)
            return null;
        if (found.token.LastUsedAt is null || now - found.token.LastUsedAt > LastUsedPrecision)
            await database.Write(context => context.ApiTokens.Where(token => token.Id == found.token.Id).ExecuteUpdateAsync(set => set.SetProperty(token => token.LastUsedAt, now)));
        return (found.account, found.Role, found.token.Scopes.Split(' ').ToHashSet());
    }

    private static ApiTokenView View(ApiToken token) => new(token.Id, token.Name, token.Scopes.Split(' '), token.CreatedAt, token.ExpiresAt, token.LastUsedAt, token.RevokedAt);
}
