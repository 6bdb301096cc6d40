// Fifty annotators at once, with an export running all the while:
//   dotnet run -c Release --project bench/Emend.StudioLoad -- PLACE [ANNOTATORS 50] [SECONDS 30] [ITEMS 5000] [OVERLAP 2] [WARM-UP 15]
// PLACE is an SQLite file that is not there yet, or "Host=…;Database=…" of an empty PostgreSQL database. Server and annotators share the
// machine; each annotator takes an item, saves five times half a second apart, and submits. The first seconds, in which the runtime still
// compiles the server, are not counted. It ends with the 50th, 95th and 99th percentile
// of each request in milliseconds, and with a check of the store: overlap exact, no answer lost or doubled, the audit chain whole.
//   dotnet run -c Release --project bench/Emend.StudioLoad -- big PLACE [ITEMS 200000] [SECONDS 20]
// makes a store of so many items with five answers each, and measures next-item, the project page, exports and reports (BigStore.cs).
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Emend.Studio;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

if (args[0] == "big")
    return await BigStore.Run(args[1], Number(2, 200_000), Number(3, 20));
string place = args[0];
int annotators = Number(1, 50), seconds = Number(2, 30), items = Number(3, 5000), overlap = Number(4, 2), warmUp = Number(5, 15);
const string Password = "correct horse battery";

var options = new StudioOptions { Database = place, Url = "http://127.0.0.1:0", PasswordIterations = 1000, Limits = new RateLimits(100_000, 100_000, 1_000_000) };
await using StudioServer server = await StudioServer.Start(options);
long project = await Prepare();
var times = new ConcurrentDictionary<string, ConcurrentBag<double>>();
var acknowledged = new ConcurrentDictionary<string, long>();
using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(warmUp + seconds));
long from = Stopwatch.GetTimestamp();
long exported = 0;
Task export = Task.Run(Export);
await Task.WhenAll(Enumerable.Range(1, annotators).Select(n => Task.Run(() => Annotate($"annotator{n}", new Random(n)))));
await export;

foreach ((string name, ConcurrentBag<double> measured) in times.OrderBy(pair => pair.Key, StringComparer.Ordinal))
{
    double[] sorted = [.. measured.Order()];
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-8} {sorted.Length,7} requests   p50 {At(sorted, 0.5),7:F1} ms   p95 {At(sorted, 0.95),7:F1} ms   p99 {At(sorted, 0.99),7:F1} ms   most {sorted[^1],7:F1} ms"));
}
VerificationReport report = await Verification.Run(server.Database);
Dictionary<string, long> stored = await server.Database.Read(context => context.Answers.ToDictionaryAsync(answer => answer.IdempotencyKey, answer => answer.Id));
int lost = acknowledged.Count(answer => !stored.TryGetValue(answer.Key, out long id) || id != answer.Value);
Console.WriteLine($"{acknowledged.Count} answers acknowledged, {lost} lost; {exported} rows exported meanwhile; store: {(report.Faults.Count == 0 ? "all is well" : string.Join("; ", report.Faults))}");
return lost == 0 && report.Faults.Count == 0 ? 0 : 1;

int Number(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];

async Task<long> Prepare()
{
    var hasher = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 }));
    var accounts = new Accounts(server.Database, hasher, TimeProvider.System);
    Account owner = await accounts.SetUp(server.SetUpSecret!, new NewAccount("owner", Password));
    var actor = new Actor(owner.Id, "owner");
    ProjectView made = await new Projects(server.Database, new Tokenizers("none"), TimeProvider.System).Create(actor, new ProjectSettings { Name = "Load", Overlap = overlap, BandHigh = 1 });
    await new Items(server.Database, TimeProvider.System).Import(actor, made.Id,
        [.. Enumerable.Range(1, items).Select(n => new FeedbackItem($"i{n}", $"i{n}", "Say what the lamp is.", [new Response($"red lamp {n}"), new Response($"the lamp {n} is is red")]))], dryRun: false);
    var members = new Members(server.Database, accounts, TimeProvider.System);
    for (int n = 1; n <= annotators; n++)
    {
        (_, string secret) = await members.Invite(actor, made.Id, Role.Annotator, "", 1);
        await members.Accept(secret, null, new NewAccount($"annotator{n}", Password));
    }
    return made.Id;
}

async Task<HttpClient> SignedIn(string name)
{
    var http = new HttpClient { BaseAddress = server.Address };
    await Refresh(http);
    (await http.PostAsJsonAsync("/api/sign-in", new { name, password = Password })).EnsureSuccessStatusCode();
    await Refresh(http);
    return http;
}

static async Task Refresh(HttpClient http)
{
    JsonNode session = (await http.GetFromJsonAsync<JsonNode>("/api/session"))!;
    http.DefaultRequestHeaders.Remove("X-CSRF-Token");
    http.DefaultRequestHeaders.Add("X-CSRF-Token", (string)session["antiforgeryToken"]!);
}

async Task Annotate(string name, Random random)
{
    using HttpClient http = await SignedIn(name);
    await Task.Delay(random.Next(3000));
    while (!enough.IsCancellationRequested)
    {
        JsonNode? assignment = (await Timed("next", http, HttpMethod.Post, $"/api/projects/{project}/next", new { }))["assignment"];
        if (assignment is null)
            return;
        string path = $"/api/projects/{project}/assignments/{assignment["id"]}";
        for (int version = 0; version < 5; version++)
        {
            await Timed("autosave", http, HttpMethod.Put, $"{path}/draft", new { content = new { text = $"{name} {version} {random.Next()}" } }, ("If-Match", $"\"{version}\""));
            await Task.Delay(random.Next(300, 700));
        }
        string edited = ((string)assignment["item"]!["responses"]!.AsArray().Single(response => (int)response!["index"]! == 1)!["text"]!).Replace(" is is ", " is ", StringComparison.Ordinal);
        object answer = new { kind = "edit", edit = new { choice = "prefer", preferred = 0, target = 1, outcome = "edited", edited }, acceptedWarnings = new[] { new { code = "hunk-without-reason", reason = "load" } } };
        string key = Guid.NewGuid().ToString();
        acknowledged[key] = (long)(await Timed("submit", http, HttpMethod.Post, $"{path}/answers", answer, ("Idempotency-Key", key)))["id"]!;
    }
}

async Task<JsonNode> Timed(string what, HttpClient http, HttpMethod method, string path, object body, (string Name, string Value)? header = null)
{
    using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
    if (header is (string name, string value))
        request.Headers.TryAddWithoutValidation(name, value);
    long start = Stopwatch.GetTimestamp();
    using HttpResponseMessage response = await http.SendAsync(request);
    string text = await response.Content.ReadAsStringAsync();
    if (Stopwatch.GetElapsedTime(from, start).TotalSeconds >= warmUp)
        times.GetOrAdd(what, _ => []).Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {text}");
}

async Task Export()
{
    using HttpClient http = await SignedIn("owner");
    while (!enough.IsCancellationRequested)
    {
        string rows = await http.GetStringAsync($"/api/projects/{project}/exports/answers.jsonl");
        exported += rows.Count(unit => unit == '\n');
        await Task.Delay(500);
    }
}
