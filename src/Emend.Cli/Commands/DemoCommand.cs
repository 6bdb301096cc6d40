using System.CommandLine;
using Emend.Evaluation;
using Emend.Studies;

namespace Emend.Cli.Commands;

/// <summary>emend demo: the whole claim of the project on the built-in world, in minutes.</summary>
internal static class DemoCommand
{
    private const string Recipe = "recipes/demo.yaml";
    private static readonly string s_folder = Path.Combine("runs", "demo");

    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "Run folder; what an earlier demo left there is replaced, an interrupted one goes on.", DefaultValueFactory = _ => s_folder };
        var command = new Command("demo", "See the whole loop: edits collected, a token reward model trained from them, PPO arms compared, a report.") { output };
        command.SetAction(call =>
        {
            string folder = call.GetValue(output)!;
            StudyRecipe recipe = RecipeReader.Read<StudyRecipe>(Path.Combine(AppContext.BaseDirectory, Recipe));
            // A finished demo is replaced, also one of an older version where demos go by default; another study's folder is not ours to take.
            if (File.Exists(Path.Combine(folder, "result.json")) && (folder == s_folder || StudyRun.IsOf(recipe, folder)))
                Directory.Delete(folder, recursive: true);
            using var progress = new StudyProgressLine();
            IReadOnlyList<StudyResult> results = StudyRun.Run(recipe, folder, Environment.ProcessorCount, null, null, progress);
            progress.Clear();
            StudyOutput.Write(results, folder, progress.Elapsed, call.GetValue(CommandLine.Json));
        });
        return command;
    }
}
