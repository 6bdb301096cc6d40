using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>A whole way through the pages in a real browser.</summary>
public class JourneyTests
{
    private const int Items = 10;

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SomebodyNewGoesFromTheInvitationToTheTenthEditByKeyboardAlone(Engine engine)
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(engine);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects/sample", new { kind = "edit" })).Is(HttpStatusCode.Created).Json["id"]!;
        JsonNode invited = (await owner.Post($"/api/projects/{project}/invitations", new { role = "annotator" })).Is(HttpStatusCode.Created).Json;
        IPage page = await studio.NewPage(context);

        await page.GotoAsync($"{studio.Address}/invitation#{(string)invited["secret"]!}");
        await page.Locator("[name=name]:focus").WaitForAsync();
        await page.Keyboard.TypeAsync("ann");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("Ann");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(TestStudio.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#begin").WaitForAsync();
        await BrowserStudio.TabTo(page, "#begin");
        await page.Keyboard.PressAsync("Enter");

        string before = "";
        for (int n = 1; n <= Items; n++)
        {
            await page.WaitForURLAsync(url => HasItem(url) && new Uri(url).AbsolutePath != before);
            await page.Locator(".save[data-state=none]").WaitForAsync();
            before = new Uri(page.Url).AbsolutePath;
            await Answer(page, n);
        }
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath != before);
        await studio.NoComplaints(page);

        List<StoredAnswer> answers = await studio.Server.Database.Read(rows => rows.Answers.Where(answer => answer.IsCurrent).ToListAsync());
        Assert.Equal(Items, answers.Count);
        Assert.All(answers, answer => Assert.Equal(1, answer.Hunks));
        Assert.All(answers, answer => Assert.Equal("wording", Assert.Single(StoreJson.Read<Answer>(answer.Content).Edit!.Reasons).Reason));
        Assert.All(answers, answer => Assert.EndsWith(" Thank you.", StoreJson.Read<Answer>(answer.Content).Edit!.Edited));
        Assert.Contains(answers, answer => StoreJson.Read<Answer>(answer.Content).Edit!.Strength == 2);
    }

    private static bool HasItem(string url) => char.IsAsciiDigit(url[^1]) && url.Contains("/work/");

    // Prefers one, says how strongly, edits the other, gives the reason, takes a word back and puts it there again, submits.
    private static async Task Answer(IPage page, int n)
    {
        string side = n % 2 == 0 ? "2" : "1";
        await page.Keyboard.PressAsync(side);
        await page.Keyboard.PressAsync(side);
        await page.Keyboard.PressAsync(side);
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync(" Thank you.");
        if (n == 1)
        {
            await page.Keyboard.PressAsync("Alt+Backspace");
            await Assertions.Expect(page.Locator("#diff ins")).ToHaveCountAsync(0);
            await page.Keyboard.PressAsync("Control+z");
        }
        await Assertions.Expect(page.Locator("#diff ins")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Alt+Enter");
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.Locator(".chip [data-part=wording][aria-pressed=true]")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Control+Enter");
    }
}
