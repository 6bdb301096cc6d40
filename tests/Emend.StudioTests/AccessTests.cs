using System.Net;
using System.Text.RegularExpressions;
using Emend.Store;
using Emend.Studio;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Who may call what: every route by everybody.</summary>
public partial class AccessTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    private static readonly string[] ForAnybody =
    [
        "GET /api/openapi.json", "GET /api/session", "GET /healthz/live", "GET /healthz/ready", "GET /invitation", "GET /set-up", "GET /sign-in",
        "POST /api/invitations/accept", "POST /api/invitations/offer", "POST /api/set-up", "POST /api/sign-in", "POST /api/sign-out",
    ];

    [Fact]
    public async Task OnlyTheseRoutesAreOpenToAnybody()
    {
        await using TestStudio studio = await TestStudio.Empty(Engine.Sqlite);
        IEnumerable<string> open = Routes(studio).Where(route => route.Access is null).Select(route => $"{route.Method} {route.Pattern}");

        Assert.Equal(ForAnybody.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task EveryRouteAsksForItsRole(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client anybody = await work.Studio.Visitor(), stranger = await work.Studio.Member("stranger", (long)(await work.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!, Role.Owner);
        var members = new List<(Role Role, Client Client)>();
        foreach (Role role in Enum.GetValues<Role>())
            members.Add((role, await work.Studio.Member($"a-{role}", work.Project, role)));

        var wrong = new List<string>();
        // What ends a project's work comes last.
        foreach (Route route in Routes(work.Studio).Where(route => route.Access is not null).OrderBy(route => route.Pattern.Contains("archive", StringComparison.Ordinal)))
        {
            Access access = route.Access!;
            string path = route.Path(work.Project);
            await Expect(anybody, route, path, path.StartsWith("/api", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized : HttpStatusCode.Redirect, wrong, "anybody");
            if (access.Role is not null || access.Installation)
                await Expect(stranger, route, path, HttpStatusCode.Forbidden, wrong, "a stranger");
            foreach ((Role role, Client client) in members)
                await Expect(client, route, path, access.Installation || role < access.Role ? HttpStatusCode.Forbidden : null, wrong, role.ToString());
            if (access.Installation)
                await Expect(work.Owner, route, path, null, wrong, "the installation's owner");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task ATokenDoesWhatItsScopesSayAndNothingOfABrowsers()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        foreach (string scope in ApiTokens.AllScopes)
        {
            string secret = (string)(await work.Owner.Post("/api/tokens", new { name = scope, scopes = new[] { scope } })).Is(HttpStatusCode.Created).Json["secret"]!;
            using var program = new Client(work.Studio.Server.Address) { Bearer = secret };
            var wrong = new List<string>();
            foreach (Route route in Routes(work.Studio).Where(route => route.Access is not null && !route.Pattern.Contains("archive", StringComparison.Ordinal)))
                await Expect(program, route, route.Path(work.Project), route.Access!.Scope?.ToString().ToLowerInvariant() == scope ? null : HttpStatusCode.Forbidden, wrong, scope);
            Assert.Empty(wrong);
        }
    }

    private static async Task Expect(Client client, Route route, string path, HttpStatusCode? refusal, List<string> wrong, string who)
    {
        HttpContent? body = route.Method is "GET" or "DELETE" ? null : new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        Answered answered = await client.Send(new HttpMethod(route.Method), path, body);
        bool refused = answered.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Redirect || (answered.Status == HttpStatusCode.Forbidden && (answered.Text == "" || answered.Code == "forbidden") && !answered.Text.Contains("above your own"));
        if (refusal is null ? refused || (int)answered.Status >= 500 : answered.Status != refusal)
            wrong.Add($"{route.Method} {path} by {who}: {(int)answered.Status} {answered.Text}");
    }

    private static IEnumerable<Route> Routes(TestStudio studio) =>
        from endpoint in studio.Server.Routes.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select new Route(method, endpoint.RoutePattern.RawText!, endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? endpoint.Metadata.GetMetadata<Access>() ?? throw new InvalidOperationException($"{endpoint.DisplayName} says not who may call it") : null);

    private sealed partial record Route(string Method, string Pattern, Access? Access)
    {
        /// <summary>The project is the real one; whatever else is named does not exist.</summary>
        public string Path(long project) => Parameters().Replace(Pattern.Replace("{project:long}", $"{project}"), match => match.Value.Contains("dataset") ? "answers" : "999999");

        [GeneratedRegex(@"\{[^}]*\}")]
        private static partial Regex Parameters();
    }
}
