using System.Net;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>
/// Every page, light and dark: axe-core finds nothing, nothing is wider than a telephone, and a picture is left. The pictures go to
/// build/screenshots; with EMEND_SCREENSHOTS=1 to docs/screenshots.
/// </summary>
public class LooksTests
{
    internal static readonly (string Name, string Path)[] Pages =
    [
        ("projects", "/"), ("account", "/account"), ("audit-of-all", "/audit"), ("project", "/projects/{0}"), ("history", "/projects/{0}/history"), ("reviews", "/projects/{0}/reviews"),
        ("disputes", "/projects/{0}/disputes"), ("dispute", "/projects/{0}/disputes/{1}"), ("agreement", "/projects/{0}/agreement"), ("differences", "/projects/{0}/differences"), ("protocol", "/projects/{0}/protocol"), ("edits", "/projects/{0}/edits?field=version"), ("items", "/projects/{0}/items"),
        ("item", "/projects/{0}/items/{1}"), ("webhooks", "/projects/{0}/webhooks"), ("accounts", "/accounts"), ("runs", "/projects/{0}/runs"), ("run", "/runs/lamps-study"), ("guideline", "/projects/{0}/guideline"),
        ("members", "/projects/{0}/members"), ("settings", "/projects/{0}/settings"), ("audit", "/projects/{0}/audit"), ("answered", "/projects/{0}/work/{2}"),
    ];

    private static readonly string[] Kinds = ["ranking", "rating", "demonstration", "spans", "turn"];

    internal static readonly string Folder = Path.Combine(Repository.Root, Environment.GetEnvironmentVariable("EMEND_SCREENSHOTS") == "1" ? "docs" : "build", "screenshots");

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task EveryPageIsAccessibleAndFitsATelephone(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite, RunExample.Folder(), RunExample.Recipes());
        await using BrowserStudio _ = studio;
        object[] ids = await Example.Fill(owner, studio);
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), Folder);

        IPage page = await studio.NewPage(context);
        foreach ((string name, string path) in new[] { ("sign-in", "/sign-in"), ("set-up", "/set-up#abc"), ("invitation", $"/invitation#{await Example.Invite(owner, ids[0])}") })
        {
            await studio.Visit(page, path);
            await seen.Look(page, name);
        }
        page = await studio.SignIn(context, "owner");
        foreach ((string name, string path) in Pages)
        {
            await studio.Visit(page, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, ids));
            await seen.Look(page, name);
        }
        foreach (string kind in Kinds)
        {
            long project = (long)(await owner.Post("/api/projects/sample", new { kind })).Is(HttpStatusCode.Created).Json["id"]!;
            await studio.Visit(page, $"/projects/{project}/work");
            await seen.Look(page, kind);
        }
        await LookAtTheEditor(studio, seen, page, (long)ids[0]);
        Assert.Empty(seen.Problems);
    }

    // Before the choice, with changes and reasons, the sheet of keys, and the check.
    private static async Task LookAtTheEditor(BrowserStudio studio, Looks seen, IPage page, long project)
    {
        await studio.Visit(page, $"/projects/{project}/work");
        await seen.Look(page, "choice");
        await page.Keyboard.PressAsync("2");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("Control+Home");
        await page.Keyboard.PressAsync("Control+Delete");
        await page.Keyboard.InsertTextAsync("Our");
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync(" Is there anything else?");
        await page.Keyboard.PressAsync("Alt+Enter");
        await page.Keyboard.PressAsync("w");
        await page.Locator(".save[data-state=server]").WaitForAsync();
        await seen.Look(page, "edit");
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#title").ClickAsync();
        await page.Keyboard.PressAsync("?");
        await page.Locator("dialog[open]").WaitForAsync();
        await seen.Look(page, "keys");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Control+Enter");
        await page.Locator("dialog[open] form").WaitForAsync();
        await seen.Look(page, "check");
    }
}

/// <summary>What was seen of pages in one colour scheme.</summary>
internal sealed class Looks(BrowserStudio studio, string scheme, string folder)
{
    private const int LargestPicture = 150 * 1024;
    private static readonly (int Width, int Height)[] Sizes = [(1280, 800), (390, 844)];

    public List<string> Problems { get; } = [];

    /// <summary>top: what the picture begins with; null: the page's own top.</summary>
    public async Task Look(IPage page, string name, string? top = null)
    {
        if (name is not ("set-up" or "invitation") && await page.Locator("#notices .notice.bad").CountAsync() > 0)
            Problems.Add($"{name} ({scheme}): the page says {await page.Locator("#notices .notice.bad").First.InnerTextAsync()}");
        AxeResult result = await page.RunAxe();
        Problems.AddRange(result.Violations.Select(violation => $"{name} ({scheme}): {violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}"));
        foreach ((int width, int height) in Sizes)
        {
            await page.SetViewportSizeAsync(width, height);
            await page.EvaluateAsync("top => { scrollTo(0, 0); if (top) scrollTo(0, document.querySelector(top).getBoundingClientRect().top - 24); }", top);
            int overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            if (overflow > 0)
                Problems.Add($"{name} ({scheme}): {overflow} pixels too wide at {width}");
            string file = Path.Combine(folder, $"{name}-{scheme}-{width}.png");
            Directory.CreateDirectory(folder);
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = file, Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
            if (new FileInfo(file).Length > LargestPicture)
                Problems.Add($"{file} has {new FileInfo(file).Length} bytes");
        }
        await page.SetViewportSizeAsync(Sizes[0].Width, Sizes[0].Height);
        await studio.NoComplaints(page);
    }
}
