using System.Net;
using System.Text;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The pages of test suites in a real browser: a file put in, a run case by case, what regressed against another.</summary>
public class SuitePageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task AFileIsKeptAndARunIsReadAgainstAnother(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]!;
        string api = $"/api/projects/{project}/prompts/1";
        (await owner.Post($"/api/projects/{project}/prompts", new { name = "Support answer", content = new { template = "Customer: {{question}}" } })).Is(HttpStatusCode.Created);
        (await owner.Post($"{api}/branches/main/versions", new { content = new { template = "Customer: {{question}}\n\nClerk, briefly:" }, note = "briefly" }, ("If-Match", "\"1\""))).Is(HttpStatusCode.Created);
        string[] hashes = [.. (await owner.Get(api)).Ok().Json["versions"]!.AsArray().Select(version => (string)version!["hash"]!)];
        string file = SuiteRunTests.Rows("support@1", hashes[0], ("hours", true, "It burns 14 hours."), ("place", true, "It is made in Oslo."), ("price", false, "I do not know."))
            + SuiteRunTests.Rows("support@2", hashes[1], ("hours", false, "It burns 15 hours or so."), ("place", true, "It is made in Oslo."), ("price", true, "It costs 40 crowns."))
            + SuiteRunTests.Tokens("hours", (-2, true), (-1, false), (1, true), (2, false));
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/prompts/1");
        await page.GetByRole(AriaRole.Link, new() { Name = "Suites" }).ClickAsync();
        await page.GetByText("No results yet").WaitForAsync();
        await page.GetByLabel("A file of results").SetInputFilesAsync(new FilePayload { Name = "results.jsonl", MimeType = "application/jsonl", Buffer = Encoding.UTF8.GetBytes(file) });
        await page.GetByText("2 runs kept.").WaitForAsync();
        await seen.Look(page, "suites");

        await page.GetByRole(AriaRole.Link, new() { Name = "Run 2" }).ClickAsync();
        await page.GetByText("2 of 3 cases passed").WaitForAsync();
        await page.GetByLabel("Against").SelectOptionAsync("1");
        await page.GetByText("something is worse").WaitForAsync();
        ILocator first = page.Locator(".list > li").First;
        Assert.Contains("regressed", await first.InnerTextAsync());
        await first.GetByText("What differs from the answer of the other run").ClickAsync();
        Assert.Contains("14", await first.Locator("del").First.InnerTextAsync());
        await page.GetByLabel("Cases").SelectOptionAsync("worse");
        Assert.Equal(2, await page.Locator(".list > li").CountAsync());       // one regressed, one fixed
        await seen.Look(page, "suite-run");
        Assert.EndsWith("?against=1", page.Url);
        Assert.Empty(seen.Problems);
    }
}
