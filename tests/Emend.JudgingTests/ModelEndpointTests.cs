using System.Net;
using System.Net.Sockets;
using Emend.Judging;
using Emend.Text;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Emend.JudgingTests;

/// <summary>The client against endpoints that answer, fail, storm, lie and redirect.</summary>
public sealed class ModelEndpointTests : IDisposable
{
    /// <summary>Milliseconds after which a test of a timeout of less than half a second has failed, also on a busy machine.</summary>
    private const int HangsAfter = 20_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend judging ");

    private string CacheFile => Path.Combine(_folder.FullName, "answers.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task AQuestionIsAskedOnceAndAnsweredFromTheFileEverAfter()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => $"re: {contents[0]}");
        using (Kept endpoint = Open(server))
        {
            Assert.Equal("re: one", (await endpoint.Ask(Question("one"), Cancellation)).Text);
            Assert.Equal("re: two", (await endpoint.Ask(Question("two"), Cancellation)).Text);
        }
        using (Kept again = Open(server))
        {
            Assert.Equal("re: one", (await again.Ask(Question("one"), Cancellation)).Text);
            Assert.Equal((0, 1), (again.Spent.Calls, again.Spent.FromCache));
            await again.Ask(Question("one") with { Temperature = 1 }, Cancellation);   // another setting is another question
        }

        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task AnAnswerOfAnotherModelUnderTheSameNameIsNotTakenFromTheFile()
    {
        string weights = "fp_a";
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Say(context, $"I am {weights}", fingerprint: weights));
        var said = new List<string>();
        foreach (string deployed in (string[])["fp_a", "fp_b", "fp_b", "fp_a"])
        {
            weights = deployed;
            server.Models = [new { id = "other", system_fingerprint = "fp_x" }, new { id = "m", system_fingerprint = deployed, max_model_len = 50 }];
            using AnswerCache cache = AnswerCache.Open(CacheFile);
            using ModelEndpoint endpoint = await ModelEndpoint.OpenListed(new EndpointOptions { Url = server.Url, Model = "m" }, cache, null, cancellation: Cancellation);
            said.Add($"{(await endpoint.Ask(Question("one"), Cancellation)).Text}: {endpoint.Spent.Calls} calls, {endpoint.Spent.Renewed} renewed");
            Assert.Equal((deployed, 50), (endpoint.Options.Fingerprint, endpoint.Listed!.ContextLength));
        }

        // The one that comes back finds its own answer.
        Assert.Equal(["I am fp_a: 1 calls, 0 renewed", "I am fp_b: 1 calls, 1 renewed", "I am fp_b: 0 calls, 0 renewed", "I am fp_a: 0 calls, 0 renewed"], said);
    }

