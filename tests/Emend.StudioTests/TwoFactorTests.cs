using System.Buffers.Binary;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Emend.Store;
using Emend.Studio;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>The second factor, and what a proxy in front may say.</summary>
public class TwoFactorTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task SigningInNeedsACodeOnceTheSecondFactorIsOn(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann"), elsewhere = await work.Studio.Visitor(), again = await work.Studio.Visitor();
        await elsewhere.SignIn("ann");
        (await ann.Post("/api/account/two-factor/key", new { password = "wrong password" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        string key = (string)(await ann.Post("/api/account/two-factor/key", new { password = TestStudio.Password })).Ok().Json["key"]!;
        (await ann.Post("/api/account/two-factor", new { code = "000000" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        string[] recovery = [.. (await ann.Post("/api/account/two-factor", new { code = Code(key) })).Ok().Json["recoveryCodes"]!.AsArray().Select(code => (string)code!)];
        await ann.Refresh();

        // Other sessions are over; this one goes on.
        (await elsewhere.Get("/api/projects")).Is(HttpStatusCode.Unauthorized);
        Assert.True((bool)(await ann.Get("/api/account/two-factor")).Ok().Json["enabled"]!);
        (await again.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password })).Is(HttpStatusCode.Forbidden, "two-factor");
        (await again.Post("/api/sign-in", new { name = "ann", password = "wrong password", code = Code(key) })).Is(HttpStatusCode.Forbidden, "wrong-password");
        (await again.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code = Wrong(key) })).Is(HttpStatusCode.Forbidden, "wrong-code");
        string code = Code(key);
        (await again.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code })).Ok();
        (await (await work.Studio.Visitor()).Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code })).Is(HttpStatusCode.Forbidden, "wrong-code");

        // A recovery code works once, in any spelling; only hashes of them are in the store.
        using Client lost = await work.Studio.Visitor();
        (await lost.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code = recovery[3].ToUpperInvariant() })).Ok();
        (await (await work.Studio.Visitor()).Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code = recovery[3] })).Is(HttpStatusCode.Forbidden, "wrong-code");
        Assert.Equal(9, (int)(await ann.Get("/api/account/two-factor")).Ok().Json["recoveryCodesLeft"]!);
        List<string?> kept = await work.Studio.Database.Read(context => context.UserTokens.Select(token => token.Value).ToListAsync());
        Assert.DoesNotContain(kept, value => recovery.Any(each => value!.Contains(each.Replace("-", ""))));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TheSecondFactorGoesWithThePasswordOrByAnOwnerOfTheInstallation(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client ann = await work.Annotator("ann");
        await SwitchOn(ann);
        (await ann.Post("/api/account/two-factor/off", new { password = "wrong password" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await ann.Post("/api/account/two-factor/off", new { password = TestStudio.Password })).Ok();
        await ann.Refresh();
        (await (await work.Studio.Visitor()).Post("/api/sign-in", new { name = "ann", password = TestStudio.Password })).Ok();

        await SwitchOn(ann);
        JsonNode listed = (await work.Owner.Get("/api/accounts")).Ok().Json["items"]!.AsArray().Single(account => (string)account!["name"]! == "ann")!;
        Assert.True((bool)listed["hasTwoFactor"]!);
        (await work.Owner.Delete($"/api/accounts/{listed["id"]}/two-factor")).Ok();
        (await ann.Get("/api/projects")).Is(HttpStatusCode.Unauthorized);
        await ann.Refresh();
        await ann.SignIn("ann");
        string[] actions = [.. (await work.Owner.Get("/api/audit")).Ok().Json["items"]!.AsArray().Select(entry => (string)entry!["action"]!)];
        Assert.Equal(2, actions.Count(action => action == "two-factor-enabled"));
        Assert.Equal(2, actions.Count(action => action == "two-factor-disabled"));
    }

    [Fact]
    public async Task ManyWrongCodesCloseTheAccountForAWhile()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        using Client ann = await work.Annotator("ann"), thief = await work.Studio.Visitor();
        string key = await SwitchOn(ann);
        for (int n = 0; n < 8; n++)
            (await thief.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code = Wrong(key) })).Is(HttpStatusCode.Forbidden, "wrong-code");

        (await thief.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password, code = Code(key) })).Is(HttpStatusCode.Forbidden, "wrong-password");
    }

    [Fact]
    public async Task OnlyANamedProxyIsBelieved()
    {
        string folder = Directory.CreateTempSubdirectory("emend-proxy-").FullName;
        var options = new StudioOptions { Database = await TestStudio.NewDatabase(Engine.Sqlite, folder), Url = "http://127.0.0.1:0", PasswordIterations = 1000 };
        foreach ((string[] proxies, bool believed) in new[] { (Array.Empty<string>(), false), (["10.1.2.3"], false), (["127.0.0.1"], true) })
        {
            await using StudioServer server = await StudioServer.Start(options with { Proxies = proxies });
            using var client = new Client(server.Address);

            Answered answered = await client.Send(HttpMethod.Get, "/sign-in", null, ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9"));

            Assert.Equal(believed, answered.Headers.Contains("Strict-Transport-Security"));
        }
        Assert.Contains("--proxy nowhere", (await Assert.ThrowsAsync<Text.InvalidInputException>(() => StudioServer.Start(options with { Proxies = ["nowhere"] }))).Message);
    }

    private static async Task<string> SwitchOn(Client client)
    {
        string key = (string)(await client.Post("/api/account/two-factor/key", new { password = TestStudio.Password })).Ok().Json["key"]!;
        (await client.Post("/api/account/two-factor", new { code = Code(key) })).Ok();
        await client.Refresh();
        return key;
    }

    // A code that no step near now has.
    private static string Wrong(string key)
    {
        string[] near = [.. Enumerable.Range(-4, 9).Select(step => Code(key, step))];
        return Enumerable.Range(111_111, 20).Select(number => $"{number}").First(number => !near.Contains(number));
    }

    /// <summary>RFC 6238 with SHA-1, six digits and steps of 30 seconds, as authenticator apps do it.</summary>
    internal static string Code(string key, int steps = 0)
    {
        BigInteger bits = key.Aggregate(BigInteger.Zero, (sum, letter) => sum * 32 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter));
        byte[] secret = bits.ToByteArray(isUnsigned: true, isBigEndian: true);
        secret = [.. new byte[key.Length * 5 / 8 - secret.Length], .. secret];
        byte[] counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30 + steps);
#pragma warning disable CA5350 // authenticator apps use SHA-1
        byte[] hash = HMACSHA1.HashData(secret, counter);
#pragma warning restore CA5350
        int at = hash[^1] & 15;
        return $"{(BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(at)) & 0x7FFFFFFF) % 1_000_000:000000}";
    }
}
