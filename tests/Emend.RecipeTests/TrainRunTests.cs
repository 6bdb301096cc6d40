using Emend.Models;
using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.RecipeTests;

public sealed class TrainRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FineTuningLowersTheLossAndTheSameSeedGivesTheSameBytes()
    {
        TrainResult first = Run(TinyRun.Sft(Folder, "first")), second = Run(TinyRun.Sft(Folder, "second"));

        double[] losses = TinyRun.Column(first.Folder, "loss");
        Assert.Equal((12, 24, 24), (losses.Length, first.Data.Rows, first.Data.Examples));
        Assert.True(losses[^1] < losses[0] / 2, $"{losses[0]} → {losses[^1]}");
        AssertSameBytes(first.Folder, second.Folder, "metrics.jsonl", "model.safetensors", "tokenizer.json");
    }

    [Theory]
    [InlineData(RewardKind.Sequence)]
    [InlineData(RewardKind.Token)]
    public void ARewardModelLearnsToPreferTheEditsAndCarriesItsCalibration(RewardKind kind)
    {
        TrainResult result = Run(TinyRun.Reward(Folder, "reward"), kind);

        double[] losses = TinyRun.Column(result.Folder, "loss");
        Assert.True(losses[^1] < 0.8 * losses[0], $"{losses[0]} → {losses[^1]}");
        using RewardModel model = RewardModel.Load(result.Folder);
        Assert.Equal((kind, 48, Tokenizer.Load(TinyRun.Model).Sha256), (model.Calibration.Kind, model.Calibration.Responses, model.Calibration.TokenizerSha256));
        Assert.True(model.Calibration.ScoreDeviation > 0);
    }

    [Fact]
    public void SplitHunksGiveOnePairForEachOfTheTwoChangesOfARow()
    {
        RewardRecipe recipe = TinyRun.Reward(Folder, "reward");

        TrainResult result = Run(recipe with { Data = recipe.Data with { SplitHunks = true } }, RewardKind.Token);

        Assert.Equal((24, 48), (result.Data.Rows, result.Data.Examples));
    }

    [Fact]
    public void ARewardModelIsCalibratedOnSamplesOfThePolicyThatTheRecipeNames()
    {
        RewardRecipe onData = TinyRun.Reward(Folder, "data") with { Calibration = new CalibrationSection { Responses = 10 } };
        RewardRecipe onPolicy = TinyRun.Reward(Folder, "policy") with { Calibration = new CalibrationSection { Responses = 10, Policy = TinyRun.Model, MaxNewTokens = 5 } };

        using RewardModel first = RewardModel.Load(Run(onData, RewardKind.Token).Folder), second = RewardModel.Load(Run(onPolicy, RewardKind.Token).Folder);

        Assert.Equal((10, 10), (first.Calibration.Responses, second.Calibration.Responses));
        Assert.NotEqual(first.Calibration.ScoreMean, second.Calibration.ScoreMean);
    }

    [Theory]
    [InlineData(ValueModel.Separate)]
    [InlineData(ValueModel.SharedTrunk)]
    public void PpoThatWasStoppedGoesOnToTheSameBytesAsIfItHadNot(ValueModel value)
    {
        string reward = Run(TinyRun.Reward(Folder, "reward"), RewardKind.Token).Folder;
        PpoRecipe Recipe(string output)
        {
            PpoRecipe recipe = TinyRun.Ppo(Folder, reward, output);
            return recipe with { Options = recipe.Options with { Value = value } };
        }
        TrainResult whole = Run(Recipe("whole"));

        PpoRecipe stopped = Recipe("stopped");
        using (var watcher = new StopAfter(3))
            Assert.Throws<OperationCanceledException>(() => PpoRun.Run(stopped, watcher: watcher, interruption: watcher.Token));
        Assert.False(Directory.Exists(stopped.Output));
        File.AppendAllText(Path.Combine(stopped.Output + ".unfinished", "metrics.jsonl"), """{"stage":"ppo","arm":"","seed":1,"step":4,"score":7}""" + "\n");
        TrainResult resumed = Run(stopped, resume: true);

        Assert.Equal(6, TinyRun.Column(whole.Folder, "score").Length);
        AssertSameBytes(whole.Folder, resumed.Folder, "metrics.jsonl", "samples.jsonl", "model.safetensors");
        Assert.NotEqual(TinyRun.Column(whole.Folder, "klCoefficient")[0], TinyRun.Column(whole.Folder, "klCoefficient")[^1]);
        Assert.False(Directory.Exists(stopped.Output + ".unfinished"));
        using LanguageModel policy = LanguageModel.Load(resumed.Folder);    // refuses tensors that are no parameter of the model
    }

    [Fact]
    public void AnUnfinishedRunIsNeitherOverwrittenNorContinuedWithAnotherRecipe()
    {
        string reward = Run(TinyRun.Reward(Folder, "reward"), RewardKind.Token).Folder;
        PpoRecipe recipe = TinyRun.Ppo(Folder, reward, "stopped");
        using (var watcher = new StopAfter(2))
            Assert.Throws<OperationCanceledException>(() => PpoRun.Run(recipe, watcher: watcher, interruption: watcher.Token));

        AssertRefused("--resume goes on with it", () => Run(recipe));
        AssertRefused("had another recipe (\"klCoefficient: 0.05\", now \"klCoefficient: 0.1\")", () => Run(recipe with { Options = recipe.Options with { KlCoefficient = 0.1 } }, resume: true));
        AssertRefused("there is no checkpoint to go on from", () => Run(recipe with { Output = Path.Combine(Folder, "other") }, resume: true));
    }

    [Fact]
    public void AnInterruptedTrainingLeavesNothing()
    {
        SftRecipe recipe = TinyRun.Sft(Folder, "stopped");
        using var watcher = new StopAfter(2);

        Assert.Throws<OperationCanceledException>(() => SftRun.Run(recipe, watcher, watcher.Token));

        Assert.Empty(Directory.GetDirectories(Folder));
    }

    [Fact]
    public void ARowThatIsTooLongIsNamedOrLeftOutAndCounted()
    {
        string file = TinyRun.Write(Folder, "long.jsonl",
        [
            """{"prompt": "a", "completion": "b"}""",
            $$"""{"prompt": "a", "completion": "{{string.Concat(Enumerable.Repeat("one two three ", 400))}}"}""",
        ]);
        SftRecipe recipe = TinyRun.Sft(Folder, "output") with { Data = new DataSection { Files = [file], Format = DataFormat.PromptCompletion } };

        AssertRefused("long.jsonl:2: prompt (", () => Run(recipe));
        TrainResult result = Run(recipe with { Data = recipe.Data with { TooLong = TooLong.Skip } });

        Assert.Equal((2, 1, 1), (result.Data.Rows, result.Data.Examples, result.Data.TooLong));
    }

    [Fact]
    public void APolicyWithAnotherTokenizerThanItsRewardModelIsRefused()
    {
        RewardRecipe reward = TinyRun.Reward(Folder, "reward");
        string other = Path.Combine(Folder, "other");
        Directory.CreateDirectory(other);
        foreach (string file in Directory.GetFiles(TinyRun.Model))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        File.AppendAllText(Path.Combine(other, "tokenizer.json"), "\n");
        string folder = Run(reward with { Model = reward.Model with { Folder = other } }, RewardKind.Token).Folder;

        AssertRefused("was trained with another tokenizer", () => Run(TinyRun.Ppo(Folder, folder, "policy")));
    }

    [Fact]
    public void AWholeResponseRewardCannotPayEveryToken()
    {
        string reward = Run(TinyRun.Reward(Folder, "reward"), RewardKind.Sequence).Folder;

        AssertRefused("options.placement: everyToken needs a token reward model", () => Run(TinyRun.Ppo(Folder, reward, "policy")));
    }

    [Fact]
    public void AFolderThatIsThereIsNotOverwritten()
    {
        SftRecipe recipe = TinyRun.Sft(Folder, "output");
        Directory.CreateDirectory(recipe.Output);

        AssertRefused("is there already", () => Run(recipe));
    }

    [Fact]
    public void WhatTheRecipeDoesNotNameIsAskedFor()
    {
        SftRecipe recipe = TinyRun.Sft(Folder, "output");

        AssertRefused("give --model DIR", () => Run(recipe with { Model = new ModelSection() }));
        AssertRefused("give --data FILE", () => Run(recipe with { Data = recipe.Data with { Files = [] } }));
        AssertRefused("give --output DIR", () => Run(recipe with { Output = "" }));
        AssertRefused("\"<nothing>\" is not a token", () => Run(recipe with { Text = new TextSection { Stop = "<nothing>" } }));
    }

    [Fact]
    public void WhatARunMadeIsReadAgainAsItsRecipe()
    {
        TrainResult result = Run(TinyRun.Sft(Folder, "output"));

        SftRecipe again = RecipeReader.Read<SftRecipe>(Path.Combine(result.Folder, "resolved-recipe.yaml"));

        Assert.Equal(TinyRun.Sft(Folder, "output").Options, again.Options);
    }

    private static TrainResult Run(SftRecipe recipe) => SftRun.Run(recipe, interruption: TestContext.Current.CancellationToken);

    private static TrainResult Run(RewardRecipe recipe, RewardKind kind) => RewardRun.Run(recipe, kind, interruption: TestContext.Current.CancellationToken);

    private static TrainResult Run(PpoRecipe recipe, bool resume = false) => PpoRun.Run(recipe, resume, interruption: TestContext.Current.CancellationToken);

    private static void AssertSameBytes(string folder, string other, params string[] files)
    {
        foreach (string file in files)
            Assert.True(File.ReadAllBytes(Path.Combine(folder, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(other, file))), $"{file} differs");
    }

    private static void AssertRefused(string problem, Action run) =>
        Assert.Contains(problem, Assert.Throws<InvalidInputException>(run).Message, StringComparison.Ordinal);
}
