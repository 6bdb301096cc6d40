using System.Text.Json;

namespace Emend.Serving;

/// <summary>The body of POST /v1/completions.</summary>
internal sealed record CompletionRequest
{
    private const int MostAlternatives = 5, DefaultMaxTokens = 16, MostPrompts = 128;

    public required string? Model { get; init; }

    public required IReadOnlyList<TextOrIds> Prompts { get; init; }

    public required GenerationSettings Settings { get; init; }

    /// <summary>0 with <see cref="Echo"/>: nothing is generated.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>How many alternatives are reported beside each token; null for no log-probabilities.</summary>
    public required int? Alternatives { get; init; }

    /// <summary>Whether the prompt stands before the response, in its text and in its log-probabilities.</summary>
    public required bool Echo { get; init; }

    /// <exception cref="ApiException">Something is wrong with the request; everything at once.</exception>
    public static CompletionRequest Read(JsonElement body)
    {
        var fields = new RequestFields(body);
        fields.Unsupported("suffix", RequestFields.IsEmpty);
        GenerationSettings settings = GenerationSettings.Read(fields);
        if (fields.Integer("best_of", 1, int.MaxValue) is long best && best != settings.Choices)
            fields.Problem("best_of", $"is {best}; only the value of n ({settings.Choices}) is supported");
        bool echo = fields.Boolean("echo");
        long? alternatives = fields.Integer("logprobs", 0, MostAlternatives);
        long maxTokens = fields.Integer("max_tokens", 0, int.MaxValue) ?? DefaultMaxTokens;
        if (maxTokens == 0 && !echo)
            fields.Problem("max_tokens", "is 0, which is for echo: true, where the prompt comes back with its log-probabilities");
        var request = new CompletionRequest
        {
            Model = fields.Text("model"),
            Prompts = TextOrIds.ReadSeveral(fields, "prompt", MostPrompts),
            Settings = settings,
            MaxTokens = (int)maxTokens,
            Alternatives = (int?)alternatives,
            Echo = echo,
        };
        fields.Finish();
        return request;
    }
}
