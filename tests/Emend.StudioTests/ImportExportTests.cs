using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

public class ImportExportTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ABadFileIsRefusedWholeWithEveryLineNamed(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        const string file = "{\"prompt\": \"a\", \"responses\": [\"b\"]}\n{\"prompt\": 7, \"responses\": []}\nnot json\n";

        JsonNode refused = (await work.Owner.Upload($"{work.Path}/items", file)).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json;

        string detail = (string)refused["detail"]!;
        Assert.Contains("import.jsonl:2: prompt: 7 is a number; a string is expected", detail);
        Assert.Contains("import.jsonl:2: responses: is missing", detail);
        Assert.Contains("import.jsonl:3: is not valid JSON", detail);
        Assert.DoesNotContain("/tmp", detail);
        Assert.Equal(1, (int)(await work.Owner.Get($"{work.Path}/progress")).Ok().Json["items"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheSameFileTwiceAddsNothingAndAChangedItemIsRefused(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        const string row = "{\"id\": \"i1\", \"prompt\": \"Say what lamp 1 is.\", \"responses\": [\"red lamp 1\", \"the lamp 1 is is red\"]}";

        JsonNode same = (await work.Owner.Upload($"{work.Path}/items", row)).Ok().Json;
        JsonNode dry = (await work.Owner.Upload($"{work.Path}/items?dryRun=true", row.Replace("red lamp", "blue lamp"))).Ok().Json;
        Answered changed = await work.Owner.Upload($"{work.Path}/items", row.Replace("red lamp", "blue lamp"));

        Assert.Equal((0, 1), ((int)same["new"]!, (int)same["identical"]!));
        Assert.Equal((1, true), ((int)dry["changed"]!, (bool)dry["dryRun"]!));
        changed.Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnswersComeOutAsTheFilesThatTrainingReads(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 3);
        using Client ann = await work.Annotator("ann");
        JsonNode first = await work.MustNext(ann);
        (await work.Submit(ann, first, Work.Mended(first), "k1")).Ok();
        JsonNode second = await work.MustNext(ann);
        (await work.Submit(ann, second, new { kind = "edit", edit = new { choice = "prefer", preferred = 1, target = 0, outcome = "noEditNeeded" } }, "k2")).Ok();

        string file = Path.Combine(Directory.CreateTempSubdirectory("emend-export-").FullName, "export.jsonl");
        await File.WriteAllTextAsync(file, (await work.Owner.Get($"{work.Path}/exports/edits.jsonl")).Ok().Text);
        IReadOnlyList<EditRow> edits = EditRows.Read(file);
        await File.WriteAllTextAsync(file, (await work.Owner.Get($"{work.Path}/exports/preferences.jsonl")).Ok().Text);
        IReadOnlyList<Preference> preferences = PreferencePairs.Read(file, PreferenceFormat.PromptChosenRejected);

        Assert.Equal(["the lamp 1 is red", "red lamp 2"], edits.Select(row => row.Edited));
        Assert.Equal(["the lamp 1 is is red", "red lamp 2"], edits.Select(row => row.Response));
        Assert.Equal("wording", Assert.Single(edits[0].Spans).Label);
        Assert.Equal(["red lamp 1", "the lamp 2 is is red"], preferences.Select(row => row.Chosen.Text));
        Assert.Equal([2.0, null], preferences.Select(row => row.Margin));
        (await work.Owner.Get($"{work.Path}/exports/rankings.jsonl")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Get($"{work.Path}/exports/secrets.jsonl")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task RealEditRowsAreImportedAndComeOutAsTheyWentIn(Engine engine)
    {
        string source = SharedData.Path("datasets", "lamp", "edits.jsonl");
        EditRow[] rows = [.. EditRows.Read(source).Where(row => row.Response != row.Edited && row.Edited.Trim() != "").Take(20)];
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend-import-").FullName, "rows.jsonl");
        EditRows.Write(file, rows);
        await using Work work = await Work.On(engine, new { name = "Real", bandHigh = 1.0 }, await File.ReadAllTextAsync(file));
        using Client ann = await work.Annotator("ann");
        foreach (EditRow row in rows)
        {
            JsonNode assignment = await work.MustNext(ann);
            object answer = new
            {
                kind = "edit",
                edit = new { choice = "single", target = 0, outcome = "edited", edited = row.Edited },
                acceptedWarnings = new[] { "hunk-without-reason", "white-space-only", "link-added", "personal-data" }.Select(code => new { code, reason = "as published" }),
            };
            (await work.Submit(ann, assignment, answer, row.Id)).Is(HttpStatusCode.Created);
        }

        await File.WriteAllTextAsync(file, (await work.Owner.Get($"{work.Path}/exports/edits.jsonl")).Ok().Text);

        Assert.Equal(rows.Select(row => (row.Group, row.Prompt, row.Response, row.Edited)), EditRows.Read(file).Select(row => (row.Group, row.Prompt, row.Response, row.Edited)));
    }
}
