using System.Net.Http.Json;
using System.Text.Json;
using Emend.Models;
using Emend.Serving;
using Emend.Studies;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>Every command puts the same tokens in front of a prompt: the tokenizer's own, or, where it has none, bos_token_id.</summary>
public sealed class OpeningTests : IDisposable
{
    private const string End = "<end>", Open = "<open>", Prompt = "is it red", Response = "it is red";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false, End)]
    [InlineData(true, Open)]
    public async Task APromptIsTheSameTokensToAll(bool tokenizerOpens, string opening)
    {
        Tokenizer tokenizer = Write(tokenizerOpens);
        int[] prompt = [tokenizer.IdOf(opening)!.Value, .. tokenizer.Encode(Prompt)], response = tokenizer.Encode(Response);
        string row = JsonSerializer.Serialize(new { prompt = Prompt, response = Response });
        using LanguageModel model = LanguageModel.Load(At("model"));
        float[] logprobs = Computed(model.FlatLogprobs(TokenBatch.Of([prompt], [[.. response, tokenizer.IdOf(End)!.Value]])));

        JsonElement generated = Answer(["generate", "--model", At("model"), "--prompt", Prompt, "--max-new", "1", "--temperature", "0", "--json"]);
        Assert.Equal(prompt, Numbers(generated, "prompt_ids").Select(id => (int)id));

        JsonElement read = Answer(["logprobs", "--model", At("model")], row);
        Assert.Equal(logprobs[..^1].Select(value => (double)value), Numbers(read, "logprobs"), (a, b) => Math.Abs(a - b) < Near.Float32);

        using RewardModel reward = RewardModel.Load(At("reward"));
        float[] rewards = Computed(reward.FlatTokenRewards(TokenBatch.Of([prompt], [[.. response, tokenizer.IdOf(End)!.Value]])));
        Assert.Equal(rewards.Average(), Answer(["score", "--model", At("reward")], row).GetProperty("score").GetDouble(), Near.Float32);

        // The loss of a first step is that of the model before it.
        string recipe = folder.Write("sft.yaml", "{about: x, model: {dtype: float32}, data: {format: promptCompletion, files: [sft.jsonl]}, options: {epochs: 1}}");
        folder.Write("sft.jsonl", JsonSerializer.Serialize(new { prompt = Prompt, completion = Response }) + "\n");
        JsonElement trained = Answer(["train", "sft", recipe, "--model", At("model"), "--output", At("trained"), "--json"]);
        Assert.Equal(-logprobs.Average(), trained.GetProperty("metrics").GetProperty("loss").GetDouble(), Near.Float32);

        await using Server server = await Server.Start(new ServingOptions { Model = At("model"), Name = "model", Url = "http://127.0.0.1:0", MaxConcurrent = 1 }, TextWriter.Null);
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        using HttpResponseMessage served = await http.PostAsJsonAsync("/v1/completions", new { prompt = Prompt, max_tokens = 1, temperature = 0, logprobs = 0 }, TestContext.Current.CancellationToken);
        JsonElement body = JsonElement.Parse(await served.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(prompt.Length, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(Numbers(generated, "logprobs")[0], Numbers(body.GetProperty("choices")[0].GetProperty("logprobs"), "token_logprobs")[0], Near.Float32);

        folder.Write("prompts.jsonl", JsonSerializer.Serialize(new { prompt = Prompt }) + "\n");
        var comparison = new ComparisonOptions { Policy = At("model"), Reference = At("model"), Judge = At("reward"), Prompts = At("prompts.jsonl"), MaxNewTokens = 6 };
        double Perplexity(string? given) => PolicyComparison.Run(comparison with { Text = new TextSection { Opening = given } }).Policy.Perplexity!.Value;
        Assert.Equal(Perplexity(opening), Perplexity(null));
        Assert.NotEqual(Perplexity(""), Perplexity(null));
    }

    private static JsonElement Answer(string[] call, string input = "") => JsonElement.Parse(Assert.Single(Finished.Emend(call, input).Succeeded().Lines));

    private static double[] Numbers(JsonElement answer, string field) => [.. answer.GetProperty(field).EnumerateArray().Select(number => number.GetDouble())];

    private static float[] Computed(Tensor values)
    {
        using (values)
            return values.ToArray<float>();
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private Tokenizer Write(bool tokenizerOpens)
    {
        string json = BpeTrainer.TrainByteLevel(["it is red it is blue is it red"], 300, [End, Open], tokenizerOpens ? Open : null);
        folder.Write("model/tokenizer.json", json);
        folder.Write("reward/tokenizer.json", json);
        Tokenizer tokenizer = Tokenizer.Load(At("model"));
        int end = tokenizer.IdOf(End)!.Value;
        ModelConfig config = ModelConfig.Llama(tokenizer.VocabularySize, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 64) with { BosTokenId = end, EosTokenIds = [end], InitializerRange = 0.3 };
        using LanguageModel model = LanguageModel.Create(config, seed: 1);
        model.Save(At("model"));
        EditExample pair = EditExample.Of(tokenizer.Encode(Prompt), tokenizer.Encode("it is red"), tokenizer.Encode("it is blue"), isWholeEdit: true);
        using RewardModel reward = TokenRewardModel.Train(new RewardModelOptions { Steps = 3, BatchSize = 1, LearningRate = 1e-2 }, model, [pair]);
        reward.Save(At("reward"));
        return tokenizer;
    }
}
