using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Emend.Serving;
using Emend.Text;
using Xunit;

namespace Emend.ServingTests;

/// <summary>What the OpenAI client does not reach: the older endpoint, rewards, limits, and callers that misbehave.</summary>
public class ServerTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    /// <summary>Takes seconds: thousands of tokens behind each other.</summary>
    private const string Endless = """{"prompt": "~", "max_tokens": 59000, "temperature": 0}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ACompletionHasItsOldShape()
    {
        (int status, JsonElement body) = await ServerFixture.Post(fixture.Server, "/v1/completions", """{"model": "scripted", "prompt": "?", "temperature": 0, "max_tokens": 20, "logprobs": 2, "stop": "é"}""");

        JsonElement choice = body.GetProperty("choices")[0], logprobs = choice.GetProperty("logprobs");
        Assert.Equal((200, "text_completion"), (status, body.GetProperty("object").GetString()));
        Assert.Equal("Wolf 😀", choice.GetProperty("text").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(["W", "o", "l", "f", " "], logprobs.GetProperty("tokens").EnumerateArray().Take(5).Select(token => token.GetString()));
        Assert.Equal([0, 1, 2, 3, 4, 5, 5, 5, 5], logprobs.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32()));
        Assert.All(logprobs.GetProperty("token_logprobs").EnumerateArray(), logprob => Assert.Equal(ScriptedModel.Logprob, logprob.GetDouble(), Near.Float32));
        Assert.Equal(ScriptedModel.Logprob, logprobs.GetProperty("top_logprobs")[0].GetProperty("W").GetDouble(), Near.Float32);
    }

    [Fact]
    public async Task PromptsOfOneRequestAreAnsweredInOrderAsTextOrAsIds()
    {
        Tokenizer tokenizer = Tokenizer.Load(fixture.ModelFolder);
        int[] loop = tokenizer.Encode("~");

        (_, JsonElement texts) = await ServerFixture.Post(fixture.Server, "/v1/completions", """{"prompt": ["?", "~"], "n": 2, "temperature": 0, "max_tokens": 4, "echo": true}""");
        (_, JsonElement ids) = await ServerFixture.Post(fixture.Server, "/v1/completions", $$"""{"prompt": [[{{loop[0]}}], [{{loop[0]}}, {{loop[0]}}]], "temperature": 0, "max_tokens": 3}""");

        Assert.Equal(["?Wolf", "?Wolf", "~xyxy", "~xyxy"], texts.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()));
        Assert.Equal(["xyx", "xyx"], ids.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()));
        Assert.Equal(3, ids.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task AStreamOfSeveralChoicesHoldsEachOfThemWhole()
    {
        List<JsonElement> events = await ServerFixture.Stream(fixture.Server, "/v1/completions", """{"prompt": ["?", "~"], "n": 2, "stream": true, "temperature": 0, "max_tokens": 16, "stream_options": {"include_usage": true}}""");

        string[] texts = ["", "", "", ""];
        foreach (JsonElement choice in events.SelectMany(one => one.GetProperty("choices").EnumerateArray()))
            texts[choice.GetProperty("index").GetInt32()] += choice.GetProperty("text").GetString();
        Assert.Equal([ScriptedModel.Response, ScriptedModel.Response, "xyxyxyxyxyxyxyxy", "xyxyxyxyxyxyxyxy"], texts);
        Assert.Equal(64, events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Single(events.Select(one => one.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task BytesThatNeverBecomeACharacterAreReplacedOnceTheTextEnds()
    {
        (_, JsonElement whole) = await ServerFixture.Post(fixture.Server, "/v1/completions", """{"prompt": "?", "temperature": 0, "max_tokens": 7}""");
        List<JsonElement> events = await ServerFixture.Stream(fixture.Server, "/v1/completions", """{"prompt": "?", "temperature": 0, "max_tokens": 7, "stream": true}""");

        string text = whole.GetProperty("choices")[0].GetProperty("text").GetString()!;
        Assert.Equal("Wolf \uFFFD", text);
        Assert.Equal(text, string.Concat(events.Select(one => one.GetProperty("choices")[0].GetProperty("text").GetString())));
    }

    [Fact]
    public async Task AMessageThatSpellsASpecialTokenStaysText()
    {
        (_, JsonElement chat) = await ServerFixture.Post(fixture.Server, "/v1/chat/completions", """{"messages": [{"role": "user", "content": "<end>?"}], "max_tokens": 1}""");
        (_, JsonElement raw) = await ServerFixture.Post(fixture.Server, "/v1/completions", """{"prompt": "<end>?", "max_tokens": 1}""");

        Assert.Equal(6, chat.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(2, raw.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task ATextIsTheSameAloneAndAmongOthers()
    {
        string Body(int i) => $$"""{"prompt": "{{i}}?", "max_tokens": 40, "temperature": {{i % 3}}, "seed": {{i}}}""";
        string[] together = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Text(Body(i))));

        for (int i = 0; i < together.Length; i++)
            Assert.Equal(await Text(Body(i)), together[i]);
        Assert.True(together.Distinct().Count() > 12);

        async Task<string> Text(string body)
        {
            (int status, JsonElement answer) = await ServerFixture.Post(fixture.Server, "/v1/completions", body);
            Assert.Equal(200, status);
            return answer.GetProperty("choices")[0].GetProperty("text").GetString()!;
        }
    }

    [Fact]
    public async Task EveryTokenOfAResponseHasItsRewardAndItsPlace()
    {
        (int status, JsonElement body) = await ServerFixture.Post(fixture.Server, "/v1/rewards", """{"prompt": "red?", "response": "a😀z"}""");

        JsonElement[] tokens = [.. body.GetProperty("tokens").EnumerateArray()];
        Assert.Equal((200, "reward", "token", "utf-16"), (status, body.GetProperty("model").GetString(), body.GetProperty("kind").GetString(), body.GetProperty("offset_unit").GetString()));
        // A byte is a token, and the four of the emoji share its two code units.
        Assert.Equal([(0, 1), (1, 3), (1, 3), (1, 3), (1, 3), (3, 4), (4, 4)], tokens.Select(token => (token.GetProperty("start").GetInt32(), token.GetProperty("end").GetInt32())));
        Assert.Equal(tokens.Average(token => token.GetProperty("reward").GetDouble()), body.GetProperty("score").GetDouble(), Near.Float32);
        Assert.NotEqual(0, body.GetProperty("score").GetDouble());
    }

    [Theory]
    [InlineData("/v1/rewards", """{"prompt": "a"}""", "response", "is missing")]
    [InlineData("/v1/chat/completions", """{"messages": []}""", "messages", "is empty")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "robot", "content": "a"}]}""", "messages[0].role", "\"robot\"")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""", "messages[0].content[0]", "text part")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]}""", "messages[1].role", "first")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "\ud83d"}]}""", "messages[0].content", "Unicode")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "top_logprobs": 3}""", "top_logprobs", "logprobs")]
    [InlineData("/v1/completions", """{"prompt": "a", "temperature": -1}""", "temperature", "0 to 2")]
    [InlineData("/v1/completions", """{"prompt": "a", "stop": ["a", ""]}""", "stop[1]", "0 characters")]
    [InlineData("/v1/completions", """{"prompt": "a", "seed": 1.5}""", "seed", "1.5")]
    [InlineData("/v1/completions", """{"prompt": "a", "tempreature": 0.1}""", "tempreature", "not a field")]
    [InlineData("/v1/completions", """{"prompt": [1, "a"]}""", "prompt[1]", "not a token id")]
    [InlineData("/v1/completions", """{"prompt": [257]}""", "prompt", "ids go from 0 to 256")]
    [InlineData("/v1/completions", """{"prompt": "", "max_tokens": 3}""", "prompt", "empty")]
    [InlineData("/v1/completions", """{"prompt": "a", "n": 100}""", "n", "at most 72")]
    [InlineData("/v1/completions", """{"prompt": "a", "prompt": "b"}""", null, "not valid JSON")]
    [InlineData("/v1/completions", "[1]", null, "JSON object")]
    [InlineData("/v1/completions", """{"prompt": """, null, "not valid JSON")]
    public async Task AWrongFieldIsNamed(string path, string request, string? field, string part)
    {
        (int status, JsonElement body) = await ServerFixture.Post(fixture.Server, path, request);

        JsonElement error = body.GetProperty("error");
        Assert.Equal((400, "invalid_request_error", field), (status, error.GetProperty("type").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains(part, error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task EveryProblemOfARequestIsInOneAnswer()
    {
        (_, JsonElement body) = await ServerFixture.Post(fixture.Server, "/v1/completions", """{"prompt": 3, "temperature": "hot", "n": 0}""");

        string message = body.GetProperty("error").GetProperty("message").GetString()!;
        Assert.All(["prompt: ", "temperature: is \"hot\"", "n: is 0"], part => Assert.Contains(part, message));
    }

    [Fact]
    public async Task APromptThatBeginsLikeAnEarlierOneSaysSoInItsUsage()
    {
        string context = new('a', 300);
        string Body(char question) => $$"""{"messages": [{"role": "user", "content": "{{context}}{{question}}?"}], "temperature": 0}""";
        await using Server server = await Server.Start(fixture.Options with { MaxConcurrent = 1, Context = 1000 }, fixture.Log);

        JsonElement[] answers = [await Ask(server, 'b'), await Ask(server, 'c'), await Ask(fixture.Server, 'd')];

        Assert.Equal([0, 300, 0], answers.Select(answer => answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32()));
        Assert.All(answers, answer => Assert.Equal(ScriptedModel.Response, answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal("300", await Metric(server, "emend_prompt_tokens_reused_total"));

        async Task<JsonElement> Ask(Server asked, char question) => (await ServerFixture.Post(asked, "/v1/chat/completions", Body(question))).Body;
    }

    [Fact]
    public async Task AClientThatGoesAwayFreesItsSlot()
    {
        await using Server server = await Server.Start(fixture.Options with { MaxConcurrent = 1 }, fixture.Log);
        using HttpClient http = ServerFixture.Http(server);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = ServerFixture.Json(Endless.Replace("}", ", \"stream\": true}", StringComparison.Ordinal)) };
        using (HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            byte[] some = new byte[100];
            await (await answer.Content.ReadAsStreamAsync(Cancellation)).ReadExactlyAsync(some, Cancellation);
            Assert.Equal("1", await Metric(server, "emend_responses_running"));
        }

        (int status, _) = await ServerFixture.Post(server, "/v1/completions", """{"prompt": "?", "temperature": 0}""");

        Assert.Equal(200, status);
        Assert.Equal("0", await Metric(server, "emend_responses_running"));
        Assert.True(long.Parse(await Metric(server, "emend_decode_steps_total"), System.Globalization.CultureInfo.InvariantCulture) < 50_000);
    }

    [Fact]
    public async Task MoreRequestsThanMayWaitAreTurnedAwayAtOnce()
    {
        await using Server server = await Server.Start(fixture.Options with { MaxConcurrent = 1, MaxWaiting = 0 }, fixture.Log);
        using HttpClient http = ServerFixture.Http(server);
        using var leaving = new CancellationTokenSource();
        Task<HttpResponseMessage> first = http.PostAsync("/v1/completions", ServerFixture.Json(Endless), leaving.Token);
        while (!first.IsCompleted && await Metric(server, "emend_responses_running") == "0")
            await Task.Delay(5, Cancellation);

        (int status, JsonElement body) = await ServerFixture.Post(server, "/v1/completions", """{"prompt": "?"}""");

        Assert.Equal((429, "rate_limit_exceeded"), (status, body.GetProperty("error").GetProperty("code").GetString()));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task SeveralChoicesThatTakeTooLongAreNoAnswerCutShort()
    {
        await using Server server = await Server.Start(fixture.Options with { MaxConcurrent = 3, Context = 30_000, Timeout = 0.5 }, fixture.Log);

        (int status, JsonElement body) = await ServerFixture.Post(server, "/v1/completions", Endless.Replace("}", ", \"n\": 3}", StringComparison.Ordinal));

        Assert.Equal((504, "timeout"), (status, body.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task AStreamThatTakesTooLongEndsWithAnErrorEvent()
    {
        // Before the first token it is no stream yet: a machine that needs longer for that gets more time, and is as much slower at the rest.
        string[] events = [];
        for (double timeout = 0.5; events.Length < 3; timeout *= 2)
        {
            await using Server server = await Server.Start(fixture.Options with { MaxConcurrent = 1, Timeout = timeout }, fixture.Log);
            using HttpClient http = ServerFixture.Http(server);
            using HttpResponseMessage answer = await http.PostAsync("/v1/completions", ServerFixture.Json(Endless.Replace("}", ", \"stream\": true}", StringComparison.Ordinal)), Cancellation);
            events = (await answer.Content.ReadAsStringAsync(Cancellation)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        }

        Assert.Equal("timeout", JsonElement.Parse(events[^1]["data: ".Length..]).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task ABodyThatIsTooLargeOrNoJsonIsRefused()
    {
        await using Server server = await Server.Start(fixture.Options with { MaxBodyBytes = 2000, Context = 100 }, fixture.Log);
        using HttpClient http = ServerFixture.Http(server);

        (int large, _) = await ServerFixture.Post(server, "/v1/completions", $$"""{"prompt": "{{new string('a', 3000)}}"}""");
        using HttpResponseMessage plain = await http.PostAsync("/v1/completions", new StringContent("""{"prompt": "?"}"""), Cancellation);

        Assert.Equal((413, HttpStatusCode.UnsupportedMediaType), (large, plain.StatusCode));
    }

    [Fact]
    public async Task WithoutKeysOnlyTheMachinesOwnNamesAreAnswered()
    {
        using HttpClient http = ServerFixture.Http(fixture.Server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Host = "rebound.example" } };

        using HttpResponseMessage answer = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task EveryRouteButHealthNeedsAKey()
    {
        string file = fixture.Write("one-key", "0123456789abcdef\n");
        await using Server server = await Server.Start(fixture.Options with { ApiKeyFile = file, Context = 100 }, fixture.Log);
        using HttpClient http = ServerFixture.Http(server);

        Assert.True(server.Routes.Count() >= 8);
        foreach (string route in server.Routes.Append("/nowhere"))
        {
            using HttpResponseMessage answer = await http.GetAsync(route, Cancellation);
            Assert.Equal(route.StartsWith("/healthz/", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task HealthAndMetricsAreThere()
    {
        await ServerFixture.Post(fixture.Server, "/v1/completions", """{"prompt": "?", "temperature": 0}""");
        using HttpClient http = ServerFixture.Http(fixture.Server);

        string ready = await http.GetStringAsync("/healthz/ready", Cancellation), metrics = await http.GetStringAsync("/metrics", Cancellation);

        Assert.Contains("ready", ready);
        Assert.Contains("emend_request_seconds_count{route=\"/v1/completions\",status=\"200\"} ", metrics);
        Assert.Equal("8", await Metric(fixture.Server, "emend_slots"));
        Assert.True(int.Parse(await Metric(fixture.Server, "emend_response_tokens_total"), System.Globalization.CultureInfo.InvariantCulture) >= 16);
        Assert.All(metrics.TrimEnd('\n').Split('\n'), line => Assert.Matches("""^(# (HELP|TYPE) emend_\w+ .+|emend_\w+(\{[^}]*\})? \S+)$""", line));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "--api-key-file")]
    [InlineData("https://127.0.0.1:0", "must be http://")]
    [InlineData("http://example.org:80", "must be http://")]
    public async Task AnUnsafeOrImpossibleAddressIsRefused(string url, string part)
    {
        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(fixture.Options with { Url = url }, fixture.Log));

        Assert.Contains(part, refusal.Message);
    }

    [Fact]
    public async Task APortInUseIsRefusedByName()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        string url = $"http://127.0.0.1:{((IPEndPoint)holder.LocalEndpoint).Port}";

        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(fixture.Options with { Url = url, Context = 100 }, fixture.Log));

        Assert.Contains(url, refusal.Message);
    }

    [Theory]
    [InlineData("short\n", "keys:1:")]
    [InlineData("# nothing\n", "holds no key")]
    public async Task AKeyFileWithoutGoodKeysIsRefused(string content, string part)
    {
        string file = fixture.Write("keys", content);

        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(fixture.Options with { ApiKeyFile = file }, fixture.Log));

        Assert.Contains(part, refusal.Message);
    }

    private static async Task<string> Metric(Server server, string name)
    {
        using HttpClient http = ServerFixture.Http(server);
        string text = await http.GetStringAsync("/metrics", Cancellation);
        return text.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];
    }
}
