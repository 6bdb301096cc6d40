using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>What became of an item's texts, how much people change, and what the log and the store keep of it.</summary>
public class HistoryTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheHistoryOfAnItemHasEveryRevisionReviewAndDecision(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "History", overlap = 2, bandHigh = 1.0, reviewShare = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben"), judge = await work.Studio.Member("judge", work.Project, Role.Adjudicator);
        JsonNode anns = await work.MustNext(ann), bens = await work.MustNext(ben);
        (await work.Submit(ann, anns, Work.Edit("the lamp 1 is is blue"), "a1")).Ok();
        (await work.Act(ann, anns, "reopen")).Ok();
        (await work.Submit(ann, anns, Work.Mended(anns), "a2")).Ok();
        (await work.Submit(ben, bens, Work.Mended(bens), "b1")).Ok();
        JsonNode review = (await judge.Post($"{work.Path}/reviews/next")).Ok().Json["review"]!;
        (await judge.Post($"{work.Path}/reviews/{review["id"]}", new { better = (int?)null, note = "as good" })).Ok();
        (await judge.Post($"{work.Path}/disputes/1", new { answer = Work.Edit("the lamp 1 is red"), cause = "taste" })).Ok();

        JsonNode history = (await judge.Get($"{work.Path}/items/1/history")).Ok().Json;

        JsonArray chain = history["people"]![0]!["revisions"]!.AsArray();
        Assert.Equal([(1, false), (2, true)], chain.Select(revision => ((int)revision!["revision"]!, (bool)revision["isCurrent"]!)));
        Assert.Equal("the lamp 1 is is blue", (string?)chain[0]!["answer"]!["edit"]!["edited"]);
        Assert.Single(chain[1]!["edit"]!["hunks"]!.AsArray());
        JsonNode reviewed = Assert.Single(history["people"]!.AsArray().SelectMany(person => person!["revisions"]!.AsArray()), revision => revision!["review"] is not null)!["review"]!;
        Assert.Equal((0.5, "as good"), ((double)reviewed["verdict"]!, (string)reviewed["note"]!));
        Assert.Equal("taste", (string?)Assert.Single(history["resolutions"]!.AsArray())!["cause"]);
        // Both mended the doubled word alike: one of its two words is changed by everybody, no other by anybody.
        double[] shares = [.. Assert.Single(history["texts"]!.AsArray())!["heat"]!["units"]!.AsArray().Select(unit => (double)unit!["share"]!)];
        Assert.Equal((1.0, 1), (shares.Max(), shares.Count(share => share > 0)));
        (await judge.Get($"{work.Path}/items/99/history")).Is(HttpStatusCode.NotFound);
        (await ben.Get($"{work.Path}/items/1/history")).Is(HttpStatusCode.Forbidden);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task EditRatesAreToldByDayAndByWhereTheTextCameFrom(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Rates", bandHigh = 1.0 }, string.Join('\n', Enumerable.Range(1, 4).Select(n => JsonSerializer.Serialize(new
        {
            id = $"i{n}",
            prompt = "p",
            version = n <= 2 ? "v1" : "v2",
            responses = new[] { new { text = $"red lamp {n}", origin = "other" }, new { text = $"the lamp {n} is is red", origin = n <= 2 ? "small" : "large" } },
        }))));
        using Client ann = await work.Annotator("ann");
        for (int n = 1; n <= 4; n++)
        {
            JsonNode held = await work.MustNext(ann);
            object answer = n switch
            {
                <= 2 => Work.Mended(held),           // 1 of 6 words
                3 => new { kind = "edit", edit = new { choice = "prefer", preferred = 0, target = 1, outcome = "noEditNeeded" } },
                _ => new { kind = "edit", edit = new { choice = "prefer", preferred = 0, target = 1, outcome = "noEditHelps" } },
            };
            (await work.Submit(ann, held, answer, $"k{n}")).Ok();
            if (n == 2)
                work.Studio.Clock.Advance(TimeSpan.FromDays(1));
        }

        JsonNode origins = (await work.Owner.Get($"{work.Path}/edit-rates")).Ok().Json, versions = (await work.Owner.Get($"{work.Path}/edit-rates?field=version")).Ok().Json;

        Assert.Equal([1.0 / 6, 0.0], origins["days"]!.AsArray().Where(day => day!["value"] is null).Select(day => (double)day!["editRate"]!["value"]!));
        Assert.Equal(["large", "small"], origins["values"]!.AsArray().Select(value => (string)value!["value"]!));
        Assert.Equal([(2, 0.0), (2, 1.0)], origins["values"]!.AsArray().Select(value => ((int)value!["answers"]!, (double)value["changed"]!["value"]!)));
        Assert.Equal(0.5, (double)origins["values"]![0]!["hopeless"]!["value"]!);
        Assert.Equal(["v1", "v2"], versions["values"]!.AsArray().Select(value => (string)value!["value"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SkipsReopeningsAndDiscardedDraftsAreInTheAuditLog(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        (await work.Save(ann, held, 0, "head")).Ok();
        for (int n = 0; n < 22; n++)
            (await work.Save(ann, held, 99, $"lost {n}")).Is(HttpStatusCode.Conflict, "draft-conflict");
        (await work.Act(ann, held, "skip", new { reason = "broken" })).Ok();
        (await work.Act(ann, held, "reopen")).Ok();

        JsonArray entries = (await work.Owner.Get($"{work.Path}/audit")).Ok().Json["items"]!.AsArray();

        Assert.Equal(["reopened", "skipped", "drafts-discarded", "drafts-discarded"], entries.Take(4).Select(entry => (string)entry!["action"]!));
        Assert.Contains("broken", (string?)entries[1]!["after"]);
        Assert.Equal("ann", (string?)entries[1]!["actor"]);
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task APurgeTakesWhatIsDoneAndOldAndLeavesWhatIsWorkedOn(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 2);
        using Client ann = await work.Annotator("ann");
        JsonNode done = await work.MustNext(ann);
        (await work.Save(ann, done, 0, "done")).Ok();
        (await work.Submit(ann, done, Work.Mended(done), "k")).Ok();
        JsonNode open = await work.MustNext(ann);
        (await work.Save(ann, open, 0, "open")).Ok();
        (await work.Save(ann, open, 9, "lost")).Is(HttpStatusCode.Conflict);
        var retention = new Retention(work.Studio.Database, work.Studio.Clock);

        Assert.Equal(new PurgeReport(0, 0), await retention.Purge(TimeSpan.FromDays(30), TimeSpan.FromDays(30)));
        work.Studio.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(new PurgeReport(2, 0), await retention.Purge(TimeSpan.FromDays(30), TimeSpan.FromDays(30)));

        Draft left = Assert.Single(await work.Studio.Database.Read(context => context.Drafts.ToListAsync()));
        Assert.Contains("open", left.Content);
        Assert.Contains("\"drafts\":2", await work.Studio.Database.Read(context => context.Audit.Where(entry => entry.Action == "purged").Select(entry => entry.After).SingleAsync()));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ProgressIsWhatTheRowsSay(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 6, new { name = "Progress", overlap = 2, bandHigh = 1.0, leaseMinutes = 10 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben"), cy = await work.Annotator("cy");
        object right = new { kind = "edit", edit = new { choice = "bothBad", outcome = "noEditHelps" } };
        (await work.Owner.Put($"{work.Path}/items/6/gold", right)).Ok();
        JsonNode late = await work.MustNext(cy);                          // its lease ends, and others take the places
        work.Studio.Clock.Advance(TimeSpan.FromMinutes(11));
        foreach (Client person in new[] { ann, ben })
        {
            for (int n = 1; n <= 3; n++)
            {
                JsonNode held = await work.MustNext(person);
                if (n == 2)
                    (await work.Act(person, held, "skip", new { reason = "broken" })).Ok();
                else
                    (await work.Submit(person, held, right, $"k{n}")).Ok();
                if (n == 3 && person == ann)
                    (await work.Act(person, held, "reopen")).Ok();
            }
            await work.MustNext(person);
        }
        (await work.Submit(cy, late, right, "late")).Ok();                // kept besides

        JsonNode progress = (await work.Owner.Get($"{work.Path}/progress")).Ok().Json;

        var (items, open, leased, submitted, skipped, answers) = await work.Studio.Database.Read(async context => (
            await context.Items.CountAsync(), await context.Items.Where(item => item.Gold == null).SumAsync(item => item.OpenSlots),
            await context.Assignments.CountAsync(row => row.State == AssignmentState.Leased), await context.Assignments.CountAsync(row => row.State == AssignmentState.Submitted),
            await context.Assignments.CountAsync(row => row.State == AssignmentState.Skipped), await context.Answers.CountAsync(row => row.IsCurrent)));
        Assert.Equal((items, open, leased, submitted, skipped, answers), ((int)progress["items"]!, (int)progress["openSlots"]!, (int)progress["leased"]!, (int)progress["submitted"]!, (int)progress["skipped"]!, (int)progress["answers"]!));
        Assert.Equal((2, 4, 5), (skipped, submitted, answers));
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }
}
