using Emend.Feedback;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The pages of figures, as a manager uses them.</summary>
public class AnalysisPagesTests
{
    [Fact]
    public async Task AManagerSeesWherePeopleDifferAndNamesOnlyWhenAskedFor()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        object[] ids = await Example.Fill(owner, studio);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{ids[0]}/agreement");
        await page.GetByRole(AriaRole.Link, new() { Name = "Differences" }).ClickAsync();
        await page.WaitForURLAsync($"{studio.Address}/projects/{ids[0]}/differences");
        ILocator people = page.GetByRole(AriaRole.Region, new() { Name = "People" });
        await Assertions.Expect(people).ToContainTextAsync("annotator-");
        await Assertions.Expect(people).Not.ToContainTextAsync("Ben Baker");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show names" }).ClickAsync();
        await Assertions.Expect(people).ToContainTextAsync("Ben Baker");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "By topic" })).ToContainTextAsync("hours");
        await page.GetByLabel("Field of the items").FillAsync("nothing");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "By topic" })).ToContainTextAsync("(none)");

        await page.GetByRole(AriaRole.Link, new() { Name = "Protocol" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "How consistent" }).WaitForAsync();
        IDownload file = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Markdown for a data card" }).ClickAsync());
        Assert.Contains("## People", await File.ReadAllTextAsync((await file.PathAsync())!));
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task FiguresOfPeopleLeaveSimulatedAnswersOutUntilTheyAreAskedFor()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        object[] ids = await Example.Fill(owner, studio);
        (Database database, long project) = (studio.Server.Database, Convert.ToInt64(ids[0], System.Globalization.CultureInfo.InvariantCulture));
        Actor program = await new SimulatedAnnotators(database, TimeProvider.System).Join(project);
        AssignmentView given = (await new Queue(database, TimeProvider.System).Next(project, program.AccountId!.Value, [])).Assignment!;
        await new Answers(database, new Tokenizers("."), TimeProvider.System).Submit(program, project, given.Id, new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.BothBad, EditOutcome.NoEditHelps) }, "s");
        IPage page = await studio.SignIn(context, "owner");

        foreach (string figures in new[] { "agreement", "differences", "edits" })
        {
            await studio.Visit(page, $"/projects/{project}/{figures}");
            await Assertions.Expect(page.GetByText("1 answer of simulated annotators, which are programs, is left out.")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Both together" }).ClickAsync();
            await Assertions.Expect(page.GetByText("are no figures of people")).ToBeVisibleAsync();
        }
        await studio.Visit(page, $"/projects/{project}/agreement");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Annotators" }).Locator(".pill", new() { HasText = "simulated" })).ToBeVisibleAsync();
        await studio.Visit(page, $"/projects/{project}/protocol");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Simulated annotators" })).ToContainTextAsync("annotator-");
        await studio.Visit(page, $"/projects/{project}/items/{given.Item.Id}");
        await Assertions.Expect(page.Locator("h2 .pill", new() { HasText = "simulated" }).First).ToBeVisibleAsync();
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task TheHistoryOfAnItemIsSeenAndItsAnswerBecomesGold()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        object[] ids = await Example.Fill(owner, studio);
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{ids[0]}/items");
        await page.GetByRole(AriaRole.Link, new() { Name = "lamp-1", Exact = true }).ClickAsync();
        await page.Locator(".heat-2").First.WaitForAsync();
        await Assertions.Expect(page.Locator(".chain-step")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator(".chain-step del").First).ToBeVisibleAsync();
        await page.GetByLabel("Attention: it only tests whether somebody reads").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "is right" }).First.ClickAsync();
        await Assertions.Expect(page.Locator("#title")).ToContainTextAsync("attention");
        await page.GetByRole(AriaRole.Button, new() { Name = "No longer gold" }).ClickAsync();
        await Assertions.Expect(page.Locator("#title")).Not.ToContainTextAsync("attention");
        await page.GetByText("Give the right answer here").ClickAsync();
        await page.GetByLabel("Which is better").SelectOptionAsync("bothBad");
        await page.GetByLabel("What becomes of the text").SelectOptionAsync("noEditHelps");
        await page.GetByLabel("Attention: it only tests whether somebody reads").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the right answer" }).ClickAsync();
        await Assertions.Expect(page.Locator("#title")).ToContainTextAsync("gold");

        await studio.Visit(page, $"/projects/{ids[0]}/edits?field=version");
        await Assertions.Expect(page.Locator("svg.plot").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "By version" })).ToContainTextAsync("v2");
        await studio.NoComplaints(page);
    }

    [Fact]
    public async Task SomebodySwitchesTheSecondFactorOnAndSignsInWithIt()
    {
        await using IBrowserContext context = await Chromium.NewContext(), second = await Chromium.NewContext();
        (BrowserStudio studio, Client _) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio running = studio;
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, "/account");
        ILocator card = page.Locator("section").Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Second factor" }) });
        await card.GetByLabel("Password").FillAsync(TestStudio.Password);
        await card.GetByRole(AriaRole.Button, new() { Name = "Set it up" }).ClickAsync();
        string key = (await card.Locator("code.secret").InnerTextAsync()).Replace(" ", "");
        await card.GetByLabel("Code").FillAsync(TwoFactorTests.Code(key));
        await card.GetByRole(AriaRole.Button, new() { Name = "Switch on" }).ClickAsync();
        string recovery = (await card.Locator("pre.secret").InnerTextAsync()).Split('\n')[0];

        IPage other = await studio.NewPage(second);
        await other.GotoAsync($"{studio.Address}/sign-in");
        await other.GetByLabel("Name").FillAsync("owner");
        await other.GetByLabel("Password").FillAsync(TestStudio.Password);
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await other.GetByLabel("Code").FillAsync(recovery);
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await other.WaitForURLAsync($"{studio.Address}/");
        await studio.Visit(other, "/accounts");
        await Assertions.Expect(other.GetByRole(AriaRole.Region, new() { Name = "Accounts" })).ToContainTextAsync("two factors");
        await studio.NoComplaints(other);
    }

    [Fact]
    public async Task AnAddressIsToldOfEventsMovedAndRemoved()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Told" })).Ok().Json["id"]!;
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, $"/projects/{project}/webhooks");
        await page.GetByLabel("Address").FillAsync("https://listener.example/one");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        string first = await page.Locator("code.secret").InnerTextAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch off" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch on" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).ClickAsync();
        await page.Locator("dialog").GetByLabel("Address").FillAsync("https://listener.example/two");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Move" }).ClickAsync();
        await Assertions.Expect(page.Locator("code.secret")).Not.ToHaveTextAsync(first);
        await Assertions.Expect(page.Locator(".list")).ToContainTextAsync("/two");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(page.Locator(".list")).ToContainTextAsync("None yet.");
        await studio.NoComplaints(page);
    }
}
