using System.CommandLine;
using Emend.Evaluation;
using Emend.Studies;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend study RECIPE: arms × seeds, one report.</summary>
internal static class StudyCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The study's YAML file; recipes/ has those that were published." };
        var data = new Option<string?>("--data") { Description = "Folder of the data that the recipe names." };
        var model = new Option<string?>("--model") { Description = "Folder of the pretrained model that the recipe names." };
        var output = new Option<string?>("--output") { Description = "Run folder; runs/NAME of the recipe where it is not given. An interrupted study goes on there." };
        var jobs = new Option<int>("--jobs") { Description = "Arms trained side by side.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("study", "Compare ways to learn from edits: every arm under every seed, one table and one report.") { recipe, data, model, output, jobs };
        command.SetAction(call =>
        {
            string path = call.GetValue(recipe)!;
            string folder = call.GetValue(output) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(path));
            if (call.GetValue(jobs) < 1)
                throw new InvalidInputException($"--jobs: {call.GetValue(jobs)} is not at least 1");
            StudyRecipe study = RecipeReader.Read<StudyRecipe>(path);
            using var progress = new StudyProgressLine();
            IReadOnlyList<StudyResult> results = StudyRun.Run(study, folder, call.GetValue(jobs), call.GetValue(data), call.GetValue(model), progress);
            progress.Clear();
            StudyOutput.Write(results, folder, progress.Elapsed, call.GetValue(CommandLine.Json));
        });
        return command;
    }
}
