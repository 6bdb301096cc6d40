using System.Net;
using System.Text.Json;
using Emend.Feedback;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>Rewards and proposals in the editor, by keyboard, with a model's server on this machine.</summary>
public class AdviceInTheEditorTests
{
    private const string First = "The lamp burns for nine hours. It is a good lamp.";
    private const string Second = "The lamp is is red, and and old. It is a bad lamp. Nobody would have it in a house of their own, as anyone can see.";
    private const string Markup = "<svg/onload=window.probed=1>";

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ChangesAreAcceptedAlteredAndRejectedByKeyboardAfterOnesOwnChoice(Engine engine)
    {
        await using IBrowserContext context = await Chromium.NewContext();
        await using ModelServer models = await ModelServer.Start();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(engine);
        await using BrowserStudio _ = studio;
        IPage page = await Open(studio, owner, context, models);
        models.Reply = text => text.Replace("is is", "is").Replace("and and", "and").Replace("bad", Markup).Replace(", as anyone can see", "");

        await page.Keyboard.PressAsync(await IsLeft(page) ? "1" : "2");
        await page.Keyboard.PressAsync("p");
        await page.Locator("[data-proposed='0']:focus").WaitForAsync();
        Assert.Equal(4, await page.Locator("#proposal .chip").CountAsync());
        await page.Keyboard.PressAsync("a");
        await page.Locator("[data-proposed='1']:focus").WaitForAsync();
        await page.Keyboard.PressAsync("x");
        await page.Locator("[data-proposed='2']:focus").WaitForAsync();
        await page.Keyboard.PressAsync("c");
        await page.Locator("textarea.editor:focus").First.WaitForAsync();
        await page.Keyboard.InsertTextAsync("fine");
        await Assertions.Expect(page.Locator("#proposal [data-said]")).ToHaveCountAsync(4);
        Assert.Equal(["accepted", "rejected", "altered", "open"], await Said(page));
        Assert.Equal("The lamp is red, and and old. It is a fine lamp. Nobody would have it in a house of their own, as anyone can see.", await page.Locator("textarea.editor").First.InputValueAsync());

        // Everything can be undone, and done again.
        await page.Keyboard.PressAsync("Control+z");
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal(["accepted", "rejected", "open", "open"], await Said(page));
        await page.Keyboard.PressAsync("Control+Shift+z");
        await page.Keyboard.PressAsync("Control+Shift+z");
        Assert.Equal(["accepted", "rejected", "altered", "open"], await Said(page));
        // An accepted one can be put aside later, and the rest of the edit stays.
        await page.Locator("[data-proposed='0'] [data-part=reject]").ClickAsync();
        Assert.Equal("The lamp is is red, and and old. It is a fine lamp. Nobody would have it in a house of their own, as anyone can see.", await page.Locator("textarea.editor").First.InputValueAsync());
        await page.Locator("[data-proposed='0'] [data-part=accept]").ClickAsync();

        await page.Locator(".save[data-state=server]").WaitForAsync();
        await page.ReloadAsync();
        await page.Locator("#proposal .chip").First.WaitForAsync();
        Assert.Equal(["accepted", "rejected", "altered", "open"], await Said(page));
        Assert.Null(await page.EvaluateAsync<object?>("window.probed ?? null"));
        await page.Keyboard.PressAsync("Control+Enter");
        ILocator reasons = page.Locator("dialog[open] input");
        await reasons.First.WaitForAsync();
        foreach (ILocator reason in await reasons.AllAsync())
            await reason.FillAsync("a test");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Nothing is left for you here", new() { Timeout = 30_000 });
        await studio.NoComplaints(page);

        string answer = await studio.Server.Database.Read(rows => rows.Answers.Select(row => row.Content).SingleAsync());
        ProposalRecord record = Assert.Single(StoreJson.Read<Answer>(answer).Advice!.Proposals);
        Assert.Equal([Decision.Accepted, Decision.Rejected, Decision.Altered, Decision.Open], record.Hunks.Select(hunk => hunk.Decision!.Value));
        PriorJudgement judged = StoreJson.Read<PriorJudgement>(await studio.Server.Database.Read(rows => rows.Judgements.Select(row => row.Content).SingleAsync()));
        Assert.Equal((Choice.Prefer, 0, 1), (judged.Choice, judged.Preferred, judged.Target));
        Assert.Null(judged.Edited);
    }

