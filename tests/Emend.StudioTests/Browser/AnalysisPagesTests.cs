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
}
