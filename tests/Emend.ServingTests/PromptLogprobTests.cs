using System.Text.Json;
using Emend.Models;
using Emend.Serving;
using Emend.Tensors;
using Emend.Text;
using Xunit;

namespace Emend.ServingTests;

/// <summary>The older endpoint as evaluation harnesses use it: echo with logprobs, and what biases and penalties do at both endpoints.</summary>
public class PromptLogprobTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task APromptComesBackWithTheLogprobsOfAFullForwardPass()
    {
        string folder = SharedData.Path("models", "tinystories-656k");
        await using Server server = await Server.Start(fixture.Options with { Model = folder, Name = null, Context = 256 }, fixture.Log);
        using LanguageModel model = LanguageModel.Load(folder);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        const string text = "Once upon a time there was a small cat. One day it said nothing.";
        int[] ids = tokenizer.Encode(text, addSpecialTokens: true);
        float[] expected = Expected();

        JsonElement byText = (await Ask(server, new { prompt = text, echo = true, logprobs = 2, max_tokens = 0 }))[0];
        JsonElement byIds = (await Ask(server, new { prompt = new[] { ids }, echo = true, logprobs = 2, max_tokens = 0 }))[0];

        foreach (JsonElement choice in (JsonElement[])[byText, byIds])
        {
            JsonElement logprobs = choice.GetProperty("logprobs");
            JsonElement[] scores = [.. logprobs.GetProperty("token_logprobs").EnumerateArray()];
            Assert.Equal(JsonValueKind.Null, scores[0].ValueKind);
            Assert.Equal(JsonValueKind.Null, logprobs.GetProperty("top_logprobs")[0].ValueKind);
            Assert.Equal(expected.Length, scores.Length - 1);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], scores[i + 1].GetDouble(), Near.Logits);
            Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        }
        Assert.Equal(text, byText.GetProperty("text").GetString());
        Assert.Equal(tokenizer.Decode(ids), byIds.GetProperty("text").GetString());
        // The text between two offsets is the token's.
        JsonElement tokens = byText.GetProperty("logprobs").GetProperty("tokens"), offsets = byText.GetProperty("logprobs").GetProperty("text_offset");
        for (int i = 1; i + 1 < tokens.GetArrayLength(); i++)
        {
            string piece = text[offsets[i].GetInt32()..offsets[i + 1].GetInt32()], token = tokens[i].GetString()!;
            Assert.Equal(piece.TrimStart(), token.TrimStart());
        }

        // A scope ends on the thread it began on: none is open across an await.
        float[] Expected()
        {
            using var scope = new TensorScope();
            return model.FlatLogprobs(TokenBatch.Of([ids])).ToArray<float>();
        }
    }

    /// <summary>What EleutherAI's harness sends, and how it reads the answer: it drops the last token, and compares numbers for equality to see what is greedy.</summary>
    [Fact]
    public async Task AnEvaluationHarnessFindsTheScoresOfAContinuation()
    {
        Tokenizer tokenizer = Tokenizer.Load(fixture.ModelFolder);
        int[] greedy = tokenizer.Encode("?Wol"), other = tokenizer.Encode("?Wxl"), ends = tokenizer.Encode("?" + ScriptedModel.Response);

        JsonElement[] choices = await Ask(fixture.Server, new { model = ServerFixture.ModelName, prompt = new[] { greedy, other, ends }, temperature = 0, max_tokens = 1, logprobs = 1, seed = 1234, echo = true });

        (double Sum, bool IsGreedy)[] results = [.. choices.Select(choice => Read(choice.GetProperty("logprobs"), contextLength: 2))];
        Assert.Equal(2 * ScriptedModel.Logprob, results[0].Sum, Near.Float32);
        Assert.True(results[0].IsGreedy);
        Assert.True(results[1].Sum < 2 * ScriptedModel.Logprob);
        Assert.False(results[1].IsGreedy);
        // The generated token ends the text; it is among the tokens nevertheless, so that the last of the prompt is not taken for it.
        Assert.Equal((ScriptedModel.ResponseTokens - 2) * ScriptedModel.Logprob, results[2].Sum, Near.Float32 * ScriptedModel.ResponseTokens);
        Assert.Equal(("stop", ScriptedModel.EndToken), (choices[2].GetProperty("finish_reason").GetString(), choices[2].GetProperty("logprobs").GetProperty("tokens")[ends.Length].GetString()));

        static (double, bool) Read(JsonElement logprobs, int contextLength)
        {
            double[] scores = [.. logprobs.GetProperty("token_logprobs").EnumerateArray().Skip(contextLength).SkipLast(1).Select(score => score.GetDouble())];
            double[] best = [.. logprobs.GetProperty("top_logprobs").EnumerateArray().Skip(contextLength).SkipLast(1).Select(top => top.EnumerateObject().Max(one => one.Value.GetDouble()))];
            return (scores.Sum(), scores.SequenceEqual(best));
        }
    }

    [Fact]
    public async Task AStreamedEchoOpensEachChoiceWithItsPrompt()
    {
        List<JsonElement> events = await ServerFixture.Stream(fixture.Server, "/v1/completions", """{"prompt": ["?", "~x"], "stream": true, "echo": true, "logprobs": 0, "temperature": 0, "max_tokens": 3}""");

        string[] texts = ["", ""];
        List<string>[] tokens = [[], []];
        List<int>[] offsets = [[], []];
        foreach (JsonElement choice in events.Select(one => one.GetProperty("choices")[0]))
        {
            int index = choice.GetProperty("index").GetInt32();
            texts[index] += choice.GetProperty("text").GetString();
            if (choice.GetProperty("logprobs") is not { ValueKind: JsonValueKind.Object } logprobs)
                continue;
            tokens[index].AddRange(logprobs.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!));
            offsets[index].AddRange(logprobs.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32()));
        }
        Assert.Equal(["?Wol", "~xyxy"], texts);
        Assert.Equal(["?", "W", "o", "l"], tokens[0]);
        Assert.Equal(["~", "x", "y", "x", "y"], tokens[1]);
        Assert.Equal([0, 1, 2, 3, 4], offsets[1]);
    }

    [Fact]
    public async Task ABiasForcesAndForbidsTokensAtBothEndpointsAndLeavesLogprobsAsTheyAre()
    {
        Tokenizer tokenizer = Tokenizer.Load(fixture.ModelFolder);
        int q = tokenizer.Encode("q")[0], w = tokenizer.Encode("W")[0];

        (_, JsonElement forced) = await ServerFixture.Post(fixture.Server, "/v1/completions", $$$"""{"prompt": "?", "temperature": 0, "max_tokens": 3, "logprobs": 1, "logit_bias": {"{{{q}}}": 100}}""");
        (_, JsonElement forbidden) = await ServerFixture.Post(fixture.Server, "/v1/chat/completions", $$$"""{"messages": [{"role": "user", "content": "?"}], "temperature": 0, "max_tokens": 1, "logit_bias": {"{{{w}}}": -100}}""");

        JsonElement choice = forced.GetProperty("choices")[0];
        Assert.Equal("qqq", choice.GetProperty("text").GetString());
        Assert.Equal("W", choice.GetProperty("logprobs").GetProperty("top_logprobs")[0].EnumerateObject().MaxBy(one => one.Value.GetDouble()).Name);
        Assert.NotEqual("W", forbidden.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("presence_penalty")]
    [InlineData("frequency_penalty")]
    public async Task APenaltyKeepsAGreedyTextFromRepeatingItself(string field)
    {
        // Behind "~" x and y follow each other for ever; the script's strength is 8.1 nats, so that a bias brings another token near.
        Tokenizer tokenizer = Tokenizer.Load(fixture.ModelFolder);
        int q = tokenizer.Encode("q")[0];
        string Body(double penalty) => $$$"""{"prompt": "~", "temperature": 0, "max_tokens": 8, "{{{field}}}": {{{penalty.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}, "logit_bias": {"{{{q}}}": 6.5}}""";

        (_, JsonElement free) = await ServerFixture.Post(fixture.Server, "/v1/completions", Body(0));
        (_, JsonElement penalized) = await ServerFixture.Post(fixture.Server, "/v1/completions", Body(2));

        Assert.Equal("xyxyxyxy", free.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.StartsWith("xyq", penalized.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("""{"prompt": "a", "presence_penalty": -2.1}""", "presence_penalty", "-2 to 2")]
    [InlineData("""{"prompt": "a", "frequency_penalty": "much"}""", "frequency_penalty", "-2 to 2")]
    [InlineData("""{"prompt": "a", "logit_bias": {"W": 1}}""", "logit_bias", "key \"W\"")]
    [InlineData("""{"prompt": "a", "logit_bias": {"5": 101}}""", "logit_bias.5", "-100 to 100")]
    [InlineData("""{"prompt": "a", "logit_bias": {"257": 1}}""", "logit_bias", "ids go from 0 to 256")]
    [InlineData("""{"prompt": "a", "logit_bias": [5, 1]}""", "logit_bias", "not an object")]
    [InlineData("""{"prompt": "a", "max_tokens": 0}""", "max_tokens", "echo")]
    [InlineData("""{"prompt": "a", "max_tokens": -1, "echo": true}""", "max_tokens", "-1")]
    [InlineData("""{"prompt": [257], "max_tokens": 0, "echo": true}""", "prompt", "ids go from 0 to 256")]
    [InlineData("""{"prompt": "a", "suffix": "b"}""", "suffix", "not supported")]
    public async Task AWrongSettingIsNamed(string request, string field, string part)
    {
        (int status, JsonElement body) = await ServerFixture.Post(fixture.Server, "/v1/completions", request);

        JsonElement error = body.GetProperty("error");
        Assert.Equal((400, "invalid_request_error", field), (status, error.GetProperty("type").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains(part, error.GetProperty("message").GetString());
    }

    private static async Task<JsonElement[]> Ask(Server server, object body)
    {
        (int status, JsonElement answer) = await ServerFixture.Post(server, "/v1/completions", JsonSerializer.Serialize(body));
        Assert.True(status == 200, answer.ToString());
        return [.. answer.GetProperty("choices").EnumerateArray().OrderBy(choice => choice.GetProperty("index").GetInt32())];
    }
}
