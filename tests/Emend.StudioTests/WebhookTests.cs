using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Emend.Judging;
using Emend.Store;
using Emend.Studio;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Emend.StudioTests;

public class WebhookTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnEventIsDeliveredSignedAndTriedAgainUntilItArrives(Engine engine)
    {
        var received = new ConcurrentQueue<(string Signature, string Delivery, string Body)>();
        await using WebApplication listener = await Listen(async http =>
        {
            string body = await new StreamReader(http.Request.Body).ReadToEndAsync();
            received.Enqueue((http.Request.Headers["X-Emend-Signature"].ToString(), http.Request.Headers["X-Emend-Delivery"].ToString(), body));
            http.Response.StatusCode = received.Count == 1 ? 500 : 204;
        });
        await using Work work = await Work.OnEdits(engine, items: 1);
        JsonNode made = (await work.Owner.Post($"{work.Path}/webhooks", new { url = $"{listener.Urls.First()}/hook" })).Is(HttpStatusCode.Created).Json;
        JsonNode held = await work.MustNext(work.Owner);
        (await work.Submit(work.Owner, held, Work.Mended(held), "k")).Ok();

        await Until(() => received.Count >= 1);
        await UntilAsync(async () => (string?)(await Hook(work))["lastProblem"] == "the other side answered 500");
        work.Studio.Clock.Advance(TimeSpan.FromMinutes(5));
        await Until(() => received.Count >= 2);
        await UntilAsync(async () => (int)(await Hook(work))["waiting"]! == 0);

        (string signature, string delivery, string body) = received.Last();
        string[] parts = signature.Split(',');
        Assert.Equal($"v1={WebhookSender.Sign((string)made["secret"]!, long.Parse(parts[0][2..]), long.Parse(delivery), body)}", parts[1]);
        Assert.Equal("answered", (string?)JsonNode.Parse(body)!["event"]);
        Assert.DoesNotContain("lamp", body);
        Assert.DoesNotContain((string)made["secret"]!, (await work.Owner.Get($"{work.Path}/webhooks")).Text);
    }

    [Fact]
    public async Task AnotherAddressGetsAnotherSecret()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        JsonNode made = (await work.Owner.Post($"{work.Path}/webhooks", new { url = "https://a.example/hook" })).Ok().Json;
        string path = $"{work.Path}/webhooks/{made["webhook"]!["id"]}";

        JsonNode same = (await work.Owner.Put(path, new { url = "https://a.example/hook", isEnabled = false }, ("If-Match", "\"1\""))).Ok().Json;
        JsonNode moved = (await work.Owner.Put(path, new { url = "https://b.example/hook" }, ("If-Match", "\"2\""))).Ok().Json;

        Assert.Null(same["secret"]);
        Assert.NotEqual((string)made["secret"]!, (string)moved["secret"]!);
        foreach (string url in (string[])["ftp://a.example", "https://name:password@a.example", "file:///etc/passwd", "javascript:alert(1)", "/hook"])
            (await work.Owner.Post($"{work.Path}/webhooks", new { url })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://169.254.169.254/")]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://172.20.0.1/")]
    [InlineData("http://192.168.1.1/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://224.0.0.1/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fd00::1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://localhost/")]
    public async Task AddressesThatAreNotPublicAreNotConnectedTo(string url)
    {
        using HttpClient client = OutboundGuard.Client(allowPrivate: false);

        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(url));

        Assert.Contains("not a public one", refused.ToString());
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    public void PublicAddressesAreAllowed(string address) => Assert.True(PublicAddress.IsPublic(IPAddress.Parse(address)));

    private static async Task<JsonNode> Hook(Work work) => (await work.Owner.Get($"{work.Path}/webhooks")).Ok().Json[0]!;

    private static Task Until(Func<bool> there) => UntilAsync(() => Task.FromResult(there()));

    private static async Task UntilAsync(Func<Task<bool>> there)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await there())
                return;
            await Task.Delay(100);
        }
        Assert.Fail("it did not happen within a minute");
    }

    private static async Task<WebApplication> Listen(RequestDelegate handle)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        app.Run(handle);
        await app.StartAsync();
        return app;
    }
}
