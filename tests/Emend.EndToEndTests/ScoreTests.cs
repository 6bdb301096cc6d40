using System.Text.Json;
using Emend.Models;
using Emend.Text;
using Emend.Training;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class ScoreTests : IDisposable
{
    private const string End = "<end>";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryTokenHasItsTextItsPlaceAndItsReward()
    {
        RewardModelOfOneStep();

        JsonElement answer = JsonElement.Parse(Assert.Single(
            Finished.Emend(["score", "--model", folder.Path], """{"prompt": "is it red", "response": "it is 🦙 red"}""").Succeeded().Lines));

        JsonElement[] tokens = [.. answer.GetProperty("tokens").EnumerateArray()];
        Assert.Equal(["i", "t", " is"], tokens.Take(3).Select(token => token.GetProperty("text").GetString()));
        Assert.Equal((End, 12, 12), (tokens[^1].GetProperty("text").GetString(), tokens[^1].GetProperty("start").GetInt32(), tokens[^1].GetProperty("end").GetInt32()));
        double mean = tokens.Average(token => token.GetProperty("reward").GetDouble());
        Assert.NotEqual(0, mean);
        Assert.Equal(mean, answer.GetProperty("score").GetDouble(), Near.Float32);
        Assert.Contains(tokens, token => token.GetProperty("text").GetString() == "🦙");
    }

    [Fact]
    public void ATokenizerThatWasNotTheOneOfTrainingIsRefused()
    {
        RewardModelOfOneStep();
        folder.Write("tokenizer.json", BpeTrainer.TrainByteLevel(["another text altogether"], 300, [End]));

        Finished.Emend(["score", "--model", folder.Path], """{"prompt": "a", "response": "b"}""").WasRefused("standard input:1:", "trained with");
    }

    [Fact]
    public void ALanguageModelIsNoRewardModel()
    {
        LanguageModel.Create(Config(), seed: 1).Save(folder.Path);

        Finished.Emend(["score", "--model", folder.Path]).WasRefused("calibration.json", "emend train");
    }

    [Fact]
    public void AMissingResponseIsNamedByItsLine()
    {
        RewardModelOfOneStep();

        Finished.Emend(["score", "--model", folder.Path], """{"prompt": "a"}""").WasRefused("standard input:1: response is missing");
    }

    private static ModelConfig Config() => ModelConfig.Llama(vocabularySize: 300, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 64) with { EosTokenIds = [0] };

    private void RewardModelOfOneStep()
    {
        var tokenizer = Tokenizer.Load(folder.Write("tokenizer.json", BpeTrainer.TrainByteLevel(["it is red it is blue is it red"], 300, [End])));
        int end = tokenizer.IdOf(End)!.Value;
        using LanguageModel policy = LanguageModel.Create(Config() with { EosTokenIds = [end] }, seed: 1);
        int[] prompt = tokenizer.Encode("is it red"), edited = [.. tokenizer.Encode("it is red"), end], original = [.. tokenizer.Encode("it is blue"), end];
        bool[] all = [.. edited.Select(_ => true)];
        var pair = new EditExample(prompt, edited, original, all, [.. original.Select(_ => true)], []);
        using RewardModel trained = TokenRewardModel.Train(new RewardModelOptions { Steps = 3, BatchSize = 1, LearningRate = 1e-2 }, policy, [pair]);
        trained.Calibrate([new Example(prompt, edited), new Example(prompt, original)]);
        using var named = new RewardModel(trained.Model.Clone(), trained.Calibration with { TokenizerSha256 = tokenizer.Sha256 });
        named.Save(folder.Path);
    }
}
