using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>The queue by uncertainty: who comes first, what chance keeps, and that nothing changes for what was taken.</summary>
public class OrderTests
{
    private const int Items = 40;

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheLeastCertainComeFirstAndAShareIsLeftToChance(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Lamps", bandHigh = 1.0 }, Rows(n => n / 100.0));
        (await work.Owner.Put($"{work.Path}/order", new { randomShare = 1.5 }, ("If-Match", "\"0\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        JsonNode order = (await work.Owner.Put($"{work.Path}/order", new { randomShare = 0.25 }, ("If-Match", "\"0\""))).Ok().Json;
        Assert.Equal((Items, Items, Items), ((int)order["waiting"]!, (int)order["withUncertainty"]!, (int)order["random"]! + (int)order["uncertain"]!));
        (await work.Owner.Put($"{work.Path}/order", new { randomShare = 0.5 }, ("If-Match", "\"0\""))).Is(HttpStatusCode.PreconditionFailed, "outdated");
        Dictionary<string, Draw?> before = await Draws(work);

        var seen = new List<string>();
        for (int n = 0; n < 12; n++)
            seen.Add(await AnswerNext(work));
        // Every fourth by chance, the others from the top of what is uncertain.
        Assert.Equal([3, 7, 11], seen.Index().Where(each => before[each.Item] == Draw.Random).Select(each => each.Index));
        int[] uncertain = [.. seen.Where(id => before[id] == Draw.Uncertain).Select(id => int.Parse(id[1..]))];
        Assert.Equal(before.Where(each => each.Value == Draw.Uncertain).Select(each => int.Parse(each.Key[1..])).OrderDescending().Take(9), uncertain);

        // Other numbers change the order of what waits, and neither what was taken nor what chance decided.
        JsonNode again = (await work.Owner.Upload($"{work.Path}/items", Rows(n => 1 - (n / 100.0)))).Ok().Json;
        Assert.Equal((0, Items, Items), ((int)again["new"]!, (int)again["identical"]!, (int)again["rescored"]!));
        Assert.Equal(before.OrderBy(each => each.Key), (await Draws(work)).OrderBy(each => each.Key));
        string next = await AnswerNext(work);
        Assert.Equal(before.Where(each => each.Value == Draw.Uncertain && !seen.Contains(each.Key)).MinBy(each => int.Parse(each.Key[1..])).Key, next);

        (await work.Owner.Put($"{work.Path}/order", new { randomShare = 0.5 }, ("If-Match", "\"1\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        JsonNode[] rows = [.. (await work.Owner.Get($"{work.Path}/exports/answers.jsonl")).Ok().Text.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!)];
        Assert.All(rows, row => Assert.Equal(before[(string)row["item"]!] == Draw.Random ? "random" : "uncertain", (string?)row["drawn"]));
        JsonNode edit = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/edits.jsonl")).Ok().Text.Split('\n')[3])!;
        JsonNode pair = JsonNode.Parse((await work.Owner.Get($"{work.Path}/exports/preferences.jsonl")).Ok().Text.Split('\n')[3])!;
        Assert.Equal(("random", "random"), ((string?)edit["drawn"], (string?)pair["drawn"]));

        (await work.Owner.Put($"{work.Path}/order", new { randomShare = (double?)null }, ("If-Match", "\"1\""))).Ok();
        Dictionary<string, Draw?> after = await Draws(work);
        Assert.Equal(seen.Append(next).Order(), after.Where(each => each.Value is not null).Select(each => each.Key).Order());
        string first = await AnswerNext(work);
        Assert.Equal(after.Where(each => each.Value is null).MinBy(each => int.Parse(each.Key[1..])).Key, first);

        // Nor does the share rise by way of the order of import: what was given out by uncertainty stays given out.
        (await work.Owner.Put($"{work.Path}/order", new { randomShare = 0.9 }, ("If-Match", "\"2\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await work.Owner.Put($"{work.Path}/order", new { randomShare = 0.1 }, ("If-Match", "\"2\""))).Ok();
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnOrderThatAStoppedServerLeftHalfDoneIsAppliedWhenItStarts(Engine engine)
    {
        await using Work work = await Work.On(engine, new { name = "Lamps", bandHigh = 1.0 }, Rows(n => n / 100.0));
        await work.Studio.Database.Write(context => Task.FromResult(context.QueueOrders.Add(new QueueOrder { ProjectId = work.Project, RandomShare = 0, Version = 1 })));
        await new Ordering(work.Studio.Database, TimeProvider.System).ApplyAll();
        Dictionary<string, Draw?> draws = await Draws(work);
        Assert.All(draws.Values, draw => Assert.Equal(Draw.Uncertain, draw));
        Assert.Equal($"i{Items}", await AnswerNext(work));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheRewardModelSaysWhatItIsUncertainOf(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = true });
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]!;
        await using var work = new Work { Studio = studio, Owner = owner, Project = project };
        string[] responses = ["a good lamp|a bad lamp", "a lamp|a lamp!", "a good lamp|a lamp"];
        (await owner.Upload($"{work.Path}/items", string.Join('\n', responses.Select((both, n) => JsonSerializer.Serialize(new { id = $"i{n}", prompt = "p", responses = both.Split('|') }))))).Ok();
        (await owner.Post($"{work.Path}/uncertainty")).Is(HttpStatusCode.Conflict, "no-model");
        (await owner.Put($"{work.Path}/models/rewards", new { url = models.Rewards }, ("If-Match", "\"0\""))).Ok();
        (await owner.Put($"{work.Path}/order", new { randomShare = 0.0 }, ("If-Match", "\"0\""))).Ok();

        JsonNode some = (await owner.Post($"{work.Path}/uncertainty", new { limit = 2 })).Ok().Json;
        JsonNode rest = (await owner.Post($"{work.Path}/uncertainty", new { limit = 2 })).Ok().Json;

        Assert.Equal((2, 1, 1, 0), ((int)some["computed"]!, (int)some["left"]!, (int)rest["computed"]!, (int)rest["left"]!));
        JsonArray items = (await owner.Get($"{work.Path}/items")).Ok().Json["items"]!.AsArray();
        Assert.Equal([RewardUncertainty.Of([(1, 1), (-1, -1)]), 1, RewardUncertainty.Of([(1, 1), (0, 0)])], items.Select(item => (double)item!["uncertainty"]!));
        Assert.Equal("i1", (string?)(await work.MustNext(owner))["item"]!["externalId"]);
        models.Instead = http => { http.Response.StatusCode = 500; return Task.CompletedTask; };
        (await owner.Upload($"{work.Path}/items", """{"id": "new", "prompt": "p", "responses": ["x"]}""")).Ok();
        (await owner.Post($"{work.Path}/uncertainty")).Is(HttpStatusCode.BadGateway, "model-failed");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnItemThatTheRewardModelRefusesStopsNoOther(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        models.Refuses = text => text == "long";
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = true });
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]!;
        await using var work = new Work { Studio = studio, Owner = owner, Project = project };
        (await owner.Upload($"{work.Path}/items", string.Join('\n', new[] { "long", "a lamp" }.Select(text => JsonSerializer.Serialize(new { id = text, prompt = "p", responses = new[] { text, "a good lamp" } }))))).Ok();
        (await owner.Put($"{work.Path}/models/rewards", new { url = models.Rewards }, ("If-Match", "\"0\""))).Ok();
        (await owner.Put($"{work.Path}/order", new { randomShare = 0.0 }, ("If-Match", "\"0\""))).Ok();

        JsonNode all = (await owner.Post($"{work.Path}/uncertainty", new { })).Ok().Json;

        Assert.Equal((1, 1, 0), ((int)all["computed"]!, (int)all["failed"]!, (int)all["left"]!));
        Assert.Equal("a lamp", (string?)(await work.MustNext(owner))["item"]!["externalId"]);
        Assert.Equal(0, (int)(await owner.Post($"{work.Path}/uncertainty", new { after = (long)all["after"]! })).Ok().Json["left"]!);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task APageOfItemsThatAreAllRefusedStopsNoLaterOneAndTheQueueIsOrderedAllTheSame(Engine engine)
    {
        await using ModelServer models = await ModelServer.Start();
        models.Refuses = text => text.StartsWith("long", StringComparison.Ordinal);
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine, options => options with { AllowPrivateModels = true });
        long project = (long)(await owner.Post("/api/projects", new { name = "Lamps" })).Is(HttpStatusCode.Created).Json["id"]!;
        await using var work = new Work { Studio = studio, Owner = owner, Project = project };
        (await owner.Upload($"{work.Path}/items", string.Join('\n', new[] { "long 1", "long 2", "a lamp", "long 3" }.Select(text => JsonSerializer.Serialize(new { id = text, prompt = "p", responses = new[] { text, "a good lamp" } }))))).Ok();
        (await owner.Put($"{work.Path}/models/rewards", new { url = models.Rewards }, ("If-Match", "\"0\""))).Ok();
        (await owner.Put($"{work.Path}/order", new { randomShare = 0.0 }, ("If-Match", "\"0\""))).Ok();

        var pages = new List<(int, int, int)>();
        for (long after = 0, left = 1; left > 0;)
        {
            JsonNode page = (await owner.Post($"{work.Path}/uncertainty", new { limit = 2, after })).Ok().Json;
            (after, left) = ((long)page["after"]!, (int)page["left"]!);
            pages.Add(((int)page["computed"]!, (int)page["failed"]!, (int)left));
        }

        Assert.Equal([(0, 2, 2), (1, 1, 0)], pages);
        Assert.Equal("a lamp", (string?)(await work.MustNext(owner))["item"]!["externalId"]);
    }

