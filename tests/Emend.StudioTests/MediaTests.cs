using System.Formats.Tar;
using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Images and sounds: what is taken, how it is served, where it goes.</summary>
public class MediaTests
{
    private const string Said = "the lamp is is made in oslo";

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AFileIsServedAsWhatItsBytesAreAndAsNothingElse(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann"), viewer = await work.Studio.Member("vic", work.Project, Role.Viewer);
        byte[] sound = TestMedia.Wav(0.2);

        JsonNode made = (await work.Owner.UploadFile($"{work.Path}/media", sound, "audio/x-wav; codecs=1")).Is(HttpStatusCode.Created).Json;
        (await work.Owner.UploadFile($"{work.Path}/media", sound, "audio/wav")).Is(HttpStatusCode.OK);
        Assert.Equal((TestMedia.Hash(sound), "audio/wav", sound.Length), ((string)made["sha256"]!, (string)made["type"]!, (int)made["length"]!));
        string path = $"{work.Path}/media/{made["sha256"]}";

        using HttpResponseMessage whole = await ann.Raw(path), part = await ann.Raw(path, "bytes=4-7");
        Assert.Equal(sound, await whole.Content.ReadAsByteArrayAsync());
        Assert.Equal(("audio/wav", "nosniff", "default-src 'none'; sandbox"), (whole.Content.Headers.ContentType!.ToString(), Header(whole, "X-Content-Type-Options"), Header(whole, "Content-Security-Policy")));
        Assert.Equal(("attachment", $"{made["sha256"]}.wav"), (whole.Content.Headers.ContentDisposition!.DispositionType, whole.Content.Headers.ContentDisposition.FileName));
        Assert.Equal((HttpStatusCode.PartialContent, 4), (part.StatusCode, (await part.Content.ReadAsByteArrayAsync()).Length));
        (await viewer.Get(path)).Is(HttpStatusCode.Forbidden);
        (await ann.UploadFile($"{work.Path}/media", sound, "audio/wav")).Is(HttpStatusCode.Forbidden);
        (await ann.Get($"{work.Path}/media/{new string('0', 64)}")).Is(HttpStatusCode.NotFound);
        (await ann.Get($"{work.Path}/media/..%2f..%2fitems")).Is(HttpStatusCode.NotFound);
        Assert.Empty((await Verification.Run(work.Studio.Database)).Faults);
    }

