using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Store;

namespace Emend.StudioTests;

/// <summary>A studio with a project of small items, and the usual requests of annotators.</summary>
internal sealed class Work : IAsyncDisposable
{
    public required TestStudio Studio { get; init; }

    public required Client Owner { get; init; }

    public required long Project { get; init; }

    public string Path => $"/api/projects/{Project}";

    /// <summary>A project of edits whose item n has the responses "red lamp n" and "the lamp n is is red".</summary>
    public static Task<Work> OnEdits(Engine engine, int items, object? settings = null) => On(engine, settings ?? new { name = "Edits", bandHigh = 1.0 },
        string.Join('\n', Enumerable.Range(1, items).Select(n => JsonSerializer.Serialize(new { id = $"i{n}", prompt = $"Say what lamp {n} is.", responses = new[] { $"red lamp {n}", $"the lamp {n} is is red" } }))));

    public static async Task<Work> On(Engine engine, object settings, string file)
    {
        (TestStudio studio, Client owner) = await TestStudio.WithOwner(engine);
        long project = (long)(await owner.Post("/api/projects", settings)).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Upload($"/api/projects/{project}/items", file)).Ok();
        return new Work { Studio = studio, Owner = owner, Project = project };
    }

    public Task<Client> Annotator(string name) => Studio.Member(name, Project, Role.Annotator);

    public async Task<JsonNode?> Next(Client client, params long[] held) => (await client.Post($"{Path}/next", new { held })).Ok().Json["assignment"];

    public async Task<JsonNode> MustNext(Client client, params long[] held) => await Next(client, held) ?? throw new InvalidOperationException("nothing is left");

    public Task<Answered> Save(Client client, JsonNode assignment, int version, string text) =>
        client.Put($"{Path}/assignments/{assignment["id"]}/draft", new { content = new { text } }, ("If-Match", $"\"{version}\""));

    public Task<Answered> Submit(Client client, JsonNode assignment, object answer, string key) =>
        client.Post($"{Path}/assignments/{assignment["id"]}/answers", answer, ("Idempotency-Key", key));

    public Task<Answered> Act(Client client, JsonNode assignment, string action, object? body = null) => client.Post($"{Path}/assignments/{assignment["id"]}/{action}", body);

    /// <summary>The first response preferred, and the doubled word of the second one mended.</summary>
    public static object Mended(JsonNode assignment)
    {
        string original = Response(assignment, 1);
        int start = original.IndexOf(" is is", StringComparison.Ordinal);
        return Edit(original.Replace(" is is ", " is "), (start, start + 3));
    }

    public static object Edit(string edited, params (int Start, int End)[] hunks) => new
    {
        kind = "edit",
        edit = new { choice = "prefer", preferred = 0, strength = 2, target = 1, outcome = "edited", edited, reasons = hunks.Select(hunk => new { start = hunk.Start, end = hunk.End, reason = "wording" }) },
        acceptedWarnings = new[] { new { code = "hunk-without-reason", reason = "a test" } },
    };

    public static string Response(JsonNode assignment, int index) =>
        (string)assignment["item"]!["responses"]!.AsArray().Single(response => (int)response!["index"]! == index)!["text"]!;

    public async ValueTask DisposeAsync() => await Studio.DisposeAsync();
}
