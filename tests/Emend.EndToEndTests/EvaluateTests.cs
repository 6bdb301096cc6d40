using System.Security.Cryptography;
using System.Text.Json;
using Emend.Models;
using Emend.Text;
using Emend.Training;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>Policies of a few thousand weights: one says that it is blue, one that it is red, and a judge prefers red.</summary>
public sealed class EvaluateTests : IDisposable
{
    private const string End = "<end>";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void APolicyThatLearnedWhatTheJudgeLikesWins()
    {
        Tokenizer tokenizer = WriteTokenizer("red", "blue", "judge");
        Save("red", Policy(tokenizer, "it is red"));
        Save("blue", Policy(tokenizer, "it is blue"));
        SaveJudge(tokenizer);
        string[] call = ["evaluate", "--policy", At("red"), "--reference", At("blue"), "--judge", At("judge"), "--prompts", Prompts(), "--samples", "3", "--max-new", "12"];

        JsonElement result = JsonElement.Parse(Assert.Single(Finished.Emend([.. call, "--json"]).Succeeded().Lines));

        JsonElement rate = result.GetProperty("winRate");
        Assert.InRange(rate.GetProperty("value").GetDouble(), 75, 100);
        Assert.InRange(rate.GetProperty("low").GetDouble(), 50, rate.GetProperty("value").GetDouble());
        Assert.InRange(rate.GetProperty("high").GetDouble(), rate.GetProperty("value").GetDouble(), 100);
        Assert.InRange(result.GetProperty("kl").GetDouble(), 1, double.MaxValue);
        Assert.True(result.GetProperty("perplexity").GetDouble() > result.GetProperty("referencePerplexity").GetDouble());
        Assert.Equal((4, 3, 4, 0), (Number(result, "prompts"), Number(result, "samples"), Number(result, "referenceSamples"), Number(result, "seed")));
        Assert.Contains("judge", result.GetProperty("judge").GetString());
        Assert.All((string[])["length", "referenceLength", "distinctWords", "referenceDistinctWords"], field => Assert.True(result.GetProperty(field).GetDouble() > 0, field));
        Assert.InRange(result.GetProperty("duplicates").GetDouble(), 0, 1);

        string table = Finished.Emend(call).Succeeded().Out;
        Assert.Contains("win rate %", table);
        Assert.Contains("4 prompts, 3 responses against 4", table);
    }

    [Fact]
    public void AJudgeThatThePolicyWasTrainedAgainstIsWarnedOf()
    {
        Tokenizer tokenizer = WriteTokenizer("policy", "judge");
        SaveLight(tokenizer, "policy");
        SaveJudge(tokenizer);
        // Of the weights and of the calibration, as docs/formats/recipes.md says.
        byte[] hash = SHA256.HashData([.. SHA256.HashData(File.ReadAllBytes(At("judge/model.safetensors"))), .. SHA256.HashData(File.ReadAllBytes(At("judge/calibration.json")))]);
        folder.Write("policy/rewarded_by.json", JsonSerializer.Serialize(new[] { new { reward = "elsewhere", sha256 = Convert.ToHexStringLower(hash) } }));

        Finished finished = Finished.Emend(["evaluate", "--policy", At("policy"), "--reference", At("policy"), "--judge", At("judge"), "--prompts", Prompts(), "--max-new", "4", "--json"]).Succeeded();

        Assert.Contains($"warning: --policy {At("policy")} was trained against the judge", finished.Error);
        Assert.Contains("take another judge, or people", JsonElement.Parse(Assert.Single(finished.Lines)).GetProperty("warnings")[0].GetString());
    }

    [Fact]
    public void TheWorldJudgesByItsRubricAndAPolicyIsNotFarFromItself()
    {
        SaveLight(WriteTokenizer("policy"), "policy");

        JsonElement result = JsonElement.Parse(Assert.Single(Finished.Emend(
            ["evaluate", "--policy", At("policy"), "--reference", At("policy"), "--world", "short", "--count", "12", "--max-new", "8", "--seed", "5", "--json"]).Succeeded().Lines));

        Assert.Contains("gold rubric", result.GetProperty("judge").GetString());
        Assert.Equal((12, 5), (Number(result, "prompts"), Number(result, "seed")));
        Assert.Equal(0, result.GetProperty("kl").GetDouble(), Near.ThreePlaces);
        Assert.InRange(50, result.GetProperty("winRate").GetProperty("low").GetDouble(), result.GetProperty("winRate").GetProperty("high").GetDouble());
    }

    [Fact]
    public void PoliciesWithDifferentTokenizersAreNotCompared()
    {
        WriteTokenizer("policy");
        folder.Write("other/tokenizer.json", BpeTrainer.TrainByteLevel(["another text altogether"], 300, [End]));

        Finished.Emend(["evaluate", "--policy", At("policy"), "--reference", At("other"), "--world", "short"]).WasRefused("--reference", "tokenizer.json", "not that of --policy");
    }

