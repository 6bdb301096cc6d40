using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

public class AnswerTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TwoTabsGetAConflictAndBothTextsAreKept(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);

        Assert.Equal("\"1\"", (await work.Save(ann, held, 0, "from tab one")).Ok().Etag);
        Answered conflict = (await work.Save(ann, held, 0, "from tab two")).Is(HttpStatusCode.Conflict, "draft-conflict");
        Assert.Equal("from tab one", (string?)conflict.Json["details"]!["server"]!["content"]!["text"]);
        Assert.Equal("\"1\"", (await work.Save(ann, held, 0, "from tab one")).Ok().Etag);     // sent again after a lost response
        Assert.Equal("\"2\"", (await work.Save(ann, held, 1, "one and two")).Ok().Etag);

        JsonArray drafts = (await ann.Get($"{work.Path}/assignments/{held["id"]}/drafts")).Ok().Json.AsArray();
        Assert.Equal(["from tab two", "one and two"], drafts.Select(draft => (string?)draft!["content"]!["text"]));
        (await ann.Put($"{work.Path}/assignments/{held["id"]}/draft", new { content = new { } })).Is(HttpStatusCode.PreconditionRequired);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnAnswerSentOftenIsStoredOnce(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);

        Answered[] sent = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => work.Submit(ann, held, Work.Mended(held), "one-press")));

        Assert.Single(sent, answered => answered.Status == HttpStatusCode.Created);
        Assert.All(sent, answered => Assert.Equal((long)sent[0].Ok().Json["id"]!, (long)answered.Ok().Json["id"]!));
        Assert.Equal(1, await work.Studio.Database.Read(context => context.Answers.CountAsync()));
        (await work.Submit(ann, held, Work.Edit("something else"), "one-press")).Is(HttpStatusCode.Conflict, "key-reused");
        (await work.Submit(ann, held, Work.Mended(held), "another-press")).Is(HttpStatusCode.Conflict, "submitted");
        (await work.Submit(ann, held, Work.Mended(held), "")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnAutosaveThatComesAfterTheAnswerChangesNothing(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        (await work.Save(ann, held, 0, "nearly")).Ok();
        (await work.Submit(ann, held, Work.Mended(held), "k")).Is(HttpStatusCode.Created);

        (await work.Save(ann, held, 1, "late")).Is(HttpStatusCode.Conflict, "submitted");

        JsonNode view = (await ann.Get($"{work.Path}/assignments/{held["id"]}")).Ok().Json;
        Assert.Equal("submitted", (string?)view["state"]);
        Assert.Equal(1, (int)view["answer"]!["revision"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnAnswerCanBeUndoneForFiveSecondsAndRevisedForever(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        (await work.Save(ann, held, 0, "my draft")).Ok();
        (await work.Submit(ann, held, Work.Mended(held), "k1")).Is(HttpStatusCode.Created);

        JsonNode undone = (await work.Act(ann, held, "undo", new { revision = 1 })).Ok().Json;
        Assert.Equal(("leased", "my draft"), ((string?)undone["state"], (string?)undone["draft"]!["content"]!["text"]));
        Assert.Null(undone["answer"]);
        (await work.Act(ann, held, "undo", new { revision = 1 })).Ok();     // pressed twice

        Assert.Equal(2, (int)(await work.Submit(ann, held, Work.Mended(held), "k2")).Is(HttpStatusCode.Created).Json["revision"]!);
        work.Studio.Clock.Advance(TimeSpan.FromSeconds(8));
        (await work.Act(ann, held, "undo", new { revision = 2 })).Is(HttpStatusCode.Conflict, "too-late");

        JsonNode reopened = (await work.Act(ann, held, "reopen")).Ok().Json;
        Assert.Equal(("leased", 2), ((string?)reopened["state"], (int)reopened["answer"]!["revision"]!));
        Assert.Equal(3, (int)(await work.Submit(ann, held, Work.Edit("a lamp that is red"), "k3")).Is(HttpStatusCode.Created).Json["revision"]!);

        JsonArray revisions = (await ann.Get($"{work.Path}/assignments/{held["id"]}/answers")).Ok().Json.AsArray();
        Assert.Equal([(3, true), (2, false), (1, false)], revisions.Select(row => ((int)row!["revision"]!, (bool)row["isCurrent"]!)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AReopenedAnswerWhoseLeaseIsOverStillCountsAndKeepsItsPlace(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        JsonNode held = await work.MustNext(ann);
        (await work.Submit(ann, held, Work.Mended(held), "k")).Is(HttpStatusCode.Created);
        (await work.Act(ann, held, "reopen")).Ok();

        work.Studio.Clock.Advance(TimeSpan.FromHours(2));

        Assert.Null(await work.Next(ben));
        JsonNode view = (await ann.Get($"{work.Path}/assignments/{held["id"]}")).Ok().Json;
        Assert.Equal(("submitted", 1), ((string?)view["state"], (int)view["answer"]!["revision"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ProblemsStopAnAnswerAndWarningsAskForAReason(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Strict", bandHigh = 0.3 });
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        string original = Work.Response(held, 1);

        JsonNode unchanged = (await work.Submit(ann, held, Work.Edit(original), "k")).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json;
        Assert.Equal("edit.edited", (string?)unchanged["problems"]![0]!["field"]);
        JsonNode misplaced = (await work.Submit(ann, held, Work.Edit(original.Replace(" is is ", " is "), (0, 2)), "k")).Is(HttpStatusCode.UnprocessableEntity, "invalid").Json;
        Assert.Equal("edit.reasons[0]", (string?)misplaced["problems"]![0]!["field"]);
        JsonNode warned = (await work.Submit(ann, held, Work.Edit("see https://lamps.example"), "k")).Is(HttpStatusCode.UnprocessableEntity, "warnings").Json;
        Assert.Equal(["over-band", "link-added"], warned["details"]!["warnings"]!.AsArray().Select(warning => (string?)warning!["code"]));

        JsonNode checkedAnswer = (await work.Act(ann, held, "check", Work.Mended(held))).Ok().Json;
        Assert.Equal(("word", 6, 1, 0), ((string?)checkedAnswer["edit"]!["unit"], (int)checkedAnswer["edit"]!["units"]!, (int)checkedAnswer["edit"]!["removed"]!, (int)checkedAnswer["edit"]!["added"]!));
        Assert.Equal("wording", (string?)checkedAnswer["edit"]!["hunks"]![0]!["reason"]);
        object fine = new { kind = "edit", edit = new { choice = "tie", outcome = "noEditNeeded" } };
        (await work.Submit(ann, held, fine, "k")).Is(HttpStatusCode.Created);
    }
}