    [Fact]
    public void EveryItemComesOnceEveryNthByChanceAndChanceKnowsNothingOfUncertainty()
    {
        double?[] values = [null, 0, 0.2, 0.5, 1];
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            Ordering.Place[] rows = [.. Enumerable.Range(0, 60).Select(n => new Ordering.Place(n, $"i{n}", values[random.Next(values.Length)], n, null))];
            (Ordering.Place Row, Draw? Draw)[] sequence = [.. Ordering.Sequence(7, rows, 0.25)];
            IEnumerable<long> blind = Ordering.Sequence(7, rows.Select(row => row with { Uncertainty = null }), 0.25).Where(each => each.Draw == Draw.Random).Select(each => each.Row.Id);

            Assert.Equal(rows.Select(row => row.Id), sequence.Select(each => each.Row.Id).Order());
            Assert.Equal(blind, sequence.Where(each => each.Draw == Draw.Random).Select(each => each.Row.Id));
            double[] uncertain = [.. sequence.Where(each => each.Draw == Draw.Uncertain).Select(each => each.Row.Uncertainty ?? -1)];
            Assert.Equal(uncertain.OrderDescending(), uncertain);
        }
    }

    [Theory]
    [InlineData("-0.1")]
    [InlineData("\"much\"")]
    public async Task AnUncertaintyThatIsNoneIsRefusedByLine(string value)
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);

        Answered refused = (await work.Owner.Upload($"{work.Path}/items", $$"""{"id": "x", "prompt": "p", "responses": ["a"], "uncertainty": {{value}}}""")).Is(HttpStatusCode.UnprocessableEntity, "invalid");

        Assert.Contains("import.jsonl:1: uncertainty", refused.Text);
    }

    private static string Rows(Func<int, double> uncertainty) => string.Join('\n', Enumerable.Range(1, Items).Select(n =>
        JsonSerializer.Serialize(new { id = $"i{n:00}", prompt = $"Say what lamp {n} is.", responses = new[] { $"red lamp {n}", $"the lamp {n} is is red" }, uncertainty = uncertainty(n) })));

    private static async Task<string> AnswerNext(Work work)
    {
        JsonNode held = await work.MustNext(work.Owner);
        (await work.Submit(work.Owner, held, Work.Mended(held), Guid.NewGuid().ToString())).Is(HttpStatusCode.Created);
        return (string)held["item"]!["externalId"]!;
    }

    private static Task<Dictionary<string, Draw?>> Draws(Work work) =>
        work.Studio.Database.Read(context => context.Items.ToDictionaryAsync(item => item.ExternalId, item => item.Draw));
}