    [Fact]
    public void AJudgeOfAnotherTokenizerIsRefused()
    {
        SaveLight(WriteTokenizer("policy"), "policy");
        folder.Write("judge/tokenizer.json", BpeTrainer.TrainByteLevel(["another text altogether"], 300, [End]));
        SaveJudge(Tokenizer.Load(At("judge")));

        Finished.Emend(["evaluate", "--policy", At("policy"), "--reference", At("policy"), "--judge", At("judge"), "--prompts", Prompts()]).WasRefused("--judge", "another tokenizer");
    }

    [Fact]
    public void PromptsAreNamedByLineAndField()
    {
        SaveLight(WriteTokenizer("policy"), "policy");
        SaveJudge(WriteTokenizer("judge"));
        string[] call = ["evaluate", "--policy", At("policy"), "--reference", At("policy"), "--judge", At("judge"), "--max-new", "8", "--prompts"];

        Finished wrong = Finished.Emend([.. call, folder.Write("wrong.jsonl", "{\"prompt\": \"a\"}\n{\"prompt\": 7}\n{}\n")]);
        Finished tooLong = Finished.Emend([.. call, folder.Write("long.jsonl", $"{{\"prompt\": \"a\"}}\n{{\"prompt\": \"{new string('z', 300)}\"}}\n")]);

        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Out));
        Assert.Contains("wrong.jsonl:2: prompt", wrong.Error);
        Assert.Contains("wrong.jsonl:3: prompt", wrong.Error);
        Assert.Equal((2, ""), (tooLong.ExitCode, tooLong.Out));
        Assert.Contains("long.jsonl:2: prompt", tooLong.Error);
        Assert.Contains("context of 256", tooLong.Error);
    }

    [Fact]
    public void WhatIsMissingIsSaid()
    {
        string file = Prompts();
        Finished.Emend(["evaluate"]).WasRefused("--policy DIR", "verdicts FILE");
        Finished.Emend(["evaluate", "--policy", folder.Path, "--reference", folder.Path]).WasRefused("--prompts FILE or --world");
        Finished.Emend(["evaluate", "--policy", "none", "--reference", folder.Path, "--prompts", file, "--samples", "0"])
            .WasRefused("--policy none: there is no such folder", "--judge REWARD_DIR", "--samples 0");
    }

    private static int Number(JsonElement result, string field) => result.GetProperty(field).GetInt32();

    private static ModelConfig Config(Tokenizer tokenizer)
    {
        int end = tokenizer.IdOf(End)!.Value;
        return ModelConfig.Llama(tokenizer.VocabularySize, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 256) with { BosTokenId = end, EosTokenIds = [end] };
    }

    private static LanguageModel Policy(Tokenizer tokenizer, string answer)
    {
        ModelConfig config = Config(tokenizer);
        int end = config.BosTokenId!.Value;
        LanguageModel model = LanguageModel.Create(config, seed: 1);
        var example = new Example([end, .. tokenizer.Encode("is it red")], [.. tokenizer.Encode(answer), end]);
        Sft.Train(new SftOptions { Epochs = 200, BatchSize = 4, LearningRate = 2e-2 }, model, [example, example, example, example]);
        return model;
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private string Prompts() => folder.Write("prompts.jsonl", string.Concat(Enumerable.Repeat("{\"prompt\": \"is it red\"}\n", 4)));

    private Tokenizer WriteTokenizer(params string[] names)
    {
        string json = BpeTrainer.TrainByteLevel(["it is red it is blue is it red"], 300, [End]);
        foreach (string name in names)
            folder.Write($"{name}/tokenizer.json", json);
        return Tokenizer.Load(At(names[0]));
    }

    private void Save(string name, LanguageModel model)
    {
        using (model)
            model.Save(At(name));
    }

    private void SaveLight(Tokenizer tokenizer, string name) => Save(name, LanguageModel.Create(Config(tokenizer), seed: 1));

    private void SaveJudge(Tokenizer tokenizer)
    {
        using LanguageModel start = LanguageModel.Create(Config(tokenizer), seed: 2);
        int end = Config(tokenizer).BosTokenId!.Value;
        int[] prompt = [end, .. tokenizer.Encode("is it red")], red = [.. tokenizer.Encode("it is red"), end], blue = [.. tokenizer.Encode("it is blue"), end];
        using RewardModel trained = SequenceRewardModel.Train(new RewardModelOptions { Steps = 40, BatchSize = 1, LearningRate = 1e-2 }, start, [RankedExample.Pair(prompt, red, blue)]);
        using var named = new RewardModel(trained.Model.Clone(), trained.Calibration with { TokenizerSha256 = tokenizer.Sha256 });
        named.Save(At("judge"));
    }
}
