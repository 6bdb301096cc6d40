using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Emend.Models;
using Emend.Serving;
using Emend.Text;
using OpenAI.Chat;
using OpenAI.Models;
using Xunit;

namespace Emend.ServingTests;

/// <summary>The official OpenAI .NET client against this server, unchanged.</summary>
public class OpenAIClientTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly OpenAI.Chat.ChatMessage[] Question = [new UserChatMessage("Who?")];

    private static ChatCompletionOptions Greedy => new() { Temperature = 0 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AChatIsAnswered()
    {
        ChatCompletion answer = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, Greedy, Cancellation);

        Assert.Equal(ScriptedModel.Response, Assert.Single(answer.Content).Text);
        Assert.Equal(ChatMessageRole.Assistant, answer.Role);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(ServerFixture.ModelName, answer.Model);
        Assert.Equal((4, ScriptedModel.ResponseTokens, 4 + ScriptedModel.ResponseTokens), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
    }

    [Fact]
    public async Task AStreamGivesTheSameTextInWholeCharactersAndEndsWithItsUsage()
    {
        var texts = new List<string>();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in ServerFixture.ChatClient(fixture.Server).CompleteChatStreamingAsync(Question, Greedy, Cancellation))
        {
            texts.AddRange(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal(ScriptedModel.Response, string.Concat(texts));
        Assert.All(texts, text => Assert.DoesNotContain('\uFFFD', text));
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(ScriptedModel.ResponseTokens, usage?.OutputTokenCount);
    }

    [Fact]
    public async Task LogprobsOfEveryTokenComeWithTheirBytesAndAlternatives()
    {
        var options = new ChatCompletionOptions { Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 };

        ChatCompletion answer = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation);

        byte[] bytes = [.. answer.ContentTokenLogProbabilities.SelectMany(token => token.Utf8Bytes!.Value.ToArray())];
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(ScriptedModel.Response), bytes);
        Assert.All(answer.ContentTokenLogProbabilities, token =>
        {
            Assert.Equal(ScriptedModel.Logprob, token.LogProbability, Near.Float32);
            Assert.Equal(3, token.TopLogProbabilities.Count);
            Assert.Equal(token.Token, token.TopLogProbabilities[0].Token);
            Assert.True(token.TopLogProbabilities[1].LogProbability < token.LogProbability);
        });
        Assert.Equal("W", answer.ContentTokenLogProbabilities[0].Token);
    }

    [Fact]
    public async Task LogprobsOfAStreamAreThoseOfTheWholeAnswer()
    {
        var options = new ChatCompletionOptions { Temperature = 0, IncludeLogProbabilities = true };
        var tokens = new List<ChatTokenLogProbabilityDetails>();
        await foreach (StreamingChatCompletionUpdate update in ServerFixture.ChatClient(fixture.Server).CompleteChatStreamingAsync(Question, options, Cancellation))
            tokens.AddRange(update.ContentTokenLogProbabilities);

        Assert.Equal(ScriptedModel.ResponseTokens - 1, tokens.Count);
        Assert.All(tokens, token => Assert.Equal(ScriptedModel.Logprob, token.LogProbability, Near.Float32));
    }

    [Theory]
    [InlineData("lf 😀", "Wo")]
    [InlineData("W", "")]
    [InlineData("漢", "Wolf 😀é")]
    [InlineData("!.", "Wolf 😀é漢")]
    [InlineData("Wolfs", ScriptedModel.Response)]
    [InlineData("!..", ScriptedModel.Response)]
    public async Task AStopStringEndsTheTextAcrossTokensAndIsNotSent(string stop, string expected)
    {
        ChatCompletionOptions options = Greedy;
        options.StopSequences.Add(stop);
        options.StopSequences.Add("nothing of the kind");

        ChatCompletion answer = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation);
        var streamed = new List<string>();
        await foreach (StreamingChatCompletionUpdate update in ServerFixture.ChatClient(fixture.Server).CompleteChatStreamingAsync(Question, options, Cancellation))
            streamed.AddRange(update.ContentUpdate.Select(part => part.Text));

        Assert.Equal(expected, string.Concat(answer.Content.Select(part => part.Text)));
        Assert.Equal(expected, string.Concat(streamed));
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task ALimitOfTokensEndsTheTextWithItsReason()
    {
        ChatCompletionOptions options = Greedy;
        options.MaxOutputTokenCount = 7;

        ChatCompletion answer = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation);

        // Five letters, then two of the emoji's four bytes, which are no character.
        Assert.StartsWith("Wolf ", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(7, answer.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameTextAndAnotherSeedAnother()
    {
        async Task<string> Ask(long seed)
        {
            var options = new ChatCompletionOptions { Temperature = 2, Seed = seed, MaxOutputTokenCount = 30 };
            ChatCompletion answer = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation);
            return answer.Content[0].Text;
        }

        Assert.Equal(await Ask(5), await Ask(5));
        Assert.NotEqual(await Ask(5), await Ask(6));
        Assert.Equal(await Ask(1L << 40), await Ask(1L << 40));
        Assert.NotEqual(await Ask(1L << 40), await Ask(0));
    }

    [Fact]
    public async Task BiasesAndPenaltiesChangeWhatIsDrawn()
    {
        int w = Tokenizer.Load(fixture.ModelFolder).Encode("W")[0], o = Tokenizer.Load(fixture.ModelFolder).Encode("o")[0];
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 6, FrequencyPenalty = 2, PresencePenalty = 2, LogitBiases = { [w] = 11, [o] = -100 } };

        ChatCompletion answer = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation);

        // A bias of 11 lasts until five W have cost 2 + 5 · 2 of it; what the script wants behind W is forbidden.
        Assert.StartsWith("WWWWW", answer.Content[0].Text);
        Assert.DoesNotContain('o', answer.Content[0].Text);
        Assert.NotEqual("WWWWWW", answer.Content[0].Text);
    }

    [Fact]
    public async Task SeveralChoicesAreTheRowsOfTheGeneratorUnderOneSeed()
    {
        // The client has no property for n; this is its way to send what it does not know.
        string body = $$"""{"model": "{{ServerFixture.ModelName}}", "messages": [{"role": "user", "content": "Who?"}], "n": 3, "seed": 11, "temperature": 1.5, "max_tokens": 12}""";
        ClientResult result = await ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(body)), new RequestOptions { CancellationToken = Cancellation });
        JsonElement[] choices = [.. JsonElement.Parse(result.GetRawResponse().Content.ToString()).GetProperty("choices").EnumerateArray()];

        using LanguageModel model = LanguageModel.Load(fixture.ModelFolder);
        Tokenizer tokenizer = Tokenizer.Load(fixture.ModelFolder);
        int[] prompt = tokenizer.Encode("Who?");
        var options = new SamplingOptions { MaxNewTokens = 12, Temperature = 1.5, Seed = 11, StopTokens = model.Config.EosTokenIds };
        Generation[] expected = Generator.Generate(model, [prompt, prompt, prompt], options);

        Assert.Equal([0, 1, 2], choices.Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(
            expected.Select(generation => tokenizer.Decode(generation.Response, skipSpecialTokens: true)),
            choices.Select(choice => choice.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal(3, choices.Select(choice => choice.GetProperty("message").GetProperty("content").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task AWrongSettingIsAnErrorThatNamesIt()
    {
        var options = new ChatCompletionOptions { TopP = 1.5f };

        var error = await Assert.ThrowsAsync<ClientResultException>(() => ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation));

        Assert.Equal(400, error.Status);
        Assert.Contains("top_p: is 1.5", error.Message);
        Assert.Contains("Parameter: top_p", error.Message);
    }

    [Fact]
    public async Task AnotherModelsNameIsAnErrorThatNamesBoth()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => ServerFixture.ChatClient(fixture.Server, model: "gpt-9").CompleteChatAsync(Question, Greedy, Cancellation));

        Assert.Equal(404, error.Status);
        Assert.Contains("gpt-9", error.Message);
        Assert.Contains(ServerFixture.ModelName, error.Message);
    }

    [Fact]
    public async Task APromptThatIsTooLongIsAnErrorWithItsLength()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() =>
            ServerFixture.ChatClient(fixture.Server).CompleteChatAsync([new UserChatMessage(new string('?', 4000))], Greedy, Cancellation));

        Assert.Equal(400, error.Status);
        Assert.Contains("context_length_exceeded", error.GetRawResponse()!.Content.ToString());
        Assert.Contains("4000 tokens", error.Message);
    }

    [Fact]
    public async Task ToolsAreRefusedByName()
    {
        ChatCompletionOptions options = Greedy;
        options.Tools.Add(ChatTool.CreateFunctionTool("search"));

        var error = await Assert.ThrowsAsync<ClientResultException>(() => ServerFixture.ChatClient(fixture.Server).CompleteChatAsync(Question, options, Cancellation));

        Assert.Contains("tools: is not supported", error.Message);
    }

    [Fact]
    public async Task TheModelsAreListed()
    {
        OpenAIModelClient client = ServerFixture.Client(fixture.Server).GetOpenAIModelClient();

        OpenAIModelCollection models = (await client.GetModelsAsync(Cancellation)).Value;
        OpenAIModel one = (await client.GetModelAsync(ServerFixture.ModelName, Cancellation)).Value;

        Assert.Equal([ServerFixture.ModelName, "reward"], models.Select(model => model.Id));
        Assert.Equal(("emend", ServerFixture.ModelName), (one.OwnedBy, one.Id));
    }

    [Fact]
    public async Task OnlyAKeyOfTheFileIsLetIn()
    {
        const string key = "sk-test-0123456789abcdef";
        string file = fixture.Write("keys", $"# the test's\n{key}\nsk-other-0123456789abcdef\n");
        await using Server server = await Server.Start(fixture.Options with { ApiKeyFile = file, Context = 100 }, fixture.Log);

        ChatCompletion answer = await ServerFixture.ChatClient(server, key: key).CompleteChatAsync(Question, Greedy, Cancellation);
        var error = await Assert.ThrowsAsync<ClientResultException>(() => ServerFixture.ChatClient(server, key: key[..^1]).CompleteChatAsync(Question, Greedy, Cancellation));

        Assert.Equal(ScriptedModel.Response, answer.Content[0].Text);
        Assert.Equal(401, error.Status);
        Assert.Contains("invalid_api_key", error.GetRawResponse()!.Content.ToString());
        Assert.DoesNotContain(key[..^1], error.Message);
    }

    [Fact]
    public async Task ARealModelAnswersAsTheGeneratorDoesHoweverManyAskAtOnce()
    {
        string folder = SharedData.Path("models", "tinystories-656k");
        await using Server server = await Server.Start(fixture.Options with { Model = folder, Name = null }, fixture.Log);
        using LanguageModel model = LanguageModel.Load(folder);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        string[] prompts = [.. Enumerable.Range(0, 12).Select(i => $"Once upon a time there were {i} cats and")];

        string[] answers = await Task.WhenAll(prompts.Select(async (prompt, i) =>
        {
            var options = new ChatCompletionOptions { Temperature = i % 2, Seed = i, MaxOutputTokenCount = 40 };
            ChatCompletion answer = await ServerFixture.ChatClient(server, model: "tinystories-656k").CompleteChatAsync([new UserChatMessage(prompt)], options, Cancellation);
            return answer.Content[0].Text;
        }));

        for (int i = 0; i < prompts.Length; i++)
        {
            var options = new SamplingOptions { Temperature = i % 2, Seed = i, MaxNewTokens = 40, StopTokens = StopTokens.Of(folder, model.Config) };
            Generation expected = Assert.Single(Generator.Generate(model, [tokenizer.Encode(prompts[i], addSpecialTokens: true)], options));
            Assert.Equal(tokenizer.Decode(expected.Response, skipSpecialTokens: true), answers[i]);
        }
    }
}
