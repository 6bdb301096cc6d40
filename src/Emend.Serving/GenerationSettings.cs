using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Emend.Models;

namespace Emend.Serving;

/// <summary>What the two endpoints that generate have in common: how responses are drawn, how many, where they end, how they are sent.</summary>
internal sealed record GenerationSettings
{
    public const int MostStops = 16, LongestStop = 1000;

    private const int MostChoices = 128;

    private const double StrongestPenalty = 2, StrongestBias = 100;

    private static readonly string[] s_decidable = ["temperature", "top_p", "max_tokens", "max_completion_tokens", "stop"];

    /// <summary>Who asks, which an experiment splits its traffic by; null or empty where the body does not say.</summary>
    public required string? User { get; init; }

    /// <summary>Those of the fields that an experiment may decide which the body holds.</summary>
    public required ImmutableArray<string> Given { get; init; }

    public required double Temperature { get; init; }

    public required double TopP { get; init; }

    public required int TopK { get; init; }

    public required double PresencePenalty { get; init; }

    public required double FrequencyPenalty { get; init; }

    public required ImmutableArray<TokenBias> Biases { get; init; }

    /// <summary>Of this number and the choice's place every response is a function.</summary>
    public required int Seed { get; init; }

    public required int Choices { get; init; }

    public required ImmutableArray<string> Stop { get; init; }

    public required bool Stream { get; init; }

    /// <summary>Whether a stream ends with the numbers of tokens.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>Reads the shared fields; problems stay with the fields.</summary>
    public static GenerationSettings Read(RequestFields fields)
    {
        fields.Ignore("metadata", "store", "service_tier", "prompt_cache_key");
        string? user = fields.Text("user"), identifier = fields.Text("safety_identifier");
        bool stream = fields.Boolean("stream");
        return new GenerationSettings
        {
            User = string.IsNullOrEmpty(user) ? identifier : user,
            Given = [.. s_decidable.Where(fields.Has)],
            Temperature = fields.Number("temperature", absent: 1, 0, 2),
            TopP = Positive(fields, fields.Number("top_p", absent: 1, 0, 1)),
            TopK = (int)(fields.Integer("top_k", 0, int.MaxValue) ?? 0),
            PresencePenalty = fields.Number("presence_penalty", absent: 0, -StrongestPenalty, StrongestPenalty),
            FrequencyPenalty = fields.Number("frequency_penalty", absent: 0, -StrongestPenalty, StrongestPenalty),
            Biases = ReadBiases(fields),
            Seed = fields.Integer("seed", long.MinValue, long.MaxValue) is long seed ? Folded(seed) : RandomNumberGenerator.GetInt32(int.MaxValue),
            Choices = (int)(fields.Integer("n", 1, MostChoices) ?? 1),
            Stop = ReadStop(fields),
            Stream = stream,
            IncludeUsage = ReadIncludeUsage(fields, stream),
        };
    }

    public SamplingOptions Sampling(int maxNewTokens, ImmutableArray<int> stopTokens) => new()
    {
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        Biases = Biases,
        Seed = Seed,
        MaxNewTokens = maxNewTokens,
        StopTokens = stopTokens,
    };

    /// <summary>A seed of 32 bits is taken as it is, as `emend generate --seed` takes it; the halves of a longer one are joined.</summary>
    private static int Folded(long seed) => seed == (int)seed ? (int)seed : unchecked((int)(seed ^ seed >>> 32));

    private static double Positive(RequestFields fields, double topP)
    {
        if (topP == 0)
            fields.Problem("top_p", "is 0, not above 0 and at most 1");
        return topP == 0 ? 1 : topP;
    }

    /// <summary>An object of token ids, as text, and what is added to their logits.</summary>
    private static ImmutableArray<TokenBias> ReadBiases(RequestFields fields)
    {
        if (fields.Find("logit_bias") is not { } value)
            return [];
        if (value.ValueKind != JsonValueKind.Object)
        {
            fields.Problem("logit_bias", $"is {RequestFields.Shown(value)}, not an object of token ids and biases");
            return [];
        }
        var biases = ImmutableArray.CreateBuilder<TokenBias>();
        foreach (JsonProperty property in value.EnumerateObject())
        {
            bool isId = int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id);
            double bias = 0;
            bool isBias = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetDouble(out bias) && Math.Abs(bias) <= StrongestBias;
            if (!isId)
                fields.Problem("logit_bias", $"has the key \"{RequestFields.Shortened(property.Name)}\", which is not a token id");
            else if (!isBias)
                fields.Problem($"logit_bias.{id}", $"is {RequestFields.Shown(property.Value)}, not a number from {-StrongestBias} to {StrongestBias}");
            else
                biases.Add(new TokenBias(id, (float)bias));
        }
        return biases.ToImmutable();
    }

    private static ImmutableArray<string> ReadStop(RequestFields fields)
    {
        if (fields.Find("stop") is not { } value)
            return [];
        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            fields.Problem("stop", $"is {RequestFields.Shown(value)}, not a string or a list of strings");
            return [];
        }
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Take(MostStops + 1)] : [value];
        if (items.Length > MostStops)
            fields.Problem("stop", $"has more than {MostStops} strings");
        var stops = ImmutableArray.CreateBuilder<string>();
        for (int i = 0; i < items.Length; i++)
        {
            string field = value.ValueKind == JsonValueKind.Array ? $"stop[{i}]" : "stop";
            if (fields.TextOf(items[i], field) is not { } text)
                continue;
            if (text.Length is 0 or > LongestStop)
                fields.Problem(field, $"has {text.Length} characters, not 1 to {LongestStop}");
            else
                stops.Add(text);
        }
        return stops.ToImmutable();
    }

    private static bool ReadIncludeUsage(RequestFields fields, bool stream)
    {
        if (fields.Find("stream_options") is not { } value)
            return false;
        if (!stream)
        {
            fields.Problem("stream_options", "is only for streams; set stream to true");
            return false;
        }
        if (value.ValueKind != JsonValueKind.Object)
        {
            fields.Problem("stream_options", $"is {RequestFields.Shown(value)}, not an object");
            return false;
        }
        var options = new RequestFields(value, "stream_options.");
        options.Ignore("include_obfuscation");
        bool include = options.Boolean("include_usage");
        options.AddUnknown();
        fields.Add(options.Problems);
        return include;
    }
}