    [Fact]
    public async Task RewardsLieBehindTheWordsTheyBelongToAndGoAndComeByKey()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        await using ModelServer models = await ModelServer.Start();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Open(studio, owner, context, models);
        await page.Locator(".response", new() { HasText = "nine hours" }).First.WaitForAsync();
        await page.Keyboard.PressAsync(await IsLeft(page) ? "1" : "2");

        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator(".shade .reward-worst")).ToHaveTextAsync("bad ");
        await Assertions.Expect(page.Locator("#rewards .legend")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#rewards .least")).ToContainTextAsync("bad −2.0");
        // The shade has the size of the text box, line for line: its height is that of the same text.
        double[] heights = await page.EvaluateAsync<double[]>("[document.querySelector('.shade').getBoundingClientRect().height, document.querySelector('.shade + textarea').getBoundingClientRect().height]");
        Assert.Equal(heights[0], heights[1], tolerance: 1.0);

        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("Control+Home");
        await page.Keyboard.InsertTextAsync("good ");
        await Assertions.Expect(page.Locator(".shade")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator(".shade .reward-best")).ToHaveTextAsync("good ");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator(".shade")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#rewards")).ToBeHiddenAsync();

        models.Instead = http => { http.Response.StatusCode = 503; return Task.CompletedTask; };
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.InsertTextAsync("very ");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator("#notices")).ToContainTextAsync("answered 503");
        await Assertions.Expect(page.Locator("[aria-pressed=true]", new() { HasText = "Show rewards" })).ToHaveCountAsync(0);
        await studio.NoComplaints(page);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task SuggestionsAreAccessibleAndFitATelephone(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        await using ModelServer models = await ModelServer.Start();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Open(studio, owner, context, models);
        models.Reply = text => text.Replace("is is", "is").Replace("and and", "and").Replace(", as anyone can see", "");
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);

        await page.Keyboard.PressAsync(await IsLeft(page) ? "1" : "2");
        await page.Keyboard.PressAsync("v");
        await page.Locator(".shade .reward-worst").WaitForAsync();
        await page.Keyboard.PressAsync("p");
        await page.Locator("[data-proposed='0']:focus").WaitForAsync();
        await page.Keyboard.PressAsync("a");
        await page.Locator(".save[data-state=server]").WaitForAsync();
        await page.Locator(".shade .reward-worst").WaitForAsync();
        await seen.Look(page, "suggestions", ".columns > .response");

        Assert.Empty(seen.Problems);
    }

    private static async Task<bool> IsLeft(IPage page) => (await page.Locator(".columns > .response").First.InnerTextAsync()).Contains("nine hours");

    private static async Task<string[]> Said(IPage page) => await page.Locator("#proposal .chip").EvaluateAllAsync<string[]>("chips => chips.map(chip => chip.dataset.said)");

    private static async Task<IPage> Open(BrowserStudio studio, Client owner, IBrowserContext context, ModelServer models)
    {
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", bandHigh = 1.0 })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Upload($"/api/projects/{project}/items", JsonSerializer.Serialize(new { id = "lamp", prompt = "What is the lamp like?", responses = new[] { First, Second } }))).Ok();
        (await owner.Put($"/api/projects/{project}/models/rewards", new { url = models.Rewards }, ("If-Match", "\"0\""))).Ok();
        (await owner.Put($"/api/projects/{project}/models/proposals", new { url = models.Chat }, ("If-Match", "\"0\""))).Ok();
        IPage page = await studio.SignIn(context, "owner");
        await studio.Visit(page, $"/projects/{project}/work");
        return page;
    }
}
