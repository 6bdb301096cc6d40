using System.Text.Json;
using Emend.Feedback;
using Emend.Models;
using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Emend.UnitTests;
using Emend.UnitTests.Architecture;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.RecipeTests;

/// <summary>A reward model that learns from edits and from comparisons at once.</summary>
public sealed class EditsAndRankingsTests : IDisposable
{
    private static readonly RewardModelOptions CImplicit = new() { Steps = 3, BatchSize = 36, LearningRate = 1e-3, TokenLossWeight = 1, Lookahead = 1, ImplicitWeight = 1 };
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BothAreCountedAndBothAreInTheLoss()
    {
        TrainResult both = Run(Recipe("both") with { Options = CImplicit });
        TrainResult edits = Run(Recipe("edits") with { Options = CImplicit, Rankings = null });

        Assert.Equal((24, 24, 12, 12), (both.Data.Rows, both.Data.Examples, both.Rankings!.Rows, both.Rankings.Examples));
        Assert.Null(edits.Rankings);
        // Before its first step every reward is 0: each token costs log 2, and each comparison does, as its share of the batch.
        Assert.Equal(Math.Log(2), TinyRun.Column(edits.Folder, "loss")[0], Near.Float32);
        Assert.Equal(Math.Log(2) * (1 + 12.0 / 36), TinyRun.Column(both.Folder, "loss")[0], Near.Float32);
    }

    [Fact]
    public void TheWeightsAreThoseOfTheArmOnTheSamePairs()
    {
        TrainResult run = Run(Recipe("run") with { Options = CImplicit });

        Tokenizer tokenizer = Tokenizer.Load(TinyRun.Model);
        using LanguageModel model = LanguageModel.Load(TinyRun.Model);
        int stop = StopTokens.Of(TinyRun.Model, model.Config)[0];
        EditExample Pair(string prompt, string preferred, string other, bool isWholeEdit) =>
            EditExample.Of(tokenizer.Encode(prompt, addSpecialTokens: true), [.. tokenizer.Encode(preferred), stop], [.. tokenizer.Encode(other), stop], isWholeEdit);
        EditExample[] pairs =
        [
            .. EditRows.Read(TinyRun.Edits(Folder)).Select(row => Pair(row.Prompt, row.Edited, row.Response, isWholeEdit: true)),
            .. PreferencePairs.Read(Preferences(), PreferenceFormat.PromptChosenRejected).Select(row => Pair(row.Prompt.Text, row.Chosen.Text, row.Rejected.Text, isWholeEdit: false)),
        ];
        using RewardModel direct = TokenRewardModel.Train(CImplicit, model, pairs);
        direct.Save(Path.Combine(Folder, "direct"));

        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "direct", "model.safetensors")), File.ReadAllBytes(Path.Combine(run.Folder, "model.safetensors")));
    }

    [Fact]
    public void AModelOfWholeResponsesTakesBothToo()
    {
        TrainResult both = Run(Recipe("both"), RewardKind.Sequence);

        Assert.Equal((24, 12), (both.Data.Examples, both.Rankings!.Examples));
    }

    [Theory]
    [InlineData("options.tokenLossWeight: 0.5 has nothing to learn from without edits", "data: {format: promptChosenRejected}, options: {tokenLossWeight: 0.5}")]
    [InlineData("options.tokenLossWeight: 1 learns from whole edits", "data: {format: editRows, splitHunks: true}, options: {tokenLossWeight: 1}")]
    [InlineData("rankings.format: is for what people compared", "data: {format: editRows}, rankings: {format: editRows}")]
    [InlineData("rankings.splitHunks: is for edits", "data: {format: editRows}, rankings: {format: rankings, splitHunks: true}")]
    public void WhatDoesNotGoTogetherIsRefused(string problem, string recipe) =>
        Assert.Contains(problem, Assert.Throws<InvalidInputException>(() => RecipeReader.ReadText<RewardRecipe>($"{{about: x, {recipe}}}", "x.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void FilesOfRankingsNeedARecipeThatSaysTheirFormat()
    {
        RewardRecipe recipe = RecipeReader.ReadText<RewardRecipe>("{about: x, data: {format: editRows}, rankings: {format: rankings, files: [r.jsonl]}}", "x.yaml");

        Assert.Equal(["some/r.jsonl"], new TrainPaths().Into(recipe, "some/x.yaml").Rankings!.Files);
        Assert.Equal(["R"], new TrainPaths(Rankings: ["R"]).Into(recipe, "some/x.yaml").Rankings!.Files);
        PpoRecipe ppo = new() { About = "", Data = new DataSection { Format = DataFormat.Prompts } };
        Assert.Contains("--pretraining P: the recipe has no pretraining", Assert.Throws<InvalidInputException>(() => new TrainPaths(Pretraining: ["P"]).Into(ppo, "x.yaml")).Message, StringComparison.Ordinal);
        Assert.Contains("--rankings R: the recipe has no rankings", Assert.Throws<InvalidInputException>(() => new TrainPaths(Rankings: ["R"]).Into(recipe with { Rankings = null }, "x.yaml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheExampleOfTheDocumentationRuns()
    {
        string file = Path.Combine(Repository.Root, "docs/examples/token-reward.yaml");
        RewardRecipe recipe = new TrainPaths(TinyRun.Model, Output: Path.Combine(Folder, "example")).Into(RecipeReader.Read<RewardRecipe>(file), file);

        TrainResult result = Run(recipe);

        Assert.Equal((6, 5, 1, 4), (result.Data.Rows, result.Data.Examples, result.Data.Unchanged, result.Rankings!.Examples));
    }

    private RewardRecipe Recipe(string output) => TinyRun.Reward(Folder, output) with { Rankings = new DataSection { Files = [Preferences()], Format = DataFormat.PromptChosenRejected } };

    private string Preferences() => TinyRun.Write(Folder, "preferences.jsonl", Enumerable.Range(0, 12).Select(i =>
        JsonSerializer.Serialize(new { prompt = $"There were {i} dogs. ", chosen = "They ran to the park.", rejected = "The dogs had a red ball and sat." })));

    private static TrainResult Run(RewardRecipe recipe, RewardKind kind = RewardKind.Token) => RewardRun.Run(recipe, kind, interruption: TestContext.Current.CancellationToken);
}
