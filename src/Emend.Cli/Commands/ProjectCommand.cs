using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Commands.Prompts;
using Emend.Feedback;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend project: projects of a studio's store, their items in, their data sets out. What people do with the items, they do in the studio.</summary>
internal static class ProjectCommand
{
    public static Command Create() => new("project", "Projects of a studio: make, list, import items, export data sets.") { Make(), List(), Import(), Export() };

    private static Command Make()
    {
        var place = new DatabaseChoice();
        var author = new AuthorChoice();
        var defaults = new ProjectSettings { Name = "" };
        var name = new Argument<string>("NAME") { Description = "What it is called; unique in the store." };
        var task = new Option<TaskKind>("--task") { Description = "What is done with its items.", HelpName = "TASK", DefaultValueFactory = _ => defaults.Kind };
        task.AcceptOnlyFromAmong([.. Enum.GetValues<TaskKind>().Select(Named)]);
        var overlap = new Option<int>("--overlap") { Description = "How many people answer each item.", HelpName = "N", DefaultValueFactory = _ => defaults.Overlap };
        var band = new Option<double>("--band-high") { Description = "Largest share of words changed, 0 to 1, that counts as a minimal edit.", HelpName = "X", DefaultValueFactory = _ => defaults.BandHigh };
        var description = new Option<string>("--description") { Description = "For its members.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var command = new Command("create", "Make a project, and the store where there is none. Owners of the studio own it, or whoever becomes the first.") { name, task, overlap, band, description };
        place.AddTo(command);
        author.AddTo(command);
        command.SetAction((call, _) => RegistryChoice.RunInStore(call, place, author, async (database, actor) =>
        {
            var projects = new Projects(database, place.Tokenizers(call), TimeProvider.System);
            string wanted = call.GetValue(name)!.Trim();
            // The commands know a project by its name.
            if ((await projects.All()).Find(project => project.Settings.Name == wanted) is { } there)
                throw new InvalidInputException($"NAME {wanted}: project {there.Id} is called so already; another name is expected");
            Say(call, await projects.Create(actor, new ProjectSettings
            {
                Name = wanted,
                Description = call.GetValue(description)!,
                Kind = call.GetValue(task),
                Overlap = call.GetValue(overlap),
                BandHigh = call.GetValue(band),
            }));
            return 0;
        }));
        return command;
    }

    private static Command List()
    {
        var place = new DatabaseChoice();
        var command = new Command("list", "The projects of a store.");
        place.AddTo(command);
        command.SetAction(async (call, _) =>
        {
            using Database database = place.OpenExisting(call);
            await Migrations.Apply(database);
            foreach (ProjectView project in await new Projects(database, place.Tokenizers(call), TimeProvider.System).All())
                Say(call, project);
            return 0;
        });
        return command;
    }

    private static Command Import()
    {
        var choice = new RegistryChoice();
        var file = new Argument<string>("FILE") { Description = "Items (docs/formats/items.md), such as emend prompt run --items writes." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be imported, and import nothing." };
        var command = new Command("import", "Import items; those that are there with the same content are passed over.") { file, dryRun };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, _) => choice.Run(call, async registry =>
        {
            string path = call.GetValue(file)!;
            InvalidInputException.ThrowIfNoFile(path, "a file of items, JSON lines,");
            IReadOnlyList<FeedbackItem> rows = ItemRows.Read(path, (await Find(registry)).Settings.Kind);
            ImportReport report = await new Items(registry.Database, TimeProvider.System).Import(registry.Actor, registry.Project, rows, call.GetValue(dryRun));
            if (!report.DryRun && report.New + report.Rescored > 0)
                await new Ordering(registry.Database, TimeProvider.System).Apply(registry.Project);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(report);
            else
                Console.WriteLine($"{report.New} items {(report.DryRun ? "would be " : "")}imported, {report.Identical} there already{(report.Changed > 0 ? $", {report.Changed} there with other content" : "")}");
            return 0;
        }));
        return command;
    }

    private static Command Export()
    {
        var choice = new RegistryChoice();
        var dataset = new Argument<Dataset>("DATASET") { Description = "answers, edits, preferences, rankings, ratings, demonstrations, spans, transcripts or soft: which of them there are follows from the task." };
        dataset.AcceptOnlyFromAmong([.. Enum.GetValues<Dataset>().Select(Named)]);
        var output = new Option<string>("--output") { Description = "File to write, JSON lines.", HelpName = "FILE", Required = true };
        var command = new Command("export", "Write a data set of the answers that count, as training reads it.") { dataset, output };
        choice.AddTo(command);
        choice.AddTokenizersTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            string full = Path.GetFullPath(call.GetValue(output)!), unfinished = $"{full}.{Environment.ProcessId}.part";
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            int rows;
            try
            {
                await using (FileStream target = File.Create(unfinished))
                    await new Exports(registry.Database, registry.Tokenizers).Write(registry.Project, call.GetValue(dataset), target, cancellation);
                rows = File.ReadLines(unfinished).Count();
                File.Move(unfinished, full, overwrite: true);
            }
            finally
            {
                File.Delete(unfinished);
            }
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { dataset = Named(call.GetValue(dataset)), file = call.GetValue(output), rows });
            else
                Console.WriteLine($"{call.GetValue(output)}: {rows} rows of {Named(call.GetValue(dataset))}");
            return 0;
        }));
        return command;
    }

    private static async Task<ProjectView> Find(Registry registry) =>
        (await new Projects(registry.Database, registry.Tokenizers, TimeProvider.System).All()).Single(project => project.Id == registry.Project);

    private static void Say(ParseResult call, ProjectView project)
    {
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(JsonSerializer.SerializeToElement(project, StoreJson.Options));
        else
            Console.WriteLine($"{project.Id} {project.Settings.Name}: {Named(project.Settings.Kind)}{(project.ArchivedAt is null ? "" : ", archived")}");
    }

    private static string Named<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
