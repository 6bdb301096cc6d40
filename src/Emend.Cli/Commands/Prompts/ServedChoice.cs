using System.CommandLine;
using Emend.Feedback.Prompts;
using Emend.Judging;
using Emend.Store;
using Emend.Text;
using ModelEndpoint = Emend.Judging.ModelEndpoint;

namespace Emend.Cli.Commands.Prompts;

/// <summary>A text, and what is known of the model that wrote it; a folder only where it lies on this machine.</summary>
internal sealed record MadeText(string Text, string Model, string? Folder, string? Fingerprint, string? Compute);

/// <summary>What answers the messages of a version: a model folder of this machine, or a model behind a server.</summary>
internal interface IAnswering : IDisposable
{
    /// <summary>How many questions are asked at the same time; the answers do not depend on it.</summary>
    int AtOnce { get; }

    /// <summary>Whether a stored response came from what the call names as its model.</summary>
    bool Made(ResponseView response, string model);

    Task<MadeText> Answer(IReadOnlyList<SentMessage> messages, ModelSettings settings, int seed, CancellationToken cancellation);
}

/// <summary>The options that say that a model is asked at a server.</summary>
internal sealed class ServedChoice
{
    private const int ServedAtOnce = 16;
    private readonly Option<string?> _url = new("--url") { Description = "Base address of an OpenAI-compatible server, such as emend serve at http://127.0.0.1:8080/v1; --model is the model's name there.", HelpName = "URL" };
    private readonly Option<string?> _keyFile = new("--api-key-file") { Description = "File that holds the server's key.", HelpName = "FILE" };
    private readonly Option<bool> _allowPrivate = new("--allow-private") { Description = "The server may be at a private address of your network." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_url, _keyFile, _allowPrivate])
            command.Add(option);
    }

    public bool IsGiven(ParseResult call) => call.GetValue(_url) is not null;

    /// <summary>The server; null where none is given.</summary>
    /// <exception cref="InvalidInputException">An option is wrong, or of no use without the others.</exception>
    public IAnswering? Open(ParseResult call, string model)
    {
        if (call.GetValue(_url) is not { } url)
        {
            Option? without = new Option[] { _keyFile, _allowPrivate }.FirstOrDefault(option => call.GetResult(option) is { Implicit: false });
            return without is null ? null : throw new InvalidInputException($"{without.Name}: goes with --url");
        }
        ApiKey? key = ApiKey.Read(null, call.GetValue(_keyFile));
        AnswerCache cache = AnswerCache.Open(null);
        return new Served(ModelEndpoint.Open(new EndpointOptions { Url = url, Model = model, Key = key, AllowPrivate = call.GetValue(_allowPrivate), Concurrency = ServedAtOnce }, cache), cache);
    }

    private sealed class Served(ModelEndpoint endpoint, AnswerCache cache) : IAnswering
    {
        public int AtOnce => ServedAtOnce;

        public bool Made(ResponseView response, string model) => response.ModelFolder is null && (response.Model == model || response.Model.StartsWith($"{model}-", StringComparison.Ordinal));     // servers name the date of "m" too

        public async Task<MadeText> Answer(IReadOnlyList<SentMessage> messages, ModelSettings settings, int seed, CancellationToken cancellation)
        {
            ChatAnswer answer = await endpoint.Ask(new ChatCall([.. messages.Select(message => new ChatMessage(message.Role, message.Content))])
            {
                Temperature = settings.Temperature ?? 1,
                TopP = settings.TopP ?? 1,
                MaxTokens = settings.MaxTokens ?? PromptedModel.DefaultMaxTokens,
                Seed = seed,
                Stop = settings.Stop,
            }, cancellation);
            return new MadeText(answer.Text, answer.Model is { Length: > 0 } named ? named : endpoint.Options.Model, null, answer.Fingerprint, null);
        }

        public void Dispose()
        {
            endpoint.Dispose();
            cache.Dispose();
        }
    }
}
