using System.CommandLine;
using Emend.Evaluation;
using Emend.Studies;

namespace Emend.Cli.Commands;

/// <summary>emend demo: the whole claim of the project on the built-in world, in minutes.</summary>
internal static class DemoCommand
{
    private const string Recipe = "recipes/demo.yaml";

    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "Run folder; what an earlier demo left there is replaced, an interrupted one goes on.", DefaultValueFactory = _ => Path.Combine("runs", "demo") };
        var command = new Command("demo", "See the whole loop: edits collected, a token reward model trained from them, PPO arms compared, a report.") { output };
        command.SetAction(call =>
        {
            string folder = call.GetValue(output)!;
            if (File.Exists(Path.Combine(folder, "result.json")))
                Directory.Delete(folder, recursive: true);
            StudyRecipe recipe = RecipeReader.Read<StudyRecipe>(Path.Combine(AppContext.BaseDirectory, Recipe));
            using var progress = new StudyProgressLine();
            IReadOnlyList<StudyResult> results = StudyRun.Run(recipe, folder, Environment.ProcessorCount, null, null, progress);
            progress.Clear();
            StudyOutput.Write(results, folder, progress.Elapsed, call.GetValue(CommandLine.Json));
        });
        return command;
    }
}
