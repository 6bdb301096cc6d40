using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Each kind of task, from import to the file that its training stage reads.</summary>
public class KindTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task RankingsComeOutAsRankings(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Rank", kind = "ranking" }, """{"id": "r", "prompt": "p", "responses": ["a", "b", "c"]}""");
        await Answer(work, new { kind = "ranking", ranking = new { ranks = new[] { 1, 4, 1 } } }, "ranking.ranks[1]");
        await Answer(work, new { kind = "ranking", ranking = new { ranks = new[] { 2, 1 } } }, "ranking.ranks");
        await Answer(work, new { kind = "ranking", ranking = new { ranks = new[] { 2, 1, 1 } } });

        RankedResponses row = Assert.Single(Rankings.Read(await Export(work, "rankings")));

        Assert.Equal([3, 1, 1], row.Ranks());        // as in races: two share the first place, the next is third
        Assert.Equal(["a", "b", "c"], row.Responses.Select(response => response.Text));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task RatingsAskForEveryResponseOnEveryScale(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Rate", kind = "rating", labels = "clear\nkind" }, """{"id": "r", "prompt": "p", "responses": ["a"]}""");
        await Answer(work, Rating(("clear", 5)), "rating.ratings");
        await Answer(work, Rating(("clear", 5), ("kind", 6)), "rating.ratings[1].value");
        await Answer(work, Rating(("clear", 5), ("helpful", 3)), "rating.ratings[1].scale");
        await Answer(work, Rating(("clear", 5), ("kind", 2)));

        JsonNode row = JsonNode.Parse(await File.ReadAllTextAsync(await Export(work, "ratings")))!;

        Assert.Equal(("a", 5, 2), ((string)row["response"]!, (int)row["ratings"]!["clear"]!, (int)row["ratings"]!["kind"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task DemonstrationsComeOutAsDemonstrations(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Write", kind = "demonstration" }, """{"id": "d", "prompt": "p", "context": "c"}""");
        await Answer(work, new { kind = "demonstration", demonstration = new { text = "  " } }, "demonstration.text");
        await Answer(work, new { kind = "demonstration", demonstration = new { text = "one\r\ntwo 漢字 😀" } });

        Demonstration row = Assert.Single(Demonstrations.Read(await Export(work, "demonstrations")));

        Assert.Equal(("c\n\np", "one\ntwo 漢字 😀"), (row.Prompt.Text, row.Response.Text));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SpansAreStretchesOfTheResponseAndCutNoCharacter(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Mark", kind = "spans" }, """{"id": "s", "prompt": "p", "responses": ["a 😀 b"]}""");
        await Answer(work, Spans((0, 3, "untrue")), "spans.spans[0]");
        await Answer(work, Spans((0, 9, "untrue")), "spans.spans[0]");
        await Answer(work, Spans((0, 2, "silly")), "spans.spans[0].label");
        await Answer(work, Spans(), "spans.nothingToMark");
        await Answer(work, Spans((2, 4, "wording")));

        JsonNode row = JsonNode.Parse(await File.ReadAllTextAsync(await Export(work, "spans")))!;

        Assert.Equal("utf-16", (string)row["offset_unit"]!);
        Assert.Equal((2, 4, "wording"), ((int)row["spans"]![0]!["start"]!, (int)row["spans"]![0]!["end"]!, (string)row["spans"]![0]!["label"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ATurnIsCorrectedInItsDialogue(Engine engine)
    {
        const string dialogue = """{"id": "t", "turns": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Go away."}, {"role": "user", "content": "Why?"}]}""";
        await using Work work = await Work.On(engine, new { name = "Turns", kind = "turn" }, dialogue);
        await Answer(work, new { kind = "turn", turn = new { turn = 0, outcome = "edited", edited = "Hello!" } }, "turn.turn");
        await Answer(work, new { kind = "turn", turn = new { turn = 1, outcome = "edited", edited = "Hello!", reasons = new[] { new { start = 0, end = 8, reason = "harmful" } } } });

        EditRow edit = Assert.Single(EditRows.Read(await Export(work, "edits")));
        Demonstration demonstration = Assert.Single(Demonstrations.Read(await Export(work, "demonstrations")));

        Assert.Equal(("Hi", "Go away.", "Hello!"), (edit.Prompt, edit.Response, edit.Edited));
        Assert.Equal(("Hi", "Hello!"), (demonstration.Prompt.Text, demonstration.Response.Text));
    }

    private static object Rating(params (string Scale, int Value)[] ratings) =>
        new { kind = "rating", rating = new { ratings = ratings.Select(rating => new { response = 0, scale = rating.Scale, value = rating.Value }) } };

    private static object Spans(params (int Start, int End, string Label)[] spans) =>
        new { kind = "spans", spans = new { response = 0, spans = spans.Select(span => new { start = span.Start, end = span.End, label = span.Label }) } };

    // The owner answers: any role above annotator may.
    private static async Task Answer(Work work, object answer, string? problem = null)
    {
        JsonNode assignment = await work.MustNext(work.Owner);
        Answered answered = await work.Submit(work.Owner, assignment, answer, Guid.NewGuid().ToString());
        if (problem is null)
            answered.Is(HttpStatusCode.Created);
        else
            Assert.Equal(problem, (string?)answered.Is(HttpStatusCode.UnprocessableEntity, "invalid").Json["problems"]![0]!["field"]);
    }

    private static async Task<string> Export(Work work, string dataset)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend-export-").FullName, $"{dataset}.jsonl");
        await File.WriteAllTextAsync(file, (await work.Owner.Get($"{work.Path}/exports/{dataset}.jsonl")).Ok().Text);
        return file;
    }
}
