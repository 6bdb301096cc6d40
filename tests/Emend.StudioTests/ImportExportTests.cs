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

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnExportOfAnotherToolIsTakenWholeOrNotAtAll(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        const string good = """{"id": "a1", "fields": {"question": "How long?", "left": "Nine.", "right": "Ten."}, "metadata": {"topic": "hours"}, "responses": {"corrected": [{"value": "Nine hours.", "user_id": "u"}]}}""";
        const string query = "format=argilla&prompt=question&responses=left,%20right&edited=corrected";

        (await work.Owner.Upload($"{work.Path}/items?{query}", $"[{good},\n{good.Replace("a1", "a2").Replace("question", "ask")}]")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        string refused = (string)(await work.Owner.Upload($"{work.Path}/items?{query}", $"[{good},\n{good.Replace("a1", "a2").Replace("question", "ask")}]")).Json["detail"]!;
        Assert.Contains("import.jsonl:2: question: is missing", refused);
        Assert.Equal(1, (int)(await work.Owner.Get($"{work.Path}/progress")).Ok().Json["items"]!);
        Assert.Equal(1, (int)(await work.Owner.Upload($"{work.Path}/items?{query}&dryRun=true", $"[{good}]")).Ok().Json["new"]!);
        Assert.Equal(1, (int)(await work.Owner.Upload($"{work.Path}/items?{query}", $"[{good}]")).Ok().Json["new"]!);
        Assert.Equal(1, (int)(await work.Owner.Upload($"{work.Path}/items?{query}", $"[{good}]")).Ok().Json["identical"]!);
        JsonNode content = (await work.Owner.Get($"{work.Path}/items/2")).Ok().Json["content"]!;
        Assert.Equal(("How long?", "Nine hours.", "hours"), ((string)content["prompt"]!, (string)content["referenceEdit"]!, (string)content["extra"]!["topic"]!));
        Assert.Equal(["left", "right"], content["responses"]!.AsArray().Select(response => (string)response!["origin"]!));
        (await work.Owner.Upload($"{work.Path}/items?format=argilla", good)).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Upload($"{work.Path}/items?format=pickle", good)).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AFileOfManyBatchesKeepsItsOrderAndIsTakenOnce(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string file = string.Join('\n', Enumerable.Range(1, 1203).Select(n => $"{{\"id\":\"n{n}\",\"prompt\":\"p\",\"responses\":[\"r\"]}}"));

        Assert.Equal(1203, (int)(await work.Owner.Upload($"{work.Path}/items", file)).Ok().Json["new"]!);
        Assert.Equal((0, 1203), await Counts(file));
        Assert.Equal((1, 1203), await Counts(file + "\n{\"id\":\"last\",\"prompt\":\"p\",\"responses\":[\"r\"]}"));
        (await work.Owner.Upload($"{work.Path}/items", file.Replace("\"n700\",\"prompt\":\"p\"", "\"n700\",\"prompt\":\"q\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        List<string> order = await work.Studio.Database.Read(context => Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.ToListAsync(context.Items.OrderBy(item => item.Position).Select(item => item.ExternalId)));
        Assert.Equal(["i1", .. Enumerable.Range(1, 1203).Select(n => $"n{n}"), "last"], order);

        async Task<(int, int)> Counts(string text)
        {
            JsonNode report = (await work.Owner.Upload($"{work.Path}/items", text)).Ok().Json;
            return ((int)report["new"]!, (int)report["identical"]!);
        }
    }
}
