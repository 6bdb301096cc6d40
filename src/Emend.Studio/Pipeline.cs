using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace Emend.Studio;

/// <summary>What every request passes, in order.</summary>
internal static class Pipeline
{
    public const string AntiforgeryHeader = "X-CSRF-Token";

    // Scripts, styles, pictures and connections of this site only, nothing inline, and nobody may frame it.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        + "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void Use(WebApplication app, StudioOptions options)
    {
        UseProxies(app, options.ProxyAddresses());
        app.Use(AddSecurityHeaders);
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problem.Handle, SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(context => context.HttpContext.Request.Path.StartsWithSegments("/api")
            ? Problem.Write(context.HttpContext, context.HttpContext.Response.StatusCode, Code(context.HttpContext.Response.StatusCode), Sentence(context.HttpContext))
            : Task.CompletedTask);
        string assets = Path.Combine(options.PagesFolder, "assets");
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(Path.GetFullPath(assets)),
            RequestPath = "/assets",
            OnPrepareResponse = context => context.Context.Response.Headers.CacheControl = "no-cache",
        });
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.Use(CheckAntiforgery);
    }

    // Who asks and whether they came by https is believed of named proxies alone; a name of the host is believed of nobody.
    private static void UseProxies(WebApplication app, IReadOnlyList<IPAddress> proxies)
    {
        if (proxies.Count == 0)
            return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        forwarded.KnownIPNetworks.Clear();
        forwarded.KnownProxies.Clear();
        foreach (IPAddress proxy in proxies)
            forwarded.KnownProxies.Add(proxy);
        app.UseForwardedHeaders(forwarded);
    }

    // When the response starts, so that an error page, which begins with a clean response, has them too.
    private static Task AddSecurityHeaders(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(() =>
        {
            IHeaderDictionary headers = http.Response.Headers;
            if (headers.ContentSecurityPolicy.Count == 0)       // one of a route's own is stricter
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)";
            if (http.Request.Path.StartsWithSegments("/api"))
                headers.CacheControl = "no-store";
            if (http.Request.IsHttps)
                headers.StrictTransportSecurity = "max-age=31536000";
            return Task.CompletedTask;
        });
        return next(http);
    }

    // A browser sends its cookie with whatever another site makes it send; it does not send this header. Tokens are never sent unasked.
    private static async Task CheckAntiforgery(HttpContext http, RequestDelegate next)
    {
        bool changes = !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method));
        if (changes && http.CallerOrNull()?.Scopes is null && !await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http))
        {
            await Problem.Write(http, StatusCodes.Status400BadRequest, "antiforgery", $"The header {AntiforgeryHeader} is missing or from another session; GET /api/session gives the right one.");
            return;
        }
        await next(http);
    }

    private static string Code(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "bad-request",
        StatusCodes.Status401Unauthorized => "not-signed-in",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status404NotFound => "not-found",
        StatusCodes.Status405MethodNotAllowed => "wrong-method",
        StatusCodes.Status415UnsupportedMediaType => "wrong-type",
        _ => "failed",
    };

    private static string Sentence(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => RequestSentences.OfAddress(http.Request),
        StatusCodes.Status401Unauthorized => "Nobody is signed in, or the session is over.",
        StatusCodes.Status403Forbidden => "This account, or this token, may not do that.",
        StatusCodes.Status404NotFound => "There is no such thing.",
        StatusCodes.Status405MethodNotAllowed => "This address does not take that method.",
        StatusCodes.Status415UnsupportedMediaType => "The body has the wrong content type; application/json is expected.",
        _ => "The request could not be done.",
    };
}
