using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Emend.Text;

namespace Emend.Serving;

/// <summary>One of several ways to answer that an experiment tries. What it leaves out is as the request says.</summary>
public sealed record Variant
{
    public required string Name { get; init; }

    /// <summary>Its part of the users, relative to the others'.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Model folder; null for the server's own.</summary>
    public string? Model { get; init; }

    /// <summary>Put before the conversation, as the system message.</summary>
    public string System { get; init; } = "";

    /// <summary>Turns between the system message and the conversation: examples.</summary>
    public IReadOnlyList<ChatMessage> Examples { get; init; } = [];

    /// <summary>What stands around the last message of the user.</summary>
    public string Before { get; init; } = "";
    public string After { get; init; } = "";

    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether it says anything of the conversation, which a request without one cannot take.</summary>
    internal bool ChangesConversation => System.Length + Before.Length + After.Length + Examples.Count > 0;

    internal bool Wraps => Before.Length + After.Length > 0;

    /// <summary>The fields of a request that it takes the place of, by their names there.</summary>
    internal IEnumerable<string> Decided()
    {
        if (Temperature is not null)
            yield return "temperature";
        if (TopP is not null)
            yield return "top_p";
        if (MaxTokens is not null)
        {
            yield return "max_tokens";
            yield return "max_completion_tokens";
        }
        if (Stop.Count > 0)
            yield return "stop";
    }

    /// <summary>A request that says nothing of what is decided, as this variant puts it.</summary>
    internal CompletionRequest Applied(CompletionRequest request) => request with { Settings = Applied(request.Settings), MaxTokens = MaxTokens ?? request.MaxTokens };

    /// <inheritdoc cref="Applied(CompletionRequest)"/>
    internal ChatRequest Applied(ChatRequest request)
    {
        List<ChatMessage> messages = [.. request.Messages];
        if (Wraps)
            messages[^1] = messages[^1] with { Content = Before + messages[^1].Content + After };
        messages.InsertRange(messages[0].Role == "system" ? 1 : 0, Examples);
        if (System != "")
            messages.Insert(0, new ChatMessage("system", System));
        return request with { Messages = messages, Settings = Applied(request.Settings), MaxTokens = MaxTokens ?? request.MaxTokens };
    }

    private GenerationSettings Applied(GenerationSettings settings) =>
        settings with { Temperature = Temperature ?? settings.Temperature, TopP = TopP ?? settings.TopP, Stop = Stop.Count > 0 ? [.. Stop] : settings.Stop };

    /// <summary>Changes with the model and with all that the variant says but its name and its share.</summary>
    internal string FingerprintOver(string model)
    {
        string said = JsonSerializer.Serialize(new { model, System, Examples = Examples.Select(turn => new[] { turn.Role, turn.Content }), Before, After, Temperature, TopP, MaxTokens, Stop });
        return $"fp_{Convert.ToHexStringLower(SHA256.HashData(global::System.Text.Encoding.UTF8.GetBytes(said)))[..16]}";
    }
}

/// <summary>
/// Traffic split between variants under one name: the user's name, hashed with the experiment's, decides, so that a user meets the same variant at every
/// request, after every restart and on every machine, and another experiment splits the same users otherwise.
/// </summary>
public sealed record Experiment(string Name, IReadOnlyList<Variant> Variants)
{
    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (!IsName(Name))
            yield return $"name: \"{Name}\" is not 1 to 64 letters, digits, \"-\", \"_\" and \".\"";
        if (Variants.Count < 2)
            yield return $"variants: {Variants.Count} of them; a split needs two at least";
        foreach ((int i, Variant variant) in Variants.Index())
        {
            if (!IsName(variant.Name))
                yield return $"variants[{i}].name: \"{variant.Name}\" is not 1 to 64 letters, digits, \"-\", \"_\" and \".\"";
            else if (Variants.Take(i).Any(other => other.Name == variant.Name))
                yield return $"variants[{i}].name: \"{variant.Name}\" is the name of another one too";
            if (!(variant.Share > 0) || double.IsInfinity(variant.Share))
                yield return FormattableString.Invariant($"variants[{i}].share: {variant.Share} is not above 0");
            if (variant.Temperature is not (null or (>= 0 and <= 2)))
                yield return FormattableString.Invariant($"variants[{i}].temperature: {variant.Temperature} is not between 0 and 2");
            if (variant.TopP is not (null or (> 0 and <= 1)))
                yield return FormattableString.Invariant($"variants[{i}].topP: {variant.TopP} is not above 0 and at most 1");
            if (variant.MaxTokens < 1)
                yield return $"variants[{i}].maxTokens: {variant.MaxTokens} is not positive";
            if (variant.Stop.Count > GenerationSettings.MostStops)
                yield return $"variants[{i}].stop: has {variant.Stop.Count} strings; {GenerationSettings.MostStops} at most are expected";
            foreach ((int n, string stop) in variant.Stop.Index().Where(stop => stop.Item.Length is 0 or > GenerationSettings.LongestStop))
                yield return $"variants[{i}].stop[{n}]: has {stop.Length} characters, not 1 to {GenerationSettings.LongestStop}";
        }
    }

    /// <summary>A variant's part of all users, 0 to 1.</summary>
    public double ShareOf(Variant variant) => variant.Share / Variants.Sum(other => other.Share);

    /// <summary>The variant that a user meets.</summary>
    public Variant Of(string user)
    {
        double place = Place(user), end = 0;
        foreach (Variant variant in Variants)
        {
            end += ShareOf(variant);
            if (place < end)
                return variant;
        }
        return Variants[^1];        // the shares' sum may be a rounding short of 1
    }

    /// <summary>What stands for a user in the log: no name, and another one in every experiment.</summary>
    public static string Pseudonym(string experiment, string user) => Convert.ToHexStringLower(Digest(experiment, user))[..32];

    // Bytes that the pseudonym does not show, so that it says nothing of the place.
    private double Place(string user) => (BinaryPrimitives.ReadUInt64BigEndian(Digest(Name, user).AsSpan(24)) >> 11) * (1.0 / (1UL << 53));

    private static byte[] Digest(string experiment, string user) => SHA256.HashData(global::System.Text.Encoding.UTF8.GetBytes($"{experiment}\n{user}"));

    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
