using Emend.Models;
using Emend.Studies.Stages;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>`emend train reward` and `emend train token-reward`: a reward model from a recipe, calibrated, into a model folder.</summary>
public static class RewardRun
{
    /// <exception cref="InvalidInputException">A folder or file of the recipe is missing or does not fit; nothing was written.</exception>
    public static TrainResult Run(RewardRecipe recipe, RewardKind kind, IProgress<TrainingReport>? watcher = null, CancellationToken interruption = default)
    {
        if (kind == RewardKind.Sequence && (recipe.Options.ChangedTokensOnly || recipe.Options.ConsistencyWeight > 0 || recipe.Options.TokenLossWeight > 0 || recipe.Options.Lookahead > 0 || recipe.Options.TokenNoise > 0 || recipe.Options.ImplicitWeight > 0))
            throw new InvalidInputException("options.changedTokensOnly, options.consistencyWeight, options.tokenLossWeight, options.lookahead, options.tokenNoise, options.implicitWeight: are for emend train token-reward; a sequence reward model has no token rewards");
        using StageModel start = StageModel.Load(recipe.Model, recipe.Text);
        recipe = recipe with { Text = start.Encoder.Section };
        return kind == RewardKind.Sequence
            ? Run(recipe, start, Both(recipe, start, (data, rows) => data.Rankings(rows)), SequenceRewardModel.Train, example => (example.Prompt, example.Responses), watcher, interruption)
            : Run(recipe, start, Both(recipe, start, (data, rows) => data.Edits(rows)), TokenRewardModel.Train, example => (example.Prompt, [example.Edited, example.Original]), watcher, interruption);
    }

    private delegate RewardModel Training<T>(RewardModelOptions options, LanguageModel backbone, IReadOnlyList<T> examples, IProgress<TrainingReport>? progress);

    // The edits, and behind them what people compared, as arm C-implicit of a study has them.
    private static (IReadOnlyList<T> Examples, DataCounts Counts, DataCounts? Rankings) Both<T>(RewardRecipe recipe, StageModel start,
        Func<StageData, IReadOnlyList<RankedTexts>, (IReadOnlyList<T> Examples, DataCounts Counts)> encode)
    {
        int context = start.Model.Config.ContextLength;
        (IReadOnlyList<T> examples, DataCounts counts) = encode(new StageData(start.Encoder, recipe.Data, context), RankedTexts.Read(recipe.Data));
        if (recipe.Rankings is not { } section)
            return (examples, counts, null);
        (IReadOnlyList<T> compared, DataCounts rankings) = encode(new StageData(start.Encoder, section, context, "rankings"), RankedTexts.Read(section, "--rankings"));
        return ([.. examples, .. compared], counts, rankings);
    }

    private static TrainResult Run<T>(RewardRecipe recipe, StageModel start, (IReadOnlyList<T> Examples, DataCounts Counts, DataCounts? Rankings) data,
        Training<T> train, Func<T, (int[] Prompt, int[][] Responses)> texts, IProgress<TrainingReport>? watcher, CancellationToken interruption)
    {
        using RunFolder run = RunFolder.Create(recipe.Output, recipe);
        var progress = new StageProgress(run, recipe.Options.Seed, watcher, interruption);
        using RewardModel trained = train(recipe.Options, start.Model, data.Examples, progress);
        trained.Calibrate(CalibrationResponses(recipe, start, [.. data.Examples.Select(texts)]));
        var model = new RewardModel(trained.Model, trained.Calibration with { TokenizerSha256 = start.Encoder.Tokenizer.Sha256 }, trained.Start);
        model.Save(run.Folder);
        start.SaveTexts(run.Folder);
        run.Finish();
        return progress.Result(recipe.Output, data.Counts) with { Rankings = data.Rankings };
    }

    private static Example[] CalibrationResponses(RewardRecipe recipe, StageModel start, (int[] Prompt, int[][] Responses)[] texts)
    {
        CalibrationSection settings = recipe.Calibration;
        if (settings.Policy.Length == 0)
            return [.. texts.SelectMany(text => text.Responses.Select(response => new Example(text.Prompt, response))).Take(settings.Responses)];

        StageModel.RequireFolder(settings.Policy, "calibration.policy", "the folder of the policy that PPO will start from");
        using StageModel policy = StageModel.Load(recipe.Model with { Folder = settings.Policy }, recipe.Text);
        if (policy.Encoder.Tokenizer.Sha256 != start.Encoder.Tokenizer.Sha256)
            throw new InvalidInputException($"calibration.policy: the tokenizer of {settings.Policy} is not that of {recipe.Model.Folder}; both must be the same file");
        if (start.Encoder.DifferenceFrom(settings.Policy, policy.Model.Config) is { } difference)
            throw new InvalidInputException($"calibration.policy: {settings.Policy} {difference} as this recipe has it; say the same in text");
        using IDisposable off = Gradients.Off();
        int[][] prompts = [.. Enumerable.Range(0, settings.Responses).Select(i => texts[i % texts.Length].Prompt)];
        IReadOnlyList<Generation> generations = Generator.Generate(policy.Model, prompts, new SamplingOptions
        {
            MaxNewTokens = settings.MaxNewTokens,
            Temperature = settings.Temperature,
            StopTokens = [start.Encoder.StopToken],
            Seed = Seeds.Mix(recipe.Options.Seed, "calibration"),
        });
        return [.. generations.Select(generation => new Example(generation.Prompt, generation.Response))];
    }
}