    public static TheoryData<string, byte[]> Refused => new()
    {
        { "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray() },
        { "image/png", "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray() },
        { "image/jpeg", TestMedia.Png(2, 2) },
        { "image/png", "<html><script>alert(1)</script>"u8.ToArray() },
        { "text/html", TestMedia.Png(2, 2) },
        { "audio/wav", "RIFF____WEBP"u8.ToArray() },
        { "audio/webm", [0x1A, 0x45, 0xDF, 0xA3, .. "matroska and no web"u8] },
        { "image/png", [] },
        { "image/png", [0x89, (byte)'P'] },
        { "", TestMedia.Png(2, 2) },
        { "image/png", [.. TestMedia.Png(2, 2), .. new byte[10 << 20]] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task WhatIsNotWhatItIsSaidToBeIsRefused(string type, byte[] content)
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);

        (await work.Owner.UploadFile($"{work.Path}/media", content, type)).Is(HttpStatusCode.UnprocessableEntity, "invalid");

        Assert.Equal(0, await work.Studio.Database.Read(context => context.Media.CountAsync()));
    }

    [Fact]
    public async Task AnUploadWithoutEndIsCutOff()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);

        using var body = new ByteArrayContent(new byte[(25 << 20) + 1]);

        (await work.Owner.Send(HttpMethod.Post, $"{work.Path}/media", body, ("Content-Type", "audio/wav"), ("Expect", "100-continue"))).Is(HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Fact]
    public async Task ItemsNameFilesThatAreThereWithWordsForThoseWhoDoNotSeeThem()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        string hash = (string)(await work.Owner.UploadFile($"{work.Path}/media", TestMedia.Png(2, 2), "image/png")).Ok().Json["sha256"]!;
        Task<Answered> Import(string media) => work.Owner.Upload($"{work.Path}/items", $$"""{"id": "m", "prompt": "p", "responses": [{"text": "a", "media": {{media}}}]}""");

        Assert.Contains("responses[0].media[0].alt", (await Import($$"""[{"sha256": "{{hash}}", "alt": " "}]""")).Is(HttpStatusCode.UnprocessableEntity).Text);
        Assert.Contains("responses[0].media[0].sha256", (await Import("""[{"sha256": "../../x", "alt": "a"}]""")).Is(HttpStatusCode.UnprocessableEntity).Text);
        Assert.Contains("2 times", (await Import($$"""[{"sha256": "{{hash}}", "alt": "a"}, {"sha256": "{{hash}}", "alt": "b"}]""")).Is(HttpStatusCode.UnprocessableEntity).Text);
        Assert.Contains("upload it first", (await Import($$"""[{"sha256": "{{new string('0', 64)}}", "alt": "a"}]""")).Is(HttpStatusCode.UnprocessableEntity).Text);
        (await Import($$"""[{"sha256": "{{hash}}", "alt": "a"}]""")).Ok();

        string[] contents = await work.Studio.Database.Read(context => context.Items.OrderBy(item => item.Id).Select(item => item.Content).ToArrayAsync());
        Assert.DoesNotContain("media", contents[0]);       // items without files are what they were before there were files
        Assert.Equal("image/png", Assert.Single(StoreJson.Read<ItemContent>(contents[1]).AllMedia()).Type);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TranscriptsAreEditedAsTextsAreAndNotesBelongToTheirItem(Engine engine)
    {
        (Work work, byte[] sound, byte[] picture) = await WithLamp(engine);
        await using Work _ = work;
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        JsonNode held = await work.MustNext(ann), other = await work.MustNext(ben);
        string hash = TestMedia.Hash(sound), edited = "The lamp is made in Oslo.";
        Assert.Equal((hash, "audio/wav", Said), ((string)held["item"]!["media"]![0]!["sha256"]!, (string)held["item"]!["media"]![0]!["type"]!, (string)held["item"]!["media"]![0]!["transcript"]!));
        object Answer(string? note, params object[] reasons) => new { kind = "edit", edit = new { choice = "single", outcome = "noEditNeeded" }, transcripts = new[] { new { sha256 = hash, edited, reasons } }, commentAudio = note };

        JsonArray hunks = (await work.Act(ann, held, "check", Answer(null))).Ok().Json["transcripts"]![0]!["hunks"]!.AsArray();
        Assert.Equal(EditReport.Of(Said, edited, new AnswerRules()).Hunks.Select(hunk => hunk.Start), hunks.Select(hunk => (int)hunk!["start"]!));
        (await work.Submit(ann, held, Answer(null, new { start = 1, end = 2, reason = "wording" }), "k")).Is(HttpStatusCode.UnprocessableEntity, "invalid");

        byte[] spoken = TestMedia.Wav(0.3);
        string notes = $"{work.Path}/assignments/{held["id"]}/notes", note = TestMedia.Hash(spoken);
        (await ann.UploadFile(notes, picture, "image/png")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await ben.UploadFile(notes, spoken, "audio/wav")).Is(HttpStatusCode.NotFound);
        (await work.Submit(ann, held, Answer(note), "k")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await ann.UploadFile(notes, spoken, "audio/wav")).Is(HttpStatusCode.Created);
        (await work.Submit(ben, other, Answer(note), "k")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Submit(ann, held, Answer(note, new { start = (int)hunks[0]!["start"]!, end = (int)hunks[0]!["end"]!, reason = "format" }), "k")).Is(HttpStatusCode.Created);
        (await ann.UploadFile(notes, spoken, "audio/wav")).Is(HttpStatusCode.Conflict, "submitted");

        string file = Path.Combine(Directory.CreateTempSubdirectory("emend-export-").FullName, "transcripts.jsonl");
        await File.WriteAllTextAsync(file, (await work.Owner.Get($"{work.Path}/exports/transcripts.jsonl")).Ok().Text);
        EditRow row = Assert.Single(EditRows.Read(file));
        Assert.Equal((Said, edited, "format"), (row.Response, row.Edited, row.Spans[0].Label));
        Assert.Equal(note, (string?)JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text)!["answer"]!["commentAudio"]);

        using HttpResponseMessage tar = await work.Owner.Raw($"{work.Path}/exports/media.tar");
        var contents = new Dictionary<string, byte[]>();
        using var reader = new TarReader(await tar.Content.ReadAsStreamAsync());
        while (await reader.GetNextEntryAsync() is TarEntry entry)
        {
            using var copy = new MemoryStream();
            await entry.DataStream!.CopyToAsync(copy);
            contents.Add(entry.Name, copy.ToArray());
        }
        Assert.Equal(new SortedDictionary<string, byte[]> { [$"media/{hash}.wav"] = sound, [$"media/{TestMedia.Hash(picture)}.png"] = picture, [$"media/{note}.wav"] = spoken }, contents);
    }

    [Theory]
    [InlineData(Engine.Sqlite, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Sqlite)]
    public async Task FilesAreInTheBackup(Engine from, Engine to)
    {
        string backup = Path.Combine(Directory.CreateTempSubdirectory("emend-backup-").FullName, "backup.gz");
        (Work work, byte[] sound, byte[] _) = await WithLamp(from);
        await using Work old = work;
        await Backup.Write(work.Studio.Database, backup, DateTime.UtcNow);
        await using TestStudio restored = await TestStudio.Empty(to);
        await Backup.Restore(restored.Database, backup);

        MediaContent file = await new MediaFiles(restored.Database, TimeProvider.System).Get(work.Project, TestMedia.Hash(sound));

        Assert.Equal(sound, file.Content);
        Assert.Equal("audio/wav", file.Type);
    }

    private static async Task<(Work Work, byte[] Sound, byte[] Picture)> WithLamp(Engine engine)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine);
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps", overlap = 2 })).Is(HttpStatusCode.Created).Json["id"]!;
        byte[] sound = TestMedia.Wav(0.2), picture = TestMedia.Png(4, 4);
        foreach ((byte[] file, string type) in new[] { (sound, "audio/wav"), (picture, "image/png") })
            (await owner.UploadFile($"/api/projects/{project}/media", file, type)).Is(HttpStatusCode.Created);
        (await owner.Upload($"/api/projects/{project}/items", new JsonObject
        {
            ["id"] = "lamp",
            ["prompt"] = "What is said?",
            ["media"] = new JsonArray(new JsonObject { ["sha256"] = TestMedia.Hash(sound), ["alt"] = "Somebody speaks of a lamp", ["transcript"] = Said }),
            ["responses"] = new JsonArray(new JsonObject { ["text"] = "A lamp.", ["media"] = new JsonArray(new JsonObject { ["sha256"] = TestMedia.Hash(picture), ["alt"] = "A lamp" }) }),
        }.ToJsonString())).Ok();
        return (new Work { Studio = studio, Owner = owner, Project = project }, sound, picture);
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(' ', response.Headers.GetValues(name));
}
