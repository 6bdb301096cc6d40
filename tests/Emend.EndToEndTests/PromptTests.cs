using System.Text.Json;
using Emend.Cli.Commands.Prompts;
using Emend.JudgingTests;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class PromptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void VersionsAreAddedComparedBranchedAndMerged()
    {
        MakeProject();
        string first = folder.Write("v1.yaml", "system: Be brief.\ntemplate: |-\n  Q: {{question}}\n\n  A:\nsettings:\n  temperature: 0.5\n");
        string left = folder.Write("left.json", """{"system": "Be brief.", "template": "Question: {{question}}\n\nA:", "settings": {"temperature": 0.5}}""");
        string right = folder.Write("right.json", """{"system": "Be kind.", "template": "Ask: {{question}}\n\nA:", "settings": {"temperature": 0.5}}""");

        Assert.Equal(1, Number(Prompt("add", "support", first, "--note", "first", "--json").Succeeded()));
        Prompt("branch", "support", "kind", "--from", "1").Succeeded();
        Prompt("add", "support", left).Succeeded();
        Prompt("add", "support", right, "--branch", "kind").Succeeded();
        Finished conflict = Prompt("merge", "support", "kind", "--json");
        Assert.Equal(1, conflict.ExitCode);
        JsonElement preview = JsonElement.Parse(conflict.Out);
        Assert.Equal("Be kind.", preview.GetProperty("content").GetProperty("system").GetString());
        Assert.Equal("template", Assert.Single(preview.GetProperty("conflicts").EnumerateArray()).GetProperty("field").GetString());
        Assert.Equal(2, Prompt("merge", "support", "3", "--content", right).ExitCode);
        Assert.Equal(1, Prompt("merge", "support", "3", "--content", right, "--at", "1").ExitCode);
        Assert.Equal(1, Prompt("merge", "support", "kind", "--content", right, "--at", "2").ExitCode);
        Prompt("merge", "support", "3", "--content", right, "--at", "2").Succeeded();
        Assert.Contains("production is at version 1; it was nowhere", Prompt("label", "support", "production", "1", "--reason", "first", "--by", "Ada Lovelace").Succeeded().Out);
        Assert.Contains("production is at version 4; it was at version 1, moved there by Ada Lovelace at 2", Prompt("label", "support", "production", "main", "--reason", "kinder", "--at", "1").Succeeded().Out);
        Assert.Equal(1, Prompt("label", "support", "production", "2", "--reason", "late", "--at", "1").ExitCode);
        Prompt("rollback", "support", "--label", "production", "--reason", "complaints", "--by", "bo").Succeeded();
        Prompt("label", "support", "production", "2", "--reason", "late", "--by", " ").WasRefused("--by: 1 to 100 characters");
        Assert.Equal(5, Number(Prompt("rollback", "support", "--branch", "main", "--to", "1", "--reason", "complaints", "--json").Succeeded()));

        Finished log = Prompt("log", "support").Succeeded();
        Assert.Contains("4 from 2 and 3", log.Out);
        Assert.Contains("brings back 1", log.Out);
        Assert.Contains("production: nowhere -> 1 by Ada Lovelace: first", log.Out);
        Assert.Contains("production: 4 -> 1 by bo: complaints", log.Out);
        // Whoever says nothing goes by the name that this machine knows; every kind of event is there.
        Assert.Contains($"kind: nowhere -> 1 (branched) by {Environment.UserName}", log.Out);
        Assert.Contains("main: 4 -> 5 (", log.Out);
        Assert.Contains("(merged)", log.Out);
        Assert.Contains("[-brief-] {+kind+}", Prompt("diff", "support", "1", "4").Succeeded().Out);
        Assert.Contains("passes:refusals", Prompt("metric", "support", "main", "suite:refusals", "1", "--source", "a test").Succeeded().Out);
        Assert.Contains("Q: Why?\n\nA:", Prompt("render", "support", "production", "--var", "question=Why?").Succeeded().Out);
    }

    [Fact]
    public void AResponseIsMadeAgainByteForByteAndAChangedRecordIsDifferent()
    {
        string model = SharedData.Path("models", "stories260K", "hf");
        MakeProject();
        string file = folder.Write("p.json", """{"template": "Once there was {{who}}", "settings": {"temperature": 0.8, "maxTokens": 24, "seed": 5}}""");
        Prompt("add", "story", file).Succeeded();
        string rows = folder.Write("rows.jsonl", "{\"who\": \"a dog\"}\n{\"who\": \"a cat\"}\n"), items = Path.Combine(folder.Path, "items.jsonl");

        string[] lines = Prompt("run", "story", "--model", model, "--vars", rows, "--items", items, "--json").Succeeded().Lines;

        Assert.Equal(2, lines.Length);
        Assert.Equal([5, 6], lines.Select(line => JsonElement.Parse(line).GetProperty("seed").GetInt32()));
        Assert.Contains("\"id\":2}]", File.ReadAllLines(items)[1]);
        Assert.StartsWith("same: response 2", Reproduce("2").Succeeded().Out);
        Change(row => row.Seed = 7);
        Finished different = Reproduce("2", "--json");
        Assert.Equal(1, different.ExitCode);
        Assert.False(JsonElement.Parse(different.Out).GetProperty("same").GetBoolean());
    }

    [Fact]
    public async Task AQuestionThatFailsTakesNoOtherWithItAndIsTheOnlyOneAskedAgain()
    {
        bool up = false;
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) =>
        {
            if (up || !ScriptedEndpoint.Contents(body)[^1].Contains("cat", StringComparison.Ordinal))
                return ScriptedEndpoint.Say(context, "fine");
            context.Response.StatusCode = 400;
            return Task.CompletedTask;
        });
        MakeProject();
        Prompt("add", "story", folder.Write("p.json", """{"template": "Once there was {{who}}"}""")).Succeeded();
        string rows = folder.Write("rows.jsonl", "{\"who\": \"a dog\"}\n{\"who\": \"a cat\"}\n{\"who\": \"a cow\"}\n"), items = Path.Combine(folder.Path, "new", "items.jsonl");
        string[] arguments = ["run", "story", "--url", server.Url, "--model", "scripted", "--vars", rows, "--items", items, "--json"];

        Finished failed = Prompt(arguments);

        Assert.Equal(1, failed.ExitCode);
        Assert.Equal(["a dog", "a cow"], failed.Lines.Select(line => JsonElement.Parse(line).GetProperty("variables").GetProperty("who").GetString()));
        Assert.Equal(2, File.ReadLines(items).Count());
        up = true;
        int asked = server.Requests.Count;
        Assert.Single(Prompt([.. arguments, "--resume"]).Succeeded().Lines);
        Assert.Equal(asked + 1, server.Requests.Count);
        // Another model whose name begins alike has not answered.
        Assert.Equal(3, Prompt([.. arguments[..5], "scripted-1", .. arguments[6..], "--seed", "100"]).Succeeded().Lines.Length);
        Assert.Equal(3, Prompt([.. arguments, "--seed", "100", "--resume"]).Succeeded().Lines.Length);
        File.Delete(items);
        Assert.Equal("", Prompt([.. arguments, "--resume"]).Succeeded().Out);
        Assert.Equal(["a dog", "a cat", "a cow"], File.ReadLines(items).Select(line => JsonElement.Parse(line).GetProperty("prompt").GetString()!["Once there was ".Length..]));
    }

    [Theory]
    [InlineData("gpt-4", "gpt-4", true)]
    [InlineData("gpt-4-0613", "gpt-4", true)]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o", true)]
    [InlineData("m-20240806", "m", true)]
    [InlineData("gpt-4-turbo", "gpt-4", false)]
    [InlineData("support-large", "support", false)]
    [InlineData("m-large-2024-08-06", "m", false)]
    [InlineData("m", "m-2024-08-06", false)]
    public void AModelIsTheOneThatWasAskedWhereOnlyADateStandsBehindItsName(string answered, string asked, bool same) => Assert.Equal(same, ServedChoice.IsCalled(answered, asked));

    [Fact]
    public async Task ARedeployedModelIsAskedAgainWhereTheServerSaysSo()
    {
        string weights = "fp_a";
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Say(context, $"I am {weights}", fingerprint: weights));
        MakeProject();
        Prompt("add", "story", folder.Write("p.json", """{"template": "Once there was {{who}}"}""")).Succeeded();
        string[] arguments = ["run", "story", "--url", server.Url, "--model", "scripted", "--var", "who=a dog", "--resume", "--json"];
        var asked = new List<bool>();
        foreach (string deployed in (string[])["fp_a", "fp_a", "fp_b"])
        {
            server.Models = [new { id = "scripted", system_fingerprint = weights = deployed }];
            asked.Add(Prompt(arguments).Succeeded().Out != "");
        }

        Assert.Equal([true, false, true], asked);
    }

    [Fact]
    public async Task ARunAtAServerHasTheCapsOfEveryOtherAsking()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "fine");
        MakeProject();
        Prompt("add", "story", folder.Write("p.json", """{"template": "Once there was {{who}}"}""")).Succeeded();
        string rows = folder.Write("rows.jsonl", "{\"who\": \"a dog\"}\n{\"who\": \"a cat\"}\n{\"who\": \"a cow\"}\n");

        Finished capped = Prompt("run", "story", "--url", server.Url, "--model", "scripted", "--vars", rows, "--max-calls", "2", "--concurrency", "1", "--json");

        Assert.Equal((1, 2), (capped.ExitCode, capped.Lines.Length));
        Assert.Contains("the cap of 2 calls (--max-calls) is reached", capped.Error);
        Prompt("run", "story", "--url", server.Url, "--model", "scripted", "--var", "who=x", "--max-cost", "1").WasRefused("--max-cost needs --input-price");
        Prompt("run", "story", "--model", "m", "--var", "who=x", "--max-time", "5").WasRefused("--max-time: goes with --url");
    }

    [Fact]
    public async Task TwoContextsOfOneQuestionAreAPair()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[0].Contains("red ball", StringComparison.Ordinal) ? "The red ball." : "I do not know.");
        MakeProject();
        Context("import", folder.Write("dog.md", "# Dogs\n\nThe dog likes the big red ball."), folder.Write("cat.md", "# Cats\n\nThe cat likes the sun, and the dog likes the cat, which is another matter altogether.")).Succeeded();
        string asks = """{"template": "{{context}}\n\n{{question}}"}""";
        Prompt("add", "story", folder.Write("p.json", asks)).Succeeded();
        Prompt("add", "story", folder.Write("q.json", asks.Replace("\\n\\n", "\\n"))).Succeeded();
        void Run(string version, string budget) => Prompt("run", "story", version, "--url", server.Url, "--model", "m", "--var", "question=What does the dog like?", "--inject", "--budget", budget).Succeeded();

        Run("1", "200");
        Run("1", "0");
        Context("import", folder.Write("dog.md", "# Dogs\n\nThe dog likes the small red ball.")).Succeeded();
        Run("2", "200");

        string pairs = Path.Combine(folder.Path, "pairs.jsonl");
        JsonElement versions = JsonElement.Parse(Prompt("pairs", "story", "1", "2", "--output", pairs, "--json").Succeeded().Out);
        Assert.Equal((1, 1), (versions.GetProperty("pairs").GetInt32(), versions.GetProperty("alone").GetInt32()));
        Assert.Contains("A is version 1 with a budget of 0, B is version 1 with a budget of 200", Prompt("pairs", "story", "1", "1", "--budget-a", "0", "--budget-b", "200", "--output", pairs).Succeeded().Out);
        JsonElement row = JsonElement.Parse(Assert.Single(File.ReadAllLines(pairs)));
        Assert.Equal(("I do not know.", "The red ball."), (row.GetProperty("a").GetString(), row.GetProperty("b").GetString()));
        Assert.Equal(("story@1 (budget 0)", "story@1 (budget 200)"), (row.GetProperty("model_a").GetString(), row.GetProperty("model_b").GetString()));
        Prompt("pairs", "story", "1", "1", "--output", pairs).WasRefused("two versions are expected", "--budget-a");
        Prompt("pairs", "story", "1", "2", "--budget-b", "7", "--output", pairs).WasRefused("version 2 with a budget of 7");
    }

    [Fact]
    public void TheBudgetIsWhatTheModelsContextLeaves()
    {
        string model = SharedData.Path("models", "stories260K", "hf");      // a context of 512
        MakeProject();
        Prompt("add", "story", folder.Write("p.json", """{"template": "{{context}}\n\n{{question}}", "settings": {"temperature": 0, "maxTokens": 12}}""")).Succeeded();
        Prompt("add", "long", folder.Write("l.json", """{"template": "{{context}}\n\n{{question}}", "settings": {"temperature": 0, "maxTokens": 512}}""")).Succeeded();
        Context("import", folder.Write("dogs.md", string.Join("\n\n", Enumerable.Range(0, 200).Select(i => $"Dog {i} likes ball {i}.")))).Succeeded();
        string[] Run(string name, params string[] more) => ["run", name, "--model", model, "--var", "question=What does the dog like?", "--inject", "--json", .. more];

        JsonElement record = JsonElement.Parse(Assert.Single(Prompt(Run("story")).Succeeded().Lines)).GetProperty("context");

        Assert.InRange(record.GetProperty("budget").GetInt32(), 400, 499);
        Assert.InRange(record.GetProperty("tokens").GetInt32(), 300, record.GetProperty("budget").GetInt32());
        Prompt(Run("story", "--budget", "4000")).WasRefused("--budget 4000", "the model's context of 512 leaves room for at most 511", $"--budget {record.GetProperty("budget").GetInt32()} leaves room");
        Prompt(Run("long")).WasRefused("--inject", "context of 512 tokens leaves none for documents", "(up to 512)", "--budget N");
    }

    [Fact]
    public void OptionsThatWouldDoNothingAreRefused()
    {
        MakeProject();
        Prompt("add", "story", folder.Write("p.json", """{"template": "Once there was {{who}}"}""")).Succeeded();
        string[] Run(params string[] more) => ["run", "story", "--model", "m", "--var", "who=a dog", .. more];

        Prompt(Run("--budget", "100")).WasRefused("--budget: goes with --inject");
        Prompt(Run("--embeddings", "m")).WasRefused("--embeddings: goes with --inject");
        Prompt(Run("--allow-private")).WasRefused("--allow-private: goes with --url");
        Prompt(Run("--url", "http://127.0.0.1:1/v1", "--dtype", "bfloat16")).WasRefused("--dtype: goes with a model folder");
    }

    [Fact]
    public void APromptFileThatIsNoTextOrHasAListForAKeyIsNamedByItsLine()
    {
        MakeProject();
        Prompt("add", "story", folder.Write("p.yaml", "template: hello\n? [a]\n: b\n")).WasRefused("p.yaml:2");
        string file = Path.Combine(folder.Path, "bytes.json");
        File.WriteAllBytes(file, [.. "{\"template\": \""u8, 0xFF, .. "\"}"u8]);
        Prompt("add", "story", file).WasRefused("bytes.json", "UTF-8");
    }

    [Fact]
    public void TwoFilesOfOneNameAreRefusedBeforeEitherIsStored()
    {
        MakeProject();
        Directory.CreateDirectory(Path.Combine(folder.Path, "other"));
        string one = folder.Write("a.md", "# One\n"), two = Path.Combine(folder.Path, "other", "a.md");
        File.WriteAllText(two, "# Two\n");

        Finished.Emend(["context", "import", one, two, "--data", folder.Path]).WasRefused("two of the files are called a.md");
        Assert.Equal("", Finished.Emend(["context", "list", "--data", folder.Path]).Succeeded().Out);
    }

    [Fact]
    public void AContextIsInjectedUnderItsBudgetAndRecordedWithTheResponse()
    {
        string model = SharedData.Path("models", "stories260K", "hf");
        MakeProject();
        string file = folder.Write("p.json", """{"template": "{{context}}\n\n{{question}}", "settings": {"temperature": 0, "maxTokens": 12}}""");
        string dog = folder.Write("dog.md", "# Dogs\n\nThe dog likes the big red ball.\n\n# Cats\n\nThe cat sleeps all day."), html = folder.Write("park.html", "<h1>Park</h1><p>The dog runs in the park.</p>");
        Prompt("add", "story", file).Succeeded();
        Context("import", dog, html).Succeeded();
        Finished words = Context("search", "qqq", "--embeddings", model, "--json").Succeeded();
        Assert.Equal("", words.Out);
        Assert.Contains("so words alone were searched; emend context embed makes the others", words.Error);
        Finished capped = Context("embed", "--embeddings", model, "--embeddings-max-calls", "2");
        Assert.Equal(1, capped.ExitCode);
        Assert.Contains("the cap of 2 calls (--embeddings-max-calls) is reached; ", capped.Error);
        Assert.Contains("and keep it: the same command goes on from there", capped.Error);
        Assert.Contains("the cap of 1 tokens (--embeddings-max-tokens) is reached", Context("embed", "--embeddings", model, "--embeddings-max-tokens", "1").Error);
        Context("embed", "--embeddings", model).Succeeded();
        string[] near = Context("search", "qqq", "--embeddings", model, "--json").Succeeded().Lines;
        JsonElement embedded = JsonElement.Parse(Context("embed", "--embeddings", model, "--json").Succeeded().Out);
        Assert.Equal((near.Length, near.Length), (embedded.GetProperty("embedded").GetInt32(), embedded.GetProperty("pieces").GetInt32()));
        Assert.Equal(64, embedded.GetProperty("dimension").GetInt32());
        Assert.StartsWith("hf@fp_", embedded.GetProperty("model").GetString());
        Assert.Equal("", Context("search", "qqq").Succeeded().Out);
        Context("search", "qqq", "--embeddings", "nowhere").WasRefused("--embeddings nowhere", "--embeddings-url");
        Context("search", "qqq", "--embeddings", "m", "--embeddings-url", "http://127.0.0.1:1/v1", "--embeddings-api-key-file", "nowhere").WasRefused("--embeddings-api-key-file nowhere");
        Assert.Contains("--embeddings-allow-private lets", Context("search", "qqq", "--embeddings", "m", "--embeddings-url", "http://10.0.0.1/v1").Error);
        Assert.Contains("could not be reached", Context("search", "qqq", "--embeddings", "m", "--embeddings-url", "http://127.0.0.1:1/v1") is { ExitCode: 1 } failed ? failed.Error : "");
        Assert.Contains("likes the big red ball", Context("search", "ball").Succeeded().Out);
        Assert.Contains("Injected", Context("build", "ball dog", "--tokenizer", model).Succeeded().Error);

        JsonElement response = JsonElement.Parse(Prompt("run", "story", "--model", model, "--var", "question=What does the dog like?", "--inject", "--budget", "120", "--embeddings", model, "--json").Succeeded().Lines[0]);

        JsonElement record = response.GetProperty("context");
        Assert.StartsWith("hf@fp_", record.GetProperty("embeddings").GetString());
        Assert.InRange(record.GetProperty("tokens").GetInt32(), 1, 120);
        Assert.StartsWith("tokenizer ", record.GetProperty("counter").GetString());
        Assert.Contains("injected", record.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("fate").GetString()));
        Assert.StartsWith("Source: ", response.GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.StartsWith("same", Reproduce("1").Succeeded().Out);
        Context("grounding", "story").Succeeded();
        Assert.Contains("grounded=", Prompt("log", "story").Succeeded().Out);
        Context("import", "none.md").WasRefused("none.md", "no such file");
    }

    [Theory]
    [InlineData("{{who", "{{", "never closed")]
    [InlineData("{{who}}", "{{who}}", "has no value")]
    public void ATemplateThatCannotBeFilledIsNamed(string template, params string[] parts)
    {
        MakeProject();
        string file = folder.Write("p.json", JsonSerializer.Serialize(new { template }));
        Finished added = Prompt("add", "p", file);
        (added.ExitCode == 0 ? Prompt("render", "p") : added).WasRefused(parts);
    }

    [Fact]
    public void WhatIsMissingIsNamed()
    {
        MakeProject();
        Prompt("show", "nothing").WasRefused("prompt \"nothing\"");
        Prompt("add", "p", "none.yaml").WasRefused("none.yaml", "no such file");
        Prompt("add", "p", folder.Write("bad.yaml", "template: &a x\n")).WasRefused("bad.yaml:1", "anchor");
        Prompt("list", "--project", "9").WasRefused("--project 9", "1 (Support)");
        Reproduce("7").WasRefused("response 7");
    }

    private Finished Prompt(params string[] arguments) => Finished.Emend(["prompt", .. arguments, "--data", folder.Path], folder: folder.Path);

    private Finished Context(params string[] arguments) => Finished.Emend(["context", .. arguments, "--data", folder.Path], folder: folder.Path);

    private Finished Reproduce(params string[] arguments) => Finished.Emend(["reproduce", .. arguments, "--data", folder.Path]);

    private static int Number(Finished finished) => JsonElement.Parse(finished.Out).GetProperty("number").GetInt32();

    private void MakeProject()
    {
        using Database database = Database.Sqlite(Path.Combine(folder.Path, "studio.db"));
        Migrations.Apply(database).GetAwaiter().GetResult();
        database.Write(context => context.Projects.AddAsync(new Project { Name = "Support", CreatedAt = DateTime.UtcNow }).AsTask()).GetAwaiter().GetResult();
    }

    private void Change(Action<StoredResponse> change)
    {
        using Database database = Database.Sqlite(Path.Combine(folder.Path, "studio.db"));
        database.Write(async context => change(await context.Responses.SingleAsync(row => row.Id == 2))).GetAwaiter().GetResult();
    }
}
