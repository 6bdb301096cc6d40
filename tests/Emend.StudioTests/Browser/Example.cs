using System.Net;
using System.Text.Json.Nodes;

namespace Emend.StudioTests.Browser;

/// <summary>A project in the middle of its work: three people, answers that differ, a guideline, reviews, a decision to take.</summary>
internal static class Example
{
    private const string Guideline = """
        # What to change

        Change **only what is wrong** and keep the rest as it is.

        - Facts that the catalogue contradicts are *untrue*.
        - Rude remarks are *harmful*.

        | Reason | When |
        |---|---|
        | untrue | a fact is wrong |
        | irrelevant | nobody asked for it |
        """;

    /// <summary>Ids of the project, of an item that two people answered, and of an assignment that the owner answered.</summary>
    public static async Task<object[]> Fill(Client owner, BrowserStudio studio)
    {
        JsonNode made = (await owner.Post("/api/projects", new { name = "Support answers, autumn", description = "Customers ask about lamps; our assistant answers.", overlap = 2, bandHigh = 0.5, reviewShare = 1.0 })).Is(HttpStatusCode.Created).Json;
        long project = (long)made["id"]!;
        string path = $"/api/projects/{project}";
        (await owner.Upload($"{path}/items", string.Join('\n', Enumerable.Range(1, 12).Select(n => System.Text.Json.JsonSerializer.Serialize(new
        {
            id = $"lamp-{n}",
            topic = n % 2 == 0 ? "place" : "hours",
            version = n <= 3 ? "v1" : "v2",
            prompt = $"How long does lamp {n} burn, and where is it made?",
            context = n % 2 == 0 ? null : $"Catalogue: lamp {n}, made in Oslo, burns for {n + 4} hours, two years of warranty.",
            responses = new[] { $"Lamp {n} burns for {n + 4} hours. It is made in Oslo, as anyone can see.", $"The lamp {n} burns for {n + 9} hours, and and it is made in Norway. I like lamps." },
        }))))).Ok();
        (await owner.Put($"{path}/guideline", new { markdown = Guideline }, ("If-Match", "\"0\""))).Ok();
        using Client ben = await Join(owner, studio, project, "ben", "Ben Baker"), ida = await Join(owner, studio, project, "ida", "إيدا 井田");
        foreach (JsonNode? member in (await owner.Get($"{path}/members")).Ok().Json.AsArray().Where(member => (string)member!["role"]! == "annotator"))
            (await owner.Put($"{path}/members/{member!["accountId"]}", new { role = "annotator", group = (string)member["name"]! == "ben" ? "Support" : "Support, translators" })).Ok();
        JsonNode? first = null;
        for (int n = 0; n < 5; n++)
        {
            JsonNode mine = await Answer(owner, path, "I like lamps.", "", 1);
            first ??= mine;
            await Answer(n % 2 == 0 ? ben : ida, path, n % 2 == 0 ? "and and" : "I like lamps.", n % 2 == 0 ? "and" : "", n == 3 ? 0 : 1);
        }
        return [project, (long)first!["item"]!["id"]!, (long)first["id"]!];
    }

    public static async Task<string> Invite(Client owner, object project) =>
        (string)(await owner.Post($"/api/projects/{project}/invitations", new { role = "annotator", note = "for a new colleague" })).Is(HttpStatusCode.Created).Json["secret"]!;

    private static async Task<Client> Join(Client owner, BrowserStudio studio, long project, string name, string displayName)
    {
        var client = new Client(studio.Server.Address);
        await client.Refresh();
        (await client.Post("/api/invitations/accept", new { secret = await Invite(owner, project), name, displayName, password = TestStudio.Password })).Ok();
        await client.Refresh();
        return client;
    }

    private static async Task<JsonNode> Answer(Client client, string path, string wrong, string right, int target)
    {
        JsonNode held = (await client.Post($"{path}/next", new { })).Ok().Json["assignment"]!;
        string original = Work.Response(held, target), part = target == 1 ? wrong : ", as anyone can see";
        int at = original.IndexOf(part, StringComparison.Ordinal);
        object answer = new
        {
            kind = "edit",
            edit = new { choice = "prefer", preferred = 1 - target, strength = 3, target, outcome = "edited", edited = original[..at].TrimEnd() + (right == "" ? "" : " ") + (target == 1 ? right : "") + original[(at + part.Length)..] },
            acceptedWarnings = new[] { new { code = "hunk-without-reason", reason = "plain to see" } },
            work = new { activeSeconds = 42.0, wallSeconds = 60.0 },
        };
        (await client.Post($"{path}/assignments/{held["id"]}/answers", answer, ("Idempotency-Key", Guid.NewGuid().ToString()))).Ok();
        return held;
    }
}
