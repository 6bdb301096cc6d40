using System.CommandLine;
using Emend.Judging;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>The options that every command with an endpoint has: its key, whether it may be private, and what asking may cost.</summary>
/// <param name="prefix">What their names begin with.</param>
internal sealed class EndpointLimits(string prefix)
{
    private static readonly EndpointOptions Defaults = new() { Url = "", Model = "" };
    private readonly Option<string?> _keyVariable = new($"{prefix}api-key-variable") { Description = "Environment variable that holds the endpoint's key.", HelpName = "NAME" };
    private readonly Option<string?> _keyFile = new($"{prefix}api-key-file") { Description = "File that holds the endpoint's key.", HelpName = "FILE" };
    private readonly Option<bool> _allowPrivate = new($"{prefix}allow-private") { Description = "The endpoint may be at a private address of your network." };
    private readonly Option<int> _maxCalls = new($"{prefix}max-calls") { Description = "Requests at most, repeated ones counted.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxCalls };
    private readonly Option<long?> _maxTokens = new($"{prefix}max-tokens") { Description = "Tokens, read and written, after which nothing more is asked.", HelpName = "N" };
    private readonly Option<double?> _maxCost = new($"{prefix}max-cost") { Description = "Cost after which nothing more is asked, by the prices given.", HelpName = "X" };
    private readonly Option<double> _inputPrice = new($"{prefix}input-price") { Description = "Price of a million tokens read.", HelpName = "X" };
    private readonly Option<double?> _maxTime = new($"{prefix}max-time") { Description = "Seconds after which nothing more is asked.", HelpName = "S" };
    private readonly Option<double> _timeout = new($"{prefix}timeout") { Description = "Seconds for one request.", HelpName = "S", DefaultValueFactory = _ => Defaults.Timeout.TotalSeconds };

    public IEnumerable<Option> All => [_keyVariable, _keyFile, _allowPrivate, _maxCalls, _maxTokens, _maxCost, _inputPrice, _maxTime, _timeout];

    /// <exception cref="InvalidInputException">The variable or the file holds no key, or both are given.</exception>
    public ApiKey? Key(ParseResult call) => ApiKey.Read(call.GetValue(_keyVariable), call.GetValue(_keyFile), prefix);

    /// <summary>Refuses a key where there is no endpoint to send it to.</summary>
    /// <param name="url">The option that would say one.</param>
    public void RefuseKey(ParseResult call, string url)
    {
        if (new Option[] { _keyVariable, _keyFile }.FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } given)
            throw new InvalidInputException($"{given.Name}: goes with {url}; a model folder, served in this process, takes no key");
    }

    /// <summary>The limits of the call, without an address, a model and a key.</summary>
    public EndpointOptions Read(ParseResult call) => new()
    {
        Url = "",
        Model = "",
        Prefix = prefix,
        AllowPrivate = call.GetValue(_allowPrivate),
        MaxCalls = call.GetValue(_maxCalls),
        MaxTokens = call.GetValue(_maxTokens),
        MaxCost = call.GetValue(_maxCost),
        InputPrice = call.GetValue(_inputPrice),
        MaxTime = call.GetValue(_maxTime) is double seconds ? Span(_maxTime, seconds) : null,
        Timeout = Span(_timeout, call.GetValue(_timeout)),
    };

    private static TimeSpan Span(Option option, double seconds) => seconds is > 0 and < 1e6
        ? TimeSpan.FromSeconds(seconds)
        : throw new InvalidInputException(FormattableString.Invariant($"{option.Name} {seconds}: is not a positive number of seconds below a million"));
}
