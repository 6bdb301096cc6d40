using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Stored responses of a prompt over HTTP: by version, newest first, with what people made of each; for managers alone.</summary>
public class ResponseTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ResponsesOfAPromptAreListedByVersionWithWhatPeopleMadeOfThem(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (string prompt, long[] ids) = await Three(work);

        JsonNode first = (await work.Owner.Get($"{prompt}/responses?limit=2")).Ok().Json;
        Assert.Equal([ids[2], ids[1]], Ids(first));
        Assert.Equal([ids[0]], Ids((await work.Owner.Get($"{prompt}/responses?limit=2&after={first["next"]}")).Ok().Json));
        Assert.Equal([ids[1], ids[0]], Ids((await work.Owner.Get($"{prompt}/responses?version=1")).Ok().Json));
        Assert.Equal([ids[2]], Ids((await work.Owner.Get($"{prompt}/responses?version=main")).Ok().Json));
        (await work.Owner.Get($"{prompt}/responses?version=7")).Is(HttpStatusCode.NotFound, "not-found");

        JsonNode edited = first["items"]!.AsArray()[1]!["edits"]!;
        Assert.Equal((1, 1, 1, 0), (edited["items"]!.AsArray().Count, (int)edited["answers"]!, (int)edited["changed"]!, (int)edited["simulatedAnswers"]!));
        Assert.Equal(1.0 / 5, (double)edited["editRate"]!, 9);           // one of five words is gone
        JsonNode untouched = (await work.Owner.Get($"{work.Path}/responses/{ids[2]}/use")).Ok().Json;
        Assert.Equal((0, 0), (untouched["edits"]!["items"]!.AsArray().Count, (int)untouched["edits"]!["answers"]!));
        Assert.Null((double?)untouched["edits"]!["editRate"]);
        Assert.Equal((2, "tiny", 7, "Red?"), ((int)untouched["response"]!["version"]!, (string?)untouched["response"]!["model"], (int)untouched["response"]!["seed"]!, (string?)untouched["response"]!["variables"]!["question"]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhoVotesBlindDoesNotReadThemAndNeitherDoesAnotherProject(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        (string prompt, long[] ids) = await Three(work);
        using Client adjudicator = await work.Studio.Member("ada", work.Project, Role.Adjudicator);
        long other = (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;

        foreach (string path in (string[])[$"{prompt}/responses", $"{work.Path}/responses/{ids[0]}/use"])
        {
            (await adjudicator.Get(path)).Is(HttpStatusCode.Forbidden);
            (await work.Owner.Get(path.Replace($"projects/{work.Project}/", $"projects/{other}/"))).Is(HttpStatusCode.NotFound, "not-found");
        }
    }

    // Two responses of version 1, the second of them in an item and edited there, one of version 2.
    internal static async Task<(string Prompt, long[] Ids)> Three(Work work)
    {
        string prompt = await PromptTests.Create(work);
        long id = long.Parse(prompt.Split('/')[^1]);
        (await PromptTests.Commit(work.Owner, prompt, "main", 1, PromptTests.Template + " Please.")).Is(HttpStatusCode.Created);
        long[] ids = [await PromptTests.Store(work, id, "1", "a lamp"), await PromptTests.Store(work, id, "1", "the lamp is is red"), await PromptTests.Store(work, id, "main", "red")];
        (await work.Owner.Upload($"{work.Path}/items", $$"""{"id": "r1", "prompt": "p", "responses": [{"text": "red lamp"}, {"text": "the lamp is is red", "id": {{ids[1]}}}]}""")).Ok();
        using Client ann = await work.Annotator("ann");
        (await work.Submit(ann, await work.MustNext(ann), Work.Edit("the lamp 1 is red"), "a")).Ok();
        (await work.Submit(ann, await work.MustNext(ann), Work.Edit("the lamp is red"), "b")).Ok();
        return (prompt, ids);
    }

    private static long[] Ids(JsonNode page) => [.. page["items"]!.AsArray().Select(one => (long)one!["response"]!["id"]!)];
}
