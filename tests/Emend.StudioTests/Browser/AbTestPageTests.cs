using System.Net;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>A/B tests in a real browser: begun from a form, voted on in the queue without a word of which is which, read when they may be.</summary>
public class AbTestPageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task ATestIsBegunAndLookedAtAndItsPagesAreAccessible(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind = "ranking" })).Is(HttpStatusCode.Created).Json["id"]!;
        await AbTestTests.Fill(owner, $"/api/projects/{project}");
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/prompts");
        await page.GetByRole(AriaRole.Link, new() { Name = "A/B tests" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("After PPO");
        await page.GetByLabel("A: version").FillAsync("1");
        await page.GetByLabel("B: version").FillAsync("9");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put the pairs into the queue" }).ClickAsync();
        await page.Locator("#notices .bad").WaitForAsync();
        await page.GetByLabel("B: version").FillAsync("main");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put the pairs into the queue" }).ClickAsync();
        await page.GetByText("Running: 0 of 12 pairs with 0 votes").WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Look now" }).CountAsync());

        await Vote(owner, project, 3);
        await page.ReloadAsync();
        await page.GetByText("Until then nothing is shown").WaitForAsync();
        Assert.Equal((1, 0), (await page.GetByRole(AriaRole.Progressbar).CountAsync(), await page.GetByRole(AriaRole.Table).CountAsync()));
        await seen.Look(page, "ab-test-waiting");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look now" }).ClickAsync();
        await page.GetByRole(AriaRole.Cell, new() { Name = "always valid", Exact = true }).WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Look now" }).CountAsync());
        await seen.Look(page, "ab-test");
        Assert.Equal(0, await page.GetByText("Move a label to the winner").CountAsync());      // nobody has won yet

        await Vote(owner, project, 8);
        await page.ReloadAsync();
        await page.GetByText("B wins").WaitForAsync();
        await page.GetByLabel("Why").Last.FillAsync("the bound has decided");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop the test" }).ClickAsync();
        await page.GetByText("Stopped by owner").WaitForAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Stop the test" }).CountAsync());
        await seen.Look(page, "ab-test-stopped");
        Assert.StartsWith("A/B test \"After PPO\": version 2 won against version 1 with 100.0 % of 11 pairs (always valid)", await page.GetByLabel("Why").InputValueAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Move the label to version 2" }).ClickAsync();
        await page.GetByText("production is at version 2.").WaitForAsync();
        var moved = (await owner.Get($"/api/projects/{project}/prompts/1/events")).Ok().Json["items"]!.AsArray()[0]!;
        Assert.Equal(("production", 2), ((string?)moved["name"], (int)moved["to"]!));
        await studio.Visit(page, $"/projects/{project}/prompts/1");
        await page.GetByText("best:ab:After-PPO").First.WaitForAsync();

        await studio.Visit(page, $"/projects/{project}/ab-tests");
        await page.GetByText("11 of 12").WaitForAsync();
        await seen.Look(page, "ab-tests");
        Assert.Empty(seen.Problems);
    }

    private static async Task Vote(Client owner, long project, int votes)
    {
        for (int i = 0; i < votes; i++)
        {
            var next = (await owner.Post($"/api/projects/{project}/next", new { held = Array.Empty<long>() })).Ok().Json["assignment"]!;
            bool betterIsZero = Emend.StudioTests.Work.Response(next, 0).StartsWith("better", StringComparison.Ordinal);
            (await owner.Post($"/api/projects/{project}/assignments/{next["id"]}/answers", new { kind = "ranking", ranking = new { ranks = betterIsZero ? new[] { 1, 2 } : [2, 1] } }, ("Idempotency-Key", $"k{next["id"]}"))).Ok();
        }
    }
}
