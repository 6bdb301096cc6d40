using System.CommandLine;
using System.Text.RegularExpressions;
using Emend.Feedback.Context;
using Emend.Feedback.Prompts;
using Emend.Judging;
using Emend.Store;
using Emend.Text;
using ModelEndpoint = Emend.Judging.ModelEndpoint;

namespace Emend.Cli.Commands.Prompts;

/// <summary>What answers the messages of a version: a model folder of this machine, or a model behind a server.</summary>
internal interface IAnswering : IDisposable
{
    /// <summary>How many questions are asked at the same time; the answers do not depend on it.</summary>
    int AtOnce { get; }

    /// <summary>Counts tokens as the model does, or on the safe side.</summary>
    TokenCounter Counter { get; }

    /// <summary>Tokens of a prompt and its response together; null where that is not known.</summary>
    int? ContextLength { get; }

    /// <summary>Tokens of the messages as the model reads them, as well as the counter knows it.</summary>
    int Count(IReadOnlyList<SentMessage> messages);

    /// <summary>Whether a stored response came from what the call names as its model.</summary>
    bool Made(ResponseView response, string model);

    Task<MadeText> Answer(IReadOnlyList<SentMessage> messages, ModelSettings settings, int seed, CancellationToken cancellation);
}

/// <summary>The options that say that a model is asked at a server.</summary>
internal sealed partial class ServedChoice
{
    private const int ServedAtOnce = 16;
    private readonly Option<string?> _url = new("--url") { Description = "Base address of an OpenAI-compatible server, such as emend serve at http://127.0.0.1:8080/v1; --model is the model's name there.", HelpName = "URL" };
    private readonly ChatLimits _limits = new(ServedAtOnce);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_url, .. _limits.All])
            command.Add(option);
    }

    public bool IsGiven(ParseResult call) => call.GetValue(_url) is not null;

    /// <summary>The server; null where none is given.</summary>
    /// <exception cref="InvalidInputException">An option is wrong, or of no use without the others.</exception>
    public async Task<IAnswering?> Open(ParseResult call, string model, CancellationToken cancellation)
    {
        if (call.GetValue(_url) is not { } url)
        {
            Option? without = _limits.All.FirstOrDefault(option => call.GetResult(option) is { Implicit: false });
            return without is null ? null : throw new InvalidInputException($"{without.Name}: goes with --url");
        }
        AnswerCache cache = AnswerCache.Open(null);
        return new Served(await ModelEndpoint.OpenListed(_limits.Read(call) with { Url = url, Model = model, Key = _limits.Key(call) }, cache, null, cancellation: cancellation), cache);
    }

    /// <summary>Whether an answer that names its model is of the one that was asked: some servers put the date of the weights behind the name.</summary>
    internal static bool IsCalled(string answered, string asked) => answered == asked || (answered.StartsWith($"{asked}-", StringComparison.Ordinal) && Date().IsMatch(answered[asked.Length..]));

    [GeneratedRegex(@"\A-([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Date();

    private sealed class Served(ModelEndpoint endpoint, AnswerCache cache) : IAnswering
    {
        public int AtOnce => endpoint.Options.Concurrency;

        public TokenCounter Counter => TokenCounter.Guess;

        public int? ContextLength => endpoint.Listed?.ContextLength;

        public int Count(IReadOnlyList<SentMessage> messages) => messages.Sum(message => Counter.Count($"{message.Role}\n{message.Content}\n"));

        // The record's settings name the model that was asked for, where the server calls it otherwise.
        public bool Made(ResponseView response, string model) => response.ModelFolder is null
            && (endpoint.Options.Fingerprint is null || response.ModelFingerprint == endpoint.Options.Fingerprint)
            && (IsCalled(response.Model, model) || (response.Settings.Model == model && response.Model.StartsWith($"{model}-", StringComparison.Ordinal)));

        public async Task<MadeText> Answer(IReadOnlyList<SentMessage> messages, ModelSettings settings, int seed, CancellationToken cancellation)
        {
            ChatAnswer answer = await endpoint.Ask(new ChatCall([.. messages.Select(message => new ChatMessage(message.Role, message.Content))])
            {
                Temperature = settings.Temperature ?? 1,
                TopP = settings.TopP ?? 1,
                MaxTokens = settings.MaxTokens ?? AskedResponse.DefaultMaxTokens,
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
