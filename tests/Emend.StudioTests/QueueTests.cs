using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

public class QueueTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnnotatorsWhoRaceGiveEveryItemExactlyItsOverlapAndMeetNoneTwice(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 12, new { name = "Race", overlap = 2, bandHigh = 1.0 });
        Client[] annotators = await Task.WhenAll(Enumerable.Range(1, 6).Select(n => work.Annotator($"annotator{n}")));

        List<string>[] met = await Task.WhenAll(annotators.Select(async annotator =>
        {
            var items = new List<string>();
            while (await work.Next(annotator) is JsonNode assignment)
            {
                items.Add((string)assignment["item"]!["externalId"]!);
                (await work.Submit(annotator, assignment, Work.Mended(assignment), Guid.NewGuid().ToString())).Is(HttpStatusCode.Created);
            }
            return items;
        }));

        Assert.All(met, items => Assert.Equal(items.Distinct().Count(), items.Count));
        Assert.Equal(12, met.SelectMany(items => items).Distinct().Count());
        Assert.All(met.SelectMany(items => items).CountBy(item => item), item => Assert.Equal(2, item.Value));
        JsonNode progress = (await work.Owner.Get($"{work.Path}/progress")).Ok().Json;
        Assert.Equal((0, 24), ((int)progress["openSlots"]!, (int)progress["answers"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsHeldComesFirstAndWhatIsPrefetchedIsAnother(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 3);
        using Client ann = await work.Annotator("ann");

        JsonNode first = await work.MustNext(ann), again = await work.MustNext(ann);
        JsonNode second = await work.MustNext(ann, (long)first["id"]!);

        Assert.Equal((long)first["id"]!, (long)again["id"]!);
        Assert.NotEqual((long)first["id"]!, (long)second["id"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ALeaseThatIsOverFreesTheItemAndKeepsTheDraft(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Leases", leaseMinutes = 10, bandHigh = 1.0 });
        using Client slow = await work.Annotator("slow"), quick = await work.Annotator("quick");
        JsonNode held = await work.MustNext(slow);
        (await work.Save(slow, held, 0, "half done")).Ok();
        Assert.Null(await work.Next(quick));

        work.Studio.Clock.Advance(TimeSpan.FromMinutes(11));
        JsonNode taken = await work.MustNext(quick);
        Assert.Equal((string)held["item"]!["externalId"]!, (string)taken["item"]!["externalId"]!);
        JsonNode saved = (await work.Save(slow, held, 1, "still typing")).Ok().Json;
        Assert.True((bool)saved["leaseIsOver"]!);
        (await work.Submit(quick, taken, Work.Mended(taken), "q")).Is(HttpStatusCode.Created);

        JsonNode extra = (await work.Submit(slow, held, Work.Mended(held), "s")).Is(HttpStatusCode.Created).Json;
        Assert.True((bool)extra["isExtra"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhereExtrasAreNotKeptALateAnswerIsRefusedAndItsDraftStays(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Leases", leaseMinutes = 10, keepExtra = false, bandHigh = 1.0 });
        using Client slow = await work.Annotator("slow"), quick = await work.Annotator("quick");
        JsonNode held = await work.MustNext(slow);
        (await work.Save(slow, held, 0, "half done")).Ok();
        work.Studio.Clock.Advance(TimeSpan.FromMinutes(11));
        JsonNode taken = await work.MustNext(quick);
        (await work.Submit(quick, taken, Work.Mended(taken), "q")).Is(HttpStatusCode.Created);

        (await work.Submit(slow, held, Work.Mended(held), "s")).Is(HttpStatusCode.Conflict, "slot-taken");

        JsonNode view = (await slow.Get($"{work.Path}/assignments/{held["id"]}")).Ok().Json;
        Assert.Equal("half done", (string?)view["draft"]!["content"]!["text"]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ASkippedItemIsFreeForOthersAndDoesNotComeBack(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        JsonNode held = await work.MustNext(ann);

        (await work.Act(ann, held, "skip", new { reason = "bored" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        JsonNode skipped = (await work.Act(ann, held, "skip", new { reason = "unclear", note = "which lamp?" })).Ok().Json;

        Assert.Equal("skipped", (string?)skipped["state"]);
        Assert.Null(await work.Next(ann));
        Assert.NotNull(await work.Next(ben));
        (await work.Act(ann, held, "reopen")).Is(HttpStatusCode.Conflict, "slot-taken");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SidesAreSwappedBetweenItemsAndTheIndexStaysTheItems(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 12);
        using Client ann = await work.Annotator("ann");
        var left = new List<int>();
        while (await work.Next(ann) is JsonNode assignment)
        {
            left.Add((int)assignment["item"]!["responses"]![0]!["index"]!);
            Assert.StartsWith("red lamp", Work.Response(assignment, 0));
            (await work.Submit(ann, assignment, Work.Mended(assignment), Guid.NewGuid().ToString())).Is(HttpStatusCode.Created);
        }

        Assert.Equal([0, 1], left.Distinct().Order());
        string[] preferred = await work.Studio.Database.Read(context => context.Answers.Select(answer => answer.Content).ToArrayAsync());
        Assert.All(preferred, content => Assert.Equal(0, (int)JsonNode.Parse(content)!["edit"]!["preferred"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task NobodyReachesTheWorkOfSomebodyElse(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 2);
        using Client ann = await work.Annotator("ann"), eve = await work.Annotator("eve");
        JsonNode held = await work.MustNext(ann);
        long other = (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;

        (await eve.Get($"{work.Path}/assignments/{held["id"]}")).Is(HttpStatusCode.NotFound);
        (await work.Save(eve, held, 0, "mine now")).Is(HttpStatusCode.NotFound);
        (await work.Submit(eve, held, Work.Mended(held), "e")).Is(HttpStatusCode.NotFound);
        (await work.Act(eve, held, "skip", new { reason = "broken" })).Is(HttpStatusCode.NotFound);
        (await work.Act(eve, held, "reopen")).Is(HttpStatusCode.NotFound);
        (await work.Act(eve, held, "undo", new { revision = 1 })).Is(HttpStatusCode.NotFound);
        (await eve.Get($"{work.Path}/assignments/{held["id"]}/drafts")).Is(HttpStatusCode.NotFound);
        (await eve.Get($"{work.Path}/assignments/{held["id"]}/answers")).Is(HttpStatusCode.NotFound);
        (await ann.Get($"/api/projects/{other}/assignments/{held["id"]}")).Is(HttpStatusCode.Forbidden);
        (await work.Owner.Get($"/api/projects/{other}/assignments/{held["id"]}")).Is(HttpStatusCode.NotFound);
        (await work.Owner.Get($"/api/projects/{other}/items/1")).Is(HttpStatusCode.NotFound);
    }
}
