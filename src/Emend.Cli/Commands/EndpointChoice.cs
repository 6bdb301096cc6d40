using System.CommandLine;
using Emend.Judging;
using Emend.Serving;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>
/// How commands name models that answer questions: an OpenAI-compatible endpoint with the model's name, or a model folder, which is then served
/// in this process on a free port of loopback. What asking may cost goes for all of them.
/// </summary>
internal sealed class EndpointChoice
{
    private readonly Option<string?> _url = new("--url") { Description = "Base address of an OpenAI-compatible endpoint, such as http://127.0.0.1:8080/v1. Without it --model is a folder.", HelpName = "URL" };
    private readonly Option<string>? _one;
    private readonly Option<string[]>? _several;
    private readonly ChatLimits _limits = new(ChatLimits.UsualConcurrency);
    private readonly Option<string?> _cache = new("--cache") { Description = "File of answers, appended to as they come: nothing in it is asked again, also after a kill. [default: OUTPUT.answers]", HelpName = "FILE" };
    private readonly Option<bool> _noCache = new("--no-cache") { Description = "Keep no answers: a second run asks everything again." };

    private EndpointChoice(Option<string>? one, Option<string[]>? several) => (_one, _several) = (one, several);

    public static EndpointChoice OfOne() =>
        new(new("--model") { Description = "The model's name at --url; or, without --url, a model folder, served in this process.", HelpName = "MODEL", Required = true }, null);

    public static EndpointChoice OfSeveral() =>
        new(null, new("--model") { Description = "The model's name at --url; or, without --url, a model folder, served in this process. May be given several times.", HelpName = "MODEL", Required = true });

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_url, _one ?? (Option)_several!, .. _limits.All, _cache, _noCache])
            command.Add(option);
    }

    public IReadOnlyList<string> Models(ParseResult call) => _one is null ? call.GetValue(_several!)! : [call.GetValue(_one)!];

    public string? Url(ParseResult call) => call.GetValue(_url);

    /// <summary>The file of answers that was asked for, or one beside the command's output; with --no-cache they last as long as the process.</summary>
    public AnswerCache Cache(ParseResult call, string output)
    {
        string? given = call.GetValue(_cache);
        if (given is not null && call.GetValue(_noCache))
            throw new InvalidInputException($"--cache {given} and --no-cache are both given; answers are kept, or they are not");
        return AnswerCache.Open(call.GetValue(_noCache) ? null : given ?? $"{output}.answers");
    }

    /// <summary>What all endpoints of the call may cost together: each is opened with it.</summary>
    public Spending Caps(ParseResult call) => new(_limits.Read(call));

    /// <summary>A model of the call: at --url, or a folder.</summary>
    /// <param name="reward">A reward model folder to be served beside a model folder.</param>
    /// <param name="name">What a folder's model is called; null for the folder's name.</param>
    public Task<OpenEndpoint> Open(ParseResult call, string model, AnswerCache cache, Spending caps, string? reward = null, string? name = null)
    {
        if (call.GetValue(_url) is { } url)
            return OpenAt(call, url, model, _limits.Key(call), cache, caps);
        _limits.RefuseKey(call, _url.Name);
        return OpenFolder(call, model, cache, caps, reward, name);
    }

    /// <summary>A model at an address of its own, within the limits of the call.</summary>
    /// <param name="isThis">Which of the server's models is meant; null: the one of the name.</param>
    public async Task<OpenEndpoint> OpenAt(ParseResult call, string url, string model, ApiKey? key, AnswerCache cache, Spending caps, Func<ListedModel, bool>? isThis = null) =>
        new(await ModelEndpoint.OpenListed(_limits.Read(call) with { Url = url, Model = model, Key = key }, cache, caps, isThis), null);

    /// <summary>A model folder, served in this process, within the limits of the call.</summary>
    /// <param name="reward">A reward model folder to be served beside it.</param>
    /// <param name="name">What the model is called; null for the folder's name.</param>
    public async Task<OpenEndpoint> OpenFolder(ParseResult call, string model, AnswerCache cache, Spending caps, string? reward = null, string? name = null)
    {
        EndpointOptions limits = _limits.Read(call);
        if (!Directory.Exists(model))
            throw new InvalidInputException($"--model {model}: there is no such folder; give --url for a model at an endpoint");
        Server server = await Server.Start(new ServingOptions { Model = model, Reward = reward, Name = name, Url = "http://127.0.0.1:0", MaxWaiting = 1024 }, Console.Error);
        try
        {
            return new OpenEndpoint(await ModelEndpoint.OpenListed(limits with { Url = $"{server.Url}/v1", Model = server.ModelName, Identity = server.Fingerprint }, cache, caps), server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}

/// <summary>An endpoint, and the server behind it where that is ours.</summary>
internal sealed class OpenEndpoint(ModelEndpoint endpoint, Server? server) : IAsyncDisposable
{
    public ModelEndpoint Endpoint => endpoint;

    /// <summary>Of the reward model that is served beside the model; null where there is none, or it is not ours.</summary>
    public string? RewardFingerprint => server?.RewardFingerprint;

    public async ValueTask DisposeAsync()
    {
        endpoint.Dispose();
        if (server is not null)
            await server.DisposeAsync();
    }
}
