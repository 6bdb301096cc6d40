using Emend.Models;
using Emend.Studies.Stages;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>`emend train ppo`: a policy from a recipe, with checkpoints to go on from.</summary>
public static class PpoRun
{
    private const string Stage = "ppo";

    /// <summary>Begins, or with <paramref name="resume"/> goes on from the last checkpoint of an unfinished run, with the same weights and logs as if it had never stopped.</summary>
    /// <exception cref="InvalidInputException">A folder or file of the recipe is missing or does not fit; nothing was written.</exception>
    public static TrainResult Run(PpoRecipe recipe, bool resume = false, IProgress<TrainingReport>? watcher = null, CancellationToken interruption = default)
    {
        using StageModel start = StageModel.Load(recipe.Model, recipe.Text);
        recipe = recipe with { Text = start.Encoder.Section };
        using RewardModel reward = LoadReward(recipe, start);
        int context = start.Model.Config.ContextLength;
        (IReadOnlyList<int[]> prompts, DataCounts counts) = new StageData(start.Encoder, recipe.Data, context).Prompts(RankedTexts.Read(recipe.Data), recipe.Options.MaxNewTokens);
        IReadOnlyList<Example> pretraining = recipe.Pretraining is { } texts && recipe.Options.PretrainingCoefficient > 0
            ? new StageData(start.Encoder, texts, context, "pretraining").Examples(RankedTexts.Read(texts, "--pretraining")).Examples
            : [];

        using LanguageModel reference = start.Model.Clone();
        using RunFolder run = resume ? RunFolder.Reopen(recipe.Output, recipe) : RunFolder.Create(recipe.Output, recipe);
        using var trainer = new Ppo(recipe.Options, start.Model, reference, reward, prompts, [start.Encoder.StopToken], pretraining);
        var samples = new SampleLog(Path.Combine(run.Folder, "samples.jsonl"), start.Encoder, reward, recipe.Samples);
        if (resume)
        {
            trainer.Restore(RunFolder.CheckpointIn(run.Folder));
            run.Metrics.KeepUpTo(trainer.Updates);
            samples.KeepUpTo(trainer.Updates);
        }
        var progress = new StageProgress(run, recipe.Options.Seed, watcher, interruption);
        Improve(recipe, trainer, run, samples, progress);
        start.Model.Save(run.Folder);
        start.SaveTexts(run.Folder);
        RewardedBy.Write(run.Folder, recipe.Model.Folder, recipe.Reward);
        run.Finish();
        return progress.Result(recipe.Output, counts);
    }

    private static void Improve(PpoRecipe recipe, Ppo trainer, RunFolder run, SampleLog samples, StageProgress progress)
    {
        while (trainer.Updates < recipe.Options.Updates)
        {
            PpoUpdate update = trainer.Step();
            if (update.Update % recipe.SamplesEvery == 0 || update.Update == recipe.Options.Updates)
                samples.Write(update);
            var report = new TrainingReport(Stage, update.Update, recipe.Options.Updates, update.Metrics);
            try
            {
                progress.Report(report);
            }
            catch (OperationCanceledException) when (recipe.CheckpointEvery > 0)
            {
                Checkpoint(trainer, run);
                throw;
            }
            if (recipe.CheckpointEvery > 0 && update.Update % recipe.CheckpointEvery == 0)
                Checkpoint(trainer, run);
        }
    }

    private static void Checkpoint(Ppo trainer, RunFolder run)
    {
        trainer.Save(RunFolder.CheckpointIn(run.Folder));
        run.KeepUnfinished = true;
    }

    // A reward model is worth nothing on ids of another tokenizer, and nothing in units that nobody measured.
    private static RewardModel LoadReward(PpoRecipe recipe, StageModel start)
    {
        StageModel.RequireFolder(recipe.Reward, "reward", "--reward DIR");
        RewardModel reward = RewardModel.Load(recipe.Reward, StageModel.Compute(recipe.Model), StageModel.DeviceOf(recipe.Model));
        string[] problems = [.. Problems(recipe, start, reward)];
        if (problems.Length == 0)
            return reward;
        reward.Dispose();
        throw problems.Length == 1 ? new InvalidInputException(problems[0]) : InvalidInputException.ForProblems(recipe.Reward, problems);
    }

    private static IEnumerable<string> Problems(PpoRecipe recipe, StageModel start, RewardModel reward)
    {
        Calibration calibration = reward.Calibration;
        if (calibration.TokenizerSha256 != "" && calibration.TokenizerSha256 != start.Encoder.Tokenizer.Sha256)
            yield return $"reward: {recipe.Reward} was trained with another tokenizer (sha256 {calibration.TokenizerSha256[..12]}…) than {recipe.Model.Folder} has ({start.Encoder.Tokenizer.Sha256[..12]}…); train both with the same tokenizer file";
        else if (start.Encoder.DifferenceFrom(recipe.Reward, reward.Model.Config) is { } difference)
            yield return $"reward: {recipe.Reward} {difference} as this recipe has the policy asked; say the same in text, or train the reward model with this";
        if (reward.Model.Config.ContextLength < start.Model.Config.ContextLength)
            yield return $"reward: the context of {recipe.Reward} is {reward.Model.Config.ContextLength} tokens, that of the policy {start.Model.Config.ContextLength}; it must be as long";
        if (calibration.Responses == 0 && recipe.Options.Scaling != RewardScaling.Raw)
            yield return $"reward: {recipe.Reward} was never calibrated, so its rewards have no unit; set options.scaling: raw, or train it with emend train";
        else if (calibration.LengthMean == 0 && recipe.Options.Scaling == RewardScaling.LengthNeutral)
            yield return $"reward: {recipe.Reward} was calibrated before lengths were measured; train it again, or set options.scaling: standardScore";
        if (calibration.Kind == RewardKind.Sequence && recipe.Options.Placement == RewardPlacement.EveryToken)
            yield return $"options.placement: everyToken needs a token reward model; {recipe.Reward} scores whole responses";
        if (calibration.Kind == RewardKind.Sequence && recipe.Options.Scaling == RewardScaling.StandardToken)
            yield return $"options.scaling: standardToken needs a token reward model; {recipe.Reward} scores whole responses";
    }
}
