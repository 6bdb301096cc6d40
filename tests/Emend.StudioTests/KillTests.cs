using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>The server as a process, killed in the middle of its work. EMEND_KILLS says how often, 3 times when it is not set; EMEND_SESSIONS how many work, else 6.</summary>
public class KillTests
{
    private static readonly int Annotators = int.Parse(Environment.GetEnvironmentVariable("EMEND_SESSIONS") ?? "6");
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("EMEND_KILLS") ?? "3");

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task EveryAnswerAndDraftThatWasAcknowledgedIsThereAfterKills(Engine engine)
    {
        string folder = Directory.CreateTempSubdirectory("emend-kill-").FullName, place = await TestStudio.NewDatabase(engine, folder);
        long project = await Prepare(place, items: 400 + 40 * Kills);
        int port = FreePort();
        var address = new Uri($"http://127.0.0.1:{port}");
        Process server = await Start(place, address);
        var answered = new ConcurrentDictionary<string, long>();
        var saved = new ConcurrentDictionary<long, string>();
        using var enough = new CancellationTokenSource();
        Task[] people = [.. Enumerable.Range(1, Annotators).Select(n => Task.Run(() => Annotate(address, $"annotator{n}", project, answered, saved, enough.Token)))];

        var random = new Random(1);
        for (int kill = 0; kill < Kills; kill++)
        {
            int before = answered.Count;
            for (int i = 0; i < 600 && answered.Count < before + 5; i++)
                await Task.Delay(50);
            await Task.Delay(random.Next(0, 300));
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
            server = await Start(place, address);
        }
        await enough.CancelAsync();
        await Task.WhenAll(people);
        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();

        using Database database = Database.At(place);
        Dictionary<string, long> stored = await database.Read(context => context.Answers.ToDictionaryAsync(answer => answer.IdempotencyKey, answer => answer.Id));
        Assert.NotEmpty(answered);
        Assert.All(answered, answer => Assert.Equal(answer.Value, stored[answer.Key]));
        Dictionary<long, string> drafts = await database.Read(context => context.Drafts.Where(draft => draft.IsHead).ToDictionaryAsync(draft => draft.AssignmentId, draft => draft.Content));
        Assert.All(saved, draft => Assert.Contains(draft.Value, drafts[draft.Key]));
        Assert.Empty((await Verification.Run(database)).Faults);
    }

    /// <summary>Works until told to stop; whatever fails because the server is gone is sent again with the same key, as the pages do.</summary>
    private static async Task Annotate(Uri address, string name, long project, ConcurrentDictionary<string, long> answered, ConcurrentDictionary<long, string> saved, CancellationToken enough)
    {
        using var client = new Client(address);
        await Persist(() => client.Refresh(), enough);
        await Persist(() => client.SignIn(name), enough);
        while (!enough.IsCancellationRequested)
        {
            Answered? next = await Persist(() => client.Post($"/api/projects/{project}/next"), enough);
            if (next?.Ok().Json["assignment"] is not JsonNode assignment)
                return;
            string path = $"/api/projects/{project}/assignments/{assignment["id"]}", text = Guid.NewGuid().ToString(), key = Guid.NewGuid().ToString();
            int version = (int?)assignment["draft"]?["version"] ?? 0;
            Answered? draft = await Persist(() => client.Put($"{path}/draft", new { content = new { text } }, ("If-Match", $"\"{version}\"")), enough);
            if (draft is null)
                return;
            saved[(long)assignment["id"]!] = text;
            draft.Ok();
            Answered? submitted = await Persist(() => client.Post($"{path}/answers", Work.Mended(assignment), ("Idempotency-Key", key)), enough);
            if (submitted is not null)
                answered[key] = (long)submitted.Ok().Json["id"]!;
        }
    }

    // What was not acknowledged because the test ends is not counted either way.
    private static async Task<T?> Persist<T>(Func<Task<T>> request, CancellationToken enough) where T : class
    {
        while (true)
        {
            try
            {
                return await request();
            }
            catch (HttpRequestException)
            {
                if (enough.IsCancellationRequested)
                    return null;
                await Task.Delay(50);
            }
        }
    }

    private static Task Persist(Func<Task> request, CancellationToken enough) => Persist<object>(async () =>
    {
        await request();
        return true;
    }, enough);

    private static async Task<long> Prepare(string place, int items)
    {
        using Database database = Database.At(place);
        var hasher = new PasswordHasher<Account>(Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 1000 }));
        var accounts = new Accounts(database, hasher, TimeProvider.System);
        Account owner = await accounts.SetUp((await accounts.NewSetUpSecret())!, new NewAccount("owner", TestStudio.Password));
        var actor = new Actor(owner.Id, "owner");
        ProjectView project = await new Projects(database, new Tokenizers("none"), TimeProvider.System).Create(actor, new ProjectSettings { Name = "Kill", BandHigh = 1 });
        string file = Path.Combine(Directory.CreateTempSubdirectory("emend-items-").FullName, "items.jsonl");
        await File.WriteAllLinesAsync(file, Enumerable.Range(1, items).Select(n => $$"""{"id": "i{{n}}", "prompt": "p", "responses": ["red lamp {{n}}", "the lamp {{n}} is is red"]}"""));
        await new Items(database, TimeProvider.System).Import(actor, project.Id, Feedback.ItemRows.Read(file, Feedback.TaskKind.Edit), dryRun: false);
        await database.Write(async context =>
        {
            for (int n = 1; n <= Annotators; n++)
            {
                Account account = await accounts.Add(context, new NewAccount($"annotator{n}", TestStudio.Password));
                context.Memberships.Add(new Membership { ProjectId = project.Id, AccountId = account.Id, Role = Role.Annotator, CreatedAt = account.CreatedAt });
            }
        });
        return project.Id;
    }

    private static async Task<Process> Start(string place, Uri address)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "emend.dll"), "studio", "--json", "--url", address.ToString(), "--database", place]) { RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync() is not null)
            return process;
        await process.WaitForExitAsync();
        throw new InvalidOperationException($"the studio did not start: exit code {process.ExitCode}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
