using System.ClientModel;
using System.ClientModel.Primitives;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Text;
using OpenAI;
using OpenAI.Chat;

namespace Emend.Judging;

/// <summary>
/// A model behind an OpenAI-compatible endpoint: each question is asked once, within caps, and answered from the cache ever after. Only status
/// 429 and 5xx are tried again; whatever else goes wrong is a sentence that names the endpoint.
/// </summary>
public sealed class ModelEndpoint : IDisposable
{
    private const int ShownLength = 200;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Longest that an endpoint may have us wait; one that asks for more is not waited for.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(10);

    /// <summary>Longest that a server has to say which models it has.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly ChatClient _chat;
    private readonly AnswerCache _cache;
    private readonly Spending _spending;
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentDictionary<string, Lazy<Task<ChatAnswer>>> _underWay = [];

    private ModelEndpoint(EndpointOptions options, AnswerCache cache, Spending? whole)
    {
        Options = options;
        _cache = cache;
        _spending = new Spending(options, whole);
        _slots = new SemaphoreSlim(options.Concurrency);
        _http = GuardedHandler.Client(options);
        _chat = new ChatClient(options.Model, new ApiKeyCredential(options.Key?.Value ?? "none"), new OpenAIClientOptions
        {
            Endpoint = new Uri(options.Url),
            RetryPolicy = new ClientRetryPolicy(0),
            Transport = new HttpClientPipelineTransport(_http),
            NetworkTimeout = System.Threading.Timeout.InfiniteTimeSpan,
        });
    }

    public EndpointOptions Options { get; private set; }

    /// <summary>What the questions have cost so far.</summary>
    public Spent Spent => _spending.Now;

    /// <param name="cache">Where answers are kept; it stays the caller's, and may be shared.</param>
    /// <param name="whole">What counts for all endpoints that the caps are for together; null where they are for this one alone.</param>
    /// <exception cref="InvalidInputException">An option is wrong; all at once.</exception>
    public static ModelEndpoint Open(EndpointOptions options, AnswerCache cache, Spending? whole = null)
    {
        options.Check();
        return new ModelEndpoint(options, cache, whole);
    }

    /// <summary>The same, asking the server once, and outside of the caps, which model it has under the name now. A server that does not say goes by its address.</summary>
    /// <param name="isThis">Which of the server's models is meant; null: the one of the name.</param>
    /// <inheritdoc cref="Open"/>
    public static async Task<ModelEndpoint> OpenListed(EndpointOptions options, AnswerCache cache, Spending? whole, Func<ListedModel, bool>? isThis = null, CancellationToken cancellation = default)
    {
        ModelEndpoint endpoint = Open(options with { Fingerprint = null }, cache, whole);
        endpoint.Listed = (await endpoint.Models(cancellation)).FirstOrDefault(isThis ?? (model => model.Name == options.Model));
        if (options.Identity is null)
            endpoint.Options = endpoint.Options with { Fingerprint = endpoint.Listed?.Fingerprint };
        return endpoint;
    }

    /// <summary>The model as the server lists it; null where it was not asked, or does not say.</summary>
    public ListedModel? Listed { get; private set; }

    /// <summary>The answer to a question, from the cache where it was asked before. Equal questions that come at the same time are one.</summary>
    /// <exception cref="EndpointException">There is no answer.</exception>
    public async Task<ChatAnswer> Ask(ChatCall call, CancellationToken cancellation = default)
    {
        string key = call.Key(Options.Identity ?? Options.Url, Options.Model);
        if (_cache.Find(key, Options.Fingerprint) is { } known)
        {
            _spending.AddFromCache();
            return known;
        }
        Lazy<Task<ChatAnswer>> asked = _underWay.GetOrAdd(key, _ => new Lazy<Task<ChatAnswer>>(() => AskAndKeep(key, call, cancellation)));
        try
        {
            return await asked.Value;
        }
        finally
        {
            _underWay.TryRemove(KeyValuePair.Create(key, asked));   // not one that a later caller has put there
        }
    }

