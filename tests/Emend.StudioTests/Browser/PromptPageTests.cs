using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The pages of prompts in a real browser: graph, editor, conflicts, merge, labels; accessible, and no wider than a telephone.</summary>
public class PromptPageTests
{
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task ThePagesOfPromptsAreAccessibleAndFitATelephone(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (string project, string prompt) = await Fill(owner);
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);
        IPage page = await studio.SignIn(context, "owner");

        foreach ((string name, string path) in new[]
        {
            ("prompts", $"{project}/prompts"), ("prompt", prompt), ("prompt-edit", $"{prompt}/edit?branch=main"), ("prompt-diff", $"{prompt}/diff?from=1&to=4"), ("prompt-merge", $"{prompt}/merge?into=main&from=short"),
        })
        {
            await studio.Visit(page, path);
            Assert.Equal(0, await page.Locator("#notices .bad").CountAsync());
            await seen.Look(page, name);
        }
        (await owner.Upload($"/api{project}/documents?name=handbook.md&priority=0", "# Lamps\n\n## Model 7\n\nBurns 14 hours. Made in Oslo.\n\n## Model 9\n\nBurns 20 hours.")).Is(HttpStatusCode.Created);
        (await owner.Upload($"/api{project}/documents?name=rules.txt&priority=5", "Never promise a delivery date.")).Is(HttpStatusCode.Created);
        await studio.Visit(page, $"{project}/documents");
        await page.GetByLabel("Question").FillAsync("How many hours does model 7 burn?");
        await page.GetByLabel("Budget in tokens").FillAsync("45");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the budget" }).ClickAsync();
        await page.GetByText("no room left").First.WaitForAsync();
        await seen.Look(page, "documents");
        await NearnessIsMadeFirst(owner, studio, seen, page, project);
        Assert.Empty(seen.Problems);
    }

    // With a model for embeddings: words alone until the index is made, and the page says so.
    private static async Task NearnessIsMadeFirst(Client owner, BrowserStudio studio, Looks seen, IPage page, string project)
    {
        await using ModelServer models = await ModelServer.Start();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Make the index" }).CountAsync());
        (await owner.Put($"/api{project}/models/embeddings", new { url = models.Embeddings, model = "m" }, ("If-Match", "\"0\""))).Ok();
        await studio.Visit(page, $"{project}/documents");
        await page.GetByLabel("Question").FillAsync("timber");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the budget" }).ClickAsync();
        await page.GetByText("Words alone were searched: 0 of").WaitForAsync();
        await seen.Look(page, "documents-words");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the index" }).ClickAsync();
        await page.GetByText("3 of 3 pieces have a vector of tiny-embedder.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the budget" }).ClickAsync();
        await page.GetByText("Words alone were searched").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    [Fact]
    public async Task TheGraphIsWalkedByKeyboardAndSaysWhatItShows()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (string _, string prompt) = await Fill(owner);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, prompt);
        await BrowserStudio.TabTo(page, ".graph a[data-version='1']");
        Assert.Equal("Version 1 on main; the first; first; labels staging; win-rate 0.5", await page.Locator(".graph a[data-version='1']").GetAttributeAsync("aria-label"));
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#version h2", new() { HasText = "Version 2" }).WaitForAsync();
        Assert.EndsWith("#version-2", page.Url);
        string label = (await page.Locator(".graph a[data-version='4']").GetAttributeAsync("aria-label"))!;
        Assert.Contains("from 2", label);
        Assert.Contains("win-rate 0.61", label);
        await page.Locator("summary", new() { HasText = "as a table" }).ClickAsync();
        Assert.Equal(4, await page.Locator("[aria-label=Versions] tbody tr").CountAsync());
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task WhoSavesSecondSeesBothAndTheConflictsAndLosesNothing()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (string _, string prompt) = await Fill(owner);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"{prompt}/edit?branch=main");
        await page.GetByLabel("Template of the user’s message").FillAsync("Customer: {{question}}\n\nClerk, warmly:");
        await page.GetByLabel("System message").FillAsync("Be exact.");
        (await owner.Post($"/api{prompt}/branches/main/versions", new { content = new { system = "You help customers.", template = "Customer: {{question}}\n\nClerk, briefly:" }, note = "quicker" }, ("If-Match", "\"4\""))).Is(HttpStatusCode.Created);
        await page.Locator("#save").ClickAsync();
        await page.Locator("#conflicts").WaitForAsync();
        Assert.Contains("by owner: \"quicker\"", await page.Locator("#notices").InnerTextAsync());
        Assert.Contains("Clerk, briefly:", await page.GetByLabel("Template of the user’s message").InputValueAsync());
        Assert.Contains("Clerk, warmly:", await page.GetByLabel("Template of the user’s message").InputValueAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Take theirs: template" }).ClickAsync();
        Assert.Equal("Customer: {{question}}\n\nClerk, warmly:", await page.GetByLabel("Template of the user’s message").InputValueAsync());
        Assert.Equal("Be exact.", await page.GetByLabel("System message").InputValueAsync());
        await page.Locator("#save").ClickAsync();
        await page.Locator("#version h2", new() { HasText = "Version 6" }).WaitForAsync();
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task ChoicesBetweenExamplesGoToTheirPlacesWhenAnEarlierOneMadeTheListLonger()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (string _, string prompt) = await Fill(owner);
        object Content(params (string Input, string Output)[] examples) => new { template = "Customer: {{question}}", examples = examples.Select(each => new { input = each.Input, output = each.Output }) };
        await Commit(owner, $"/api{prompt}", "main", 4, Content(("one", "1"), ("two", "2"), ("three", "3")), "three examples");
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"{prompt}/edit?branch=main");
        await page.GetByLabel("Example 1: output").FillAsync("mine 1");
        await page.GetByLabel("Example 3: output").FillAsync("mine 3");
        await Commit(owner, $"/api{prompt}", "main", 5, Content(("two", "2"), ("three", "theirs 3")), "two examples");
        await page.Locator("#save").ClickAsync();
        await page.Locator("#conflicts").WaitForAsync();
        foreach (string place in (string[])["examples[0]", "examples[1]"])
            await page.GetByRole(AriaRole.Button, new() { Name = $"Take theirs: {place}" }).ClickAsync();

        string[] outputs = await page.GetByLabel(": output").EvaluateAllAsync<string[]>("all => all.map(one => one.value)");
        Assert.Equal(["mine 1", "2", "mine 3"], outputs);
    }

    [Fact]
    public async Task WhoMovesALabelSecondIsToldByWhomAndWhy()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        (string _, string prompt) = await Fill(owner);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, prompt);
        (await owner.Put($"/api{prompt}/labels/production", new { version = "2", reason = "complaints about 4" }, ("If-Match", "\"4\""))).Ok();
        await page.GetByLabel("Label", new() { Exact = true }).FillAsync("production");
        await page.GetByLabel("Moves to").SelectOptionAsync("1");
        await page.Locator("section[aria-labelledby=labels]").GetByLabel("Why").FillAsync("back to the first");
        await page.GetByRole(AriaRole.Button, new() { Name = "Move the label" }).ClickAsync();
        await page.Locator("#notices", new() { HasText = "complaints about 4" }).WaitForAsync();
        Assert.Contains("production\nversion 2", (await page.Locator("section[aria-labelledby=labels] .list").InnerTextAsync()).Replace("\n\n", "\n").Replace(" version", "\nversion"));
        await studio.NoComplaints(page);
    }

    // 1 - 2 - 4 on main, 3 on short from 1; 3 and 4 both change the template's last line.
    private static async Task<(string Project, string Prompt)> Fill(Client owner)
    {
        long project = (long)(await owner.Post("/api/projects", new { name = "Support answers, autumn" })).Is(HttpStatusCode.Created).Json["id"]!;
        JsonNode made = (await owner.Post($"/api/projects/{project}/prompts", new { name = "Support answer", description = "What the assistant is told before every question.", content = new { template = "Customer: {{question}}\n\nAnswer:" }, note = "first" })).Is(HttpStatusCode.Created).Json;
        string prompt = $"/projects/{project}/prompts/{made["id"]}", api = $"/api{prompt}";
        await Commit(owner, api, "main", 1, new { system = "You help customers.", template = "Customer: {{question}}\n\nAnswer:" }, "says who speaks");
        (await owner.Post($"{api}/branches", new { name = "short", from = "1", reason = "customers want it short" })).Is(HttpStatusCode.Created);
        await Commit(owner, api, "short", 1, new { template = "Customer: {{question}}\n\nAnswer in one line:" }, "one line");
        await Commit(owner, api, "main", 2, new { system = "You help customers.", template = "Customer: {{question}}\n\nClerk:", examples = new[] { new { input = "Customer: Where is it made?\n\nClerk:", output = "In Oslo." } }, settings = new { model = "support-1b", temperature = 0.7, maxTokens = 200, stop = new[] { "\nCustomer:" } } }, "an example, and who answers");
        foreach ((int version, string name, double value) in new[] { (1, "win-rate", 0.5), (4, "win-rate", 0.612), (2, "suite:refusals", 0.9), (4, "suite:refusals", 1.0) })
            (await owner.Post($"{api}/versions/{version}/metrics", new { name, value, source = "nightly run", sampleSize = 120 })).Is(HttpStatusCode.Created);
        (await owner.Put($"{api}/labels/production", new { version = "4", reason = "passes the suite" }, ("If-Match", "\"0\""))).Ok();
        (await owner.Put($"{api}/labels/staging", new { version = "1", reason = "to compare" }, ("If-Match", "\"0\""))).Ok();
        return ($"/projects/{project}", prompt);
    }

    private static async Task Commit(Client owner, string api, string branch, int seen, object content, string note) =>
        (await owner.Post($"{api}/branches/{branch}/versions", new { content, note }, ("If-Match", $"\"{seen}\""))).Is(HttpStatusCode.Created);
}
