using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

public class KeyBindingTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task EverybodyHasKeysOfTheirOwn(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann"), ben = await work.Annotator("ben");

        Assert.Equal("\"0\"", (await ann.Get("/api/account/keys")).Ok().Etag);
        (await ann.Put("/api/account/keys", new { keys = new { n = "j" } })).Is(HttpStatusCode.PreconditionRequired);
        (await ann.Put("/api/account/keys", new { keys = new { n = "j" } }, ("If-Match", "\"0\""))).Ok();
        (await ann.Put("/api/account/keys", new { keys = new { h = "k" } }, ("If-Match", "\"0\""))).Is(HttpStatusCode.PreconditionFailed, "outdated");
        (await ann.Put("/api/account/keys", """{"keys": {"n": "j", "Ctrl+Enter": "Ctrl+m"}}""", ("If-Match", "\"1\""))).Ok();

        JsonNode keys = (await ann.Get("/api/account/keys")).Ok().Json["keys"]!;
        Assert.Equal(("j", "Ctrl+m"), ((string)keys["n"]!, (string)keys["Ctrl+Enter"]!));
        Assert.Empty((await ben.Get("/api/account/keys")).Ok().Json["keys"]!.AsObject());
    }

    [Theory]
    [InlineData("""{"n": "j", "h": "j"}""")]
    [InlineData("""{"n": "Escape"}""")]
    [InlineData("""{"?": "j"}""")]
    [InlineData("""{"n": ""}""")]
    [InlineData("""{"n": "a\u0000"}""")]
    public async Task KeysThatTwoThingsWouldHaveOrThatKeepTheirMeaningAreRefused(string keys)
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);

        (await work.Owner.Put("/api/account/keys", $$"""{"keys": {{keys}}}""", ("If-Match", "\"0\""))).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }
}
