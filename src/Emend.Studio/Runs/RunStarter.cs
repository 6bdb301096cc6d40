using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Emend.Feedback;
using Emend.Store;
using Emend.Text;

namespace Emend.Studio.Runs;

/// <summary>Starts runs as programs of their own, and stops them. One at a time: two would take each other's processors.</summary>
public sealed class RunStarter(RunFolders folders, RunRecipes recipes, Exports exports, Database database, StudioOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Starts a run of a project: `emend train STAGE RECIPE` or `emend study RECIPE`, every argument from a closed list.</summary>
    public async Task<RunSummary> Start(Actor actor, long projectId, RunRequest request, CancellationToken cancellation)
    {
        string folder = Path.Combine(folders.Root, request.Name), recipe = recipes.Find(request.Recipe);
        Check(request);
        string? model = ModelOf("model", request.Model, projectId), reward = ModelOf("reward", request.Reward, projectId);
        await Gate.WaitAsync(cancellation);
        try
        {
            if (folders.List(null).FirstOrDefault(run => run.State == RunState.Running && run.Stage is not null) is RunSummary other)
                throw new RefusedException(Refusal.Conflict, "running", $"The run {other.Name} is not done; one runs at a time.");
            if (Path.Exists(folder))
                throw RefusedException.Invalid(new FieldProblem("name", $"\"{request.Name}\" is there already; another name is expected"));
            Directory.CreateDirectory(folder);
            RunData? data = request.Dataset is null ? null : await WriteDataOrNothing(projectId, request.Dataset, folder, cancellation);
            List<string> arguments = [.. request.Stage == RunStage.Study ? (string[])["study", recipe] : ["train", NameOf(request.Stage), recipe]];
            arguments.AddRange(["--output", Path.Combine(folder, "output")]);
            if (data is not null)
                arguments.AddRange(["--data", DataFile(folder)]);
            if (model is not null)
                arguments.AddRange(["--model", model]);
            if (reward is not null)
                arguments.AddRange(["--reward", reward]);
            await database.Write(context => AuditLog.Append(context, options.Clock.GetUtcNow().UtcDateTime.ToMilliseconds(), actor, projectId, "run-started", $"run/{request.Name}", after: new { request, data }));
            (int id, long began) = RunProcess.Start(folder, [.. Program(options), .. arguments], new Dictionary<string, string>());
            var record = new RunRecord(request.Stage, request.Recipe, projectId, actor.Name, options.Clock.GetUtcNow().UtcDateTime.ToMilliseconds(), arguments, data, id, began);
            WholeFile.Write(Path.Combine(folder, "run.json"), StoreJson.Write(record) + "\n");
            return folders.Summary(request.Name);
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>Stops a run that the studio started; what it has written stays.</summary>
    public async Task<RunSummary> Stop(Actor actor, long projectId, string name)
    {
        string folder = folders.Find(name, projectId);
        RunRecord record = RunFolders.Record(folder)!;
        if (folders.Summary(name).State != RunState.Running)
            throw new RefusedException(Refusal.Conflict, "not-running", $"The run {name} is not running.");
        await database.Write(context => AuditLog.Append(context, options.Clock.GetUtcNow().UtcDateTime.ToMilliseconds(), actor, projectId, "run-stopped", $"run/{name}"));
        WholeFile.Write(Path.Combine(folder, "stopped"), actor.Name + "\n");
        await RunProcess.Stop(record.ProcessId, record.ProcessStart, Patience);
        return folders.Summary(name);
    }

    /// <summary>The program that runs: this one, as it was started.</summary>
    private static IReadOnlyList<string> Program(StudioOptions options)
    {
        if (options.Program.Count > 0)
            return options.Program;
        string path = Environment.ProcessPath ?? throw new InvalidOperationException("this program does not know its own path");
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Assembly.GetEntryAssembly()!.Location] : [path];
    }

    private static void Check(RunRequest request)
    {
        var problems = new List<FieldProblem>();
        if (!RunFolders.Names().IsMatch(request.Name) || request.Name.EndsWith(".unfinished", StringComparison.Ordinal))
            problems.Add(new("name", "1 to 100 letters, digits or . _ - are expected, the first a letter or digit"));
        if (request.Stage == RunStage.Study && (request.Dataset ?? request.Reward) is not null)
            problems.Add(new("dataset", "a study reads the data that its recipe names"));
        if (request.Stage != RunStage.Ppo && request.Reward is not null)
            problems.Add(new("reward", "only ppo learns from another run's reward model"));
        if (problems.Count > 0)
            throw RefusedException.Invalid(problems);
    }

    // A run of this project that is finished: nobody reads another project's model by its name.
    private string? ModelOf(string field, string? run, long projectId)
    {
        if (run is null)
            return null;
        string folder = folders.Find(run, projectId);
        return folders.Summary(run).State == RunState.Finished ? RunFolders.OutputOf(folder)
            : throw RefusedException.Invalid(new FieldProblem(field, $"the run \"{run}\" is not finished"));
    }

    // A folder without data would take the name.
    private async Task<RunData> WriteDataOrNothing(long projectId, string dataset, string folder, CancellationToken cancellation)
    {
        try
        {
            return await WriteData(projectId, dataset, folder, cancellation);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private async Task<RunData> WriteData(long projectId, string dataset, string folder, CancellationToken cancellation)
    {
        Dataset wanted = Enum.GetValues<Dataset>().Where(value => value != Dataset.Answers && value != Dataset.Soft).Select(value => (Dataset?)value).FirstOrDefault(value => value.ToString()!.ToLowerInvariant() == dataset)
            ?? throw RefusedException.Invalid(new FieldProblem("dataset", $"\"{dataset}\" is no data set that training reads"));
        string file = DataFile(folder);
        await using (FileStream target = File.Create(file))
            await exports.Write(projectId, wanted, target, cancellation);
        await using FileStream written = File.OpenRead(file);
        string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(written, cancellation));
        return new RunData(dataset, File.ReadLines(file).Count(), hash);
    }

    private static string DataFile(string folder) => Path.Combine(folder, "data.jsonl");

    private static string NameOf(RunStage stage) => JsonNamingPolicy.KebabCaseLower.ConvertName(stage.ToString());
}

internal static class Times
{
    public static DateTime ToMilliseconds(this DateTime time) => new(time.Ticks - time.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
}
