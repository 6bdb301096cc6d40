using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>The distribution's Chromium, driven by Playwright; started once for all tests.</summary>
internal static class Chromium
{
    /// <summary>Only a page that hangs takes so long; milliseconds.</summary>
    private const float Patience = 180_000;

    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/lib/chromium/chromium", "/usr/bin/google-chrome"];

    private static readonly Lazy<Task<IBrowser>> Shared = new(Launch);

    /// <summary>A browser profile of its own: cookies, storage. Skips the test where Chromium is missing.</summary>
    public static async Task<IBrowserContext> NewContext(BrowserNewContextOptions? options = null)
    {
        if (Find() is null)
            Assert.Skip("Chromium is not installed (./emend test installs it on Debian)");
        IBrowser browser = await Shared.Value;
        IBrowserContext context = await browser.NewContextAsync(options ?? new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        return context;
    }

    private static string? Find() => Places.FirstOrDefault(File.Exists);

    private static async Task<IBrowser> Launch()
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Find(),
            Timeout = Patience,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
            ],
        });
    }
}
