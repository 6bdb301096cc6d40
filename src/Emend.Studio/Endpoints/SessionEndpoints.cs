using Emend.Store;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Beginning, signing in and out, and the caller's own account.</summary>
internal static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/session", GetSession).AllowAnonymous();
        routes.MapPost("/api/set-up", SetUp).AllowAnonymous().RequireRateLimiting(Limits.SignIn);
        routes.MapPost("/api/sign-in", SignInByPassword).AllowAnonymous().RequireRateLimiting(Limits.SignIn);
        routes.MapPost("/api/sign-out", async (HttpContext http) => await http.SignOutAsync(SignIn.Cookie)).AllowAnonymous();
        routes.MapPut("/api/account/password", ChangePassword).ForBrowser().RequireRateLimiting(Limits.SignIn);
        routes.MapGet("/api/account/keys", async (HttpContext http, KeyBindings keys) =>
        {
            KeyBindingsView view = await keys.Get(http.Caller().Id);
            return http.WithEtag(view, view.Version);
        }).ForBrowser();
        routes.MapPut("/api/account/keys", async (KeysRequest request, HttpContext http, KeyBindings keys) =>
        {
            KeyBindingsView view = await keys.Set(http.Caller().Actor, http.Request.SeenVersion(), request.Keys);
            return http.WithEtag(view, view.Version);
        }).ForBrowser();
        routes.MapGet("/api/accounts", async (long? after, int? limit, Accounts accounts) =>
            Page<AccountSummary>.Of(await accounts.List(after ?? 0, new Paging(after, limit).Size + 1), new Paging(after, limit).Size, account => account.Id)).ForInstallation(Scope.Manage);
        routes.MapPut("/api/accounts/{account:long}/disabled", async (long account, DisableRequest request, HttpContext http, Accounts accounts) =>
            await accounts.SetDisabled(http.Caller().Actor, account, request.Disabled)).ForInstallation(Scope.Manage);
    }

    /// <summary>Who is signed in, and the antiforgery token that every request that changes something must carry.</summary>
    private static async Task<SessionView> GetSession(HttpContext http, Accounts accounts, IAntiforgery antiforgery)
    {
        Account? account = http.CallerOrNull() is Caller caller ? await accounts.Find(caller.Id) : null;
        return new SessionView(
            account is null ? null : new AccountSummary(account.Id, account.UserName!, account.DisplayName, account.IsInstallationOwner, account.IsDisabled),
            antiforgery.GetAndStoreTokens(http).RequestToken!,
            account is null && await accounts.AwaitsSetUp());
    }

    private static async Task<Ok<AccountSummary>> SetUp(SetUpRequest request, HttpContext http, Accounts accounts)
    {
        Account account = await accounts.SetUp(request.Secret, new NewAccount(request.Name, request.Password, request.DisplayName));
        await SignIn.Start(http, account);
        return TypedResults.Ok(new AccountSummary(account.Id, account.UserName!, account.DisplayName, true, false));
    }

    // An unknown name takes as long as a wrong password, and reads the same.
    private static async Task<Ok<AccountSummary>> SignInByPassword(SignInRequest request, HttpContext http, UserManager<Account> users, IPasswordHasher<Account> hasher, TwoFactor factor)
    {
        Account? account = await users.FindByNameAsync(request.Name);
        if (account is null || await users.IsLockedOutAsync(account))
        {
            hasher.VerifyHashedPassword(new Account(), Decoy(hasher), request.Password);
            throw Wrong();
        }
        if (!await users.CheckPasswordAsync(account, request.Password))
        {
            await users.AccessFailedAsync(account);
            throw Wrong();
        }
        if (account.IsDisabled)
            throw Wrong();
        if (account.TwoFactorEnabled && request.Code is null)
            throw new RefusedException(Refusal.Forbidden, "two-factor", "The password is right; the code of the authenticator app, or a recovery code, is needed too.");
        if (account.TwoFactorEnabled && !await TwoFactorEndpoints.Accepts(account, request.Code!, users, factor))
        {
            await users.AccessFailedAsync(account);
            throw new RefusedException(Refusal.Forbidden, "wrong-code", "The code is wrong, was used before, or is too old.");
        }
        if (account.AccessFailedCount > 0)
            await users.ResetAccessFailedCountAsync(account);
        await SignIn.Start(http, account);
        return TypedResults.Ok(new AccountSummary(account.Id, account.UserName!, account.DisplayName, account.IsInstallationOwner, false));
    }

    private static async Task ChangePassword(ChangePasswordRequest request, HttpContext http, Accounts accounts) =>
        await SignIn.Start(http, await accounts.ChangePassword(http.Caller().Id, request.Current, request.Wanted));

    private static string? decoy;

    private static string Decoy(IPasswordHasher<Account> hasher) => decoy ??= hasher.HashPassword(new Account(), Guid.NewGuid().ToString());

    private static RefusedException Wrong() =>
        new(Refusal.Forbidden, "wrong-password", "Name or password is wrong, or the account is closed to sign-ins for now.");

    internal sealed record SessionView(AccountSummary? Account, string AntiforgeryToken, bool AwaitsSetUp);

    internal sealed record SetUpRequest(string Secret, string Name, string Password, string? DisplayName = null);

    internal sealed record SignInRequest(string Name, string Password, string? Code = null);

    internal sealed record ChangePasswordRequest(string Current, string Wanted);

    internal sealed record DisableRequest(bool Disabled);

    internal sealed record KeysRequest(IReadOnlyDictionary<string, string> Keys);
}
