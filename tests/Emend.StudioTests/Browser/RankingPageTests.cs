using System.Net;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The ranking in a real browser: people and judges on tables of their own, the judge's with its warning.</summary>
public class RankingPageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task PeopleAndJudgesHaveTablesOfTheirOwn(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind = "ranking" })).Is(HttpStatusCode.Created).Json["id"]!;
        string api = $"/api/projects/{project}";
        await AbTestTests.Fill(owner, api);
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/prompts");
        await page.GetByRole(AriaRole.Link, new() { Name = "Ranking" }).ClickAsync();
        await page.GetByText("Nothing was compared yet").First.WaitForAsync();
        await Vote(owner, api);
        string file = string.Concat(Enumerable.Range(1, 30).Select(i => JudgeRunTests.Row($"p{i}", i % 3 == 0 ? "a" : "b", i % 3 == 0 ? 0 : 1)));
        foreach ((string a, string b) in ((string, string)[])[("support@1", "support@2"), ("support@2", "support@3"), ("draft", "old draft")])
            (await owner.Upload($"{api}/judge-runs/verdicts?name=t&a={Uri.EscapeDataString(a)}&b={Uri.EscapeDataString(b)}", file)).Is(HttpStatusCode.Created);
        await page.ReloadAsync();
        ILocator people = page.Locator("section").Filter(new() { HasText = "By people" }), judge = page.Locator("section").Filter(new() { HasText = "AI feedback" });
        Assert.Contains("support@2", await people.GetByRole(AriaRole.Rowheader).First.InnerTextAsync());
        Assert.Contains("is not measured: 0 pairs", await judge.GetByText("Warning:").Locator("..").InnerTextAsync());
        Assert.Equal(["support@3", "support@2", "support@1", "old draft", "draft"], (await judge.GetByRole(AriaRole.Rowheader).AllInnerTextsAsync()).Select(name => name.Trim()));
        await seen.Look(page, "ranking");
        await page.GetByLabel("What is ranked").SelectOptionAsync("both");
        await page.GetByText("support@2, tiny").WaitForAsync();
        Assert.EndsWith("?by=both", page.Url);
        Assert.Empty(seen.Problems);
    }

    // A test of six pairs, of which version 2 wins five.
    private static async Task Vote(Client owner, string api)
    {
        (await owner.Post($"{api}/ab-tests", new { name = "t", prompt = 1, a = new { version = "1" }, b = new { version = "2" }, horizon = 6 })).Is(HttpStatusCode.Created);
        for (int i = 0; i < 6; i++)
        {
            var held = (await owner.Post($"{api}/next", new { held = Array.Empty<long>() })).Ok().Json["assignment"]!;
            bool first = Work.Response(held, 0).StartsWith("better", StringComparison.Ordinal) == (i > 0);
            (await owner.Post($"{api}/assignments/{held["id"]}/answers", new { kind = "ranking", ranking = new { ranks = first ? new[] { 1, 2 } : [2, 1] } }, ("Idempotency-Key", $"k{i}"))).Ok();
        }
    }
}
