using System.CommandLine;
using Emend.Store;
using Emend.Text;
using Microsoft.EntityFrameworkCore;

namespace Emend.Cli.Commands.Prompts;

/// <summary>Which store and which of its projects a command means, and how its refusals become exit codes.</summary>
internal sealed class RegistryChoice
{
    private readonly DatabaseChoice _place = new();
    private readonly Option<string?> _project = new("--project") { Description = "Number or name of the project; needed where the store has several.", HelpName = "PROJECT" };
    private readonly AuthorChoice _author = new();

    public void AddTo(Command command)
    {
        _place.AddTo(command);
        command.Add(_project);
    }

    /// <summary>For commands that count in the tokens of the project.</summary>
    public void AddTokenizersTo(Command command) => _place.AddTokenizersTo(command);

    /// <summary>The same for commands that change something, with who it is that does.</summary>
    public void AddWithAuthorTo(Command command)
    {
        AddTo(command);
        _author.AddTo(command);
    }

    /// <summary>Opens the store, makes it where it is not there, and does the work, in no project.</summary>
    public static async Task<int> RunInStore(ParseResult call, DatabaseChoice place, AuthorChoice author, Func<Database, Actor, Task<int>> work)
    {
        Actor actor = author.Of(call);
        using Database database = Database.At(place.Place(call));
        await Migrations.Apply(database);
        return await Told(call, () => work(database, actor));
    }

    /// <summary>Opens the store, does the work in the project, and says what stands against it: 1 where things stand otherwise, 2 where the call is wrong.</summary>
    public async Task<int> Run(ParseResult call, Func<Registry, Task<int>> work)
    {
        Actor actor = _author.Of(call);
        using Database database = _place.OpenExisting(call);
        await Migrations.Apply(database);
        long project = await ProjectOf(database, call.GetValue(_project));
        return await Told(call, () => work(new Registry(database, project, actor, _place.Tokenizers(call))));
    }

    private static async Task<int> Told(ParseResult call, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (RefusedException refused)
        {
            if (refused.Refusal is not (Refusal.Conflict or Refusal.Outdated or Refusal.Upstream))
                throw new InvalidInputException(refused.Message);
            Console.Error.WriteLine($"emend: {refused.Message}");
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { refused.Code, refused.Message, Details = refused.Details is null ? null : StoreJson.Write(refused.Details) });
            return 1;
        }
    }

    private static async Task<long> ProjectOf(Database database, string? given)
    {
        List<Project> projects = await database.Read(context => context.Projects.OrderBy(row => row.Id).ToListAsync());
        Project[] meant = [.. projects.Where(project => given is null || project.Name == given || project.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == given)];
        if (meant is [Project only])
            return only.Id;
        string known = string.Join(", ", projects.Take(20).Select(project => $"{project.Id} ({project.Name})"));
        throw new InvalidInputException(projects.Count == 0 ? "the store has no project yet; emend project create makes one, and so does the studio."
            : given is null ? $"the store has {projects.Count} projects; --project says which: {known}."
            : $"--project {given}: {(meant.Length == 0 ? "there is no such project" : "several projects are called so; give the number")}; there are {known}.");
    }
}

/// <summary>The parts of a store that the commands of prompts use, and who uses them.</summary>
internal sealed class Registry(Database database, long project, Actor actor, Tokenizers tokenizers)
{
    public Actor Actor => actor;
    public Database Database => database;
    public long Project => project;
    public Tokenizers Tokenizers => tokenizers;
    public Store.Prompts Prompts { get; } = new(database, TimeProvider.System);
    public PromptVersions Versions { get; } = new(database, TimeProvider.System);
    public PromptLabels Labels { get; } = new(database, TimeProvider.System);
    public PromptMetrics Metrics { get; } = new(database, TimeProvider.System);
    public Responses Responses { get; } = new(database, TimeProvider.System);
    public SuiteRuns SuiteRuns { get; } = new(database, TimeProvider.System);

    public Documents Documents { get; } = new(database, tokenizers, TimeProvider.System);
    public Embeddings Embeddings { get; } = new(database, TimeProvider.System);

    public Task<long> IdOf(string name) => Prompts.IdOf(project, name);

    /// <summary>The newest version of a branch.</summary>
    public async Task<int> HeadOf(long prompt, string branch) =>
        (await Prompts.Get(project, prompt)).Branches.FirstOrDefault(row => row.Name == branch)?.Head ?? throw RefusedException.NotFound($"branch \"{branch}\"");
}
