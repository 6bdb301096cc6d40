using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Emend.StudioTests.Browser;

/// <summary>Somebody who edits and submits one item after the other, by keyboard, whatever happens to the server; who loads the page again where it is stuck, as people do.</summary>
internal sealed class AnnotatorInBrowser
{
    /// <summary>After so long, in milliseconds, the page is loaded again. It makes no test fail.</summary>
    private const float Patience = 10_000;

    private readonly IPage _page;
    private readonly string _work;

    private AnnotatorInBrowser(IPage page, string work) => (_page, _work) = (page, work);

    public static async Task<AnnotatorInBrowser> SignIn(IBrowserContext context, Uri studio, string name, long project)
    {
        IPage page = await context.NewPageAsync();
        await page.GotoAsync($"{studio}sign-in");
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(TestStudio.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(studio.ToString());
        return new AnnotatorInBrowser(page, $"{studio}projects/{project}/work");
    }

    /// <summary>Until there is enough; the item at hand is finished then. Texts that the page called saved, and those of answers that it called submitted, with their assignments.</summary>
    public async Task Work(ConcurrentDictionary<string, long> answered, ConcurrentDictionary<string, long> saved, CancellationToken enough)
    {
        await Load(enough);
        while (!enough.IsCancellationRequested)
        {
            if (!await Shows(".save[data-state=none]"))
            {
                await Load(enough);
                continue;
            }
            long assignment = Assignment();
            string text = Word();
            foreach (string key in (string[])["1", "e", "Control+End"])
                await _page.Keyboard.PressAsync(key);
            await _page.Keyboard.InsertTextAsync($" {text}");
            while (!await Shows(".save[data-state=server]"))
                continue;                                       // the page itself tries again
            saved[text] = assignment;
            await _page.Keyboard.PressAsync("Alt+Enter");
            await _page.Keyboard.PressAsync("w");
            await Submit(assignment, enough);
            answered[text] = assignment;
        }
    }

    // Until another item is shown, or this one as answered: the page says either only when the server has said so.
    private async Task Submit(long assignment, CancellationToken enough)
    {
        await _page.Keyboard.PressAsync("Control+Enter");
        while (Assignment() == assignment)
        {
            try
            {
                await _page.WaitForURLAsync(url => AssignmentOf(url) != assignment, new() { Timeout = Patience });
            }
            catch (TimeoutException)
            {
                if (await _page.Locator("#title:text-is('Answered')").CountAsync() > 0)
                {
                    await Load(enough);
                    return;
                }
                await _page.Keyboard.PressAsync("Control+Enter");   // the check before it was sent had no answer
            }
        }
    }

    private async Task Load(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await _page.GotoAsync(_work, new() { Timeout = Patience });
                await _page.WaitForURLAsync(url => AssignmentOf(url) != 0, new() { Timeout = Patience });
                return;
            }
            catch (Exception exception) when (exception is PlaywrightException or TimeoutException)
            {
                await Task.Delay(100);
            }
        }
    }

    private async Task<bool> Shows(string selector)
    {
        try
        {
            await _page.Locator(selector).WaitForAsync(new() { Timeout = Patience });
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // Letters alone: digits could pass for a telephone number, of which the page asks why.
    private static string Word() => string.Concat(Guid.NewGuid().ToString("N").Select(digit => char.IsAsciiDigit(digit) ? (char)('g' + (digit - '0')) : digit));

    private long Assignment() => AssignmentOf(_page.Url);

    private static long AssignmentOf(string url) => long.TryParse(new Uri(url).Segments[^1], out long id) && url.Contains("/work/", StringComparison.Ordinal) ? id : 0;
}
