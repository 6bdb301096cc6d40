using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Emend.Store;
using Emend.StudioTests.Browser;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Xunit;

namespace Emend.StudioTests;

/// <summary>
/// The server as a process, killed in the middle of its work. EMEND_KILLS says how often, 3 times (once, in browsers) when it is not set; EMEND_SESSIONS how
/// many people work, else 6; EMEND_BROWSERS in how many browsers, else 2.
/// </summary>
public class KillTests
{
    private static readonly int Annotators = Setting("EMEND_SESSIONS", 6), Browsers = Setting("EMEND_BROWSERS", 2), Kills = Setting("EMEND_KILLS", 3), BrowserKills = Setting("EMEND_KILLS", 1);

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task EveryAnswerAndDraftThatWasAcknowledgedIsThereAfterKills(Engine engine)
    {
        string place = await TestStudio.NewDatabase(engine, Directory.CreateTempSubdirectory("emend-kill-").FullName);
        long project = await Prepare(place, Annotators, items: 400 + 40 * Kills);
        var answered = new ConcurrentDictionary<string, long>();
        var saved = new ConcurrentDictionary<long, string>();
        await using (KilledStudio studio = await KilledStudio.Start(place))
        {
            using var enough = new CancellationTokenSource();
            Task[] people = [.. Enumerable.Range(1, Annotators).Select(n => Task.Run(() => Annotate(studio.Address, $"annotator{n}", project, answered, saved, enough.Token)))];
            await studio.KillOften(Kills, () => answered.Count);
            await enough.CancelAsync();
            await Task.WhenAll(people);
        }

        using Database database = Database.At(place);
        Dictionary<string, long> stored = await database.Read(context => context.Answers.ToDictionaryAsync(answer => answer.IdempotencyKey, answer => answer.Id));
        Assert.NotEmpty(answered);
        Assert.All(answered, answer => Assert.Equal(answer.Value, stored[answer.Key]));
        Dictionary<long, string> drafts = await Drafts(database);
        Assert.All(saved, draft => Assert.Contains(draft.Value, drafts[draft.Key]));
        Assert.Empty((await Verification.Run(database)).Faults);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatWasTypedInBrowsersIsThereOnceAfterKills(Engine engine)
    {
        IBrowserContext[] contexts = [.. await Task.WhenAll(Enumerable.Range(1, Browsers).Select(_ => Chromium.NewContext()))];
        string place = await TestStudio.NewDatabase(engine, Directory.CreateTempSubdirectory("emend-kill-").FullName);
        long project = await Prepare(place, Browsers, items: 400 + 40 * BrowserKills);
        var answered = new ConcurrentDictionary<string, long>();
        var saved = new ConcurrentDictionary<string, long>();
        await using (KilledStudio studio = await KilledStudio.Start(place))
        {
            using var enough = new CancellationTokenSource();
            AnnotatorInBrowser[] people = [.. await Task.WhenAll(contexts.Select((context, i) => AnnotatorInBrowser.SignIn(context, studio.Address, $"annotator{i + 1}", project)))];
            Task[] work = [.. people.Select(person => person.Work(answered, saved, enough.Token))];
            await studio.KillOften(BrowserKills, () => answered.Count);
            await enough.CancelAsync();
            await Task.WhenAll(work);
        }
        foreach (IBrowserContext context in contexts)
            await context.DisposeAsync();

        using Database database = Database.At(place);
        List<StoredAnswer> stored = await database.Read(context => context.Answers.Where(answer => answer.IsCurrent).ToListAsync());
        Assert.NotEmpty(answered);
        Assert.All(answered, answer => Assert.Equal(answer.Value, Assert.Single(stored, row => row.Content.Contains(answer.Key)).AssignmentId));
        Dictionary<long, string> drafts = await Drafts(database);
        Assert.All(saved, draft => Assert.Contains(draft.Key, drafts[draft.Value]));
        Assert.Empty((await Verification.Run(database)).Faults);
    }

    private static int Setting(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? int.Parse(given) : otherwise;

    private static Task<Dictionary<long, string>> Drafts(Database database) =>
        database.Read(context => context.Drafts.Where(draft => draft.IsHead).ToDictionaryAsync(draft => draft.AssignmentId, draft => draft.Content));

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

    private static async Task<long> Prepare(string place, int people, int items)
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
            for (int n = 1; n <= people; n++)
            {
                Account account = await accounts.Add(context, new NewAccount($"annotator{n}", TestStudio.Password));
                context.Memberships.Add(new Membership { ProjectId = project.Id, AccountId = account.Id, Role = Role.Annotator, CreatedAt = account.CreatedAt });
            }
        });
        return project.Id;
    }
}
