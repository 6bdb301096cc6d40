using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Emend.Store;
using Emend.Studio;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>A studio on a port that it keeps when it starts again, and pages that fail the test where the browser complains.</summary>
internal sealed class BrowserStudio : IAsyncDisposable
{
    // Runs before the page's own scripts. What the content security policy stopped, and what a probe would set, is asked for at the end.
    private const string Watch = """
        window.complaints = [];
        document.addEventListener('securitypolicyviolation', event => window.complaints.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend-browser-");
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly StudioOptions _options;
    private StudioServer? _server;

    private BrowserStudio(StudioOptions options) => _options = options;

    public StudioServer Server => _server ?? throw new InvalidOperationException("the studio is stopped");

    public string Address => _options.Url;

    /// <summary>A studio with an owner, who is signed in without a browser.</summary>
    public static async Task<(BrowserStudio Studio, Client Owner)> WithOwner(Engine engine, string? runs = null, string? recipes = null)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend-browser-db-");
        var studio = new BrowserStudio(new StudioOptions
        {
            Database = await TestStudio.NewDatabase(engine, folder.FullName),
            Url = $"http://127.0.0.1:{FreePort()}",
            Runs = runs,
            Recipes = recipes,
            Limits = new RateLimits(1_000_000, 1_000_000, 1_000_000),
            AllowPrivateModels = true,
            Pages = Path.Combine(Repository.Root, "src", "Emend.Studio", "wwwroot"),
        });
        await studio.Start();
        var owner = new Client(studio.Server.Address);
        await owner.Refresh();
        (await owner.Post("/api/set-up", new { secret = studio.Server.SetUpSecret, name = "owner", displayName = "Olga Owner", password = TestStudio.Password })).Ok();
        await owner.Refresh();
        return (studio, owner);
    }

    public async Task Start() => _server = await StudioServer.Start(_options);

    public async Task Stop()
    {
        await Server.DisposeAsync();
        _server = null;
    }

    /// <summary>A page that reports errors of scripts and of the content security policy to this studio.</summary>
    public async Task<IPage> NewPage(IBrowserContext context)
    {
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Dialog += (_, dialog) =>
        {
            _errors.Enqueue($"a dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        await page.AddInitScriptAsync(Watch);
        return page;
    }

    /// <summary>Signs in on the sign-in page.</summary>
    public async Task<IPage> SignIn(IBrowserContext context, string name)
    {
        IPage page = await NewPage(context);
        await page.GotoAsync($"{Address}/sign-in");
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(TestStudio.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync($"{Address}/");
        return page;
    }

    /// <summary>Waits until a page is filled, and asserts that the browser had nothing to complain of.</summary>
    public async Task Visit(IPage page, string path)
    {
        await page.GotoAsync(Address + path);
        await page.Locator("main:not([aria-busy])").WaitForAsync();
        await NoComplaints(page);
    }

    public async Task NoComplaints(IPage page)
    {
        Assert.Empty(await page.EvaluateAsync<string[]>("window.complaints"));
        Assert.Empty(_errors);
    }

    /// <summary>Presses Tab until the element has the focus, as somebody without a mouse does.</summary>
    public static async Task TabTo(IPage page, string selector)
    {
        for (int presses = 0; presses < 80; presses++)
        {
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
                return;
            await page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"the keyboard does not reach {selector}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
