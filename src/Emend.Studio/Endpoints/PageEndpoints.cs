using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>
/// The pages: one shell (wwwroot/page.html) without data, which a module fills over the API. Adding a page is a line here and its module
/// in wwwroot/assets, where everything is served as /assets/… without a line.
/// </summary>
internal static class PageEndpoints
{
    /// <summary>Pages that need nobody signed in.</summary>
    private static readonly Page[] Open =
    [
        new("/set-up", "Set up the studio", "door"),
        new("/sign-in", "Sign in", "door"),
        new("/invitation", "Invitation", "door"),
    ];

    /// <summary>Pages for whoever is signed in; others are led to /sign-in?return=… and back. What they show, the API decides.</summary>
    private static readonly Page[] SignedIn =
    [
        new("/", "Projects", "home"),
        new("/account", "Account", "account"),
        new("/audit", "Audit log", "audit"),
        new("/projects/{project:long}", "Project", "project"),
        new("/projects/{project:long}/work", "Work", "tasks/work"),
        new("/projects/{project:long}/work/{assignment:long}", "Work", "tasks/work"),
        new("/projects/{project:long}/history", "My answers", "history"),
        new("/projects/{project:long}/reviews", "Review", "reviews"),
        new("/projects/{project:long}/disputes", "Adjudicate", "disputes"),
        new("/projects/{project:long}/disputes/{item:long}", "Adjudicate", "disputes"),
        new("/projects/{project:long}/agreement", "Agreement", "agreement"),
        new("/projects/{project:long}/differences", "Differences", "differences"),
        new("/projects/{project:long}/protocol", "Protocol", "protocol"),
        new("/projects/{project:long}/edits", "Edits", "edits"),
        new("/projects/{project:long}/items", "Items", "items"),
        new("/projects/{project:long}/items/{item:long}", "Items", "items"),
        new("/projects/{project:long}/webhooks", "Webhooks", "webhooks"),
        new("/accounts", "Accounts", "accounts"),
        new("/runs", "Runs", "runs"),
        new("/runs/{run}", "Runs", "runs"),
        new("/projects/{project:long}/runs", "Runs", "runs"),
        new("/projects/{project:long}/runs/{run}", "Runs", "runs"),
        new("/projects/{project:long}/guideline", "Guideline", "guideline"),
        new("/projects/{project:long}/documents", "Documents", "documents"),
        new("/projects/{project:long}/prompts", "Prompts", "prompts"),
        new("/projects/{project:long}/prompts/{prompt:long}", "Prompt", "prompts/prompt"),
        new("/projects/{project:long}/prompts/{prompt:long}/edit", "Write a version", "prompts/edit"),
        new("/projects/{project:long}/prompts/{prompt:long}/merge", "Merge", "prompts/merge"),
        new("/projects/{project:long}/prompts/{prompt:long}/diff", "Compare versions", "prompts/compare"),
        new("/projects/{project:long}/prompts/{prompt:long}/make", "Make responses", "prompts/make"),
        new("/projects/{project:long}/prompts/{prompt:long}/responses", "Responses", "prompts/responses"),
        new("/projects/{project:long}/prompts/{prompt:long}/responses/{response:long}", "Response", "prompts/response"),
        new("/projects/{project:long}/prompts/{prompt:long}/suites", "Test suites", "prompts/suites"),
        new("/projects/{project:long}/prompts/{prompt:long}/suites/{run:long}", "Test suites", "prompts/suites"),
        new("/projects/{project:long}/ab-tests", "A/B tests", "ab-tests"),
        new("/projects/{project:long}/ab-tests/{test:long}", "A/B test", "ab-tests"),
        new("/projects/{project:long}/judges", "Judges", "judges"),
        new("/projects/{project:long}/judges/{run:long}", "Judge run", "judges"),
        new("/projects/{project:long}/ranking", "Ranking", "ranking"),
        new("/projects/{project:long}/members", "Members", "members"),
        new("/projects/{project:long}/settings", "Settings", "settings"),
        new("/projects/{project:long}/audit", "Audit log", "audit"),
    ];

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        foreach (Page page in Open)
            routes.MapGet(page.Route, (StudioOptions options) => Serve(options, page, "narrow")).AllowAnonymous().ExcludeFromDescription();
        foreach (Page page in SignedIn)
            routes.MapGet(page.Route, (StudioOptions options) => Serve(options, page, "")).ForBrowser().ExcludeFromDescription();
        routes.MapGet("/healthz/live", () => "ok").AllowAnonymous().ExcludeFromDescription();
        // Without detail for strangers: whether the database answers, and nothing else.
        routes.MapGet("/healthz/ready", async (Database database) => await database.Read(context => context.Database.CanConnectAsync())
            ? Results.Text("ok") : Results.StatusCode(StatusCodes.Status503ServiceUnavailable)).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> Serve(StudioOptions options, Page page, string layout)
    {
        string shell = await File.ReadAllTextAsync(Path.Combine(options.PagesFolder, "page.html"));
        return Results.Text(shell.Replace("{title}", page.Title).Replace("{script}", page.Module).Replace("{class}", layout), "text/html; charset=utf-8");
    }

    /// <param name="Route">Where the page is.</param>
    /// <param name="Title">What it is called, before its module knows better.</param>
    /// <param name="Module">Its script below wwwroot/assets, without the ending.</param>
    internal sealed record Page(string Route, string Title, string Module);
}