    /// <summary>Posts JSON to a route of the endpoint beside the chat, such as /rewards of Emend's own server; not cached.</summary>
    /// <exception cref="EndpointException">There is no answer.</exception>
    public Task<JsonElement> Post(string route, JsonElement body, CancellationToken cancellation = default) => Counted(async token =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Options.Url.TrimEnd('/') + route) { Content = new StringContent(body.GetRawText(), System.Text.Encoding.UTF8, "application/json") };
        if (Options.Key is { } key)
            request.Headers.Authorization = new("Bearer", key.Value);
        using HttpResponseMessage response = await _http.SendAsync(request, token);
        return new Reply((int)response.StatusCode, After(response.Headers.RetryAfter?.ToString()), await response.Content.ReadAsByteArrayAsync(token));
    }, Json, cancellation);

    /// <summary>Counts what an answer of <see cref="Post"/> took, where the route costs tokens.</summary>
    /// <param name="usage">Null where the answer did not say.</param>
    internal void Count((long Prompt, long Completion)? usage) => _spending.Add(usage);

    public void Dispose()
    {
        _http.Dispose();
        _slots.Dispose();
    }

    // Whatever is wrong here is wrong with the first question too, which says it.
    private async Task<IReadOnlyList<ListedModel>> Models(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Options.Timeout < LongestLook ? Options.Timeout : LongestLook);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Options.Url.TrimEnd('/') + "/models");
            if (Options.Key is { } key)
                request.Headers.Authorization = new("Bearer", key.Value);
            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token);
            return response.IsSuccessStatusCode ? ListedModel.Read(JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(limit.Token))) : [];
        }
        catch (Exception exception) when (exception is EndpointException or HttpRequestException or IOException or JsonException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return [];
        }
    }

    private async Task<ChatAnswer> AskAndKeep(string key, ChatCall call, CancellationToken cancellation)
    {
        if (_cache.Find(key, Options.Fingerprint) is { } meanwhile)
            return meanwhile;                                  // answered between the caller's look and now
        bool again = _cache.Has(key);
        BinaryData body = call.Body(Options.Model, Options.MaxCompletionTokens);
        ChatAnswer answer = await Counted(async token =>
        {
            // The body as it is, and the answer's, so that no field is lost on the way and garbage is told from an answer here.
            ClientResult result = await _chat.CompleteChatAsync(BinaryContent.Create(body), new RequestOptions { CancellationToken = token, ErrorOptions = ClientErrorBehaviors.NoThrow });
            using PipelineResponse response = result.GetRawResponse();
            return new Reply(response.Status, After(response.Headers.TryGetValue("Retry-After", out string? value) ? value : null), response.Content.ToMemory());
        }, Completion, cancellation);
        if (again)
            _spending.AddRenewed();
        _cache.Add(key, Options.Host, Options.Model, answer);
        return answer;
    }

    private ChatAnswer Completion(ReadOnlyMemory<byte> body)
    {
        _spending.Add(ChatAnswer.Usage(body));                 // paid for, whether or not it can be read
        return ChatAnswer.Read(body) ?? throw new EndpointException(EndpointFailure.Question, $"{Options.Url}: answered something that is no chat completion with a text");
    }

    private JsonElement Json(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonElement.Parse(body.Span);
        }
        catch (JsonException)
        {
            throw new EndpointException(EndpointFailure.Question, $"{Options.Url}: answered something that is not JSON");
        }
    }

    /// <summary>Sends a request until it is answered, not worth repeating, or a cap is reached.</summary>
    private async Task<T> Counted<T>(Func<CancellationToken, Task<Reply>> send, Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                _spending.Enter(Options.Url, again: attempt > 1);
                Reply reply = await Send(send, cancellation);
                if (reply.Status is >= 200 and < 300)
                    return read(reply.Body);
                if (reply.Status is not (429 or >= 500) || attempt >= Options.Attempts || reply.RetryAfter > LongestRetryAfter)
                    throw Refused(reply, attempt);
                TimeSpan pause = Options.FirstPause * Math.Pow(2, Math.Min(attempt - 1, 30));
                pause = pause < LongestPause ? pause : LongestPause;
                await Task.Delay(reply.RetryAfter > pause ? reply.RetryAfter.Value : pause, cancellation);
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>What Retry-After says, as seconds or as a date; null where it is neither.</summary>
    private static TimeSpan? After(string? header) =>
        int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds)
        : DateTimeOffset.TryParseExact(header, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date - DateTimeOffset.UtcNow
        : null;

    private async Task<Reply> Send(Func<CancellationToken, Task<Reply>> send, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Options.Timeout);
        try
        {
            return await send(limit.Token);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
            {
                if (inner is EndpointException known)
                    throw known;
            }
            if (limit.IsCancellationRequested)
                throw new EndpointException(EndpointFailure.Question, string.Create(CultureInfo.InvariantCulture, $"{Options.Url}: did not answer within {Options.Timeout.TotalSeconds:0.###} seconds ({Options.Prefix}timeout)"), exception);
            if (exception is ClientResultException or HttpRequestException or IOException)
                throw new EndpointException(EndpointFailure.Endpoint, $"{Options.Url}: could not be reached, or broke off ({Shown((exception.InnerException ?? exception).Message)})", exception);
            throw;
        }
    }

    private EndpointException Refused(Reply reply, int attempts)
    {
        string times = attempts > 1 ? $" {attempts} times" : "";
        string said = reply.ErrorMessage() is { } message ? $": {Shown(message)}" : "";
        EndpointFailure failure = reply.Status switch
        {
            401 or 402 or 403 or 404 or 405 => EndpointFailure.Endpoint,
            400 or 413 or 422 => EndpointFailure.Refused,
            _ => EndpointFailure.Question,
        };
        string wait = reply.RetryAfter > LongestRetryAfter ? string.Create(CultureInfo.InvariantCulture, $", to be asked again in {reply.RetryAfter.Value.TotalSeconds:0} seconds") : "";
        return new EndpointException(failure, $"{Options.Url}: answered status {reply.Status}{times}{wait}{said}");
    }

    /// <summary>One line without control characters, since it goes to a terminal.</summary>
    private string Shown(string text)
    {
        var line = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
            line.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? new Rune(' ') : rune);
        string shown = Options.Key is { } key ? line.ToString().Replace(key.Value, key.ToString(), StringComparison.Ordinal) : line.ToString();
        return shown.Length <= ShownLength ? shown.Trim() : $"{shown[..ShownLength].Trim()}…";
    }

    private sealed record Reply(int Status, TimeSpan? RetryAfter, ReadOnlyMemory<byte> Body)
    {
        /// <summary>What an error in OpenAI's form says; null where the body is something else.</summary>
        public string? ErrorMessage()
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(Body);
                return document.RootElement.GetProperty("error").GetProperty("message").GetString();
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                return null;
            }
        }
    }
}
