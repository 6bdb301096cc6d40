using System.CommandLine;
using Emend.Judging;

namespace Emend.Cli.Commands;

/// <summary>The options that every command has which asks a model for texts: <see cref="EndpointLimits"/>, and what concerns the answers.</summary>
/// <param name="concurrency">Questions under way at the same time where the call does not say.</param>
internal sealed class ChatLimits(int concurrency)
{
    private static readonly EndpointOptions Defaults = new() { Url = "", Model = "" };
    private readonly EndpointLimits _limits = new("--");
    private readonly Option<double> _outputPrice = new("--output-price") { Description = "Price of a million tokens written.", HelpName = "X" };
    private readonly Option<int> _attempts = new("--attempts") { Description = "How often a question is sent at most, where the answer is status 429 or 5xx.", HelpName = "N", DefaultValueFactory = _ => Defaults.Attempts };
    private readonly Option<long> _maxBytes = new("--max-bytes") { Description = "Most bytes of an answer.", HelpName = "BYTES", DefaultValueFactory = _ => Defaults.MaxBytes };
    private readonly Option<int> _concurrency = new("--concurrency") { Description = "Questions under way at the same time.", HelpName = "N", DefaultValueFactory = _ => concurrency };
    private readonly Option<bool> _completionTokens = new("--max-completion-tokens") { Description = "Send the limit of tokens under this name, which newer models of OpenAI want, instead of max_tokens." };

    /// <summary>As many as most endpoints take from one client.</summary>
    public static int UsualConcurrency => Defaults.Concurrency;

    public IEnumerable<Option> All => [.. _limits.All, _outputPrice, _attempts, _maxBytes, _concurrency, _completionTokens];

    /// <inheritdoc cref="EndpointLimits.Key"/>
    public ApiKey? Key(ParseResult call) => _limits.Key(call);

    /// <inheritdoc cref="EndpointLimits.RefuseKey"/>
    public void RefuseKey(ParseResult call, string url) => _limits.RefuseKey(call, url);

    /// <summary>The limits of the call, without an address, a model and a key.</summary>
    public EndpointOptions Read(ParseResult call) => _limits.Read(call) with
    {
        OutputPrice = call.GetValue(_outputPrice),
        Attempts = call.GetValue(_attempts),
        MaxBytes = call.GetValue(_maxBytes),
        Concurrency = call.GetValue(_concurrency),
        MaxCompletionTokens = call.GetValue(_completionTokens),
    };
}
