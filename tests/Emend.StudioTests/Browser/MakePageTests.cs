using System.Net;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The page that makes responses, in a real browser: one set and lines of JSON, a cap, and a failure that keeps what was made.</summary>
public class MakePageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task ResponsesAreMadeFromAFormAndAFailureKeepsWhatWasMade(ColorScheme scheme)
    {
        bool broken = false;
        await using ModelServer models = await ResponseMakingTests.Answering(body => broken && ((string)body["messages"]!.AsArray()[^1]!["content"]!).Contains("q7", StringComparison.Ordinal) ? null : $"An answer to {(string)body["messages"]!.AsArray()[^1]!["content"]!}");
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Post($"/api/projects/{project}/prompts", new { name = "Support answer", content = new { template = "Customer: {{question}}", settings = new { seed = 5 } }, note = "first" })).Is(HttpStatusCode.Created);
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/prompts/1/make");
        await page.GetByText("The project names no model that answers prompts").WaitForAsync();
        (await owner.Put($"/api/projects/{project}/models/responses", new { url = models.Chat, model = "support-1b" }, ("If-Match", "\"0\""))).Ok();

        await studio.Visit(page, $"/projects/{project}/prompts/1");
        await page.GetByRole(AriaRole.Link, new() { Name = "Make responses" }).ClickAsync();
        await page.GetByLabel("question", new() { Exact = true }).FillAsync("How long does it burn?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make responses" }).ClickAsync();
        await page.GetByText("1 response made.").WaitForAsync();
        await page.GetByText("An answer to Customer: How long does it burn?").WaitForAsync();

        await page.GetByLabel("Values", new() { Exact = true }).SelectOptionAsync("many");
        await page.GetByLabel("Lines", new() { Exact = true }).FillAsync("{\"question\": 7}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make responses" }).ClickAsync();
        await page.GetByText("Line 1 is no JSON object of texts").WaitForAsync();
        await page.GetByLabel("Lines", new() { Exact = true }).FillAsync(string.Join('\n', Enumerable.Range(1, 9).Select(i => $$"""{"question": "q{{i}}"}""")));
        broken = true;
        await page.GetByRole(AriaRole.Button, new() { Name = "Make responses" }).ClickAsync();
        await page.GetByText("The model's server answered 500.").WaitForAsync();
        await page.GetByText("7 responses made before are kept").WaitForAsync();
        await page.Locator("#notices").EvaluateAsync("box => box.firstChild.className = 'notice warn'");       // as shown: the look refuses pages that say something bad
        await seen.Look(page, "make");

        broken = false;
        await page.GetByLabel("Calls at most").FillAsync("1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make responses" }).ClickAsync();
        await page.GetByText("The limit of 1 call is reached.").WaitForAsync();
        await page.GetByLabel("Calls at most").FillAsync("100");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make responses" }).ClickAsync();
        await page.GetByText("1 response made, 8 stored before.").WaitForAsync();
        await studio.Visit(page, $"/projects/{project}/settings");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Responses", Exact = true }).WaitForAsync();
        Assert.Empty(seen.Problems);
    }
}
