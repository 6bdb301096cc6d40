using System.Diagnostics;
using System.Globalization;
using System.Net;
using Emend.Models;
using Emend.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Emend.Serving;

/// <summary>
/// An OpenAI-compatible server of one language model and perhaps one reward model. What a request may cost is bounded on every side:
/// bytes, tokens, concurrent and waiting responses, seconds.
/// </summary>
public sealed class Server : IAsyncDisposable
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);
    private static readonly Variant s_unchanged = new() { Name = "" };

    private readonly ApiKeys? _keys;
    private readonly TextWriter _log;
    private readonly WebApplication _app;
    private volatile bool _stopping;

    private Server(ServingOptions options, ServedModel model, TrafficSplit? split, RewardWorker? rewards, ApiKeys? keys, TextWriter log)
    {
        (Options, Model, Split, Rewards, _keys, _log) = (options, model, split, rewards, keys, log);
        Gate = new AdmissionGate(model.Generator.Slots + options.MaxWaiting);
        Metrics = new ServingMetrics();
        _app = Build(options);
    }

    /// <summary>Where it listens: with the real port where 0 was asked for.</summary>
    public string Url { get; private set; } = "";

    /// <summary>What clients call the language model.</summary>
    public string ModelName => Split?.Name ?? Model.Name;

    /// <summary>Changes with the weights, the configuration, the tokenizer and the type of computation; the same gives the same responses to the same seeds.</summary>
    public string Fingerprint => Model.Fingerprint;

    /// <summary>The same of the reward model; null without one.</summary>
    public string? RewardFingerprint => Rewards?.Fingerprint;

    /// <summary>How conversations are written: a family of chat templates, or "plain".</summary>
    public string ChatFamily => Model.ChatFamily;

    internal ServingOptions Options { get; }

    internal ServedModel Model { get; }

    internal TrafficSplit? Split { get; }

    internal RewardWorker? Rewards { get; }

    internal AdmissionGate Gate { get; }

    internal ServingMetrics Metrics { get; }

    internal bool IsReady => !_stopping;

    /// <summary>The paths of every route, for the test that strangers get none.</summary>
    internal IEnumerable<string> Routes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(route => route.RoutePattern.RawText!.Replace("{**name}", "name", StringComparison.Ordinal));

    /// <summary>Loads the models and starts to listen.</summary>
    /// <param name="log">Gets a line for each failure of the server itself; never a prompt or a response.</param>
    /// <exception cref="InvalidInputException">An option, a folder or the key file is wrong.</exception>
    public static async Task<Server> Start(ServingOptions options, TextWriter log)
    {
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException(string.Join("; ", problems));
        ApiKeys? keys = options.ApiKeyFile is null ? null : ApiKeys.Read(options.ApiKeyFile);
        ServedModel model = ServedModel.Load(options);
        TrafficSplit? split = null;
        RewardWorker? rewards = null;
        Server? server = null;
        try
        {
            split = TrafficSplit.Load(options, model);
            rewards = options.Reward is null ? null : RewardWorker.Start(options);
            server = new Server(options, model, split, rewards, keys, log);
            await server.Listen();
            return server;
        }
        catch
        {
            if (server is not null)
                await server._app.DisposeAsync();
            rewards?.Dispose();
            split?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Takes no new requests, lets those that run finish for a few seconds, then ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        using (var patience = new CancellationTokenSource(s_farewell))
            await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        Rewards?.Dispose();
        Split?.Dispose();
        Model.Dispose();
    }

    /// <summary>Every one that decodes here.</summary>
    internal IReadOnlyList<ContinuousGenerator> Generators => [Model.Generator, .. Split?.Generators ?? []];

    /// <summary>The variant that a request gets and its model, where there is an experiment; else one that changes nothing.</summary>
    /// <param name="messages">Null for a plain completion.</param>
    internal (Variant Variant, ServedModel Model) Assign(HttpContext context, GenerationSettings settings, IReadOnlyList<ChatMessage>? messages) =>
        Split?.Assign(context, settings, messages) ?? (s_unchanged, Model);

    /// <exception cref="ApiException">The request names a model that is not served here.</exception>
    internal void CheckModel(string? name)
    {
        if (name is not null && name != ModelName)
            throw new ApiException(404, "invalid_request_error", $"model: \"{name}\" is not served here; \"{ModelName}\" is", "model", "model_not_found");
    }

    private WebApplication Build(ServingOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = 2 * Gate.Capacity + 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Listen(options.Endpoint()!, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        WebApplication app = builder.Build();
        app.Use(Answer);
        app.UseRouting();
        app.MapPost("/v1/chat/completions", context => InTime(context, ChatEndpoint.Handle));
        app.MapPost("/v1/completions", context => InTime(context, CompletionEndpoint.Handle));
        app.MapPost("/v1/embeddings", context => InTime(context, EmbeddingsEndpoint.Handle));
        app.MapPost("/v1/rewards", context => InTime(context, RewardsEndpoint.Handle));
        app.MapGet("/v1/models", context => ModelsEndpoint.List(context, this));
        app.MapGet("/v1/models/{**name}", context => ModelsEndpoint.One(context, this));
        app.MapGet("/healthz/live", context => HealthEndpoints.Live(context));
        app.MapGet("/healthz/ready", context => HealthEndpoints.Ready(context, this));
        app.MapGet("/metrics", context => Metrics.Write(context, this));
        return app;
    }

    private async Task InTime(HttpContext context, Func<HttpContext, Server, CancellationToken, Task> handle)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(TimeSpan.FromSeconds(Options.Timeout));
        try
        {
            await handle(context, this, patience.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw ApiException.TimedOut(Options.Timeout);
        }
    }

    private async Task Listen()
    {
        try
        {
            await _app.StartAsync();
        }
        catch (IOException problem)
        {
            throw new InvalidInputException($"--url {Options.Url}: {problem.Message}");
        }
        Url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    /// <summary>Around every request: who may, what failed, how long it took.</summary>
    private async Task Answer(HttpContext context, RequestDelegate next)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            Admit(context);
            await next(context);
            if (context.Response is { HasStarted: false, ContentLength: null, StatusCode: 404 or 405 })
                throw new ApiException(context.Response.StatusCode, "invalid_request_error", $"there is no {context.Request.Method} {context.Request.Path} here");
        }
        catch (ApiException problem)
        {
            await Refuse(context, problem);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to tell.
        }
        catch (Exception exception)
        {
            _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:u} {context.Request.Method} {context.GetEndpoint()?.DisplayName}: {exception}"));
            await Refuse(context, ApiException.Failed());
        }
        finally
        {
            string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
            Metrics.Request(route, context.RequestAborted.IsCancellationRequested ? 499 : context.Response.StatusCode, TrafficSplit.VariantOf(context), Stopwatch.GetElapsedTime(started));
        }
    }

    private void Admit(HttpContext context)
    {
        // A page whose name a stranger has pointed at this machine must not reach a server that asks for no key.
        if (_keys is null && context.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]") && !IsOwnAddress(context.Request.Host.Host))
            throw ApiException.Invalid($"this server answers only to its own address, not to the host name \"{context.Request.Host.Host}\"");
        if (_keys is null || context.Request.Path.StartsWithSegments("/healthz"))
            return;
        if (!_keys.Accepts(context.Request.Headers.Authorization))
            throw new ApiException(401, "invalid_request_error", "no valid API key was given: send the header Authorization: Bearer KEY", code: "invalid_api_key");
    }

    private static bool IsOwnAddress(string host) => IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address);

    private static async Task Refuse(HttpContext context, ApiException problem)
    {
        if (!context.Response.HasStarted)
        {
            await JsonAnswer.WriteError(context, problem);
            return;
        }
        if (context.Response.ContentType != "text/event-stream")
            return;
        var events = new EventStream(context);
        events.Add(json => JsonAnswer.Error(json, problem));
        await events.Send(context.RequestAborted);
    }

    /// <summary>Signals are the command line's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
