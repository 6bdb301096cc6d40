using Emend.Text;

namespace Emend.Judging;

/// <summary>An OpenAI-compatible endpoint, the model asked there, and what asking may cost.</summary>
public sealed record EndpointOptions
{
    /// <summary>The base address, to which /chat/completions is added: https://api.example.com/v1.</summary>
    public required string Url { get; init; }

    /// <summary>The model's name there.</summary>
    public required string Model { get; init; }

    public ApiKey? Key { get; init; }

    /// <summary>Lets the endpoint be at a private address, and a key go there without encryption. Loopback is allowed where the address itself is one.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Requests that are sent at most, repeated ones counted; answers from the cache cost none.</summary>
    public int MaxCalls { get; init; } = 100_000;

    /// <summary>Tokens, read and written, after which nothing more is asked; null for no cap.</summary>
    public long? MaxTokens { get; init; }

    /// <summary>Cost after which nothing more is asked, in the currency of the prices; null for no cap.</summary>
    public double? MaxCost { get; init; }

    /// <summary>Price of a million tokens read, and of a million written.</summary>
    public double InputPrice { get; init; }
    public double OutputPrice { get; init; }

    /// <summary>After this nothing more is asked; null for no cap.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Of one request, from its first byte to the last of the answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a question is sent at most, where the answer is status 429 or 5xx.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Before the second attempt; it doubles with each, and Retry-After makes it longer.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most bytes of an answer.</summary>
    public long MaxBytes { get; init; } = 8 << 20;

    /// <summary>Questions that are under way at the same time.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>What stands for the endpoint in the keys of the cache; null for its address. A server with a changing port has a name of its own.</summary>
    public string? Identity { get; init; }

    /// <summary>What the server says its model is, which changes with the weights behind the name; null where it says nothing. An answer of another one is not taken from the cache.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>What stands before the name of an option where a message gives it: a command with two endpoints has one of them under a longer prefix.</summary>
    public string Prefix { get; init; } = "--";

    /// <summary>Whether the limit of tokens is sent as max_completion_tokens, which newer models of OpenAI want, instead of max_tokens.</summary>
    public bool MaxCompletionTokens { get; init; }

    /// <summary>The host, for the rows that say where a verdict or an edit came from.</summary>
    public string Host => Uri.TryCreate(Url, UriKind.Absolute, out Uri? uri) ? uri.Authority : Url;

    /// <summary>Every rule that the values break, in the words of the command's options.</summary>
    public IEnumerable<string> Problems()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            yield return $"{Prefix}url {Url}: is not an address like https://api.example.com/v1";
        else
        {
            if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
                yield return $"{Prefix}url {uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}: has a user, a query or a fragment; a key belongs into {Prefix}api-key-file or {Prefix}api-key-variable";
            if (Key is not null && uri.Scheme == "http" && !IsLoopback(uri) && !AllowPrivate)
                yield return $"{Prefix}url {Url}: a key would go over the network unencrypted; give an https address (or {Prefix}allow-private in a network of your own)";
        }
        if (string.IsNullOrWhiteSpace(Model))
            yield return $"{Prefix}model: is empty; the model's name at the endpoint is needed";
        foreach ((string option, double? value) in new (string, double?)[] { ("max-calls", MaxCalls), ("max-tokens", MaxTokens), ("max-cost", MaxCost), ("max-time", MaxTime?.TotalSeconds), ("timeout", Timeout.TotalSeconds), ("attempts", Attempts), ("max-bytes", MaxBytes), ("concurrency", Concurrency) })
        {
            if (value is not null && !(value > 0 && double.IsFinite(value.Value)))
                yield return FormattableString.Invariant($"{Prefix}{option} {value}: is not positive");
        }
        if (!(InputPrice >= 0 && OutputPrice >= 0))
            yield return FormattableString.Invariant($"{Prefix}input-price {InputPrice}, {Prefix}output-price {OutputPrice}: a price is not negative");
        if (MaxCost is not null && InputPrice == 0 && OutputPrice == 0)
            yield return $"{Prefix}max-cost needs {Prefix}input-price and {Prefix}output-price: what a million tokens cost";
    }

    internal static bool IsLoopback(Uri uri) => PublicAddress.Literal(uri.Host) is { } address && PublicAddress.IsLoopback(address);

    /// <exception cref="InvalidInputException">A rule is broken; all at once.</exception>
    internal void Check()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException(string.Join("; ", problems));
    }
}
