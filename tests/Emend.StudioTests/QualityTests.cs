using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Emend.Studio;
using Xunit;

namespace Emend.StudioTests;

public class QualityTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AGuidelineHasVersionsAndAnswersSayUnderWhichTheyWereGiven(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 2);
        using Client ann = await work.Annotator("ann");
        Assert.Equal((0, "\"0\""), ((int)(await ann.Get($"{work.Path}/guideline")).Ok().Json["number"]!, (await ann.Get($"{work.Path}/guideline")).Etag));

        (await work.Owner.Put($"{work.Path}/guideline", new { markdown = "# Keep it *short*" }, ("If-Match", "\"0\""))).Ok();
        (await work.Owner.Put($"{work.Path}/guideline", new { markdown = "lost" }, ("If-Match", "\"0\""))).Is(HttpStatusCode.PreconditionFailed, "outdated");
        Assert.Equal("<h1>Keep it <em>short</em></h1>\n", (string?)(await ann.Get($"{work.Path}/guideline")).Ok().Json["html"]);
        JsonNode held = await work.MustNext(ann);
        (await work.Owner.Put($"{work.Path}/guideline", new { markdown = "Second" }, ("If-Match", "\"1\""))).Ok();
        (await work.Submit(ann, held, Work.Mended(held), "k")).Ok();

        JsonNode row = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text)!;
        Assert.Equal(1, (int)row["guideline"]!);
        Assert.Contains("short", (string?)(await ann.Get($"{work.Path}/guideline?number=1")).Ok().Json["markdown"]);
    }

    [Theory]
    [InlineData("[a](javascript:alert(1))")]
    [InlineData("[a](JaVaScRiPt:alert(1))")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("[a][x]\n\n[x]: javascript:alert(1)")]
    [InlineData("[a](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("[a](vbscript:x)")]
    [InlineData("[a](//evil.example)")]
    [InlineData("![a](https://evil.example/pixel.png)")]
    [InlineData("[![a](https://evil.example/pixel.png)](javascript:x)")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("# h {onclick=alert(1)}")]
    public void MarkdownCanDoNothing(string markdown)
    {
        string html = SafeMarkdown.ToHtml(markdown);

        Assert.DoesNotMatch("(?i)<(script|img|iframe|svg)|(href|src)=\"(javascript|data|vbscript|//)|<[^>]* on[a-z]+=", html);
    }

    [Fact]
    public void LinksOfMarkdownTellTheirTargetNothing() =>
        Assert.Equal("<p><a href=\"https://a.example\" rel=\"noopener nofollow\">a</a></p>\n", SafeMarkdown.ToHtml("[a](https://a.example)"));

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task EverybodyMeetsAGoldItemAndItIsCounted(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 2);
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        object right = new { kind = "edit", edit = new { choice = "prefer", preferred = 0, outcome = "noEditHelps" } };
        (await work.Owner.Put($"{work.Path}/items/1/gold", new { kind = "edit", edit = new { choice = "single", outcome = "noEditHelps" } })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Put($"{work.Path}/items/1/gold", right)).Ok();

        JsonNode anns = await work.MustNext(ann), bens = await work.MustNext(ben);
        Assert.Equal(("i1", "i1"), ((string?)anns["item"]!["externalId"], (string?)bens["item"]!["externalId"]));
        Assert.DoesNotContain("gold", anns.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        (await work.Submit(ann, anns, right, "a")).Ok();
        (await work.Submit(ben, bens, new { kind = "edit", edit = new { choice = "tie", outcome = "noEditNeeded" } }, "b")).Ok();

        JsonArray people = (await work.Owner.Get($"{work.Path}/annotators")).Ok().Json.AsArray();
        Assert.Equal([(0, 0), (1, 1), (1, 0)], people.Select(person => ((int)person!["goldAnswered"]!, (int)person["goldAgreed"]!)));
        (await work.Owner.Delete($"{work.Path}/items/1/gold")).Ok();
        Assert.Empty((await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnEditIsReviewedBlindAndNeverByItsAuthor(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Review", reviewShare = 1.0, bandHigh = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben"), cy = await work.Annotator("cy");
        JsonNode held = await work.MustNext(ann);
        (await work.Submit(ann, held, Work.Mended(held), "k")).Ok();

        Assert.Null((await ann.Post($"{work.Path}/reviews/next")).Ok().Json["review"]);
        JsonNode review = (await ben.Post($"{work.Path}/reviews/next")).Ok().Json["review"]!;
        Assert.Null((await cy.Post($"{work.Path}/reviews/next")).Ok().Json["review"]);
        string[] texts = [.. review["texts"]!.AsArray().Select(text => (string)text!)];
        Assert.Equal(["the lamp 1 is is red", "the lamp 1 is red"], texts.Order(StringComparer.Ordinal));
        (await cy.Post($"{work.Path}/reviews/{review["id"]}", new { better = 0 })).Is(HttpStatusCode.NotFound);
        (await ben.Post($"{work.Path}/reviews/{review["id"]}", new { better = Array.IndexOf(texts, "the lamp 1 is red") })).Ok();

        JsonNode figures = (await work.Owner.Get($"{work.Path}/reviews")).Ok().Json;
        Assert.Equal((0, 1, 1), ((int)figures["open"]!, (int)figures["decided"]!, (int)figures["editBetter"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ADisputeIsShownWithItsHunksAndDecidedOnce(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1, new { name = "Dispute", overlap = 2, bandHigh = 1.0 });
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben"), judge = await work.Studio.Member("judge", work.Project, Role.Adjudicator);
        JsonNode first = await work.MustNext(ann), second = await work.MustNext(ben);
        (await work.Submit(ann, first, Work.Mended(first), "a")).Ok();
        (await work.Submit(ben, second, Work.Edit("the lamp 1 is is blue"), "b")).Ok();

        JsonNode listed = (await judge.Get($"{work.Path}/disputes")).Ok().Json["items"]![0]!;
        JsonNode dispute = (await judge.Get($"{work.Path}/disputes/{listed["itemId"]}")).Ok().Json;
        Assert.Equal([1, 1], dispute["answers"]!.AsArray().Select(answer => answer!["edit"]!["hunks"]!.AsArray().Count));
        (await judge.Post($"{work.Path}/disputes/{listed["itemId"]}", new { answer = Work.Edit("the lamp 1 is is red"), cause = "error" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await judge.Post($"{work.Path}/disputes/{listed["itemId"]}", new { answer = Work.Edit("the lamp 1 is blue"), cause = "error", note = "both" })).Ok();

        Assert.Empty((await judge.Get($"{work.Path}/disputes")).Ok().Json["items"]!.AsArray());
        Assert.Equal("the lamp 1 is blue", (string?)(await judge.Get($"{work.Path}/disputes/{listed["itemId"]}")).Ok().Json["resolution"]!["answer"]!["edit"]!["edited"]);
        string edits = (await work.Owner.Get($"{work.Path}/exports/edits.jsonl")).Ok().Text;
        JsonNode row = JsonNode.Parse(Assert.Single(edits.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!;
        Assert.Equal(("the lamp 1 is blue", "adjudicated"), ((string?)row["edited"], (string?)row["annotator"]));
        Assert.Equal(2, (await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        JsonNode agreement = (await ann.Get($"{work.Path}/agreement")).Ok().Json;
        Assert.Contains("the same value everywhere", (string?)agreement["choices"]!["undefined"]);
        Assert.NotNull(agreement["edits"]!["where"]!["value"]);
        JsonNode annsRow = (await work.Owner.Get($"{work.Path}/annotators")).Ok().Json.AsArray().Single(person => (string?)person!["name"] == "ann")!;
        Assert.Equal((1, 1.0 / 6), ((int)annsRow["submitted"]!, (double)annsRow["meanEditRate"]!));
    }
}
