using System.Security.Claims;
using System.Text.Encodings.Web;
using Emend.Store;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emend.Studio;

/// <summary>Who makes a request.</summary>
/// <param name="Role">The role in the project of the request's route; null where there is none.</param>
/// <param name="Scopes">What a token may do; null for a signed-in person, who may do all that their roles allow.</param>
internal sealed record Caller(long Id, string Name, bool IsInstallationOwner, Role? Role, IReadOnlySet<string>? Scopes)
{
    public Actor Actor => new(Id, Name);
}

/// <summary>
/// The two ways to be somebody: a cookie for pages, or a token in the Authorization header for programs. A request with that header is
/// judged by its token alone; the cookie does not count. Either way the account is looked up each time, so that a session ends with
/// the request after its password changed or its account was disabled.
/// </summary>
internal static class SignIn
{
    public const string Cookie = "Cookie";
    public const string Token = "Token";
    private const string Either = "Either";
    private const string IdClaim = "id";
    private const string StampClaim = "stamp";
    private static readonly object CallerKey = new();

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ApiTokens>();
        services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = http => http.Request.Headers.ContainsKey("Authorization") ? Token : Cookie)
            .AddScheme<AuthenticationSchemeOptions, TokenHandler>(Token, null)
            .AddCookie(Cookie, cookie =>
            {
                cookie.Cookie.Name = "emend-session";
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                cookie.ExpireTimeSpan = TimeSpan.FromDays(7);
                cookie.SlidingExpiration = true;
                cookie.Events.OnValidatePrincipal = Validate;
                cookie.Events.OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized);
                cookie.Events.OnRedirectToAccessDenied = context => Answer(context, StatusCodes.Status403Forbidden);
            });
    }

    /// <summary>Starts a session of the account on this browser.</summary>
    public static Task Start(HttpContext http, Account account) =>
        http.SignInAsync(Cookie, new ClaimsPrincipal(new ClaimsIdentity([new Claim(IdClaim, $"{account.Id}"), new Claim(StampClaim, account.SecurityStamp!)], Cookie)),
            new AuthenticationProperties { IsPersistent = true });

    /// <summary>Who calls; only behind a policy that asks for somebody.</summary>
    public static Caller Caller(this HttpContext http) => http.CallerOrNull() ?? throw new InvalidOperationException("nobody is signed in on a route that needs somebody");

    public static Caller? CallerOrNull(this HttpContext http) => http.Items[CallerKey] as Caller;

    private static long? ProjectOf(HttpContext http) => long.TryParse(http.GetRouteValue("project")?.ToString(), out long project) ? project : null;

    private static async Task Validate(CookieValidatePrincipalContext context)
    {
        (Account, Role?)? found = long.TryParse(context.Principal?.FindFirstValue(IdClaim), out long id)
            ? await context.HttpContext.RequestServices.GetRequiredService<Accounts>().Find(id, ProjectOf(context.HttpContext)) : null;
        if (found is not (Account account, var role) || account.IsDisabled || account.SecurityStamp != context.Principal!.FindFirstValue(StampClaim))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(Cookie);
            return;
        }
        context.HttpContext.Items[CallerKey] = new Caller(account.Id, account.UserName!, account.IsInstallationOwner, role, null);
    }

    // Pages lead to the sign-in page and back; the API says the status and nothing else. The way back is a path of this site, never a URL.
    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (context.Request.Path.StartsWithSegments("/api") || status != StatusCodes.Status401Unauthorized)
            context.Response.StatusCode = status;
        else
            context.Response.Redirect($"/sign-in?return={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
        return Task.CompletedTask;
    }

    private sealed class TokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiTokens tokens)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        private const string Prefix = "Bearer ";

        protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            string header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith(Prefix, StringComparison.Ordinal))
                return AuthenticateResult.Fail("no bearer token");
            if (await tokens.Find(header[Prefix.Length..], ProjectOf(Context)) is not (Account account, var role, IReadOnlySet<string> scopes))
                return AuthenticateResult.Fail("the token is unknown, over, or revoked");
            Context.Items[CallerKey] = new Caller(account.Id, account.UserName!, account.IsInstallationOwner, role, scopes);
            var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(IdClaim, $"{account.Id}")], Token));
            return AuthenticateResult.Success(new AuthenticationTicket(principal, Token));
        }
    }
}
