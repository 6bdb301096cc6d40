using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Emend.Feedback;
using Emend.Store;
using Emend.Studio;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

/// <summary>
/// A store with many answers, and how long its pages take: 200,000 items with five answers each, by ten teams of five people. Each team has
/// answered a tenth of the items in order, and every item has one place left: whoever asks for the next one has up to 20,000 to pass over.
/// </summary>
internal static class BigStore
{
    private const string Password = "correct horse battery";
    private const int Teams = 10, TeamSize = 5;

    public static async Task<int> Run(string place, int items, int seconds)
    {
        var options = new StudioOptions { Database = place, Url = "http://127.0.0.1:0", PasswordIterations = 1000, Limits = new RateLimits(100_000, 100_000, 1_000_000) };
        await using StudioServer server = await StudioServer.Start(options);
        var watch = Stopwatch.StartNew();
        long project = await Prepare(server, items);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{items} items and {items * TeamSize} answers made in {watch.Elapsed.TotalSeconds:F0} s"));
        using HttpClient owner = await SignedIn(server, "owner");
        await Measure("next and submit", seconds, async n => await NextAndSubmit(server, project, n), Teams);
        await Measure("project page", seconds, async n => await ProjectPage(await SignedIn(server, "owner"), project), 2);
        await Export(owner, $"/api/projects/{project}/exports/answers.jsonl");
        await Export(owner, $"/api/projects/{project}/exports/soft.jsonl");
        foreach (string page in new[] { "items?limit=50", "disputes?limit=50", "agreement", "subjectivity", "annotators", "edit-rates", "protocol" })
        {
            watch.Restart();
            using HttpResponseMessage answer = await owner.GetAsync($"/api/projects/{project}/{page}");
            await answer.Content.ReadAsByteArrayAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{page,-18} {watch.Elapsed.TotalMilliseconds,9:F0} ms   {(int)answer.StatusCode}"));
        }
        return 0;
    }

