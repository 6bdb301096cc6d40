using System.Net;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The pages of stored responses in a real browser: reached from a prompt, narrowed to a version, with everything that made each.</summary>
public class ResponsePageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task TheResponsesOfAVersionAreReadFromItsPage(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", bandHigh = 1.0 })).Is(HttpStatusCode.Created).Json["id"]!;
        await Fill(owner, $"/api/projects/{project}");
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/prompts/1");
        await page.GetByRole(AriaRole.Link, new() { Name = "Its responses" }).ClickAsync();
        await page.GetByText("Model 7 burns 14 hours").WaitForAsync();
        Assert.Equal(1, await page.Locator(".list > li").CountAsync());        // the newest version has one
        await page.GetByLabel("Of").SelectOptionAsync("");
        await page.GetByText("in 1 item, not edited yet").WaitForAsync();
        Assert.Equal(2, await page.Locator(".list > li").CountAsync());
        await seen.Look(page, "responses");

        await page.GetByRole(AriaRole.Link, new() { Name = "Response 2" }).ClickAsync();
        await page.GetByText("no room left").WaitForAsync();
        Assert.Equal("emend reproduce 2", await page.Locator(".secret").InnerTextAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        await page.WaitForFunctionAsync("getSelection().toString() === 'emend reproduce 2'");
        Assert.Contains("temperature", (await page.Locator("dl").First.InnerTextAsync()).ToLowerInvariant());
        await seen.Look(page, "response");
        Assert.Empty(seen.Problems);
    }

    // One response of each of two versions; the first in an item, the second with a context.
    private static async Task Fill(Client owner, string project)
    {
        long prompt = (long)(await owner.Post($"{project}/prompts", new { name = "Support answer", content = new { system = "You help customers.", template = "Customer: {{question}}" } })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Post($"{project}/prompts/{prompt}/branches/main/versions", new { content = new { system = "You help customers.", template = "{{context}}\n\nCustomer: {{question}}" }, note = "with the handbook" }, ("If-Match", "\"1\""))).Is(HttpStatusCode.Created);
        long first = (long)(await owner.Post($"{project}/responses", new { text = "It burns for days.", model = "support-1b", prompt, version = "1", variables = new { question = "How long does model 7 burn?" }, seed = 3 })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Upload($"{project}/items", $$"""{"id": "r1", "prompt": "How long does model 7 burn?", "responses": [{"text": "It burns for days.", "id": {{first}}}]}""")).Ok();
        object Piece(string document, int position, string heading, string fate, int tokens) => new { document, position, heading, priority = 0, score = 1.5, fate, tokens, textHash = new string('a', 64) };
        (await owner.Post($"{project}/responses", new
        {
            text = "Model 7 burns 14 hours on one filling, and it is made in Oslo.",
            model = "support-1b",
            modelFolder = "models/support-1b",
            modelFingerprint = new string('b', 64),
            compute = "float32",
            prompt,
            version = "2",
            seed = 4,
            settings = new { temperature = 0.7, topP = 0.9, maxTokens = 200, stop = new[] { "\nCustomer:" } },
            contextHash = new string('c', 64),
            variables = new { question = "How long does model 7 burn?", context = "Model 7: burns 14 hours. Made in Oslo." },
            context = new { query = "How long does model 7 burn?", tokens = 38, budget = 40, counter = "guess", embeddings = (string?)null, entries = new[] { Piece("handbook.md", 0, "Model 7", "injected", 38), Piece("handbook.md", 1, "Model 9", "overBudget", 0) } },
        })).Is(HttpStatusCode.Created);
    }
}
