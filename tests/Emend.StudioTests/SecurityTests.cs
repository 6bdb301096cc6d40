using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Emend.Studio;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>What happened to others must not happen here: the cases of the web, one test each.</summary>
public class SecurityTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AnInvitationIsUsedOnceAndCarriesItsRole(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        JsonNode made = (await work.Owner.Post($"{work.Path}/invitations", new { role = "annotator", note = "for Ben" })).Is(HttpStatusCode.Created).Json;
        string secret = (string)made["secret"]!;
        using Client ben = await work.Studio.Visitor(), eve = await work.Studio.Visitor();

        Assert.Equal("annotator", (string?)(await ben.Post("/api/invitations/offer", new { secret })).Ok().Json["role"]);
        Answered[] both = await Task.WhenAll(Accept(ben, "ben"), Accept(eve, "eve"));

        Assert.Single(both, answered => answered.Status == HttpStatusCode.OK);
        Assert.Single(both, answered => answered.Status == HttpStatusCode.Gone);
        JsonArray members = (await work.Owner.Get($"{work.Path}/members")).Ok().Json.AsArray();
        Assert.Equal(["owner", "annotator"], members.Select(member => (string?)member!["role"]));
        Assert.False(await work.Studio.Database.Read(context => context.Invitations.AnyAsync(row => row.SecretHash == secret)));

        Task<Answered> Accept(Client client, string name) => client.Post("/api/invitations/accept", new { secret, name, password = TestStudio.Password });
    }

    [Fact]
    public async Task AnInvitationEndsWithTimeAndWhenItIsTakenBack()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        JsonNode old = (await work.Owner.Post($"{work.Path}/invitations", new { role = "viewer", days = 1 })).Ok().Json;
        JsonNode revoked = (await work.Owner.Post($"{work.Path}/invitations", new { role = "viewer" })).Ok().Json;
        (await work.Owner.Delete($"{work.Path}/invitations/{revoked["invitation"]!["id"]}")).Ok();
        work.Studio.Clock.Advance(TimeSpan.FromDays(2));
        using Client visitor = await work.Studio.Visitor();

        (await visitor.Post("/api/invitations/offer", new { secret = (string)old["secret"]! })).Is(HttpStatusCode.Gone, "link-over");
        (await visitor.Post("/api/invitations/offer", new { secret = (string)revoked["secret"]! })).Is(HttpStatusCode.Gone, "link-over");
    }

    [Fact]
    public async Task NobodyGivesOrTakesARoleAboveTheirOwnAndAnOwnerStays()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        using Client manager = await work.Studio.Member("manager", work.Project, Role.Manager);

        (await manager.Post($"{work.Path}/invitations", new { role = "owner" })).Is(HttpStatusCode.Forbidden, "forbidden");
        (await manager.Put($"{work.Path}/members/1", new { role = "viewer" })).Is(HttpStatusCode.Forbidden, "forbidden");
        (await manager.Put($"{work.Path}/members/2", new { role = "owner" })).Is(HttpStatusCode.Forbidden, "forbidden");
        (await work.Owner.Put($"{work.Path}/members/1", new { role = "viewer" })).Is(HttpStatusCode.Conflict, "last-owner");
        (await work.Owner.Delete($"{work.Path}/members/1")).Is(HttpStatusCode.Conflict, "last-owner");
        (await work.Owner.Delete($"{work.Path}/members/2")).Ok();
        (await manager.Get($"{work.Path}/items")).Is(HttpStatusCode.Forbidden, "forbidden");     // at once
    }

    [Fact]
    public async Task ATokenIsStoredAsAHashRevocableAndRefusesCookies()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        JsonNode made = (await work.Owner.Post("/api/tokens", new { name = "ci", scopes = new[] { "read" } })).Is(HttpStatusCode.Created).Json;
        string secret = (string)made["secret"]!;
        using var program = new Client(work.Studio.Server.Address) { Bearer = secret };

        (await program.Get(work.Path)).Ok();
        (await program.Post($"{work.Path}/next")).Is(HttpStatusCode.Forbidden);
        Assert.DoesNotContain(secret, (await work.Owner.Get("/api/tokens")).Ok().Text);
        Assert.NotNull((await work.Owner.Get("/api/tokens")).Json[0]!["lastUsedAt"]);
        Assert.False(await work.Studio.Database.Read(context => context.ApiTokens.AnyAsync(token => token.SecretHash == secret)));
        work.Owner.Bearer = "emend_wrong";                                                        // with a good cookie beside it
        (await work.Owner.Get(work.Path)).Is(HttpStatusCode.Unauthorized);
        work.Owner.Bearer = null;
        using var query = new Client(work.Studio.Server.Address);
        (await query.Get($"{work.Path}?access_token={secret}")).Is(HttpStatusCode.Unauthorized);
        (await work.Owner.Delete($"/api/tokens/{made["token"]!["id"]}")).Ok();
        (await program.Get(work.Path)).Is(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task ATokenOfSomebodyElseCannotBeRevoked()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        JsonNode made = (await work.Owner.Post("/api/tokens", new { name = "ci", scopes = new[] { "read" } })).Ok().Json;
        using Client eve = await work.Annotator("eve");

        (await eve.Delete($"/api/tokens/{made["token"]!["id"]}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task EverySessionButTheOwnEndsWithThePassword()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        using Client here = await work.Annotator("ann"), there = await work.Studio.Visitor();
        await there.SignIn("ann");

        (await here.Put("/api/account/password", new { current = "wrong wrong", wanted = "another horse battery" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await here.Put("/api/account/password", new { current = TestStudio.Password, wanted = "short" })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await here.Put("/api/account/password", new { current = TestStudio.Password, wanted = "another horse battery" })).Ok();

        (await here.Get(work.Path)).Ok();
        (await there.Get(work.Path)).Is(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task ADisabledAccountIsOutAtOnceOnEveryPath()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        using Client ann = await work.Annotator("ann");
        string secret = (string)(await ann.Post("/api/tokens", new { name = "t", scopes = new[] { "read" } })).Ok().Json["secret"]!;
        using var program = new Client(work.Studio.Server.Address) { Bearer = secret };
        (await program.Get(work.Path)).Ok();

        (await work.Owner.Put("/api/accounts/2/disabled", new { disabled = true })).Ok();
        (await work.Owner.Put("/api/accounts/1/disabled", new { disabled = true })).Is(HttpStatusCode.Conflict, "last-owner");

        (await ann.Get(work.Path)).Is(HttpStatusCode.Unauthorized);
        (await program.Get(work.Path)).Is(HttpStatusCode.Unauthorized);
        await ann.Refresh();
        (await ann.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password })).Is(HttpStatusCode.Forbidden, "wrong-password");
    }

    [Fact]
    public async Task AnAccountIsClosedAfterEightWrongPasswordsAndSaysNoMoreThanForAnUnknownName()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        using Client ann = await work.Annotator("ann"), guesser = await work.Studio.Visitor();
        Answered wrong = await guesser.Post("/api/sign-in", new { name = "ann", password = "guess" }), unknown = await guesser.Post("/api/sign-in", new { name = "nobody", password = "guess" });
        Assert.Equal(wrong.Text, unknown.Text);
        for (int i = 0; i < 7; i++)
            (await guesser.Post("/api/sign-in", new { name = "ann", password = $"guess {i}" })).Is(HttpStatusCode.Forbidden, "wrong-password");

        Answered right = await guesser.Post("/api/sign-in", new { name = "ann", password = TestStudio.Password });

        Assert.Equal(wrong.Text, right.Is(HttpStatusCode.Forbidden).Text);
    }

    [Fact]
    public async Task WhatABrowserSendsUnaskedChangesNothing()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        using Client ann = await work.Annotator("ann");
        string? annsToken = ann.AntiforgeryToken, ownersToken = work.Owner.AntiforgeryToken;
        JsonNode held = await work.MustNext(ann);

        ann.AntiforgeryToken = null;
        (await work.Save(ann, held, 0, "forged")).Is(HttpStatusCode.BadRequest, "antiforgery");
        (await work.Submit(ann, held, Work.Mended(held), "k")).Is(HttpStatusCode.BadRequest, "antiforgery");
        ann.AntiforgeryToken = ownersToken;
        (await work.Save(ann, held, 0, "forged")).Is(HttpStatusCode.BadRequest, "antiforgery");
        ann.AntiforgeryToken = annsToken;
        (await work.Save(ann, held, 0, "meant")).Ok();
    }

    [Fact]
    public async Task EveryResponseCarriesTheSecurityHeaders()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        foreach (string path in (string[])["/", "/sign-in", "/assets/studio.css", "/api/session", "/api/projects/999", $"{work.Path}?limit=x", "/nowhere"])
        {
            Answered answered = await work.Owner.Get(path);
            string policy = Assert.Single(answered.Headers.GetValues("Content-Security-Policy"));
            Assert.DoesNotContain("unsafe", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.Equal("nosniff", Assert.Single(answered.Headers.GetValues("X-Content-Type-Options")));
            Assert.False(answered.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(answered.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task TheWayBackAfterSigningInIsAPathOfThisSite()
    {
        await using TestStudio studio = await TestStudio.Empty(Engine.Sqlite);
        using Client visitor = await studio.Visitor();

        Answered redirected = (await visitor.Get("/?next=https://evil.example")).Is(HttpStatusCode.Redirect);

        Assert.StartsWith("/sign-in?return=%2F", redirected.Headers.Location!.OriginalString.Replace(studio.Server.Address.ToString().TrimEnd('/'), ""));
    }

    [Fact]
    public async Task FilesOutsideTheAssetsAreNotServed()
    {
        await using TestStudio studio = await TestStudio.Empty(Engine.Sqlite);
        using Client visitor = await studio.Visitor();
        foreach (string path in (string[])["/assets/..%2fpages%2fhome.html", "/assets/%2e%2e/pages/home.html", "/assets/..%5cpages%5chome.html", "/assets//etc/passwd", "/pages/home.html"])
            Assert.NotEqual(HttpStatusCode.OK, (await visitor.Get(path)).Status);
    }

    [Fact]
    public async Task WhatIsUnknownRepeatedOrDeepInABodyIsRefused()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        string deep = string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100));
        foreach (string body in (string[])["{\"name\": \"x\", \"__proto__\": {}}", "{\"name\": \"x\", \"name\": \"y\"}", $"{{\"name\": {deep}}}", "{\"name\": null}", "{\"overlap\": 2}", "{\"name\": \"x\", \"overlap\": NaN}", "{\"name\": \"\\ud800\"}", "[]"])
            (await work.Owner.Post("/api/projects", body)).Is(HttpStatusCode.BadRequest, "bad-json");
        (await work.Owner.Post("/api/projects", "")).Is(HttpStatusCode.BadRequest, "bad-request");
        (await work.Owner.Post("/api/projects", "{\"name\": \"nul \\u0000\"}")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Fact]
    public async Task ATokenizersNameLeadsNowhereElse()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        foreach (string name in (string[])["../../../etc/passwd", "/etc/passwd", "..\\x", "a/../../b", "%2e%2e/x", "missing"])
            (await work.Owner.Post("/api/projects", new { name = "x", tokenizer = name })).Is(HttpStatusCode.UnprocessableEntity, "invalid");
    }

    [Fact]
    public async Task WhoAsksTooOftenIsToldToWait()
    {
        await using TestStudio studio = await TestStudio.Empty(Engine.Sqlite, new RateLimits(SignIn: 3));
        using Client guesser = await studio.Visitor();
        for (int i = 0; i < 3; i++)
            (await guesser.Post("/api/sign-in", new { name = "nobody", password = "guess" })).Is(HttpStatusCode.Forbidden);

        Answered refused = (await guesser.Post("/api/sign-in", new { name = "nobody", password = "guess" })).Is(HttpStatusCode.TooManyRequests, "too-many");

        Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.Zero);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ScriptsInTextsAreTextEverywhereAndJsonOnTheWire(Engine engine)
    {
        const string attack = "<script>alert(1)</script><img src=x onerror=alert(2)> javascript:alert(3) \u202Egnp.exe \u0000";
        string row = System.Text.Json.JsonSerializer.Serialize(new { id = "<b>x</b>", prompt = attack, context = attack, responses = new[] { attack, "b" } });
        await using Work work = await Work.On(engine, new { name = "<script>alert(4)</script>" }, row);
        using Client ann = await work.Annotator("ann");

        JsonNode held = await work.MustNext(ann);

        Assert.Equal(attack, Work.Response(held, 0));
        Assert.Equal(attack, (string?)held["item"]!["prompt"]);
        Assert.Equal("<script>alert(4)</script>", (string?)(await ann.Get(work.Path)).Ok().Json["settings"]!["name"]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AChangedOrMissingAuditEntryOrAnswerIsFound(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 2);
        using Client ann = await work.Annotator("ann");
        JsonNode held = await work.MustNext(ann);
        (await work.Submit(ann, held, Work.Mended(held), "k")).Ok();
        JsonNode well = (await work.Owner.Post("/api/audit/verify")).Ok().Json;
        Assert.Empty(well["faults"]!.AsArray());
        Assert.True((long)well["auditEntries"]! >= 4);

        await work.Studio.Database.Write(context => context.Answers.ExecuteUpdateAsync(set => set.SetProperty(answer => answer.Content, "{}")));
        Assert.Contains("is not what the audit log says", (string?)(await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]![0]);
        await work.Studio.Database.Write(context => context.Audit.Where(entry => entry.Number == 2).ExecuteUpdateAsync(set => set.SetProperty(entry => entry.Actor, "somebody else")));
        Assert.Contains("audit entry 2: was changed", (string?)(await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]![0]);
        await work.Studio.Database.Write(context => context.Audit.Where(entry => entry.Number == 2).ExecuteDeleteAsync());
        Assert.Contains("entry 2 is missing", (string?)(await work.Owner.Post("/api/audit/verify")).Ok().Json["faults"]![0]);
    }
}