    /// <summary>Steps of some people one after the other for a while; each step gives the times of its requests by name.</summary>
    private static async Task Measure(string what, int seconds, Func<int, Task<Func<Task<(string, double)[]>>>> person, int people)
    {
        var times = new Dictionary<string, List<double>>();
        Func<Task<(string, double)[]>>[] steps = [.. await Task.WhenAll(Enumerable.Range(0, people).Select(person))];
        long until = Environment.TickCount64 + seconds * 1000L;
        for (int n = 0; Environment.TickCount64 < until; n++)
        {
            foreach ((string name, double time) in await steps[n % people]())
                (times.TryGetValue(name, out List<double>? all) ? all : times[name] = []).Add(time);
        }
        foreach ((string name, List<double> all) in times.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            all.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {name,-9} {all.Count,6} requests   p50 {At(all, 0.5),7:F1} ms   p95 {At(all, 0.95),7:F1} ms   p99 {At(all, 0.99),7:F1} ms   most {all[^1],7:F1} ms"));
        }
    }

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];

    // One person of each team: the first team has the most to pass over.
    private static async Task<Func<Task<(string, double)[]>>> NextAndSubmit(StudioServer server, long project, int team)
    {
        HttpClient http = await SignedIn(server, $"annotator{team * TeamSize + 1}");
        return async () =>
        {
            (JsonNode next, double nextTime) = await Timed(http, HttpMethod.Post, $"/api/projects/{project}/next", new { });
            object answer = new { kind = "edit", edit = new { choice = "prefer", preferred = 0, outcome = "noEditHelps" } };
            (_, double submitTime) = await Timed(http, HttpMethod.Post, $"/api/projects/{project}/assignments/{next["assignment"]!["id"]}/answers", answer, ("Idempotency-Key", Guid.NewGuid().ToString()));
            return [("next", nextTime), ("submit", submitTime)];
        };
    }

    private static Task<Func<Task<(string, double)[]>>> ProjectPage(HttpClient http, long project) => Task.FromResult<Func<Task<(string, double)[]>>>(async () =>
    {
        (_, double head) = await Timed(http, HttpMethod.Get, $"/api/projects/{project}");
        (_, double progress) = await Timed(http, HttpMethod.Get, $"/api/projects/{project}/progress");
        return [("project", head), ("progress", progress), ("both", head + progress)];
    });

    private static async Task<(JsonNode Answer, double Milliseconds)> Timed(HttpClient http, HttpMethod method, string path, object? body = null, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (header is (string name, string value))
            request.Headers.TryAddWithoutValidation(name, value);
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return response.IsSuccessStatusCode ? (JsonNode.Parse(text)!, time) : throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {text}");
    }

    // The managed heap is looked at after full collections while rows stream: what stays does not grow with them.
    private static async Task Export(HttpClient http, string path)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true), bytes = 0, rows = 0, most = 0;
        var watch = Stopwatch.StartNew();
        using HttpResponseMessage response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[1 << 16];
        long look = 0;
        for (int read = await stream.ReadAsync(buffer); read > 0; read = await stream.ReadAsync(buffer))
        {
            bytes += read;
            rows += buffer.AsSpan(0, read).Count((byte)'\n');
            if (bytes - look < 16 << 20)
                continue;
            look = bytes;
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {rows} rows, {bytes >> 20} MB in {watch.Elapsed.TotalSeconds:F0} s; the heap grew by {most / 1048576.0:F1} MB at most"));
    }

    private static async Task<HttpClient> SignedIn(StudioServer server, string name)
    {
        var http = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(20) };
        for (int again = 0; again < 2; again++)
        {
            JsonNode session = (await http.GetFromJsonAsync<JsonNode>("/api/session"))!;
            http.DefaultRequestHeaders.Remove("X-CSRF-Token");
            http.DefaultRequestHeaders.Add("X-CSRF-Token", (string)session["antiforgeryToken"]!);
            if (again == 0)
                (await http.PostAsJsonAsync("/api/sign-in", new { name, password = Password })).EnsureSuccessStatusCode();
        }
        return http;
    }

    private static async Task<long> Prepare(StudioServer server, int items)
    {
        Database database = server.Database;
        var accounts = new Accounts(database, new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 })), TimeProvider.System);
        Account owner = await accounts.SetUp(server.SetUpSecret!, new NewAccount("owner", Password));
        var actor = new Actor(owner.Id, "owner");
        ProjectView project = await new Projects(database, new Tokenizers("none"), TimeProvider.System).Create(actor, new ProjectSettings { Name = "Big", Overlap = TeamSize + 1, BandHigh = 1 });
        var members = new Members(database, accounts, TimeProvider.System);
        var people = new List<long>();
        for (int n = 1; n <= Teams * TeamSize; n++)
        {
            (_, string secret) = await members.Invite(actor, project.Id, Role.Annotator, "", 1);
            people.Add((await members.Accept(secret, null, new NewAccount($"annotator{n}", Password))).Id);
        }
        await Fill(database, project.Id, items, people);
        return project.Id;
    }

    private static async Task Fill(Database database, long project, int items, List<long> people)
    {
        DateTime now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        string[] contents = [.. Enumerable.Range(0, 100).Select(n => StoreJson.Write(ItemContent.Of(new FeedbackItem($"i{n}", $"i{n}", "Say what the lamp is, where it is made, and how long it burns.",
            [new Response($"It is a red lamp, number {n}, from Oslo, and it burns for nine hours."), new Response($"The lamp {n} is is red, it is made in Oslo, and it burns for nine hours.")]))))];
        string[] answers = [.. Enumerable.Range(0, 100).Select(n => StoreJson.Write(new Answer(TaskKind.Edit) { Edit = EditOf(n) }))];
        string[] itemHashes = [.. contents.Select(StoreJson.Hash)], answerHashes = [.. answers.Select(StoreJson.Hash)];
        // For item i (from 0): its id is i + 1, and its team's answers have the ids 5 i + 1 to 5 i + 5; so have their assignments.
        await Insert(database, "Items", ["Id", "ProjectId", "ExternalId", "Group", "Content", "ContentHash", "OpenSlots", "Overlap", "Position", "CreatedAt"],
            Enumerable.Range(0, items).Select(i => (object[])[i + 1L, project, $"i{i}", $"i{i}", contents[i % 100], itemHashes[i % 100], 1, TeamSize + 1, i + 1.0, now]));
        IEnumerable<(int Item, int Slot, long Id, long Person)> places = from i in Enumerable.Range(0, items)
                                                                         from slot in Enumerable.Range(0, TeamSize)
                                                                         select (i, slot, (long)i * TeamSize + slot + 1, people[(int)((long)i * Teams / items) * TeamSize + slot]);
        await Insert(database, "Assignments", ["Id", "ProjectId", "ItemId", "AccountId", "State", "Slot", "Seed", "GuidelineNumber", "LeasedAt", "ExpiresAt", "Version"],
            places.Select(place => (object[])[place.Id, project, place.Item + 1L, place.Person, "Submitted", place.Slot, (int)(place.Id * 7919 % int.MaxValue), 0, now, now, 2]));
        await Insert(database, "Answers", ["Id", "ProjectId", "ItemId", "AssignmentId", "AccountId", "Revision", "Kind", "IsCurrent", "IsExtra", "Content", "ContentHash", "ItemHash", "IdempotencyKey", "GuidelineNumber", "EditRate", "Hunks", "ActiveSeconds", "CreatedAt"],
            places.Select(place => (object[])[place.Id, project, place.Item + 1L, place.Id, place.Person, 1, "Edit", true, false, answers[place.Item % 100], answerHashes[place.Item % 100], itemHashes[place.Item % 100], $"k{place.Id}", 0, 1.0 / 16, 1, 30.0, now.AddSeconds(place.Id)]));
        await using StudioContext context = database.Open();
        if (database.Engine == Engine.Postgres)
        {
            foreach (string table in new[] { "\"Items\"", "\"Assignments\"", "\"Answers\"" })
                await context.Database.ExecuteSqlAsync($"SELECT setval(pg_get_serial_sequence({table}, 'Id'), {(long)items * TeamSize + 1})");
            await context.Database.ExecuteSqlRawAsync("VACUUM ANALYZE");
        }
        else
            await context.Database.ExecuteSqlRawAsync("ANALYZE");
    }

    private static EditAnswer EditOf(int n) => new(Choice.Prefer, EditOutcome.Edited)
    {
        Preferred = 0,
        Strength = 2,
        Target = 1,
        Edited = $"The lamp {n} is red, it is made in Oslo, and it burns for nine hours.",
        Reasons = [new HunkReason($"The lamp {n} ".Length, $"The lamp {n} is ".Length, "wording")],
    };

    private static async Task Insert(Database database, string table, string[] columns, IEnumerable<object[]> rows)
    {
        string names = string.Join(", ", columns.Select(column => $"\"{column}\""));
        await using StudioContext context = database.Open();
        await context.Database.OpenConnectionAsync();
        if (context.Database.GetDbConnection() is NpgsqlConnection postgres)
        {
            await using NpgsqlBinaryImporter importer = await postgres.BeginBinaryImportAsync($"COPY \"{table}\" ({names}) FROM STDIN (FORMAT BINARY)");
            foreach (object[] row in rows)
                await importer.WriteRowAsync(default, row);
            await importer.CompleteAsync();
            return;
        }
        var sqlite = (SqliteConnection)context.Database.GetDbConnection();
        await using DbTransaction transaction = await sqlite.BeginTransactionAsync();
        await using SqliteCommand command = sqlite.CreateCommand();
        command.CommandText = $"INSERT INTO \"{table}\" ({names}) VALUES ({string.Join(", ", columns.Select((_, i) => $"@p{i}"))})";
        SqliteParameter[] parameters = [.. columns.Select((_, i) => command.Parameters.Add(new SqliteParameter { ParameterName = $"@p{i}" }))];
        foreach (object[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
                parameters[i].Value = row[i];
            command.ExecuteNonQuery();
        }
        await transaction.CommitAsync();
    }
}
