using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Emend.Serving;
using Emend.Text;
using OpenAI.Chat;
using Xunit;

namespace Emend.ServingTests;

/// <summary>Traffic split between variants under one name, with the official client and without.</summary>
public class ExperimentTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Experiment Lamps => new("lamps", [new Variant { Name = "plain" }, new Variant { Name = "asking", Share = 3, After = "?", Temperature = 0 }]);

    [Fact]
    public void AUserMeetsTheSameVariantForEverAndAnotherExperimentSplitsOtherwise()
    {
        Experiment even = new("even", [new Variant { Name = "a" }, new Variant { Name = "b" }]);

        string met = string.Concat(Enumerable.Range(0, 20).Select(i => even.Of($"user-{i}").Name));
        // Written down, from another implementation of the hash: a change would move every user of a running experiment.
        Assert.Equal("baabbbabaabbbabbaaaa", met);
        int other = Enumerable.Range(0, 2000).Count(i => even.Of($"user-{i}").Name == (even with { Name = "other" }).Of($"user-{i}").Name);
        Assert.InRange(other, 900, 1100);
    }

    [Fact]
    public void UsersComeInTheShares()
    {
        int asking = Enumerable.Range(0, 20_000).Count(i => Lamps.Of($"{i}@example.org").Name == "asking");

        Assert.Equal(0.75, Lamps.ShareOf(Lamps.Variants[1]), Near.Float64);
        Assert.InRange(asking, 15_000 - 250, 15_000 + 250);       // four deviations
    }

    [Fact]
    public async Task TheClientMeetsOneNameAndTheAnswerSaysWhichVariantGaveIt()
    {
        string log = fixture.Write("assignments.jsonl", "");
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Assignments = log, Context = 4000 }, TextWriter.Null);
        ChatClient client = ServerFixture.ChatClient(server, "lamps");
        (string plain, string asking) = (UserOf("plain"), UserOf("asking"));

        (ChatCompletion answer, PipelineResponse raw) = await Ask(client, asking);
        (ChatCompletion other, PipelineResponse otherRaw) = await Ask(client, plain);
        (ChatCompletion again, _) = await Ask(client, asking);

        // "Who" with the variant's question mark is what the script answers.
        Assert.Equal(ScriptedModel.Response, answer.Content[0].Text);
        Assert.NotEqual(ScriptedModel.Response, other.Content[0].Text);
        Assert.Equal(("lamps", "asking", "plain"), (Header(raw, "X-Emend-Experiment"), Header(raw, "X-Emend-Variant"), Header(otherRaw, "X-Emend-Variant")));
        Assert.Equal(("lamps", "lamps"), (answer.Model, other.Model));
        Assert.Equal(answer.SystemFingerprint, again.SystemFingerprint);
        Assert.NotEqual(answer.SystemFingerprint, other.SystemFingerprint);

        JsonElement[] lines = Lines(log);
        Assert.Equal(("lamps", 0.25), (lines[0].GetProperty("split").GetString(), lines[0].GetProperty("variants")[0].GetProperty("share").GetDouble()));
        Assert.Equal(["asking", "plain", "asking"], lines[1..].Select(line => line.GetProperty("variant").GetString()));
        Assert.Equal(Header(raw, "X-Request-Id"), lines[1].GetProperty("request").GetString());
        Assert.Equal(Experiment.Pseudonym("lamps", asking), lines[1].GetProperty("user").GetString());
        Assert.DoesNotContain(asking, File.ReadAllText(log));
    }

    [Fact]
    public async Task ARestartGoesOnWithTheSameLogAndAnotherSplitIsRefused()
    {
        string log = fixture.Write("restarted.jsonl", "");
        ServingOptions options = fixture.Options with { Name = null, Experiment = Lamps, Assignments = log, Context = 4000 };
        string user = UserOf("plain");
        await using (Server server = await Server.Start(options, TextWriter.Null))
            await Ask(ServerFixture.ChatClient(server, "lamps"), user);
        File.AppendAllText(log, "{\"at\":\"half a li");          // killed while it wrote

        await using (Server server = await Server.Start(options, TextWriter.Null))
            await Ask(ServerFixture.ChatClient(server, "lamps"), user);

        Assert.Equal(["plain", "plain"], Lines(log)[1..].Select(line => line.GetProperty("variant").GetString()));
        InvalidInputException other = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(options with { Experiment = Lamps with { Variants = [Lamps.Variants[0], Lamps.Variants[1] with { Share = 1 }] } }, TextWriter.Null));
        Assert.Contains("line 1 is not the split of experiment \"lamps\" with these variants", other.Message);
        // emend ab reads the log of one experiment alone.
        InvalidInputException foreign = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(options with { Experiment = Lamps with { Name = "chairs" } }, TextWriter.Null));
        Assert.Contains("line 1 is not the split of experiment \"chairs\"", foreign.Message);
    }

    [Theory]
    [InlineData("hello\nworld", "line 1 is none of an experiment's")]
    [InlineData("{\"at\":\"2026\"}\n", "line 1 is not the split")]
    [InlineData("hello", "another kind of file")]
    [InlineData("{\"sp\":\"x", "another kind of file")]
    public async Task AFileOfSomethingElseIsRefusedAndStaysAsItIs(string content, string part)
    {
        string path = fixture.Write("other.txt", content);

        InvalidInputException refusal = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Assignments = path, Context = 1000 }, TextWriter.Null));

        Assert.Contains(part, refusal.Message);
        Assert.Equal(content, File.ReadAllText(path));
    }

    [Fact]
    public async Task ALogHasOneServerAndAnybodyMayReadIt()
    {
        string log = fixture.Write("held.jsonl", "{\"split\":\"la");          // killed at its first line
        ServingOptions options = fixture.Options with { Name = null, Experiment = Lamps, Assignments = log, Context = 1000 };
        await using (Server server = await Server.Start(options, TextWriter.Null))
        {
            InvalidInputException second = await Assert.ThrowsAsync<InvalidInputException>(() => Server.Start(options, TextWriter.Null));

            Assert.Contains("held.jsonl.lock", second.Message);
            Assert.Equal("lamps", Assert.Single(Lines(log)).GetProperty("split").GetString());
        }
        await using Server next = await Server.Start(options, TextWriter.Null);
        Assert.Single(Lines(log));
    }

    [Fact]
    public async Task WhatTheExperimentDecidesARequestMayNot()
    {
        Experiment strict = new("strict", [new Variant { Name = "a", System = "Be brief." }, new Variant { Name = "b", Temperature = 0.5 }]);
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = strict, Context = 4000 }, TextWriter.Null);
        const string message = """ "messages": [{"role": "user", "content": "Who?"}] """;

        (int Status, JsonElement Body)[] refused =
        [
            await ServerFixture.Post(server, "/v1/chat/completions", $"{{{message}}}"),
            await ServerFixture.Post(server, "/v1/chat/completions", $"{{\"user\": \"u\", \"temperature\": 0, {message}}}"),
            await ServerFixture.Post(server, "/v1/chat/completions", """{"user": "u", "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "y"}]}"""),
            await ServerFixture.Post(server, "/v1/completions", """{"user": "u", "prompt": "Who?"}"""),
            await ServerFixture.Post(server, "/v1/chat/completions", $"{{\"user\": \"u\", \"model\": \"scripted\", {message}}}"),
            await ServerFixture.Post(server, "/v1/chat/completions", """{"user": "u", "messages": "none"}"""),
        ];

        Assert.Equal([400, 400, 400, 400, 404, 400], refused.Select(answer => answer.Status));
        string[] said = [.. refused.Select(answer => answer.Body.GetProperty("error").GetProperty("message").GetString()!)];
        Assert.Contains("user: is missing; experiment \"strict\" splits its traffic by it", said[0]);
        Assert.Contains("temperature: experiment \"strict\" decides it", said[1]);
        Assert.Contains("messages[0]: experiment \"strict\" decides the system message", said[2]);
        Assert.Contains("use /v1/chat/completions", said[3]);
        Assert.Contains("\"strict\" is", said[4]);
        Assert.Contains("messages: must be a list", said[5]);
        Assert.Equal("strict", (await Models(server)).GetProperty("data")[0].GetProperty("id").GetString());
        // The header names a user where the body has none.
        using HttpClient http = ServerFixture.Http(server);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = ServerFixture.Json($"{{\"max_tokens\": 2, {message}}}"), Headers = { { "X-Emend-User", "ada" } } };
        using HttpResponseMessage answer = await http.SendAsync(request, Cancellation);
        Assert.Equal((200, strict.Of("ada").Name), ((int)answer.StatusCode, answer.Headers.GetValues("X-Emend-Variant").Single()));
    }

    [Fact]
    public async Task StreamsAreSplitToo()
    {
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Context = 4000 }, TextWriter.Null);

        List<JsonElement> events = await ServerFixture.Stream(server, "/v1/chat/completions", $$"""{"user": "{{UserOf("asking")}}", "stream": true, "messages": [{"role": "user", "content": "Who"}]}""");

        string text = string.Concat(events.Select(part => part.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out JsonElement content) ? content.GetString() : ""));
        Assert.Equal(ScriptedModel.Response, text);
    }

    [Fact]
    public async Task AVariantsTemplateIsPutAroundTextPartsAndWhatItCannotBePutAroundIsRefusedWhoeverAsks()
    {
        string log = fixture.Write("templates.jsonl", "");
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Assignments = log, Context = 4000 }, TextWriter.Null);

        (int status, JsonElement parts) = await ServerFixture.Post(server, "/v1/chat/completions", $$"""{"user": "{{UserOf("asking")}}", "messages": [{"role": "user", "content": [{"type": "text", "text": "Wh"}, {"type": "text", "text": "o"}]}]}""");
        Assert.Equal((200, ScriptedModel.Response), (status, parts.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
        foreach (string user in (string[])[UserOf("asking"), UserOf("plain")])
        {
            (int refused, JsonElement body) = await ServerFixture.Post(server, "/v1/chat/completions", $$"""{"user": "{{user}}", "messages": [{"role": "user", "content": "Who"}, {"role": "assistant", "content": "W"}]}""");
            Assert.Equal((400, "messages"), (refused, body.GetProperty("error").GetProperty("param").GetString()));
            Assert.Contains("messages[1]: has the role assistant; experiment \"lamps\" puts a template around the last message", body.GetProperty("error").GetProperty("message").GetString());
        }
        Assert.Equal(2, Lines(log).Length);
    }

    [Theory]
    [InlineData("""{"user": "\ud83d", "messages": [{"role": "user", "content": "Who"}]}""", "user")]
    [InlineData("""{"user": "u", "model": "\ud83d", "messages": [{"role": "user", "content": "Who"}]}""", "model")]
    [InlineData("""{"user": "u", "messages": [{"role": "user", "content": "\ud83d"}]}""", "messages[0].content")]
    public async Task HalfASurrogatePairIsTheRequestsFault(string request, string field)
    {
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Context = 1000 }, fixture.Log);

        (int status, JsonElement body) = await ServerFixture.Post(server, "/v1/chat/completions", request);

        Assert.Equal((400, field), (status, body.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task AUserOfTooManyCharactersIsNamedWithTheirNumber()
    {
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Context = 1000 }, fixture.Log);

        (int status, JsonElement body) = await ServerFixture.Post(server, "/v1/completions", $$"""{"user": "{{new string('u', 513)}}", "prompt": "Who"}""");
        (_, JsonElement chat) = await ServerFixture.Post(server, "/v1/chat/completions", $$"""{"user": "{{new string('u', 513)}}", "messages": [{"role": "user", "content": "Who"}]}""");

        Assert.Equal(400, status);
        Assert.Contains("use /v1/chat/completions", body.GetProperty("error").GetProperty("message").GetString());
        Assert.Contains("user: has 513 characters", chat.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task ARefusalOfWhatWasAssignedSaysWhoseItIsAndMetricsCountByVariantOverAllModels()
    {
        string second = Path.Combine(Path.GetDirectoryName(fixture.ModelFolder)!, "second"), log = fixture.Write("refused.jsonl", "");
        Directory.CreateDirectory(second);
        ScriptedModel.Save(second, contextLength: 1000);
        Experiment models = new("models", [new Variant { Name = "own" }, new Variant { Name = "other", Model = second, Temperature = 0 }]);
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = models, Assignments = log, Context = 1000 }, fixture.Log);
        string user = Enumerable.Range(0, 100).Select(i => $"bob-{i}").First(user => models.Of(user).Name == "other");
        using HttpClient http = ServerFixture.Http(server);

        (int status, _) = await ServerFixture.Post(server, "/v1/completions", $$"""{"user": "{{user}}", "prompt": "?", "max_tokens": 40}""");
        using HttpResponseMessage refused = await http.PostAsync("/v1/completions", ServerFixture.Json($$"""{"user": "{{user}}", "prompt": "{{new string('a', 1001)}}"}"""), Cancellation);
        string[] metrics = (await http.GetStringAsync("/metrics", Cancellation)).Split('\n');

        Assert.Equal((200, 400), (status, (int)refused.StatusCode));
        Assert.Equal(("models", "other"), (refused.Headers.GetValues("X-Emend-Experiment").Single(), refused.Headers.GetValues("X-Emend-Variant").Single()));
        Assert.Equal(Lines(log)[2].GetProperty("request").GetString(), refused.Headers.GetValues("X-Request-Id").Single());
        Assert.Contains("emend_slots 16", metrics);                                   // eight of each model
        Assert.Contains($"emend_decode_rows_total {ScriptedModel.ResponseTokens}", metrics);     // the prompt's one, and the response's but its last
        Assert.Contains("emend_prompt_tokens_total{variant=\"other\"} 1", metrics);
        Assert.Contains($"emend_response_tokens_total{{variant=\"other\"}} {ScriptedModel.ResponseTokens}", metrics);
        Assert.Contains("emend_first_token_seconds_count{variant=\"other\"} 1", metrics);
        Assert.Contains("emend_request_seconds_count{route=\"/v1/completions\",status=\"200\",variant=\"other\"} 1", metrics);
        Assert.Contains("emend_request_seconds_count{route=\"/v1/completions\",status=\"400\",variant=\"other\"} 1", metrics);
    }

    [Fact]
    public async Task EmbeddingsAreTheServersOwnUnderTheExperimentsNameAndAssignNobody()
    {
        string log = fixture.Write("embeddings.jsonl", "");
        await using Server server = await Server.Start(fixture.Options with { Name = null, Experiment = Lamps, Assignments = log, Context = 1000, Reward = fixture.RewardFolder }, fixture.Log);

        (int status, JsonElement vectors) = await ServerFixture.Post(server, "/v1/embeddings", """{"model": "lamps", "user": "ada", "input": "lamp"}""");
        (_, JsonElement own) = await ServerFixture.Post(fixture.Server, "/v1/embeddings", """{"input": "lamp"}""");
        (int other, JsonElement refused) = await ServerFixture.Post(server, "/v1/embeddings", """{"model": "model", "input": "lamp"}""");
        (int rewarded, JsonElement rewards) = await ServerFixture.Post(server, "/v1/rewards", """{"model": "reward", "prompt": "red?", "response": "yes"}""");

        Assert.Equal((200, "lamps", fixture.Server.Fingerprint), (status, vectors.GetProperty("model").GetString(), vectors.GetProperty("system_fingerprint").GetString()));
        Assert.Equal(own.GetProperty("data").GetRawText(), vectors.GetProperty("data").GetRawText());
        Assert.Equal(404, other);
        Assert.Contains("\"lamps\" is", refused.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal((200, "reward"), (rewarded, rewards.GetProperty("model").GetString()));
        Assert.Single(Lines(log));
    }

    [Fact]
    public void EveryProblemOfAnExperimentIsNamedAtOnce()
    {
        string[] stops = [.. Enumerable.Repeat("a", 14), "", new string('a', 1001), "a"];
        string[] problems = [.. new Experiment("no good", [new Variant { Name = "a", Share = 0 }, new Variant { Name = "a", Temperature = 3, TopP = 0, MaxTokens = 0, Stop = stops }]).Problems()];

        Assert.Equal(["name", "variants[0].share", "variants[1].name", "variants[1].temperature", "variants[1].topP", "variants[1].maxTokens", "variants[1].stop", "variants[1].stop[14]", "variants[1].stop[15]"], problems.Select(problem => problem.Split(':')[0]));
        Assert.Contains("two at least", Assert.Single(new Experiment("one", [new Variant { Name = "a" }]).Problems()));
    }

    private static string UserOf(string variant) => Enumerable.Range(0, 100).Select(i => $"ada-{i}").First(user => Lamps.Of(user).Name == variant);

    private static async Task<(ChatCompletion Answer, PipelineResponse Raw)> Ask(ChatClient client, string user)
    {
        ClientResult<ChatCompletion> result = await client.CompleteChatAsync([new UserChatMessage("Who")], new ChatCompletionOptions { EndUserId = user, MaxOutputTokenCount = 40 }, Cancellation);
        return (result.Value, result.GetRawResponse());
    }

    private static string? Header(PipelineResponse raw, string name) => raw.Headers.TryGetValue(name, out string? value) ? value : null;

    private static JsonElement[] Lines(string path) => [.. File.ReadAllLines(path).Select(line => JsonElement.Parse(line))];

    private static async Task<JsonElement> Models(Server server)
    {
        using HttpClient http = ServerFixture.Http(server);
        return JsonElement.Parse(await http.GetStringAsync("/v1/models", Cancellation));
    }
}
