using System.Net;
using System.Text;
using System.Text.Json;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>A run that trains while somebody watches, and files of other tools on the project's page.</summary>
public class RunPagesTests
{
    [Fact]
    public async Task CurvesGrowWhileARunTrainsAndItsResultAppears()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        string runs = RunExample.Folder(), live = Directory.CreateDirectory(Path.Combine(runs, "live")).FullName, metrics = Path.Combine(live, "metrics.jsonl");
        await File.WriteAllTextAsync(metrics, Line(0, 2.5) + Line(1, 2.0));
        (BrowserStudio studio, Client _) = await BrowserStudio.WithOwner(Engine.Sqlite, runs);
        await using BrowserStudio running = studio;
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, "/runs");
        await page.GetByRole(AriaRole.Link, new() { Name = "live" }).ClickAsync();
        await Assertions.Expect(page.Locator(".pill").First).ToHaveTextAsync("training");
        ILocator marks = page.Locator("svg.plot circle.mark");
        await Assertions.Expect(marks).ToHaveCountAsync(2);
        await File.AppendAllTextAsync(metrics, Line(2, 1.5) + "{\"stage\":\"sft\",\"ar");
        await Assertions.Expect(marks).ToHaveCountAsync(3);
        await File.AppendAllTextAsync(metrics, Line(3, 1.2)["{\"stage\":\"sft\",\"ar".Length..]);
        await Assertions.Expect(marks).ToHaveCountAsync(4);
        File.Copy(Path.Combine(runs, "lamps-study", "result.json"), Path.Combine(live, "result.json"));
        await Assertions.Expect(page.Locator(".pill").First).ToHaveTextAsync("finished");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Win rates" })).ToBeVisibleAsync();
        await studio.Visit(page, "/runs/lamps-study");
        await Assertions.Expect(page.Locator(".token.worse-3").Filter(new() { HasText = "Oslo" }).Or(page.Locator("[title='−2.90']")).First).ToBeVisibleAsync();
        await studio.NoComplaints(page);

        static string Line(int step, double loss) => JsonSerializer.Serialize(new { stage = "sft", arm = "", seed = 1, step, loss }) + "\n";
    }

    [Fact]
    public async Task ARecordOfAnotherToolIsLookedAtAndImported()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = "Moved here" })).Is(HttpStatusCode.Created).Json["id"]!;
        IPage page = await studio.SignIn(context, "owner");
        FilePayload file = new() { Name = "records.json", MimeType = "application/json", Buffer = Encoding.UTF8.GetBytes("""[{"id": "a1", "fields": {"question": "How long?", "left": "Nine.", "right": "Ten."}}]""") };

        await studio.Visit(page, $"/projects/{project}");
        await page.GetByLabel("Made by").SelectOptionAsync("argilla");
        await page.GetByLabel("Prompt", new() { Exact = true }).FillAsync("question");
        await page.GetByLabel("Responses, separated by commas").FillAsync("left, middle");
        await page.GetByLabel("File of items").SetInputFilesAsync(file);
        await Assertions.Expect(page.Locator(".notice.bad")).ToContainTextAsync("import.jsonl:1: middle: is missing");
        await page.GetByLabel("Responses, separated by commas").FillAsync("left, right");
        await page.GetByLabel("File of items").SetInputFilesAsync(Array.Empty<string>());
        await page.GetByLabel("File of items").SetInputFilesAsync(file);
        await page.GetByRole(AriaRole.Button, new() { Name = "Import 1 item" }).ClickAsync();
        await Assertions.Expect(page.Locator("#notices .notice.good")).ToContainTextAsync("1 item imported");
        await studio.NoComplaints(page);
    }
}
