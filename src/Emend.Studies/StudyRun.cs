using Emend.Evaluation;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>A whole study from its recipe: every regime's result and report in the run folder.</summary>
public static class StudyRun
{
    private const string RecipeFile = "recipe.yaml";

    /// <summary>Runs the recipe into a folder (going on where an earlier run of the same recipe stopped) and returns one result per regime.</summary>
    public static IReadOnlyList<StudyResult> Run(StudyRecipe recipe, string folder, int jobs, string? dataFolder, string? modelFolder, IProgress<StudyProgress>? progress)
    {
        if (recipe.Kind == StudyKind.Edits && (dataFolder is null || modelFolder is null))
            throw new InvalidInputException($"this study needs --data (the folder with {recipe.Data.File}; {recipe.Data.Source}) and --model (a folder with the pretrained model and {recipe.Data.Tokenizer})");
        if (recipe.Kind == StudyKind.Builtin && (dataFolder ?? modelFolder) is { } given)
            throw new InvalidInputException($"{(given == dataFolder ? "--data" : "--model")} {given}: a study of the built-in world makes its own feedback and its own policy");
        ClaimFolder(recipe, folder);
        var training = new Forward(progress);
        if (recipe.Kind == StudyKind.Edits)
            return Report(folder, [Finish(recipe, EditsTask.Create(recipe, dataFolder!, modelFolder!, folder, training), recipe.Ppo, folder, jobs, progress)]);
        return Report(folder, [.. recipe.Regimes.Select(regime =>
        {
            string own = recipe.Regimes.Count == 1 ? folder : Path.Combine(folder, regime.ToString().ToLowerInvariant());
            StudyTask task = BuiltinTask.Create(recipe, regime, own, training);
            return Finish(recipe, task, recipe.PpoFor(regime), own, jobs, progress);
        })]);
    }

    /// <summary>Whether a folder holds a run of exactly this recipe.</summary>
    public static bool IsOf(StudyRecipe recipe, string folder)
    {
        string path = Path.Combine(folder, RecipeFile);
        return File.Exists(path) && File.ReadAllText(path) == RecipeReader.ToYaml(recipe);
    }

    // As much of a prompt as fits into one line of the picture.
    private static string Shortened(string line)
    {
        const int most = 76;
        return line.Length <= most ? line : line[..line.LastIndexOf(' ', most)] + " …";
    }

    // What is in a run folder was made by one recipe; another's arms must not be taken for this one's.
    private static void ClaimFolder(StudyRecipe recipe, string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, RecipeFile);
        if (!File.Exists(path))
            WholeFile.Write(path, RecipeReader.ToYaml(recipe));
        else if (!IsOf(recipe, folder))
            throw new InvalidInputException($"{folder}: another recipe has been run here (its settings are in {path}); give another folder with --output, or remove this one");
    }

    private static StudyResult[] Report(string folder, StudyResult[] results)
    {
        ReportPage.Save(Path.Combine(folder, "report.html"), "Emend study", results);
        return results;
    }

    private static StudyResult Finish(StudyRecipe recipe, StudyTask task, PpoOptions ppo, string folder, int jobs, IProgress<StudyProgress>? progress)
    {
        using Models.LanguageModel policy = task.Policy;
        StudyResult result = Study.Run(recipe, task, ppo, folder, jobs, progress);
        result.Save(Path.Combine(folder, "result.json"));
        WholeFile.Write(Path.Combine(folder, "result.md"), StudyMarkdown.Of(result));
        // The picture for a README: of the reference's responses the one whose tokens differ most in reward.
        SamplePrompt? shown = result.Measures.Samples.MaxBy(sample => sample.Responses[0].Tokens.Select(token => token.Reward).DefaultIfEmpty().Max(Math.Abs));
        if (shown is not null && shown.Responses[0].Tokens.Count > 0)
            TokenStrip.Save(Path.Combine(folder, "sample.svg"), Shortened(shown.Prompt.Split('\n')[0]), shown.Responses[0]);
        return result;
    }

    /// <summary>Progress of the policy's own training, before the arms.</summary>
    private sealed class Forward(IProgress<StudyProgress>? progress) : IProgress<TrainingReport>
    {
        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

        public void Report(TrainingReport value) => progress?.Report(new StudyProgress(
            $"{value.Stage}, step {value.Step} of {value.Steps}, loss {value.Metrics[0].Value:F3}", 0, _clock.Elapsed, null));
    }
}
