using System.Net;
using System.Text;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The pages of judges in a real browser: pairs judged under a cap and beyond it, a file put in, and the warning while nobody measured agreement.</summary>
public class JudgePageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task PairsAreJudgedAndTheNumbersCarryTheirWarning(ColorScheme scheme)
    {
        await using ModelServer models = await JudgeRunTests.Judging(JudgeRunTests.Better);
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", kind = "ranking" })).Is(HttpStatusCode.Created).Json["id"]!;
        await AbTestTests.Fill(owner, $"/api/projects/{project}");
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/prompts");
        await page.GetByRole(AriaRole.Link, new() { Name = "Judges" }).ClickAsync();
        await page.GetByText("The project names no judge.").WaitForAsync();
        (await owner.Put($"/api/projects/{project}/models/judge", new { url = models.Chat, model = "judge-1" }, ("If-Match", "\"0\""))).Ok();
        await page.ReloadAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("v2 against v1");
        await page.GetByLabel("A: version").FillAsync("1");
        await page.GetByLabel("B: version").FillAsync("main");
        await page.GetByText("How it is asked, and what it may cost").ClickAsync();
        await page.GetByLabel("Calls at most").FillAsync("6");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pair the responses" }).ClickAsync();
        await page.GetByText("12 pairs are left; 0 calls").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask" }).ClickAsync();
        await page.Locator("#notices").GetByText("The cap of 6 calls is reached.").WaitForAsync();
        await page.GetByText("Caps", new() { Exact = true }).ClickAsync();
        await page.GetByLabel("Calls at most").FillAsync("100");
        await seen.Look(page, "judge-capped");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask" }).ClickAsync();
        await page.GetByText("12 of 12 pairs. Begun").WaitForAsync();
        Assert.Contains("is not measured: 0 pairs", await page.GetByText("Warning:").Locator("..").InnerTextAsync());
        Assert.Equal(["100.0", "100.0"], [await Cell(page, "As the judge says it"), await Cell(page, "If the longer always won")]);
        Assert.Equal(["0.0", "+50.0"], [await Cell(page, "For what stands first"), await Cell(page, "For the longer response")]);
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Ask" }).CountAsync());
        await seen.Look(page, "judge-run");

        await page.GetByRole(AriaRole.Link, new() { Name = "Judges" }).ClickAsync();
        await page.GetByLabel("Name of the file’s run").FillAsync("of the command line");
        await page.GetByLabel("What A is").FillAsync("version 1");
        await page.GetByLabel("What B is").FillAsync("version 2");
        string file = string.Concat(Enumerable.Range(1, 40).Select(i => JudgeRunTests.Row($"p{i}", i % 4 == 0 ? "a" : "b", i % 4 == 0 ? 0 : 1, human: i % 5 == 0 ? "a" : "b")));
        await page.GetByLabel("File of verdicts").SetInputFilesAsync(new FilePayload { Name = "verdicts.jsonl", MimeType = "application/jsonl", Buffer = Encoding.UTF8.GetBytes(file) });
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep them" }).ClickAsync();
        await page.GetByText("40 of 40 pairs").WaitForAsync();
        await page.GetByText("It says what people say on 65.0 % of the 40 pairs").WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Judges" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "of the command line" }).WaitForAsync();
        await seen.Look(page, "judges");
        Assert.Empty(seen.Problems);
    }

    private static Task<string> Cell(IPage page, string row) => page.GetByRole(AriaRole.Row).Filter(new() { HasText = row }).GetByRole(AriaRole.Cell).First.InnerTextAsync();
}
