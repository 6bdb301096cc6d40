using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>What is typed is not lost: not with the connection, not with the server, not with the tab.</summary>
public class AutosaveTests
{
    [Fact]
    public async Task NothingTypedIsLostWithoutAConnectionWithoutAServerAndWithoutTheTab()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (IPage page, string path) = await Open(studio, owner, context);
        Assert.Equal(0, await studio.Server.Database.Read(rows => rows.Drafts.CountAsync()));

        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.InsertTextAsync(" online");
        await Saved(page, "server");
        await context.SetOfflineAsync(true);
        await page.Keyboard.InsertTextAsync(" offline");
        await Assertions.Expect(page.Locator(".save")).ToContainTextAsync("no connection");
        await context.SetOfflineAsync(false);
        await Saved(page, "server");

        await studio.Stop();
        await page.Keyboard.InsertTextAsync(" stopped");
        await Assertions.Expect(page.Locator(".save")).ToContainTextAsync("no connection");
        await page.CloseAsync();
        await studio.Start();
        IPage again = await studio.NewPage(context);
        await studio.Visit(again, path);

        Assert.EndsWith(" online offline stopped", await again.Locator("textarea.editor").First.InputValueAsync());
        await Saved(again, "server");
        string draft = await studio.Server.Database.Read(rows => rows.Drafts.Where(row => row.IsHead).Select(row => row.Content).SingleAsync());
        Assert.Contains(" online offline stopped", draft);
    }

    [Fact]
    public async Task AnAnswerSubmittedWithoutAConnectionIsSentOnceItIsBack()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (IPage page, string path) = await Open(studio, owner, context);

        await page.Keyboard.PressAsync("3");
        await page.Keyboard.PressAsync("n");
        await Saved(page, "server");
        await context.SetOfflineAsync(true);
        await page.Keyboard.PressAsync("Control+Enter");
        await Assertions.Expect(page.Locator("#notices")).ToContainTextAsync("kept on this device");
        await page.CloseAsync();
        Assert.Equal(0, await studio.Server.Database.Read(rows => rows.Answers.CountAsync()));
        await context.SetOfflineAsync(false);
        IPage again = await studio.NewPage(context);
        await studio.Visit(again, path);

        await Assertions.Expect(again.Locator("#title")).ToHaveTextAsync("Answered");
        Assert.Equal(1, await studio.Server.Database.Read(rows => rows.Answers.CountAsync()));
    }

    [Fact]
    public async Task TwoTabsMeetAConflictAndBothTextsAreShownAndKept()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (IPage first, string path) = await Open(studio, owner, context);
        IPage second = await studio.NewPage(context);
        await studio.Visit(second, path);

        await Type(first, " from the first tab");
        await Saved(first, "server");
        await Type(second, " from the second tab");
        await Saved(second, "conflict");

        await Assertions.Expect(second.Locator("#notices")).ToContainTextAsync("from the first tab");
        await Assertions.Expect(second.Locator("#notices")).ToContainTextAsync("from the second tab");
        await second.Locator("#keep-mine").ClickAsync();
        await Saved(second, "server");
        await Type(first, ", and more");
        await Saved(first, "conflict");
        await first.Locator("#take-server").ClickAsync();
        Assert.EndsWith(" from the second tab", await first.Locator("textarea.editor").First.InputValueAsync());
        await first.GetByRole(AriaRole.Button, new() { Name = "Versions" }).ClickAsync();
        await Assertions.Expect(first.Locator("dialog")).ToContainTextAsync(" from the first tab, and more");

        List<Draft> drafts = await studio.Server.Database.Read(rows => rows.Drafts.ToListAsync());
        Assert.Contains(" from the second tab", Assert.Single(drafts, draft => draft.IsHead).Content);
        Assert.Contains(drafts, draft => !draft.IsHead && draft.Content.Contains(" from the first tab, and more"));
    }

    private static async Task<(IPage Page, string Path)> Open(BrowserStudio studio, Client owner, IBrowserContext context)
    {
        JsonNode project = (await owner.Post("/api/projects/sample", new { kind = "edit" })).Is(HttpStatusCode.Created).Json;
        IPage page = await studio.SignIn(context, "owner");
        await studio.Visit(page, $"/projects/{project["id"]}/work");
        return (page, new Uri(page.Url).AbsolutePath);
    }

    private static async Task Type(IPage page, string text)
    {
        await page.BringToFrontAsync();
        await page.Locator("body").ClickAsync(new() { Position = new() { X = 1, Y = 1 } });
        if (await page.Locator("textarea.editor").CountAsync() == 0)
            await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync(text);
    }

    private static Task Saved(IPage page, string state) => page.Locator($".save[data-state={state}]").WaitForAsync();
}
