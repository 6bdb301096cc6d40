using System.Net;
using Emend.Models;
using Emend.Tensors;

namespace Emend.Serving;

/// <summary>What `emend serve` serves, where, and within which limits.</summary>
public sealed record ServingOptions
{
    /// <summary>Folder of the language model.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of a reward model for /v1/rewards.</summary>
    public string? Reward { get; init; }

    /// <summary>A tokenizer.json instead of the model folder's own.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>What clients call the model; the folder's name when null.</summary>
    public string? Name { get; init; }

    public DType Compute { get; init; } = DType.Float32;

    /// <summary>http:// with an address or localhost, and a port; port 0 takes any free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8080";

    /// <summary>A file with one key a line; without it nobody needs one, and only this machine is served.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Responses that run at the same time.</summary>
    public int MaxConcurrent { get; init; } = 16;

    /// <summary>Responses that may wait for their turn; beyond it requests are turned away.</summary>
    public int MaxWaiting { get; init; } = 64;

    /// <summary>The most tokens of a prompt and its response; 0 takes the model's context.</summary>
    public int Context { get; init; }

    /// <summary>The most tokens of a chat response that names no limit of its own.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Bytes for the beginnings of prompts that later requests may share; 0 shares nothing between requests.</summary>
    public long PrefixCacheBytes { get; init; } = ContinuousOptions.DefaultPrefixBytes;

    /// <summary>Milliseconds that pass at least between two events of one response in a stream; the tokens that come meanwhile go out together.</summary>
    public double StreamInterval { get; init; } = 20;

    /// <summary>Seconds after which a request is given up.</summary>
    public double Timeout { get; init; } = 120;

    /// <summary>The most bytes of a request's body.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Joins the messages of a chat with blank lines, whatever template the folder has.</summary>
    public bool PlainChat { get; init; }

    /// <summary>The token that opens a text that is no chat; empty for none, null for what the tokenizer puts there or else the model's bos_token_id.</summary>
    public string? Opening { get; init; }

    /// <summary>Variants that the traffic is split between, under the experiment's name; null for the model alone.</summary>
    public Experiment? Experiment { get; init; }

    /// <summary>A file that is told which user met which variant.</summary>
    public string? Assignments { get; init; }

    /// <summary>Every rule that the values break.</summary>
    public IEnumerable<string> Problems()
    {
        IPEndPoint? endpoint = Endpoint();
        if (endpoint is null)
            yield return $"--url {Url}: must be http://ADDRESS:PORT with an IP address or localhost (put a proxy in front for https)";
        else if (!IPAddress.IsLoopback(endpoint.Address) && ApiKeyFile is null)
            yield return $"--url {Url}: is reachable from other machines, so --api-key-file is needed";
        if (Assignments is not null && Experiment is null)
            yield return $"--assignments {Assignments}: goes with --experiment";
        if (Experiment is not null && Name is not null)
            yield return $"--name {Name}: an experiment has a name of its own";
        if (MaxConcurrent < 1)
            yield return $"--max-concurrent {MaxConcurrent}: is not positive";
        if (MaxWaiting < 0)
            yield return $"--max-waiting {MaxWaiting}: is negative";
        if (Context < 0)
            yield return $"--context {Context}: is negative (0 takes the model's)";
        if (MaxTokens < 1)
            yield return $"--max-new {MaxTokens}: is not positive";
        if (!(Timeout is > 0 and <= 86_400))
            yield return $"--timeout {Timeout}: is not a number of seconds above 0 and up to a day";
        if (PrefixCacheBytes < 0)
            yield return $"--prefix-cache {PrefixCacheBytes >> 20}: is negative (0 shares nothing between requests)";
        if (!(StreamInterval is >= 0 and <= 1000))
            yield return $"--stream-interval {StreamInterval}: is not a number of milliseconds from 0 to 1000";
        if (MaxBodyBytes < 1024)
            yield return $"--max-body {MaxBodyBytes}: is less than 1024 bytes";
    }

    /// <summary>Address and port of the URL; null where it is no such URL.</summary>
    internal IPEndPoint? Endpoint()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? url) || url.Scheme != "http" || url.PathAndQuery != "/" || url.UserInfo != "" || url.Fragment != "")
            return null;
        if (url.Host == "localhost")
            return new IPEndPoint(IPAddress.Loopback, url.Port);
        return IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address) ? new IPEndPoint(address, url.Port) : null;
    }
}
