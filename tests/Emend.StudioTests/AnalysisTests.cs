using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Disagreement, soft labels, attention items and the protocol, against counts made by hand.</summary>
public class AnalysisTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task DisagreementIsCountedByGroupAndByTopic(Engine engine)
    {
        await using Work work = await Four(engine);
        foreach ((string name, string group) in new[] { ("a1", "North, nurses"), ("a2", "North"), ("b1", "South"), ("b2", "South") })
        {
            using Client person = await work.Annotator(name);
            await SetGroup(work, name, group);
            await Choose(work, person, topic => topic == "hours" && group == "South" ? 1 : 0);
        }

        JsonNode report = (await work.Owner.Get($"{work.Path}/subjectivity")).Ok().Json;

        // Two of four items are about hours; there the two groups choose differently and their members alike.
        JsonNode north = Named(report["groups"]!, "group", "North")["measures"]![0]!["difference"]!;
        Assert.Equal((4, 0), Pairs(north["within"]!));
        Assert.Equal((16, 8), Pairs(north["across"]!));
        Assert.Equal(0.5, (double)north["gap"]!);
        Assert.InRange((double)north["gapLow"]!, 0, 0.5);
        Assert.Equal(["North", "South", "nurses"], report["groups"]!.AsArray().Select(group => (string)group!["group"]!));
        Assert.Equal((12, 8), Pairs(Named(report["topics"]!, "topic", "hours")["measures"]![0]!["pairs"]!));
        Assert.Equal((12, 0), Pairs(Named(report["topics"]!, "topic", "place")["measures"]![0]!["pairs"]!));
        Assert.Equal([(1.0, 2), (0.5, 2)], report["majorities"]!.AsArray().Select(row => ((double)row!["share"]!, (int)row["items"]!)));
        Assert.StartsWith("annotator-", (string?)report["people"]![0]!["person"]);
        Assert.Contains("a1", (await work.Owner.Get($"{work.Path}/subjectivity?names=true")).Ok().Json["people"]!.AsArray().Select(person => (string)person!["person"]!));
        Assert.Equal(4, (int)(await work.Owner.Get($"{work.Path}/subjectivity?topic=level")).Ok().Json["topics"]![0]!["items"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SeverityIsMeasuredAgainstOthersOnTheSameItems(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 2, new { name = "Severe", overlap = 2, bandHigh = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        for (int n = 1; n <= 2; n++)
        {
            JsonNode first = await work.MustNext(ann), second = await work.MustNext(ben);
            (await work.Submit(ann, first, Work.Mended(first), $"a{n}")).Ok();                        // 1 of 6 words
            (await work.Submit(ben, second, Work.Edit($"a lamp {n} is blue"), $"b{n}")).Ok();         // 3 of 6 words
        }

        JsonNode report = (await work.Owner.Get($"{work.Path}/subjectivity?names=true")).Ok().Json;

        Assert.Equal(-1.0 / 3, (double)Named(report["people"]!, "person", "ann")["editRate"]!["value"]!, Near.NinePlaces);
        Assert.Equal(1.0 / 3, (double)Named(report["people"]!, "person", "ben")["editRate"]!["value"]!, Near.NinePlaces);
        JsonNode left = Named(report["people"]!, "person", "ann")["left"]!;
        Assert.Equal(2, (int)left["of"]!);
        Assert.True((double)left["low"]! <= (double)left["value"]! && (double)left["value"]! <= (double)left["high"]!);
        // The first response, "red lamp n", is the shorter one and always preferred.
        Assert.Equal((0.0, 4), ((double)report["longer"]!["value"]!, (int)report["longer"]!["of"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SoftLabelsKeepTheShareOfEveryChoiceAndWord(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Soft", overlap = 3, bandHigh = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben"), cat = await work.Annotator("cat");
        JsonNode first = await work.MustNext(ann), second = await work.MustNext(ben), third = await work.MustNext(cat);
        (await work.Submit(ann, first, Work.Mended(first), "a")).Ok();
        (await work.Submit(ben, second, Work.Edit("the lamp 1 is is blue"), "b")).Ok();
        // Beyond repair is not the same as right in every word.
        (await work.Submit(cat, third, new { kind = "edit", edit = new { choice = "prefer", preferred = 0, target = 1, outcome = "noEditHelps" } }, "c")).Ok();

        JsonNode row = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/soft.jsonl")).Ok().Text)!;

        Assert.Equal(3, (int)row["people"]!);
        Assert.Equal(("0", 1.0), ((string)row["choices"]![0]!["label"]!, (double)row["choices"]![0]!["share"]!));
        JsonNode text = Assert.Single(row["texts"]!.AsArray())!;
        string[] words = [.. text["units"]!.AsArray().Select(unit => ((string)text["text"]!)[(int)unit!["start"]!..(int)unit["end"]!])];
        Assert.Equal(["the", "lamp", "1", "is", "is", "red"], words);
        double[] shares = [.. text["units"]!.AsArray().Select(unit => (double)unit!["share"]!)];
        Assert.Equal([0, 0, 0], shares[..3]);
        Assert.Equal(0.5, shares[3] + shares[4]);      // one of the two doubled words, by one of two people
        Assert.Equal(0.5, shares[5]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhoFailsAnAttentionItemIsFlaggedAndEveryAnswerStillCounts(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Attention", bandHigh = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        object right = new { kind = "edit", edit = new { choice = "bothBad", outcome = "noEditHelps" } };
        (await work.Owner.Put($"{work.Path}/items/1/gold?attention=true", right)).Ok();
        JsonNode anns = await work.MustNext(ann), bens = await work.MustNext(ben);
        Assert.DoesNotContain("attention", anns.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        (await work.Submit(ann, anns, right, "a")).Ok();
        (await work.Submit(ben, bens, Work.Mended(bens), "b")).Ok();

        JsonArray people = (await work.Owner.Get($"{work.Path}/annotators")).Ok().Json.AsArray();
        Assert.Equal([(1, 0, false), (1, 1, true)], people.Skip(1).Select(person => ((int)person!["attentionAnswered"]!, (int)person["attentionFailed"]!, (bool)person["isFlagged"]!)));
        Assert.All(people, person => Assert.Equal(0, (int)person!["goldAnswered"]!));
        Assert.Equal(2, (await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text.TrimEnd().Split('\n').Length);
        Assert.Empty((await work.Owner.Get($"{work.Path}/exports/edits.jsonl")).Ok().Text);
        Assert.Equal(0, (int)(await work.Owner.Get($"{work.Path}/agreement")).Ok().Json["items"]!);
        (await work.Owner.Delete($"{work.Path}/members/{people[2]!["accountId"]}")).Ok();
        Assert.True((bool)(await work.Owner.Get($"{work.Path}/annotators")).Ok().Json.AsArray().Single(person => (string?)person!["name"] == "ben")!["isFlagged"]!);
        Assert.True((bool)(await work.Owner.Get($"{work.Path}/items")).Ok().Json["items"]![0]!["isAttention"]!);
        (await work.Owner.Delete($"{work.Path}/items/1/gold")).Ok();
        Assert.False((bool)(await work.Owner.Get($"{work.Path}/items")).Ok().Json["items"]![0]!["isAttention"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheProtocolSaysWhoHowManyUnderWhichGuidelineAndWhatDoesNotCount(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 3, new { name = "Lamps | *autumn*", overlap = 2, bandHigh = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        JsonNode first = await work.MustNext(ann);
        (await work.Submit(ann, first, Work.Mended(first), "a1")).Ok();
        (await work.Owner.Put($"{work.Path}/guideline", new { markdown = "Mend." }, ("If-Match", "\"0\""))).Ok();
        JsonNode second = await work.MustNext(ann), bens = await work.MustNext(ben);
        (await work.Submit(ann, second, Work.Mended(second), "a2")).Ok();
        (await work.Act(ann, second, "undo", new { revision = 1 })).Ok();
        (await work.Submit(ann, second, Work.Edit("the lamp 2 is blue"), "a3")).Ok();
        (await work.Act(ben, bens, "skip", new { reason = "unclear" })).Ok();

        JsonNode report = (await work.Owner.Get($"{work.Path}/protocol")).Ok().Json;
        Answered markdown = (await work.Owner.Get($"{work.Path}/protocol.md?names=true")).Ok();

        Assert.Equal((2, 2, 3), ((int)report["answers"]!, (int)report["answeredItems"]!, (int)report["items"]!));
        Assert.Equal([(0, 1), (1, 1)], report["guidelines"]!.AsArray().Select(version => ((int)version!["number"]!, (int)version["answers"]!)));
        Assert.Equal([(2, 0), (0, 1)], report["people"]!.AsArray().Select(person => ((int)person!["answers"]!, (int)person["skipped"]!)));
        Assert.All(report["people"]!.AsArray(), person => Assert.StartsWith("annotator-", (string?)person!["person"]));
        Assert.Equal([(1, "taken back by their author within seconds"), (1, "unclear")], report["excluded"]!.AsArray().Select(row => ((int)row!["count"]!, (string)row["why"]!)));
        Assert.Contains("| ann |", markdown.Text);
        Assert.Contains("# How the feedback of Lamps \\| \\*autumn\\* came about", markdown.Text);
        Assert.DoesNotContain("ann |", (await work.Owner.Get($"{work.Path}/protocol.md")).Ok().Text);
    }

    /// <summary>Four items, two about hours and two about the place, for four people each.</summary>
    private static Task<Work> Four(Engine engine) => Work.On(engine, new { name = "Groups", overlap = 4 }, string.Join('\n', Enumerable.Range(1, 4)
        .Select(n => JsonSerializer.Serialize(new { id = $"i{n}", prompt = "Which lamp?", topic = n <= 2 ? "hours" : "place", level = 3, responses = new[] { $"lamp {n}", $"light {n}" } }))));

    private static async Task Choose(Work work, Client person, Func<string, int> choice)
    {
        while (await work.Next(person) is JsonNode held)
        {
            int n = ((string)held["item"]!["externalId"]!)[1] - '0';
            object answer = new { kind = "edit", edit = new { choice = "prefer", preferred = choice(n <= 2 ? "hours" : "place"), outcome = "noEditHelps" } };
            (await work.Submit(person, held, answer, $"k{n}")).Ok();
        }
    }

    private static async Task SetGroup(Work work, string name, string group)
    {
        JsonNode member = (await work.Owner.Get($"{work.Path}/members")).Ok().Json.AsArray().Single(row => (string)row!["name"]! == name)!;
        (await work.Owner.Put($"{work.Path}/members/{member["accountId"]}", new { role = "annotator", group })).Ok();
    }

    private static JsonNode Named(JsonNode list, string field, string value) => list.AsArray().Single(row => (string?)row![field] == value)!;

    private static (int, int) Pairs(JsonNode pairs) => ((int)pairs["pairs"]!, (int)pairs["differ"]!);
}
