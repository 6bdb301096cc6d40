using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>
/// The pages: static files without data, which a module fills over the API. Adding a page is a line here and a file in wwwroot/pages.
/// What lies in wwwroot/assets is served as /assets/… without a line.
/// </summary>
internal static class PageEndpoints
{
    /// <summary>Pages that need nobody signed in.</summary>
    private static readonly (string Route, string File)[] Open =
    [
        ("/set-up", "set-up.html"),
        ("/sign-in", "sign-in.html"),
        ("/invitation", "invitation.html"),
    ];

    /// <summary>Pages for whoever is signed in; others are led to /sign-in?return=… and back. What they show, the API decides.</summary>
    private static readonly (string Route, string File)[] SignedIn =
    [
        ("/", "home.html"),
        ("/account", "account.html"),
        ("/audit", "audit.html"),
        ("/projects/{project:long}", "project.html"),
        ("/projects/{project:long}/work", "work.html"),
        ("/projects/{project:long}/work/{assignment:long}", "work.html"),
        ("/projects/{project:long}/history", "history.html"),
        ("/projects/{project:long}/reviews", "reviews.html"),
        ("/projects/{project:long}/disputes", "disputes.html"),
        ("/projects/{project:long}/disputes/{item:long}", "disputes.html"),
        ("/projects/{project:long}/agreement", "agreement.html"),
        ("/projects/{project:long}/differences", "differences.html"),
        ("/projects/{project:long}/protocol", "protocol.html"),
        ("/projects/{project:long}/edits", "edits.html"),
        ("/projects/{project:long}/items", "items.html"),
        ("/projects/{project:long}/items/{item:long}", "items.html"),
        ("/projects/{project:long}/webhooks", "webhooks.html"),
        ("/accounts", "accounts.html"),
        ("/runs", "runs.html"),
        ("/runs/{run}", "runs.html"),
        ("/projects/{project:long}/runs", "runs.html"),
        ("/projects/{project:long}/runs/{run}", "runs.html"),
        ("/projects/{project:long}/guideline", "guideline.html"),
        ("/projects/{project:long}/documents", "documents.html"),
        ("/projects/{project:long}/prompts", "prompts.html"),
        ("/projects/{project:long}/prompts/{prompt:long}", "prompt.html"),
        ("/projects/{project:long}/prompts/{prompt:long}/edit", "prompt-edit.html"),
        ("/projects/{project:long}/prompts/{prompt:long}/merge", "prompt-merge.html"),
        ("/projects/{project:long}/prompts/{prompt:long}/diff", "prompt-diff.html"),
        ("/projects/{project:long}/members", "members.html"),
        ("/projects/{project:long}/settings", "settings.html"),
        ("/projects/{project:long}/audit", "audit.html"),
    ];

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        foreach ((string route, string file) in Open)
            routes.MapGet(route, (StudioOptions options) => Serve(options, file)).AllowAnonymous().ExcludeFromDescription();
        foreach ((string route, string file) in SignedIn)
            routes.MapGet(route, (StudioOptions options) => Serve(options, file)).ForBrowser().ExcludeFromDescription();
        routes.MapGet("/healthz/live", () => "ok").AllowAnonymous().ExcludeFromDescription();
        // Without detail for strangers: whether the database answers, and nothing else.
        routes.MapGet("/healthz/ready", async (Database database) => await database.Read(context => context.Database.CanConnectAsync())
            ? Results.Text("ok") : Results.StatusCode(StatusCodes.Status503ServiceUnavailable)).AllowAnonymous().ExcludeFromDescription();
    }

    private static IResult Serve(StudioOptions options, string file) =>
        Results.File(Path.GetFullPath(Path.Combine(options.PagesFolder, "pages", file)), "text/html; charset=utf-8");
}
