using System.CommandLine;
using Emend.Judging;
using Emend.Serving;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>
/// How commands that search documents name a model for embeddings: at an OpenAI-compatible endpoint, or a model folder, which is then served in this
/// process. Without one, words alone are searched.
/// </summary>
internal sealed class EmbeddingChoice
{
    private static readonly EndpointOptions Defaults = new() { Url = "", Model = "" };
    private readonly Option<string?> _model = new("--embeddings") { Description = "Also search by nearness: the model's name at --embeddings-url; or, without it, a model folder, served in this process.", HelpName = "MODEL" };
    private readonly Option<string?> _url = new("--embeddings-url") { Description = "Base address of an OpenAI-compatible endpoint with /embeddings, such as http://127.0.0.1:8080/v1.", HelpName = "URL" };
    private readonly Option<string?> _keyVariable = new("--embeddings-api-key-variable") { Description = "Environment variable that holds the endpoint's key.", HelpName = "NAME" };
    private readonly Option<string?> _keyFile = new("--embeddings-api-key-file") { Description = "File that holds the endpoint's key.", HelpName = "FILE" };
    private readonly Option<bool> _allowPrivate = new("--embeddings-allow-private") { Description = "The endpoint may be at a private address of your network." };
    private readonly Option<int> _maxCalls = new("--embeddings-max-calls") { Description = "Requests at most, repeated ones counted.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxCalls };
    private readonly Option<long?> _maxTokens = new("--embeddings-max-tokens") { Description = "Tokens read after which nothing more is asked.", HelpName = "N" };
    private readonly Option<double?> _maxCost = new("--embeddings-max-cost") { Description = "Cost after which nothing more is asked, by the price below.", HelpName = "X" };
    private readonly Option<double> _inputPrice = new("--embeddings-input-price") { Description = "Price of a million tokens read.", HelpName = "X" };
    private readonly Option<double?> _maxTime = new("--embeddings-max-time") { Description = "Seconds after which nothing more is asked.", HelpName = "S" };
    private readonly Option<double> _timeout = new("--embeddings-timeout") { Description = "Seconds for one request.", HelpName = "S", DefaultValueFactory = _ => Defaults.Timeout.TotalSeconds };

    private IEnumerable<Option> All => [_model, _url, _keyVariable, _keyFile, _allowPrivate, _maxCalls, _maxTokens, _maxCost, _inputPrice, _maxTime, _timeout];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
            command.Add(option);
    }

    /// <summary>Refuses these options, and those beside them, where the one that gives them a meaning is absent.</summary>
    public void RefuseWithout(ParseResult call, string needed, params Option[] beside)
    {
        if (beside.Concat(All).FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } given)
            throw new InvalidInputException($"{given.Name}: goes with {needed}");
    }

    /// <summary>The model that the call names; null where it names none.</summary>
    public async Task<OpenEmbedder?> Open(ParseResult call)
    {
        string? model = call.GetValue(_model), url = call.GetValue(_url);
        if (model is null)
            return url is null ? null : throw new InvalidInputException($"--embeddings-url {url}: --embeddings says which model to ask there");
        if (call.GetValue(_maxCost) is not null && call.GetValue(_inputPrice) == 0)
            throw new InvalidInputException("--embeddings-max-cost: needs --embeddings-input-price, what a million tokens cost");
        var options = new EndpointOptions
        {
            Url = url ?? "",
            Model = model,
            AllowPrivate = call.GetValue(_allowPrivate),
            MaxCalls = call.GetValue(_maxCalls),
            MaxTokens = call.GetValue(_maxTokens),
            MaxCost = call.GetValue(_maxCost),
            InputPrice = call.GetValue(_inputPrice),
            MaxTime = call.GetValue(_maxTime) is double seconds ? Span("--embeddings-max-time", seconds) : null,
            Timeout = Span("--embeddings-timeout", call.GetValue(_timeout)),
        };
        if (url is not null)
            return InOurWords(() => new OpenEmbedder(options with { Key = ApiKey.Read(call.GetValue(_keyVariable), call.GetValue(_keyFile)) }, null));
        if (!Directory.Exists(model))
            throw new InvalidInputException($"--embeddings {model}: there is no such folder; give --embeddings-url for a model at an endpoint");
        Server server = await Server.Start(new ServingOptions { Model = model, Url = "http://127.0.0.1:0" }, Console.Error);
        try
        {
            return InOurWords(() => new OpenEmbedder(options with { Url = $"{server.Url}/v1", Model = server.ModelName }, server));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static TimeSpan Span(string option, double seconds) => seconds is > 0 and < 1e6
        ? TimeSpan.FromSeconds(seconds)
        : throw new InvalidInputException(FormattableString.Invariant($"{option} {seconds}: is not a positive number of seconds below a million"));

    /// <summary>Options as these commands call them, which may have others of the shorter name.</summary>
    internal static string InOurWords(string message) => message.Replace(" --", " --embeddings-", StringComparison.Ordinal).Replace("(--", "(--embeddings-", StringComparison.Ordinal);

    private static T InOurWords<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException(InOurWords($" {exception.Message}").TrimStart());
        }
    }
}

/// <summary>An endpoint for embeddings, and the server behind it where that is ours.</summary>
internal sealed class OpenEmbedder : IAsyncDisposable
{
    private readonly AnswerCache _cache = AnswerCache.Open(null);
    private readonly Judging.ModelEndpoint _endpoint;
    private readonly Server? _server;
    private bool _said;

    public OpenEmbedder(EndpointOptions options, Server? server) => (_endpoint, _server) = (Judging.ModelEndpoint.Open(options, _cache), server);

    /// <summary>The vector of a query where the project's index is whole; else a sentence on the error output, and words alone are searched.</summary>
    public async Task<NearQuery> Near(Registry registry, string query, CancellationToken cancellation)
    {
        NearQuery near = await registry.Embeddings.Near(registry.Project, query, Ask, cancellation);
        if (near.Near is null && !_said)
            Console.Error.WriteLine($"{near.Index.Embedded} of {near.Index.Pieces} pieces have a vector of {near.Index.Model}, so words alone were searched; emend context embed makes the others");
        _said |= near.Near is null;
        return near;
    }

    /// <summary>Gives every piece a vector. Where something stops it, the sentence says how far it came; what was made is kept.</summary>
    public async Task<ContextIndex> Make(Registry registry, CancellationToken cancellation)
    {
        ContextIndex? reached = null;
        try
        {
            return await registry.Embeddings.Make(registry.Actor, registry.Project, Ask, index => reached = index, most: null, cancellation);
        }
        catch (EndpointException exception) when (reached is not null)
        {
            throw new EndpointException(exception.Failure, $"{exception.Message}; {reached.Embedded} of {reached.Pieces} pieces have a vector of {reached.Model} and keep it: the same command goes on from there", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _endpoint.Dispose();
        _cache.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private async Task<EmbeddedTexts> Ask(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        try
        {
            (string model, float[][] vectors) = await new EmbeddingCalls(_endpoint).Ask(texts, cancellation);
            return new EmbeddedTexts(model, vectors);
        }
        catch (EndpointException exception)
        {
            throw new EndpointException(exception.Failure, EmbeddingChoice.InOurWords(exception.Message), exception);
        }
    }
}
