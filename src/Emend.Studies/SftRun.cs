using Emend.Studies.Stages;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>`emend train sft`: supervised fine-tuning from a recipe into a model folder.</summary>
public static class SftRun
{
    /// <exception cref="InvalidInputException">A folder or file of the recipe is missing or does not fit; nothing was written.</exception>
    public static TrainResult Run(SftRecipe recipe, IProgress<TrainingReport>? watcher = null, CancellationToken interruption = default)
    {
        using StageModel start = StageModel.Load(recipe.Model, recipe.Text);
        recipe = recipe with { Text = start.Encoder.Section };
        var data = new StageData(start.Encoder, recipe.Data, start.Model.Config.ContextLength);
        (IReadOnlyList<Example> examples, DataCounts counts) = data.Examples(RankedTexts.Read(recipe.Data));

        using RunFolder run = RunFolder.Create(recipe.Output, recipe);
        var progress = new StageProgress(run, recipe.Options.Seed, watcher, interruption);
        Sft.Train(recipe.Options, start.Model, examples, progress);
        start.Model.Save(run.Folder);
        start.SaveTexts(run.Folder);
        run.Finish();
        return progress.Result(recipe.Output, counts);
    }
}
