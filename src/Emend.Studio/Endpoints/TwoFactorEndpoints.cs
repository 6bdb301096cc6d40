using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>The caller's second factor. Only in a browser, and whatever weakens it asks for the password.</summary>
internal static class TwoFactorEndpoints
{
    public static void MapTwoFactor(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/account/two-factor", (HttpContext http, TwoFactor factor) => factor.Get(http.Caller().Id)).ForBrowser();
        routes.MapPost("/api/account/two-factor/key", NewKey).ForBrowser().RequireRateLimiting(Limits.SignIn);
        routes.MapPost("/api/account/two-factor", Enable).ForBrowser().RequireRateLimiting(Limits.SignIn);
        routes.MapPost("/api/account/two-factor/off", Disable).ForBrowser().RequireRateLimiting(Limits.SignIn);
        routes.MapPost("/api/account/two-factor/recovery-codes", RenewCodes).ForBrowser().RequireRateLimiting(Limits.SignIn);
        routes.MapDelete("/api/accounts/{account:long}/two-factor", (long account, HttpContext http, TwoFactor factor) =>
            factor.Disable(http.Caller().Actor, account)).ForInstallation(Scope.Manage);
    }

    /// <summary>The second factor at sign-in: a code of the app, taken once, or a recovery code.</summary>
    public static async Task<bool> Accepts(Account account, string code, UserManager<Account> users, TwoFactor factor)
    {
        string digits = code.Replace(" ", "", StringComparison.Ordinal);
        return digits.Length == 6 && digits.All(char.IsAsciiDigit)
            ? await users.VerifyTwoFactorTokenAsync(account, TokenOptions.DefaultAuthenticatorProvider, digits) && await factor.TakeOnce(account.Id, digits)
            : await factor.Redeem(new Actor(account.Id, account.UserName!), code);
    }

    private static async Task<KeyView> NewKey(PasswordRequest request, HttpContext http, UserManager<Account> users, TwoFactor factor)
    {
        Account account = await Confirmed(request.Password, http, users);
        string key = await factor.NewKey(account.Id, users.GenerateNewAuthenticatorKey());
        string label = Uri.EscapeDataString($"Emend studio:{account.UserName}");
        return new KeyView(key, $"otpauth://totp/{label}?secret={key}&issuer=Emend%20studio&digits=6");
    }

    private static async Task<CodesView> Enable(CodeRequest request, HttpContext http, UserManager<Account> users, TwoFactor factor)
    {
        Account account = (await users.FindByIdAsync($"{http.Caller().Id}"))!;
        if (account.TwoFactorEnabled)
            throw new RefusedException(Refusal.Conflict, "two-factor-on", "The account has a second factor already.");
        if (await users.IsLockedOutAsync(account) || !await users.VerifyTwoFactorTokenAsync(account, TokenOptions.DefaultAuthenticatorProvider, request.Code.Replace(" ", "", StringComparison.Ordinal)))
        {
            await users.AccessFailedAsync(account);
            throw RefusedException.Invalid(new FieldProblem("code", "is not what the app shows for this key now; its clock may be wrong"));
        }
        (Account changed, string[] codes) = await factor.Enable(http.Caller().Actor);
        await SignIn.Start(http, changed);
        return new CodesView(codes);
    }

    private static async Task Disable(PasswordRequest request, HttpContext http, UserManager<Account> users, TwoFactor factor)
    {
        await Confirmed(request.Password, http, users);
        await SignIn.Start(http, await factor.Disable(http.Caller().Actor, http.Caller().Id));
    }

    private static async Task<CodesView> RenewCodes(PasswordRequest request, HttpContext http, UserManager<Account> users, TwoFactor factor)
    {
        await Confirmed(request.Password, http, users);
        return new CodesView(await factor.RenewCodes(http.Caller().Actor));
    }

    // A session that was left open must not be enough to take the second factor away, or to put another one there.
    private static async Task<Account> Confirmed(string password, HttpContext http, UserManager<Account> users)
    {
        Account account = (await users.FindByIdAsync($"{http.Caller().Id}"))!;
        if (!await users.IsLockedOutAsync(account) && await users.CheckPasswordAsync(account, password))
            return account;
        await users.AccessFailedAsync(account);
        throw RefusedException.Invalid(new FieldProblem("password", "is not the password of this account"));
    }

    internal sealed record PasswordRequest(string Password);

    internal sealed record CodeRequest(string Code);

    internal sealed record KeyView(string Key, string Uri);

    internal sealed record CodesView(IReadOnlyList<string> RecoveryCodes);
}
