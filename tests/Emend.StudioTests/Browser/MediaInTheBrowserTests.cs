using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests.Browser;

/// <summary>Images seen, sounds played, a transcript corrected and a comment spoken, by keyboard, with Chromium's own microphone for tests.</summary>
public class MediaInTheBrowserTests
{
    private const string Said = "the lamp is is made in oslo";

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ImagesAreSeenSoundsPlayedTranscriptsCorrectedAndCommentsSpoken(Engine engine)
    {
        await using IBrowserContext context = await Chromium.NewContext();
        await context.GrantPermissionsAsync(["microphone"]);
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(engine);
        await using BrowserStudio _ = studio;
        IPage page = await Open(studio, owner, context);

        await Until(page, "document.querySelector('.response img').naturalWidth === 320");
        Assert.Equal("A lamp with a red shade", await page.Locator(".response img").First.GetAttributeAsync("alt"));
        await page.EvaluateAsync("document.querySelector('.prompt-card audio').play()");
        await Until(page, "document.querySelector('.prompt-card audio').currentTime > 0.1");

        await BrowserStudio.TabTo(page, ".transcript summary");
        await page.Keyboard.PressAsync("Enter");
        await BrowserStudio.TabTo(page, ".transcript textarea");
        await page.Keyboard.PressAsync("Control+a");
        await page.Keyboard.InsertTextAsync("the lamp is made in Oslo");
        await Assertions.Expect(page.Locator("#transcript-0-diff del")).ToHaveCountAsync(2);
        await page.Keyboard.PressAsync("Alt+Enter");
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.Locator(".transcript [data-part=wording][aria-pressed=true]")).ToHaveCountAsync(1);

        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#title").ClickAsync();
        await page.Keyboard.PressAsync("m");
        await page.Locator("[role=timer]").WaitForAsync();
        await page.WaitForTimeoutAsync(1200);
        await page.Keyboard.PressAsync("m");
        await page.Locator("#record ~ audio").WaitForAsync();
        await page.EvaluateAsync("document.querySelector('#record ~ audio').play()");
        await Until(page, "document.querySelector('#record ~ audio').currentTime > 0");
        await page.Keyboard.PressAsync("n");
        await page.Keyboard.PressAsync("Control+Enter");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Nothing is left for you here");
        await studio.NoComplaints(page);

        Answer answer = StoreJson.Read<Answer>(await studio.Server.Database.Read(rows => rows.Answers.Select(row => row.Content).SingleAsync()));
        TranscriptEdit transcript = Assert.Single(answer.Transcripts!);
        Assert.Equal(("the lamp is made in Oslo", "wording"), (transcript.Edited, Assert.Single(transcript.Reasons).Reason));
        StoredMedia note = await studio.Server.Database.Read(rows => rows.Media.SingleAsync(row => row.AssignmentId != null));
        Assert.Equal((answer.CommentAudio, "audio/webm"), (note.Hash, note.Type));
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task MediaAreAccessibleAndFitATelephone(ColorScheme scheme)
    {
        await using IBrowserContext context = await Chromium.NewContext(new BrowserNewContextOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB", TimezoneId = "UTC" });
        (BrowserStudio studio, Client owner) = await BrowserStudio.WithOwner(Engine.Sqlite);
        await using BrowserStudio _ = studio;
        IPage page = await Open(studio, owner, context);
        var seen = new Looks(studio, scheme.ToString().ToLowerInvariant(), LooksTests.Folder);

        await Until(page, "document.querySelector('.response img').naturalWidth === 320");
        await seen.Look(page, "media");
        await page.Locator(".transcript summary").First.ClickAsync();
        await page.Locator(".transcript textarea").First.FillAsync("The lamp is made in Oslo.");
        await page.Locator(".save[data-state=server]").WaitForAsync();
        await seen.Look(page, "transcript", ".transcript");

        Assert.Empty(seen.Problems);
    }

    // Not WaitForFunctionAsync: it evaluates in the page, whose policy forbids that.
    private static async Task Until(IPage page, string condition)
    {
        for (int tries = 0; tries < 300; tries++)
        {
            if (await page.EvaluateAsync<bool>(condition))
                return;
            await page.WaitForTimeoutAsync(100);
        }
        Assert.Fail($"not within half a minute: {condition}");
    }

    private static async Task<IPage> Open(BrowserStudio studio, Client owner, IBrowserContext context)
    {
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]!;
        byte[] sound = TestMedia.Wav(1), picture = TestMedia.Png(320, 180);
        foreach ((byte[] file, string type) in new[] { (sound, "audio/wav"), (picture, "image/png") })
            (await owner.UploadFile($"/api/projects/{project}/media", file, type)).Is(HttpStatusCode.Created);
        (await owner.Upload($"/api/projects/{project}/items", new JsonObject
        {
            ["id"] = "lamp",
            ["prompt"] = "What is said of the lamp in the picture?",
            ["media"] = new JsonArray(new JsonObject { ["sha256"] = TestMedia.Hash(sound), ["alt"] = "Somebody speaks of a lamp", ["transcript"] = Said }),
            ["responses"] = new JsonArray(new JsonObject { ["text"] = "That it is made in Oslo.", ["media"] = new JsonArray(new JsonObject { ["sha256"] = TestMedia.Hash(picture), ["alt"] = "A lamp with a red shade" }) }),
        }.ToJsonString())).Ok();
        IPage page = await studio.SignIn(context, "owner");
        await studio.Visit(page, $"/projects/{project}/work");
        return page;
    }
}
