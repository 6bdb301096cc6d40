using System.Text.Json;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>A project from the command line alone: made, filled, answered by a simulated annotator, exported.</summary>
public sealed class ProjectTests : IDisposable
{
    private const string Lamp = "Customer: What color is the lamp?\\nAssistant:\\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ItemsGoInASimulatedAnnotatorEditsThemAndEditsComeOut()
    {
        string items = folder.Write("items.jsonl",
            $$"""{"id": "wrong", "prompt": "{{Lamp}}", "responses": ["The lamp is red. Tell me if you need more help with this."]}""" + "\n" +
            $$"""{"id": "two", "prompt": "{{Lamp}}", "responses": ["The lamp is white.", "The lamp is white. Stop wasting my time. Stop wasting my time. Stop wasting my time."]}""" + "\n");
        string edits = Path.Combine(folder.Path, "edits.jsonl"), again = Path.Combine(folder.Path, "again.jsonl");

        JsonElement made = JsonElement.Parse(Emend("project", "create", "shop", "--band-high", "0.5", "--json").Succeeded().Out);
        Assert.Equal((1, "edit"), (made.GetProperty("id").GetInt32(), made.GetProperty("settings").GetProperty("kind").GetString()));
        Assert.Equal(2, JsonElement.Parse(Emend("project", "import", items, "--json").Succeeded().Out).GetProperty("new").GetInt32());
        Assert.Contains("2 there already", Emend("project", "import", items).Succeeded().Out);
        JsonElement answered = JsonElement.Parse(Emend("world", "annotate", "--seed", "5", "--json").Succeeded().Out);
        Assert.Equal((2, "simulated"), (answered.GetProperty("answered").GetInt32(), answered.GetProperty("source").GetString()));
        Emend("project", "export", "edits", "--output", edits).Succeeded();

        JsonElement[] rows = [.. File.ReadLines(edits).Select(line => JsonElement.Parse(line)).OrderBy(row => row.GetProperty("item").GetString(), StringComparer.Ordinal)];
        Assert.Equal(["two", "wrong"], rows.Select(row => row.GetProperty("item").GetString()));
        Assert.All(rows, row => Assert.Equal("simulated", row.GetProperty("source").GetString()));
        Assert.Contains("Stop wasting my time", rows[0].GetProperty("response").GetString());
        Assert.Equal("The lamp is white. Tell me if you need more help with this.", rows[1].GetProperty("edited").GetString());
        // A file of people's edits, without them: nothing is left to answer.
        Assert.Contains("0 items answered", Emend("world", "annotate").Succeeded().Out);
        Emend("project", "export", "preferences", "--output", again).Succeeded();
        Assert.Equal("The lamp is white.", JsonElement.Parse(Assert.Single(File.ReadAllLines(again))).GetProperty("chosen").GetString());
        Assert.StartsWith("1 shop: edit", Emend("project", "list").Succeeded().Out);
        Emend("verify").Succeeded();
    }

    [Fact]
    public async Task AProjectCountsInItsOwnTokensAtTheCommandLineToo()
    {
        string tokenizer = SharedData.Path("models", "stories260K", "hf", "tokenizer.json");
        Emend("project", "create", "shop", "--band-high", "0.5").Succeeded();
        using (Database database = Database.Sqlite(Path.Combine(folder.Path, "studio.db")))
            await database.Write(async context => (await context.Projects.SingleAsync(TestContext.Current.CancellationToken)).Tokenizer = "stories.json", TestContext.Current.CancellationToken);
        Emend("project", "import", folder.Write("items.jsonl", $$"""{"prompt": "{{Lamp}}", "responses": ["The lamp is red."]}""" + "\n")).Succeeded();
        Emend("world", "annotate").WasRefused("there is no \"stories.json\" in the tokenizers' folder");
        string elsewhere = Directory.CreateDirectory(Path.Combine(folder.Path, "elsewhere")).FullName, own = Directory.CreateDirectory(Path.Combine(folder.Path, "tokenizers")).FullName;
        File.Copy(tokenizer, Path.Combine(elsewhere, "stories.json"));

        Emend("world", "annotate", "--tokenizers", elsewhere).Succeeded();
        File.Copy(tokenizer, Path.Combine(own, "stories.json"));
        Emend("project", "export", "soft", "--output", Path.Combine(folder.Path, "soft.jsonl")).Succeeded();
        Emend("context", "import", folder.Write("lamp.md", "# Lamp\n\nThe lamp burns 14 hours.\n")).Succeeded();

        Assert.StartsWith("tokenizer ", JsonElement.Parse(Emend("context", "build", "lamp", "--json").Succeeded().Out).GetProperty("counter").GetString());
    }

