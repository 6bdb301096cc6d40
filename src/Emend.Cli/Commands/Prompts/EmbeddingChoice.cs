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
    private readonly Option<string?> _model = new("--embeddings") { Description = "Also search by nearness: the model's name at --embeddings-url; or, without it, a model folder, served in this process.", HelpName = "MODEL" };
    private readonly Option<string?> _url = new("--embeddings-url") { Description = "Base address of an OpenAI-compatible endpoint with /embeddings, such as http://127.0.0.1:8080/v1.", HelpName = "URL" };
    private readonly EndpointLimits _limits = new("--embeddings-");

    private IEnumerable<Option> All => [_model, _url, .. _limits.All];

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
        EndpointOptions options = _limits.Read(call) with { Url = url ?? "", Model = model };
        if (options is { MaxCost: not null, InputPrice: 0 })
            throw new InvalidInputException("--embeddings-max-cost: needs --embeddings-input-price, what a million tokens cost");
        if (url is not null)
            return new OpenEmbedder(options with { Key = _limits.Key(call) }, null);
        if (!Directory.Exists(model))
            throw new InvalidInputException($"--embeddings {model}: there is no such folder; give --embeddings-url for a model at an endpoint");
        Server server = await Server.Start(new ServingOptions { Model = model, Url = "http://127.0.0.1:0" }, Console.Error);
        try
        {
            return new OpenEmbedder(options with { Url = $"{server.Url}/v1", Model = server.ModelName }, server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
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
        (string model, float[][] vectors) = await new EmbeddingCalls(_endpoint).Ask(texts, cancellation);
        return new EmbeddedTexts(model, vectors);
    }
}
