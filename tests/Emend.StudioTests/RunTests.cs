using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Emend.Store;
using Emend.Studio;
using Emend.StudioTests.Browser;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Runs of training started from the studio: programs of their own, with arguments from closed lists.</summary>
public class RunTests
{
    // Stands for the program that trains: it does what the recipe's name says and leaves the files of a real run.
    private const string Program = """
        for argument; do last2=$last; last=$argument; [ "$last2" = --output ] && output=$argument; done
        echo "$@"
        case "$3" in
          *crash.yaml) printf 'step 1\rstep 2\n' >&2; echo "emend: the data is upside down" >&2; exit 3;;
          *slow.yaml) mkdir "$output.unfinished"; echo '{"stage":"sft","arm":"","seed":1,"step":0,"loss":2.5}' >"$output.unfinished/metrics.jsonl"; sleep 600;;
          *) mkdir "$output.unfinished"
             printf '{"stage":"sft","arm":"","seed":1,"step":0,"loss":2.5}\n{"stage":"sft","arm":"","seed":1,"step":1,"loss":1.25}\n{"stage":"sft","a' >"$output.unfinished/metrics.jsonl"
             echo '{"update":1,"prompt":"p","response":"red lamp","score":0.5,"stopped":true,"tokens":["red","\u0120lamp"],"tokenRewards":[0.5,-2],"tokenEnds":[3,8]}' >"$output.unfinished/samples.jsonl"
             mv "$output.unfinished" "$output";;
        esac
        """;

    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AManagerTrainsOnTheProjectsEditsAndReadsWhatCameOut(Engine engine)
    {
        await using RunStudio studio = await RunStudio.Start(engine, Program);
        using Client ann = await studio.Annotator();
        JsonNode held = (await ann.Post($"{studio.Path}/next")).Ok().Json["assignment"]!;
        (await ann.Post($"{studio.Path}/assignments/{held["id"]}/answers", Work.Mended(held), ("Idempotency-Key", "k"))).Ok();
        Assert.Equal(["crash.yaml", "examples/slow.yaml", "good.yaml"], (await studio.Owner.Get($"{studio.Path}/recipes")).Ok().Json.AsArray().Select(recipe => (string)recipe!["name"]!));

        (await studio.Post("first", "good.yaml", dataset: "edits")).Is(HttpStatusCode.Created);
        JsonNode view = await studio.Ended("first");

        Assert.Equal(("finished", 0), ((string)view["run"]!["state"]!, (int)view["exitCode"]!));
        string data = Path.Combine(studio.Runs, "first", "data.jsonl");
        Assert.Equal((1, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(data)))), ((int)view["data"]!["rows"]!, (string)view["data"]!["sha256"]!));
        string called = (await File.ReadAllTextAsync(Path.Combine(studio.Runs, "first", "stdout.log"))).Trim();
        Assert.Equal($"train token-reward {studio.Recipes}/good.yaml --output {studio.Runs}/first/output --data {data}", called);
        Assert.DoesNotContain(studio.Runs, view["command"]!.ToJsonString());
        JsonNode metrics = (await studio.Owner.Get($"{studio.Path}/runs/first/metrics")).Ok().Json;
        Assert.Equal([2.5, 1.25], metrics["lines"]!.AsArray().Select(line => (double)line!["loss"]!));
        Assert.Empty((await studio.Owner.Get($"{studio.Path}/runs/first/metrics?from={metrics["next"]}")).Ok().Json["lines"]!.AsArray());
        Assert.True((bool)(await studio.Owner.Get($"{studio.Path}/runs/first/metrics?from=999999")).Ok().Json["restarted"]!);
        JsonNode tokens = (await studio.Owner.Get($"{studio.Path}/runs/first/samples")).Ok().Json[0]!["responses"]![0]!["tokens"]!;
        Assert.Equal([(0, 3, 0.5), (3, 8, -2.0)], tokens.AsArray().Select(token => ((int)token!["start"]!, (int)token["end"]!, (double)token["reward"]!)));

        (await studio.Post("second", "good.yaml", model: "first")).Is(HttpStatusCode.Created);
        await studio.Ended("second");
        Assert.EndsWith($"--model {studio.Runs}/first/output", (await File.ReadAllTextAsync(Path.Combine(studio.Runs, "second", "stdout.log"))).Trim());
        Assert.Contains("run-started", (await studio.Owner.Get($"{studio.Path}/audit")).Ok().Text);
    }

    [Fact]
    public async Task ACrashIsShownWithTheLastLinesOfItsErrors()
    {
        await using RunStudio studio = await RunStudio.Start(Engine.Sqlite, Program);
        (await studio.Post("broken", "crash.yaml")).Is(HttpStatusCode.Created);
        JsonNode view = await studio.Ended("broken");

        Assert.Equal(("failed", 3), ((string)view["run"]!["state"]!, (int)view["exitCode"]!));
        Assert.Equal(["step 2", "emend: the data is upside down"], view["errors"]!.AsArray().Select(line => (string)line!));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ARunOutlivesTheStudioAndIsStopped(Engine engine)
    {
        await using RunStudio studio = await RunStudio.Start(engine, Program);
        (await studio.Post("long", "examples/slow.yaml")).Is(HttpStatusCode.Created);
        (await studio.Post("other", "good.yaml")).Is(HttpStatusCode.Conflict, "running");
        await studio.Restart();

        JsonNode run = (await studio.Owner.Get($"{studio.Path}/runs/long")).Ok().Json["run"]!;
        Assert.Equal("running", (string?)run["state"]);
        Assert.Equal("stopped", (string?)(await studio.Owner.Post($"{studio.Path}/runs/long/stop")).Ok().Json["state"]);
        (await studio.Owner.Post($"{studio.Path}/runs/long/stop")).Is(HttpStatusCode.Conflict, "not-running");
        Assert.DoesNotContain("slow.yaml", string.Concat(Directory.EnumerateFiles("/proc", "cmdline", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true }).Select(ReadQuietly).Where(line => line.Contains(studio.Runs))));
        (await studio.Post("other", "good.yaml")).Is(HttpStatusCode.Created);
        await studio.Ended("other");
    }

    [Fact]
    public async Task NothingButNamesFromTheListsIsRun()
    {
        await using RunStudio studio = await RunStudio.Start(Engine.Sqlite, Program);
        foreach (string name in new[] { "../out", "a b", "$(id)", "a;b", "", ".hidden", "--data", "x.unfinished", new string('a', 200), "a/b" })
            (await studio.Post(name, "good.yaml")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        foreach (string recipe in new[] { "../good.yaml", "/etc/passwd", "none.yaml", "good.yaml --data /etc", "" })
            (await studio.Post("run", recipe)).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await studio.Post("run", "good.yaml", dataset: "secrets")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await studio.Post("run", "good.yaml", dataset: "rankings")).Is(HttpStatusCode.UnprocessableEntity, "invalid");
        (await studio.Post("run", "good.yaml", model: "nothing")).Is(HttpStatusCode.NotFound);
        (await studio.Owner.Post($"{studio.Path}/runs", new { name = "run", stage = "shell", recipe = "good.yaml" })).Is(HttpStatusCode.BadRequest, "bad-json");
        Assert.Empty((await studio.Owner.Get("/api/runs")).Ok().Json.AsArray());

        // A link in the folder is no run, and another project sees nothing of this one's.
        (await studio.Post("mine", "good.yaml")).Is(HttpStatusCode.Created);
        await studio.Ended("mine");
        Directory.CreateSymbolicLink(Path.Combine(studio.Runs, "link"), Path.Combine(studio.Runs, "mine"));
        (await studio.Owner.Get("/api/runs/link")).Is(HttpStatusCode.NotFound);
        (await studio.Owner.Get("/api/runs/..%2Fmine")).Is(HttpStatusCode.NotFound);
        long other = (long)(await studio.Owner.Post("/api/projects", new { name = "Other" })).Ok().Json["id"]!;
        (await studio.Owner.Get($"/api/projects/{other}/runs/mine")).Is(HttpStatusCode.NotFound);
        Assert.Empty((await studio.Owner.Get($"/api/projects/{other}/runs")).Ok().Json.AsArray());
    }

    [Fact]
    public async Task TheRealProgramSaysWhatIsWrongWithARecipe()
    {
        await using RunStudio studio = await RunStudio.Start(Engine.Sqlite, null);
        (await studio.Post("wrong", "crash.yaml")).Is(HttpStatusCode.Created);
        JsonNode view = await studio.Ended("wrong");

        Assert.Equal(("failed", 2), ((string)view["run"]!["state"]!, (int)view["exitCode"]!));
        Assert.Contains("nonsense", view["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task ARunOfTheCommandLineIsShownToOwnersOfTheInstallation()
    {
        await using RunStudio studio = await RunStudio.Start(Engine.Sqlite, Program, RunExample.Folder());

        JsonNode run = Assert.Single((await studio.Owner.Get("/api/runs")).Ok().Json.AsArray())!;
        JsonNode view = (await studio.Owner.Get("/api/runs/lamps-study")).Ok().Json;

        Assert.Equal(("lamps-study", "finished"), ((string)run["name"]!, (string)run["state"]!));
        Assert.Equal(["A", "B", "C"], view["arms"]!.AsArray().Select(arm => (string)arm!["name"]!));
        Assert.Equal(93, (await studio.Owner.Get("/api/runs/lamps-study/metrics")).Ok().Json["lines"]!.AsArray().Count);
        Assert.Equal("Where is the lamp made?", (string?)(await studio.Owner.Get("/api/runs/lamps-study/samples")).Ok().Json[0]!["prompt"]);
        Assert.Empty((await studio.Owner.Get($"{studio.Path}/runs")).Ok().Json.AsArray());
    }

    private static string ReadQuietly(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

/// <summary>A studio with folders of runs and recipes, and a project of one item.</summary>
internal sealed class RunStudio : IAsyncDisposable
{
    private readonly StudioOptions _options;
    private StudioServer _server;

    private RunStudio(StudioOptions options, StudioServer server, Client owner, long project) => (_options, _server, Owner, Project) = (options, server, owner, project);

    public Client Owner { get; private set; }
    public long Project { get; }
    public string Path => $"/api/projects/{Project}";
    public string Runs => _options.Runs!;
    public string Recipes => _options.Recipes!;

    /// <summary>With a script in place of the program that trains, or (null) with the real one.</summary>
    public static async Task<RunStudio> Start(Engine engine, string? script, string? runs = null)
    {
        string folder = Directory.CreateTempSubdirectory("emend-run-studio-").FullName, recipes = Directory.CreateDirectory(System.IO.Path.Combine(folder, "recipes", "examples")).Parent!.FullName;
        foreach (string name in new[] { "good.yaml", "crash.yaml", "examples/slow.yaml" })
            await File.WriteAllTextAsync(System.IO.Path.Combine(recipes, name), "nonsense: true\n");
        await File.WriteAllTextAsync(System.IO.Path.Combine(folder, "train.sh"), script);
        var options = new StudioOptions
        {
            Database = await TestStudio.NewDatabase(engine, folder),
            Url = "http://127.0.0.1:0",
            PasswordIterations = 1000,
            Limits = new RateLimits(1_000_000, 1_000_000, 1_000_000),
            Runs = runs ?? Directory.CreateDirectory(System.IO.Path.Combine(folder, "runs")).FullName,
            Recipes = recipes,
            Program = script is null ? ["dotnet", System.IO.Path.Combine(AppContext.BaseDirectory, "emend.dll")] : ["/bin/sh", System.IO.Path.Combine(folder, "train.sh")],
        };
        StudioServer server = await StudioServer.Start(options);
        var owner = new Client(server.Address);
        await owner.Refresh();
        (await owner.Post("/api/set-up", new { secret = server.SetUpSecret, name = "owner", password = TestStudio.Password })).Ok();
        await owner.Refresh();
        long project = (long)(await owner.Post("/api/projects", new { name = "Runs", bandHigh = 1.0 })).Is(HttpStatusCode.Created).Json["id"]!;
        (await owner.Upload($"/api/projects/{project}/items", """{"id": "i1", "prompt": "p", "responses": ["red lamp 1", "the lamp 1 is is red"]}""")).Ok();
        return new RunStudio(options, server, owner, project);
    }

    public Task<Answered> Post(string name, string recipe, string? dataset = null, string? model = null) =>
        Owner.Post($"{Path}/runs", new { name, stage = "tokenReward", recipe, dataset, model });

    public async Task<JsonNode> Ended(string name)
    {
        for (int i = 0; i < 600; i++)
        {
            JsonNode view = (await Owner.Get($"{Path}/runs/{name}")).Ok().Json;
            if ((string)view["run"]!["state"]! != "running")
                return view;
            await Task.Delay(100);
        }
        throw new TimeoutException($"the run {name} does not end");
    }

    public async Task<Client> Annotator()
    {
        string secret = (string)(await Owner.Post($"{Path}/invitations", new { role = "annotator" })).Is(HttpStatusCode.Created).Json["secret"]!;
        var client = new Client(_server.Address);
        await client.Refresh();
        (await client.Post("/api/invitations/accept", new { secret, name = "ann", password = TestStudio.Password })).Ok();
        await client.Refresh();
        return client;
    }

    public async Task Restart()
    {
        await _server.DisposeAsync();
        _server = await StudioServer.Start(_options);
        Owner = new Client(_server.Address);
        await Owner.Refresh();
        await Owner.SignIn("owner");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
