using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

public class SessionTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheSetUpLinkMakesAnOwnerOnceAndThenEnds(Engine engine)
    {
        await using TestStudio studio = await TestStudio.Empty(engine);
        using Client first = await studio.Visitor(), second = await studio.Visitor();
        var request = new { secret = studio.Server.SetUpSecret, name = "ada", password = TestStudio.Password, displayName = "Ada" };

        (await first.Post("/api/set-up", request with { secret = "guessed" })).Is(HttpStatusCode.Gone, "link-over");
        (await first.Post("/api/set-up", request)).Ok();
        (await second.Post("/api/set-up", request with { name = "eve" })).Is(HttpStatusCode.Gone, "link-over");

        JsonNode session = await first.Refresh();
        Assert.Equal("Ada", (string?)session["account"]!["displayName"]);
        Assert.True((bool)session["account"]!["isOwner"]!);
        Assert.False((bool)session["awaitsSetUp"]!);
        await studio.StopServer();
        await studio.StartServer();
        Assert.Null(studio.Server.SetUpSecret);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ASessionOutlivesARestartAndEndsWithSignOut(Engine engine)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine);
        await using (studio)
        {
            Assert.NotNull((await owner.Refresh())["account"]);
            (await owner.Post("/api/sign-out")).Ok();
            Assert.Null((await owner.Refresh())["account"]);
            (await owner.Get("/api/projects")).Is(HttpStatusCode.Unauthorized, "not-signed-in");
            (await owner.Post("/api/sign-in", new { name = "owner", password = "wrong wrong wrong" })).Is(HttpStatusCode.Forbidden, "wrong-password");
            (await owner.Post("/api/sign-in", new { name = "nobody", password = "wrong wrong wrong" })).Is(HttpStatusCode.Forbidden, "wrong-password");
            await owner.SignIn("OWNER");
            (await owner.Get("/api/projects")).Ok();
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ASampleProjectIsOneRequestAway(Engine engine)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine);
        await using (studio)
        {
            JsonNode project = (await owner.Post("/api/projects/sample")).Is(HttpStatusCode.Created).Json;
            JsonNode items = (await owner.Get($"/api/projects/{project["id"]}/items?limit=10")).Ok().Json;
            Assert.Equal(10, items["items"]!.AsArray().Count);
            Assert.NotNull(items["next"]);
            JsonNode progress = (await owner.Get($"/api/projects/{project["id"]}/progress")).Ok().Json;
            Assert.Equal(24, (int)progress["items"]!);
            Assert.Equal(24, (int)progress["openSlots"]!);
        }
    }
}
