using System.Net;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>A simulated annotator among people: figures of people are of people, say what they leave out, and show the others apart.</summary>
public class SimulatedAnswerTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AgreementIsPeoplesAndLeavesSimulatedAnswersOut(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine);

        JsonNode people = await Get(work, "agreement"), simulated = await Get(work, "agreement?source=simulated"), all = await Get(work, "agreement?source=all");

        Assert.Equal(("people", 2, 2, 4), Sources(people, people["choices"]!));
        Assert.Null((string?)Assert.Single(people["pairwiseKappa"]!.AsArray())!["source"]);
        Assert.Equal(("simulated", 4, 0, 0), Sources(simulated, simulated["choices"]!));
        Assert.Equal(("all", 0, 2, 6), Sources(all, all["choices"]!));
        Assert.Equal([null, "simulated", "simulated"], all["pairwiseKappa"]!.AsArray().Select(pair => (string?)pair!["source"]).Order());
        (await work.Owner.Get($"{work.Path}/agreement?source=robots")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SeverityAndDifferencesAreMeasuredAgainstPeople(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine);

        JsonNode people = await Get(work, "subjectivity"), all = await Get(work, "subjectivity?source=all");

        Assert.Equal(("people", 2), ((string?)people["source"], (int)people["leftOut"]!));
        Assert.Equal([0.0, 0.0], people["people"]!.AsArray().Select(person => (double)person!["bothBad"]!["value"]!));      // the program alone says both are bad
        Assert.Empty(people["groups"]!.AsArray());
        Assert.Equal([null, null, "simulated"], all["people"]!.AsArray().Select(person => (string?)person!["source"]).Order());
        Assert.Equal("simulated", (string?)Assert.Single(all["groups"]!.AsArray())!["group"]);
        Assert.Equal([null, null, null, "simulated"], (await Get(work, "annotators")).AsArray().Select(person => (string?)person!["source"]).Order());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SoftLabelsAreSharesOfPeopleAndTheProgramsStandApart(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine);

        JsonNode[] rows = [.. (await work.Owner.Get($"{work.Path}/exports/soft.jsonl")).Ok().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

        Assert.Equal([2, 2], rows.Select(row => (int)row["people"]!));
        Assert.Equal([("0", 1.0)], Shares(rows[0]["choices"]!));
        Assert.Equal(1, (int)rows[0]["simulated"]!["answers"]!);
        Assert.Equal([("bothBad", 1.0)], Shares(rows[0]["simulated"]!["choices"]!));
        Assert.Equal(2, (int)Assert.Single(rows[0]["texts"]!.AsArray())!["people"]!);
        Assert.Equal([null, null, "simulated", null, null, "simulated"], (await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string?)JsonNode.Parse(line)!["source"]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheProtocolCountsPeopleAndTellsOfThePrograms(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine);

        JsonNode report = await Get(work, "protocol"), rates = await Get(work, "edit-rates");
        string markdown = (await work.Owner.Get($"{work.Path}/protocol.md")).Ok().Text;

        Assert.Equal((4, 2, 2, 1), ((int)report["answers"]!, (int)report["answeredItems"]!, report["people"]!.AsArray().Count, report["simulated"]!.AsArray().Count));
        Assert.Equal(4, (int)Assert.Single(report["guidelines"]!.AsArray())!["answers"]!);
        Assert.Equal(2, (int)report["simulated"]![0]!["answers"]!);
        JsonNode left = Assert.Single(report["excluded"]!.AsArray())!;
        Assert.Equal(2, (int)left["count"]!);
        Assert.Contains("a program and no person", (string?)left["why"]);
        Assert.Contains("## Simulated annotators: programs and no people", markdown);
        Assert.Contains("4 answers of people count", markdown);
        Assert.Equal((4, 2), ((int)Assert.Single(rates["values"]!.AsArray())!["answers"]!, (int)rates["leftOut"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheHistoryOfAnItemAndADisputeSayWhichAnswersAreSimulated(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine, simulated: SimulatedEdit);
        long item = (long)(await Get(work, "items"))["items"]![0]!["id"]!;

        JsonNode history = await Get(work, $"items/{item}/history"), dispute = await Get(work, $"disputes/{item}");

        Assert.Equal([null, null, "simulated"], history["people"]!.AsArray().Select(person => (string?)person!["source"]));
        Assert.Equal([(null, 2), ("simulated", 1)], history["texts"]!.AsArray().Select(text => ((string?)text!["source"], (int)text["heat"]!["people"]!)));
        Assert.Equal([null, null, "simulated"], dispute["answers"]!.AsArray().Select(answer => (string?)answer!["source"]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ReviewsOfSimulatedEditsAreCountedApart(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine, SimulatedEdit, reviewShare: 1.0);
        using Client judge = await work.Annotator("judge");
        while ((await judge.Post($"{work.Path}/reviews/next")).Ok().Json["review"] is JsonNode review)
            (await judge.Post($"{work.Path}/reviews/{review["id"]}", new { better = (int?)null })).Ok();

        JsonNode figures = await Get(work, "reviews");

        Assert.Equal((4, 4, 2, 0), ((int)figures["decided"]!, (int)figures["noDifference"]!, (int)figures["simulatedDecided"]!, (int)figures["simulatedBetter"]!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheEditRateOfAVersionIsPeoplesAsSoonAsThereIsOne(Engine engine)
    {
        await using Work work = await TwoPeopleAndAProgram(engine);
        string prompt = await PromptTests.Create(work);
        long id = await PromptTests.Store(work, long.Parse(prompt.Split('/')[^1]), "1", "the lamp 3 is is red");
        (await work.Owner.Upload($"{work.Path}/items", $$"""{"id": "i3", "prompt": "p", "responses": [{"text": "red lamp 3"}, {"text": "the lamp 3 is is red", "id": {{id}}}]}""")).Ok();
        async Task<(double, string?)> Rate()
        {
            JsonNode rate = (await work.Owner.Get(prompt)).Ok().Json["versions"]![0]!["metrics"]![0]!;
            return ((double)rate["value"]!, (string?)rate["source"]);
        }

        Actor program = await new SimulatedAnnotators(work.Studio.Database, TimeProvider.System).Join(work.Project);
        await Simulate(work, program, SimulatedEdit, "s3");
        Assert.Equal((0.5, "edits of simulated annotators in the studio"), await Rate());
        using Client cat = await work.Annotator("cat");
        JsonNode held = await work.MustNext(cat);
        (await work.Submit(cat, held, Work.Mended(held), "c3")).Ok();
        Assert.Equal((1.0 / 6, "edits in the studio"), await Rate());
    }

    private static readonly Func<AssignmentView, Answer> SimulatedEdit = assignment =>
        new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.Prefer, EditOutcome.Edited) { Preferred = 0, Target = 1, Edited = $"a lamp {assignment.Item.ExternalId[1..]} is blue" }, AcceptedWarnings = [new AcceptedWarning("hunk-without-reason", "a test")] };

    /// <summary>Two items. Two people prefer the first response and mend the second in the same way; the program says that both are bad.</summary>
    private static async Task<Work> TwoPeopleAndAProgram(Engine engine, Func<AssignmentView, Answer>? simulated = null, double reviewShare = 0)
    {
        Work work = await Work.OnEdits(engine, items: 2, new { name = "Mixed", overlap = 3, bandHigh = 1.0, reviewShare });
        Actor program = await new SimulatedAnnotators(work.Studio.Database, TimeProvider.System).Join(work.Project);
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");
        for (int n = 1; n <= 2; n++)
        {
            foreach (Client person in new[] { ann, ben })
            {
                JsonNode held = await work.MustNext(person);
                (await work.Submit(person, held, Work.Mended(held), $"k{n}")).Ok();
            }
            await Simulate(work, program, simulated ?? (_ => new Answer(TaskKind.Edit) { Edit = new EditAnswer(Choice.BothBad, EditOutcome.NoEditHelps) }), $"s{n}");
        }
        return work;
    }

    private static async Task Simulate(Work work, Actor program, Func<AssignmentView, Answer> answer, string key)
    {
        AssignmentView given = (await new Queue(work.Studio.Database, TimeProvider.System).Next(work.Project, program.AccountId!.Value, [])).Assignment!;
        await new Answers(work.Studio.Database, new Tokenizers("."), TimeProvider.System).Submit(program, work.Project, given.Id, answer(given), key);
    }

    private static async Task<JsonNode> Get(Work work, string path) => (await work.Owner.Get($"{work.Path}/{path}")).Ok().Json;

    private static (string?, int, int, int) Sources(JsonNode report, JsonNode measure) => ((string?)report["source"], (int)report["leftOut"]!, (int)measure["units"]!, (int)measure["judgements"]!);

    private static (string, double)[] Shares(JsonNode shares) => [.. shares.AsArray().Select(share => ((string)share!["label"]!, (double)share["share"]!))];
}