    [Fact]
    public async Task AServerThatDoesNotSayWhatItHasGoesByItsAddress()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        foreach (object[]? models in (object[]?[])[null, [], [1, "m", new { id = 3 }], [new { id = "m", system_fingerprint = "a\nb", max_model_len = "x" }]])
        {
            server.Models = models;
            using AnswerCache cache = AnswerCache.Open(CacheFile);
            using ModelEndpoint endpoint = await ModelEndpoint.OpenListed(new EndpointOptions { Url = server.Url, Model = "m" }, cache, null, cancellation: Cancellation);
            await endpoint.Ask(Question("one"), Cancellation);
            Assert.Null(endpoint.Options.Fingerprint);
        }

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task EqualQuestionsAtTheSameTimeAreOne()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(async (context, _) =>
        {
            await Task.Delay(100);
            await ScriptedEndpoint.Say(context, "yes");
        });
        using Kept endpoint = Open(server);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => endpoint.Ask(Question("same"), Cancellation)));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task HalfALineThatAKillLeftIsCutOffAndOnlyItsQuestionAskedAgain()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => $"re: {contents[0]} 漢😀");
        using (Kept endpoint = Open(server))
        {
            await endpoint.Ask(Question("one"), Cancellation);
            await endpoint.Ask(Question("two"), Cancellation);
        }
        byte[] whole = File.ReadAllBytes(CacheFile);
        File.WriteAllBytes(CacheFile, whole[..^7]);

        using (Kept endpoint = Open(server))
        {
            Assert.Equal("re: one 漢😀", (await endpoint.Ask(Question("one"), Cancellation)).Text);
            Assert.Equal("re: two 漢😀", (await endpoint.Ask(Question("two"), Cancellation)).Text);
        }

        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(whole, File.ReadAllBytes(CacheFile));
    }

    [Fact]
    public async Task ALineInTheMiddleThatIsNoAnswerIsRefusedByItsNumber()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        File.WriteAllText(CacheFile, "{\"no\": 1}\n");

        var error = Assert.Throws<InvalidInputException>(() => Open(server));

        Assert.Contains("answers.jsonl:1:", error.Message);
    }

    [Theory]
    [InlineData("my notes, without a line end")]
    [InlineData("first line\nsecond line")]
    [InlineData("{\"id\": 1, \"text\": \"one object")]
    public void AFileThatIsNoCacheIsRefusedAndStaysAsItIs(string text)
    {
        File.WriteAllText(CacheFile, text);

        var error = Assert.Throws<InvalidInputException>(() => AnswerCache.Open(CacheFile));

        Assert.Contains(CacheFile, error.Message);
        Assert.Equal(text, File.ReadAllText(CacheFile));
    }

    [Fact]
    public async Task AnswersLongerThanAPieceOfTheFileAreReadWhole()
    {
        string text = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i} 漢 "));
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[0] + text);
        using (Kept endpoint = Open(server))
        {
            await endpoint.Ask(Question("one"), Cancellation);
            await endpoint.Ask(Question("two"), Cancellation);
        }
        using Kept again = Open(server);

        Assert.Equal("one" + text, (await again.Ask(Question("one"), Cancellation)).Text);
        Assert.Equal("two" + text, (await again.Ask(Question("two"), Cancellation)).Text);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public void HalfALineStaysUntilAWholeOneIsAdded()
    {
        File.WriteAllText(CacheFile, "{\"key\":\"ab");

        AnswerCache.Open(CacheFile).Dispose();

        Assert.Equal("{\"key\":\"ab", File.ReadAllText(CacheFile));
    }

    [Fact]
    public async Task TwoProcessesCannotShareACache()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        using Kept first = Open(server);

        var error = Assert.Throws<InvalidInputException>(() => Open(server));

        Assert.Contains("--cache", error.Message);
    }

    [Fact]
    public async Task AStormOf429And500IsWaitedOutAndCounted()
    {
        int asked = 0;
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => Interlocked.Increment(ref asked) switch
        {
            1 or 2 => ScriptedEndpoint.Json(context, new { error = new { message = "slow down" } }, 429),
            3 => ScriptedEndpoint.Json(context, new { error = new { message = "oops" } }, 503),
            _ => ScriptedEndpoint.Say(context, "yes"),
        });
        using Kept endpoint = Open(server, options => options with { Attempts = 4 });

        Assert.Equal("yes", (await endpoint.Ask(Question("?"), Cancellation)).Text);
        Assert.Equal((4, 3), (endpoint.Spent.Calls, endpoint.Spent.Repeated));
    }

    [Fact]
    public async Task AStormWithoutEndIsASentenceAndIsNotKept()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, new { error = new { message = "slow\u001b[2J down\nnow" } }, 429));
        using (Kept endpoint = Open(server))
        {
            EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));
            Assert.Equal($"{server.Url}: answered status 429 3 times: slow [2J down now", error.Message);
        }

        Assert.Equal(3, server.Requests.Count);
        Assert.False(File.Exists(CacheFile), "an answer was kept");
    }

    [Fact]
    public async Task AnEndpointThatAsksForMoreThanMinutesIsNotWaitedFor()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) =>
        {
            context.Response.Headers.RetryAfter = "3600";
            return ScriptedEndpoint.Json(context, new { error = new { message = "slow down" } }, 429);
        });
        using Kept endpoint = Open(server);

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation));

        Assert.Contains("answered status 429, to be asked again in 3600 seconds: slow down", error.Message);
    }

    [Fact]
    public async Task ADateInRetryAfterIsWaitedFor()
    {
        int asked = 0;
        DateTimeOffset date = DateTimeOffset.UtcNow.AddSeconds(3), answered = default;
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) =>
        {
            if (Interlocked.Increment(ref asked) > 1)
            {
                answered = DateTimeOffset.UtcNow;
                return ScriptedEndpoint.Say(context, "yes");
            }
            context.Response.Headers.RetryAfter = date.ToString("r");
            return ScriptedEndpoint.Json(context, new { error = new { message = "slow down" } }, 429);
        });
        using Kept endpoint = Open(server);

        await endpoint.Ask(Question("?"), Cancellation);

        Assert.True(answered >= date.AddSeconds(-1), $"asked again at {answered:O}, before {date:r}");
    }

    [Theory]
    [InlineData(400, EndpointFailure.Refused)]
    [InlineData(413, EndpointFailure.Refused)]
    [InlineData(422, EndpointFailure.Refused)]
    [InlineData(401, EndpointFailure.Endpoint)]
    [InlineData(408, EndpointFailure.Question)]
    public async Task OtherRefusalsAreNotTriedAgain(int status, EndpointFailure failure)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, new { error = new { message = "no" } }, status));
        using Kept endpoint = Open(server);

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Equal(failure, error.Failure);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>hello</html>")]
    [InlineData("[]")]
    [InlineData("""{"choices": []}""")]
    [InlineData("""{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}""")]
    [InlineData("""{"choices": [{"message": {"content": "A"}, "finish_reason": "content_filter"}]}""")]
    [InlineData("""{"choices": [{"message": {"content": "\ud800"}, "finish_reason": "stop"}]}""")]
    public async Task GarbageIsASentenceAndIsNotKept(string garbage)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(async (context, _) =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(garbage);
        });
        using (Kept endpoint = Open(server))
        {
            EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));
            Assert.Contains("no chat completion", error.Message);
            Assert.Contains(server.Url, error.Message);
        }

        Assert.False(File.Exists(CacheFile), "an answer was kept");
    }

    [Fact(Timeout = HangsAfter)]
    public async Task AnEndpointThatSaysNothingTimesOutInItsOwnTime()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => Task.Delay(System.Threading.Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }));
        using Kept endpoint = Open(server, options => options with { Timeout = TimeSpan.FromMilliseconds(300) });

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Equal($"{server.Url}: did not answer within 0.3 seconds (--timeout)", error.Message);
        Assert.Single(server.Requests);
    }

    [Fact(Timeout = HangsAfter)]
    public async Task AnAnswerThatTricklesTimesOutToo()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(async (context, _) =>
        {
            context.Response.ContentType = "application/json";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted).ContinueWith(_ => { });
            }
        });
        using Kept endpoint = Open(server, options => options with { Timeout = TimeSpan.FromMilliseconds(400) });

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Contains("did not answer within", error.Message);
    }

    [Fact]
    public async Task AnAnswerWithoutEndIsGivenUp()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(async (context, _) =>
        {
            byte[] piece = new byte[1 << 16];
            try
            {
                while (true)
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // As it should: the client has hung up.
            }
        });
        using Kept endpoint = Open(server, options => options with { MaxBytes = 1 << 20 });

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Contains("larger than 1048576 bytes", error.Message);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/", "http://169.254.169.254/latest/meta-data/, a private address")]
    [InlineData("http://2130706433:9/v1/chat/completions", "http://127.0.0.1:9/v1/chat/completions, a private address")]
    [InlineData("http://[::ffff:10.0.0.1]/", "a private address")]
    [InlineData("http://localhost:1/", "http://localhost:1/, a private address")]
    [InlineData("https://api.example.com/v2", "redirects to https://api.example.com/v2; redirects are not followed")]
    public async Task ARedirectIsNotFollowedAndNamed(string target, string expected)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = target;
            return Task.CompletedTask;
        });
        using Kept endpoint = Open(server);

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Equal(EndpointFailure.Endpoint, error.Failure);
        Assert.Contains(expected, error.Message);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("http://10.1.2.3/v1", "10.1.2.3 is at 10.1.2.3, a private address")]
    [InlineData("http://169.254.169.254/v1", "a private address")]
    [InlineData("http://[fd00::1]/v1", "a private address")]
    public async Task APrivateEndpointIsNotConnectedToUnlessAllowed(string url, string expected)
    {
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = url, Model = "m", Timeout = TimeSpan.FromSeconds(5) }, AnswerCache.Open(null));

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task AnEndpointThatIsNotThereIsNamed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string url = $"http://{listener.LocalEndpoint}/v1";
        listener.Stop();
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = url, Model = "m" }, AnswerCache.Open(null));

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

        Assert.Equal(EndpointFailure.Endpoint, error.Failure);
        Assert.StartsWith($"{url}: could not be reached", error.Message);
    }

    [Fact]
    public async Task TheKeyGoesToTheEndpointAndNowhereElse()
    {
        const string key = "sk-test-0123456789abcdef";
        string file = Path.Combine(_folder.FullName, "key");
        File.WriteAllText(file, $"# ours\n{key}\n");
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, new { error = new { message = $"the key {key} is spent" } }, 402));
        using (Kept endpoint = Open(server, options => options with { Key = ApiKey.Read(null, file) }))
        {
            EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("?"), Cancellation));

            Assert.DoesNotContain(key, error.ToString());
            Assert.DoesNotContain(key, endpoint.Options.ToString());
        }
        using (Kept without = Open(server))
            await Assert.ThrowsAsync<EndpointException>(() => without.Ask(Question("?"), Cancellation));

        Assert.Equal([$"Bearer {key}", ""], server.Keys);
    }

    [Theory]
    [InlineData("ftp://x/v1", "is not an address")]
    [InlineData("http://user:secret@host/v1", "has a user")]
    [InlineData("https://host/v1?key=secret", "has a user, a query")]
    public void AnAddressThatIsNoneIsRefusedWithoutItsSecrets(string url, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => ModelEndpoint.Open(new EndpointOptions { Url = url, Model = "m" }, AnswerCache.Open(null)));

        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public void AKeyDoesNotGoOverTheNetworkUnencrypted()
    {
        string file = Path.Combine(_folder.FullName, "key");
        File.WriteAllText(file, "sk-0123456789");

        var error = Assert.Throws<InvalidInputException>(() => ModelEndpoint.Open(new EndpointOptions { Url = "http://api.example.com/v1", Model = "m", Key = ApiKey.Read(null, file) }, AnswerCache.Open(null)));

        Assert.Contains("unencrypted", error.Message);
    }

    [Fact]
    public async Task CapsOnCallsTokensAndCostEndTheAskingAndKeepWhatIsThere()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        (Func<EndpointOptions, EndpointOptions> Cap, string Named)[] caps =
        [
            (options => options with { MaxCalls = 2 }, "2 calls (--max-calls)"),
            (options => options with { MaxTokens = 24 }, "24 tokens (--max-tokens)"),
            (options => options with { MaxCost = 0.4, InputPrice = 10_000, OutputPrice = 50_000 }, "a cost of 0.4 (--max-cost)"),
        ];
        foreach ((Func<EndpointOptions, EndpointOptions> cap, string named) in caps)
        {
            File.Delete(CacheFile);
            using Kept endpoint = Open(server, cap);
            await endpoint.Ask(Question("1"), Cancellation);
            await endpoint.Ask(Question("2"), Cancellation);

            EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("3"), Cancellation));

            Assert.Equal(EndpointFailure.Cap, error.Failure);
            Assert.Contains(named, error.Message);
            Assert.Equal("yes", (await endpoint.Ask(Question("1"), Cancellation)).Text);   // what is there costs nothing
        }
    }

    [Fact]
    public async Task ARunStopsWhereGoingOnMakesNoSenseAndKeepsWhatWasAnswered()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) => ScriptedEndpoint.Contents(body)[0] is "3"
            ? ScriptedEndpoint.Json(context, new { error = new { message = "odd" } }, 400)
            : ScriptedEndpoint.Say(context, "yes"));
        using Kept endpoint = Open(server, options => options with { MaxCalls = 6 });

        AskedAll<ChatAnswer> asked = await AskAll.Run([.. Enumerable.Range(0, 20)], i => $"q{i}", (i, token) => endpoint.Ask(Question($"{i}"), token), concurrency: 1, cancellation: Cancellation);

        Assert.Equal(5, asked.Results.Count);
        Assert.Equal(["q3", "q6"], asked.Failed.Select(failed => failed.Id));
        Assert.Contains("6 calls", asked.Stopped);
        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData("""{"choices": [{"message": {"content": "A"}, "finish_reason": "content_filter"}], "usage": {"prompt_tokens": 20, "completion_tokens": 4}}""", "24 tokens (--max-tokens)")]
    [InlineData("""{"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}]}""", "an answer did not say how many tokens it took (usage), so --max-tokens cannot be kept")]
    [InlineData("<html>", "an answer did not say how many tokens it took")]
    public async Task ACapOnTokensHoldsWhereAnAnswerIsUnreadableOrDoesNotSayWhatItTook(string body, string named)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => context.Response.WriteAsync(body));
        using Kept endpoint = Open(server, options => options with { MaxTokens = 24 });

        await Record.ExceptionAsync(() => endpoint.Ask(Question("1"), Cancellation));
        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => endpoint.Ask(Question("2"), Cancellation));

        Assert.Equal(EndpointFailure.Cap, error.Failure);
        Assert.Contains(named, error.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task OneCapIsForAllEndpointsThatShareIt()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        var options = new EndpointOptions { Url = server.Url, Model = "one", MaxCalls = 3 };
        var whole = new Spending(options);
        using ModelEndpoint one = ModelEndpoint.Open(options, AnswerCache.Open(null), whole), other = ModelEndpoint.Open(options with { Model = "other" }, AnswerCache.Open(null), whole);

        await one.Ask(Question("1"), Cancellation);
        await other.Ask(Question("1"), Cancellation);
        await other.Ask(Question("2"), Cancellation);
        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => one.Ask(Question("3"), Cancellation));

        Assert.Contains("3 calls (--max-calls)", error.Message);
        Assert.Equal((1, 2), (one.Spent.Calls, other.Spent.Calls));
    }

    [Fact]
    public async Task QuestionsThatAreRefusedForWhatTheySayDoNotEndARun()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) => int.Parse(ScriptedEndpoint.Contents(body)[0], System.Globalization.CultureInfo.InvariantCulture) is >= 2 and < 12
            ? ScriptedEndpoint.Json(context, new { error = new { message = "too long" } }, 400)
            : ScriptedEndpoint.Say(context, "yes"));
        using Kept endpoint = Open(server);

        AskedAll<ChatAnswer> asked = await AskAll.Run([.. Enumerable.Range(0, 20)], i => $"q{i}", (i, token) => endpoint.Ask(Question($"{i}"), token), concurrency: 1, cancellation: Cancellation);

        Assert.Equal((10, 10, null), (asked.Results.Count, asked.Failed.Count, asked.Stopped));
    }

    [Fact]
    public async Task AnEndpointThatRefusesEverythingEndsARun()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, new { error = new { message = "no such model" } }, 400));
        using Kept endpoint = Open(server);

        AskedAll<ChatAnswer> asked = await AskAll.Run([.. Enumerable.Range(0, 20)], i => $"q{i}", (i, token) => endpoint.Ask(Question($"{i}"), token), concurrency: 1, cancellation: Cancellation);

        Assert.Contains("no such model", asked.Stopped);
        Assert.Equal(AskAll.MostInARow, server.Requests.Count);
    }

    [Fact]
    public async Task ARunThatIsInterruptedKeepsWhatWasAnswered()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "yes");
        using Kept endpoint = Open(server);
        using var interruption = new CancellationTokenSource();

        AskedAll<ChatAnswer> asked = await AskAll.Run([.. Enumerable.Range(0, 20)], i => $"q{i}", (i, token) => endpoint.Ask(Question($"{i}"), token), concurrency: 1,
            (i, _) =>
            {
                if (i == 6)
                    interruption.Cancel();
            }, interruption.Token);

        Assert.Equal((7, "interrupted"), (asked.Results.Count, asked.Stopped));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChatCall Question(string text) => new([new ChatMessage("user", text)]);

    private Kept Open(ScriptedEndpoint server, Func<EndpointOptions, EndpointOptions>? with = null)
    {
        var options = new EndpointOptions { Url = server.Url, Model = "scripted", Attempts = 3, FirstPause = TimeSpan.FromMilliseconds(5) };
        AnswerCache cache = AnswerCache.Open(CacheFile);
        return new Kept(ModelEndpoint.Open(with is null ? options : with(options), cache), cache);
    }

    /// <summary>An endpoint and the file of its answers.</summary>
    private sealed class Kept(ModelEndpoint endpoint, AnswerCache cache) : IDisposable
    {
        public EndpointOptions Options => endpoint.Options;

        public Spent Spent => endpoint.Spent;

        public Task<ChatAnswer> Ask(ChatCall call, CancellationToken cancellation) => endpoint.Ask(call, cancellation);

        public void Dispose()
        {
            endpoint.Dispose();
            cache.Dispose();
        }
    }
}
