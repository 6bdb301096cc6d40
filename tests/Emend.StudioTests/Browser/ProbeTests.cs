using System.Net;
using System.Text.Json;
using Emend.Store;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>What people write is shown as it is and never runs. The policy is the second line: it must not even be asked.</summary>
public class ProbeTests
{
    private const string Probe = "<img src=x onerror=\"window.probed=1\"><script>window.probed=1</script><svg onload=window.probed=1></svg><a href=\"javascript:window.probed=1\">x</a>\u202e{{7*7}}";

    private static readonly string[] Pages = ["", "work", "history", "agreement", "differences", "protocol", "edits", "items", "items/1", "webhooks", "reviews", "disputes", "guideline", "prompts", "members", "settings", "audit"];

    [Fact]
    public async Task MarkupInTextsAndNamesIsShownAndDoesNothing()
    {
        await using IBrowserContext context = await Chromium.NewContext();
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        long project = (long)(await owner.Post("/api/projects", new { name = Probe, description = Probe })).Is(HttpStatusCode.Created).Json["id"]!;
        string row = JsonSerializer.Serialize(new { id = Probe, prompt = Probe, context = Probe, responses = new[] { Probe + " one", Probe + " two" } });
        (await owner.Upload($"/api/projects/{project}/items", row)).Ok();
        (await owner.Put($"/api/projects/{project}/guideline", new { markdown = Probe + "\n\n[x](javascript:window.probed=1)\n\n![x](https://tracker.example/x.png)" }, ("If-Match", "\"0\""))).Ok();
        (await owner.Post($"/api/projects/{project}/invitations", new { role = "viewer", note = Probe })).Ok();
        IPage page = await studio.SignIn(context, "owner");

        await studio.Visit(page, "/");
        await Nothing(page);
        foreach (string name in Pages)
        {
            await studio.Visit(page, $"/projects/{project}/{name}");
            await Nothing(page);
        }
        await studio.Visit(page, $"/projects/{project}/work");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("e");
        await page.Keyboard.InsertTextAsync(Probe);
        await page.Locator(".chip").First.WaitForAsync();
        await Nothing(page);
        Assert.Contains("onerror", await page.Locator("#diff").InnerTextAsync());
        await studio.NoComplaints(page);
    }

    private static async Task Nothing(IPage page)
    {
        Assert.Null(await page.EvaluateAsync<object?>("window.probed ?? null"));
        Assert.Equal(0, await page.Locator("[onerror], [onload], body svg, body img, iframe, object, embed, a[href^='javascript:'], main script").CountAsync());
    }
}
