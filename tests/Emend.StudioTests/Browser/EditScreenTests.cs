using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>What people do on the pages besides editing: drag, take back, adjudicate, zoom, listen to the page, choose their keys.</summary>
public class EditScreenTests
{
    [Fact]
    public async Task ADraggedResponseGetsTheRankOfThePlaceWhereItIsDropped()
    {
        // Tall enough for all of them: nothing scrolls while something is dragged.
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 1800 } });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Sample(studio, owner, context, "ranking");
        string[] before = await Order(page);

        await page.Locator(".rank-item").Nth(3).DragToAsync(page.Locator(".rank-item").Nth(0));
        Assert.Equal([before[3], before[0], before[1], before[2]], await Order(page));
        await page.Locator(".rank-item").Nth(0).DragToAsync(page.Locator(".rank-item").Nth(2));
        Assert.Equal([before[0], before[1], before[3], before[2]], await Order(page));
        await page.Keyboard.PressAsync("Control+Enter");
        await page.Locator(".toast").WaitForAsync();

        Answer answer = StoreJson.Read<Answer>(await studio.Server.Database.Read(rows => rows.Answers.Select(row => row.Content).SingleAsync()));
        Assert.Equal([1, 2, 3, 4], ((string[])[before[0], before[1], before[3], before[2]]).Select(index => answer.Ranking!.Ranks[int.Parse(index, CultureInfo.InvariantCulture)]));
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task AnAnswerIsTakenBackByAKeyAndTheItemIsAsItWas()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Sample(studio, owner, context, "edit");
        string item = page.Url;

        await page.Keyboard.PressAsync("3");
        await page.Keyboard.PressAsync("n");
        await page.Keyboard.PressAsync("Control+Enter");
        await page.Locator(".toast").WaitForAsync();
        await page.Keyboard.PressAsync("z");
        await page.WaitForURLAsync(item);
        await Assertions.Expect(page.Locator("[aria-pressed=true]", new() { HasText = "Tie" })).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[aria-pressed=true]", new() { HasText = "No edit needed" })).ToHaveCountAsync(1);

        StoredAnswer answer = await studio.Server.Database.Read(rows => rows.Answers.SingleAsync());
        Assert.False(answer.IsCurrent);
        Assert.NotNull(answer.UndoneAt);
        await page.Keyboard.PressAsync("Control+Enter");
        await page.WaitForURLAsync(url => url != item);
        Assert.Equal([(1, false), (2, true)], await studio.Server.Database.Read(async rows => (await rows.Answers.OrderBy(row => row.Revision).ToListAsync()).Select(row => (row.Revision, row.IsCurrent)).ToArray()));
    }

    [Fact]
    public async Task AnAdjudicatorMixesTheChangesOfTwoPeopleByKeyboard()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        object[] ids = await Example.Fill(owner, studio);
        IPage page = await studio.SignIn(context, "owner");
        await studio.Visit(page, $"/projects/{ids[0]}/disputes/{ids[1]}");

        await Assertions.Expect(page.Locator(".chips input[type=checkbox]")).ToHaveCountAsync(2);
        foreach (int k in (int[])[0, 1])
        {
            await page.Locator(".chips input[type=checkbox]").Nth(k).FocusAsync();
            await page.Keyboard.PressAsync("Space");
        }
        string text = await page.Locator("#decision").InputValueAsync();
        Assert.DoesNotContain("and and", text);
        Assert.DoesNotContain("I like lamps", text);
        await page.Locator("select").First.SelectOptionAsync("guidelineGap");
        await BrowserStudio.TabTo(page, "button.main");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#notices")).ToContainTextAsync("Decided");

        Resolution decided = await studio.Server.Database.Read(rows => rows.Resolutions.SingleAsync());
        Assert.Equal(("guidelineGap", text), (decided.Cause, StoreJson.Read<Answer>(decided.Content).Edit!.Edited));
        await studio.Visit(page, $"/projects/{ids[0]}/disputes");
        await Assertions.Expect(page.Locator(".pill.good", new() { HasText = "decided" })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task AtTwiceTheSizeNothingIsCutOffAndNothingCoversTheWork()
    {
        // 1280 pixels at 200 % are 640 pixels of the style sheet.
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 640, Height = 400 }, DeviceScaleFactor = 2 });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        object[] ids = await Example.Fill(owner, studio);
        IPage page = await studio.SignIn(context, "owner");
        var wide = new List<string>();

        foreach ((string name, string path) in LooksTests.Pages)
        {
            await studio.Visit(page, string.Format(CultureInfo.InvariantCulture, path, ids));
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth") is int over and > 0)
                wide.Add($"{name}: {over} pixels too wide");
        }
        await studio.Visit(page, $"/projects/{ids[0]}/work");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.InsertTextAsync("Well. ");
        await Assertions.Expect(page.Locator("#diff ins")).ToHaveCountAsync(1);
        Assert.Empty(wide);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
        // The caret is in view, and what it is in is not under the bar.
        Assert.True(await page.EvaluateAsync<bool>("(() => { const area = document.activeElement.getBoundingClientRect(), at = document.elementFromPoint(area.left + 20, Math.max(area.top, 0) + 20); return at === document.activeElement; })()"));
        await BrowserStudio.TabTo(page, "#submit");
        Assert.True(await page.EvaluateAsync<bool>("(() => { const box = document.activeElement.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; })()"));
    }

    [Fact]
    public async Task TheWholeWayCanBeFollowedInTheTreeThatScreenReadersRead()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Sample(studio, owner, context, "edit");

        await Reads(page, "main", "heading \"Choose and edit\" [level=1]", "region \"Prompt\"", "region \"Which response is better?\"", "group \"Better response\"", "button \"Left\"", "button \"Right\"", "button \"Tie\"",
            "button \"Both bad\"", "region \"Left\"", "region \"Right\"", "group \"Submit\"", "status: Nothing to save yet", "button \"Undo\" [disabled]", "button \"Skip\"", "button \"Submit\"");
        await page.Keyboard.PressAsync("1");
        await Reads(page, "button \"Left\" [pressed]", "group \"How much better\"", "textbox \"Right: edit this response\"", "group \"Without an edit\"", "region \"What changes\"", "list \"Changes\"");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync(" Thank you.");
        await page.Keyboard.PressAsync("Alt+Enter");
        await Reads(page, "insertion: \"inserted: Thank you. end of insertion\"", "group \"Reason of change 1\"", "button \"wording\"", "button \"Revert change 1\"");
        await page.Keyboard.PressAsync("w");
        await Reads(page, "button \"wording\" [pressed]", "status: \"Change 1: wording\"");
        await page.Keyboard.PressAsync("Control+z");
        await Reads(page, "status: Undone");
        await page.Keyboard.PressAsync("?");
        await Reads(page, "dialog \"Keys\"", "button \"Close\"", "button \"Other key for: Submit\"");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Control+Enter");
        await Reads(page, "dialog \"Please look again\"", "textbox \"1 of 1 changes have no reason. Why is that right?\"", "button \"Submit with these reasons\"");
        await page.Locator("dialog[open] input").FillAsync("a thank-you needs none");
        await page.Keyboard.PressAsync("Enter");
        await Reads(page, "Submitted.");
    }

    [Fact]
    public async Task OwnKeysAreChosenOnTheSheetShownEverywhereAndKeptWithTheAccount()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Sample(studio, owner, context, "edit");

        await page.Keyboard.PressAsync("3");
        await page.Keyboard.PressAsync("?");
        ILocator change = page.GetByRole(AriaRole.Button, new() { Name = "Other key for: No edit needed" });
        await change.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("h");
        await Assertions.Expect(page.Locator("dialog[open] [role=status]")).ToContainTextAsync("H is the key of: No edit can help");
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(page.Locator("dialog[open] [role=status]")).ToContainTextAsync("No edit needed: J");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("kbd[data-key=n]")).ToHaveTextAsync("J");

        await page.Keyboard.PressAsync("n");
        await Assertions.Expect(page.Locator("[aria-pressed=true]", new() { HasText = "No edit needed" })).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(page.Locator("[aria-pressed=true]", new() { HasText = "No edit needed" })).ToHaveCountAsync(1);
        await using IBrowserContext elsewhere = await Chromium.NewContext();
        IPage other = await studio.SignIn(elsewhere, "owner");
        await studio.Visit(other, new Uri(page.Url).AbsolutePath);
        await Assertions.Expect(other.Locator("kbd[data-key=n]")).ToHaveTextAsync("J");
        await other.Locator("#title").ClickAsync();
        await other.Keyboard.PressAsync("?");
        await other.Locator("#usual-keys").ClickAsync();
        await other.Keyboard.PressAsync("Escape");
        await Assertions.Expect(other.Locator("kbd[data-key=n]")).ToHaveTextAsync("N");
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task ChangesAreShownSideBySideWhereSomebodyPrefersThat()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Sample(studio, owner, context, "edit");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("Control+Home");
        await page.Keyboard.PressAsync("Control+Delete");
        await page.Keyboard.InsertTextAsync("Changed ");
        string edited = await page.Locator("textarea.editor").First.InputValueAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#title").ClickAsync();

        await page.Keyboard.PressAsync("d");
        await Assertions.Expect(page.Locator("#diff .sides > div")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("#diff .sides > div").Nth(0).Locator("ins")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#diff .sides > div").Nth(1).Locator("del")).ToHaveCountAsync(0);
        Assert.Equal(edited, await page.EvaluateAsync<string>("(() => { const after = document.querySelector('#diff .sides > div:last-child .text').cloneNode(true); after.querySelectorAll('.unseen').forEach(each => each.remove()); return after.textContent; })()"));
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("#diff .sides")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("d");
        await Assertions.Expect(page.Locator("#diff .sides")).ToHaveCountAsync(0);
    }

    private static async Task<IPage> Sample(BrowserStudio studio, Client owner, IBrowserContext context, string kind)
    {
        JsonNode project = (await owner.Post("/api/projects/sample", new { kind })).Is(HttpStatusCode.Created).Json;
        IPage page = await studio.SignIn(context, "owner");
        await studio.Visit(page, $"/projects/{project["id"]}/work");
        return page;
    }

    private static Task<string[]> Order(IPage page) => page.Locator(".rank-item").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.index)");

    // Waits until the tree says all of it, in any order; a failure shows the tree.
    private static async Task Reads(IPage page, params string[] expected)
    {
        string tree = "";
        for (int tries = 0; tries < 50; tries++)
        {
            tree = await page.Locator("body").AriaSnapshotAsync();
            if (expected.All(line => tree.Contains(line, StringComparison.Ordinal)))
                return;
            await page.WaitForTimeoutAsync(100);
        }
        Assert.Fail($"the tree lacks {string.Join("; ", expected.Where(line => !tree.Contains(line, StringComparison.Ordinal)))}:\n{tree}");
    }
}