    [Fact]
    public async Task WhatTheCommandLineMadeBelongsToWhoeverSetsTheStudioUp()
    {
        Emend("project", "create", "shop").Succeeded();
        string items = folder.Write("items.jsonl", $$"""{"prompt": "{{Lamp}}", "responses": ["The lamp is red."]}""" + "\n");
        Emend("project", "import", items).Succeeded();
        Emend("world", "annotate").Succeeded();
        await using Studio.StudioServer server = await Studio.StudioServer.Start(new Studio.StudioOptions { Data = folder.Path, Url = "http://127.0.0.1:0", PasswordIterations = 1 });

        Assert.NotNull(server.SetUpSecret);      // the simulated annotator is nobody who could own it
        var accounts = new Accounts(server.Database, new Microsoft.AspNetCore.Identity.PasswordHasher<Account>(), TimeProvider.System);
        Account owner = await accounts.SetUp(server.SetUpSecret, new NewAccount("ada", "correct horse battery"));

        Assert.Equal(Role.Owner, (await accounts.Find(owner.Id, 1))?.Role);
        Account simulated = await server.Database.Read(context => context.Users.SingleAsync(row => row.UserName == SimulatedAnnotators.Name));
        Assert.True(simulated is { IsDisabled: true, PasswordHash: null });
    }

    [Fact]
    public async Task WhoMadeAProjectAndImportedItsItemsIsInTheAuditLog()
    {
        Emend("project", "create", "shop", "--by", "ada").Succeeded();
        Emend("project", "import", folder.Write("items.jsonl", "{\"prompt\": \"a\", \"responses\": [\"b\"]}\n"), "--by", "bob").Succeeded();
        Emend("project", "create", "other").Succeeded();
        Emend("project", "create", "third", "--by", " ").WasRefused("--by");

        using Database database = Database.Sqlite(Path.Combine(folder.Path, "studio.db"));
        AuditEntry[] entries = await database.Read(context => context.Audit.OrderBy(entry => entry.Number).ToArrayAsync());
        Assert.Equal(["ada", "bob", Environment.UserName], entries.Select(entry => entry.Actor).Distinct());
    }

    [Fact]
    public void WrongCallsAreRefused()
    {
        Emend("project", "list").WasRefused("studio.db", "there is no such database");
        Emend("project", "create", "shop").Succeeded();
        Emend("project", "create", "shop").WasRefused("NAME shop", "project 1");
        Emend("project", "create", "rates", "--task", "rating").Succeeded();
        Emend("project", "create", "loose", "--band-high", "2").WasRefused("bandHigh");
        Emend("world", "annotate").WasRefused("--project", "1 (shop), 2 (rates)");
        Emend("world", "annotate", "--project", "rates").WasRefused("rating", "can edit and rank");
        Emend("project", "export", "rankings", "--project", "shop", "--output", Path.Combine(folder.Path, "x")).WasRefused("answers, edits, preferences");
        Emend("project", "import", folder.Write("bad.jsonl", "{\"prompt\": \"a\"}\n"), "--project", "shop").WasRefused("bad.jsonl:1: responses");
        Emend("project", "import", folder.Write("other.jsonl", "{\"id\": \"x\", \"prompt\": \"a\", \"responses\": [\"b\"]}\n"), "--project", "shop").Succeeded();
        Emend("world", "annotate", "--project", "shop").WasRefused("item \"x\"", "none of the built-in world's");
        Finished.Emend(["world", "policy", folder.Path]).WasRefused(folder.Path, "is there already");
        Finished.Emend(["world", "prompts", "--split", "other"]).WasRefused("'other'", "validation");
        Finished.Emend(["world", "prompts", "--count", "0"]).WasRefused("--count 0");
    }

    [Fact]
    public void VotesOnPairsAreTheSameEachTimeAndSayThatTheyAreSimulated()
    {
        string pairs = folder.Write("pairs.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $$"""{"id": "p{{i}}", "prompt": "{{Lamp}}", "a": "The lamp is red.", "b": "The lamp is white. Tell me if you need more help with this."}""" + "\n"))
            + $$"""{"id": "same", "prompt": "{{Lamp}}", "a": "x", "b": "x"}""" + "\n");
        string votes = Path.Combine(folder.Path, "votes.jsonl"), others = Path.Combine(folder.Path, "others.jsonl");

        JsonElement said = JsonElement.Parse(Finished.Emend(["world", "vote", pairs, "--output", votes, "--json"]).Succeeded().Out);
        Finished.Emend(["world", "vote", pairs, "--output", others]).Succeeded();
        JsonElement test = JsonElement.Parse(Finished.Emend(["ab", votes, "--json"]).Succeeded().Out);

        Assert.Equal(File.ReadAllText(votes), File.ReadAllText(others));
        Assert.Equal((41, 1), (said.GetProperty("pairs").GetInt32(), said.GetProperty("ties").GetInt32()));
        Assert.InRange(said.GetProperty("b").GetInt32(), 30, 40);        // 2 points apart: 19 in 20 see it
        Assert.Equal(("simulated", "win"), (test.GetProperty("source").GetString(), test.GetProperty("verdict").GetString()));
        Assert.Contains("simulated annotators', not people's", Finished.Emend(["ab", votes]).Succeeded().Out);
        Finished.Emend(["ab", folder.Write("mixed.jsonl", File.ReadAllText(votes) + "{\"vote\": \"a\"}\n")]).WasRefused("mixed.jsonl:42", "source is missing");
        Finished.Emend(["world", "vote", folder.Write("strange.jsonl", "{\"prompt\": \"Why?\", \"a\": \"x\", \"b\": \"y\"}\n"), "--output", votes]).WasRefused("strange.jsonl:1", "none of the built-in world's");
    }

    private Finished Emend(params string[] arguments) => Finished.Emend([.. arguments, "--data", folder.Path]);
}
