using System.Text.Json;

namespace Emend.Judging;

/// <summary>A token that an answer could have begun with, and the natural logarithm of its probability.</summary>
public readonly record struct TokenChance(string Token, double Logprob);

/// <summary>What a model answered.</summary>
/// <param name="Finish">"stop" where the model ended it, "length" where a limit cut it off.</param>
/// <param name="Model">The model as the endpoint names it.</param>
/// <param name="FirstToken">The alternatives at the first token that is not white space, the one taken among them; null where there are no log-probabilities.</param>
public sealed record ChatAnswer(string Text, string Finish, string Model, long PromptTokens, long CompletionTokens, IReadOnlyList<TokenChance>? FirstToken)
{
    /// <summary>Of a server that says with what it computes; null of others.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Reads the body of a chat completion; null where it is none.</summary>
    public static ChatAnswer? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement, choice = root.GetProperty("choices")[0], message = choice.GetProperty("message");
            string? text = String(message, "content") ?? String(message, "refusal");
            string? finish = String(choice, "finish_reason");
            if (text is null || finish is not ("stop" or "length"))
                return null;
            (long prompt, long completion) = Usage(root) ?? (0, 0);
            return new ChatAnswer(text, finish, String(root, "model") ?? "", prompt, completion, First(choice)) { Fingerprint = String(root, "system_fingerprint") };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What the endpoint says that an answer took, whether or not the answer itself can be read; null where it does not say.</summary>
    internal static (long Prompt, long Completion)? Usage(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Usage(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Tokens that an answer took; null where it does not say.</summary>
    public static (long Prompt, long Completion)? Usage(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object
        && Count(usage, "prompt_tokens") is long prompt && Count(usage, "completion_tokens") is long completion ? (prompt, completion) : null;

    private static string? String(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Count(JsonElement usage, string name) => usage.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long count) && count >= 0 ? count : null;

    private static List<TokenChance>? First(JsonElement choice)
    {
        if (!choice.TryGetProperty("logprobs", out JsonElement logprobs) || logprobs.ValueKind != JsonValueKind.Object
            || !logprobs.TryGetProperty("content", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Array)
            return null;
        foreach (JsonElement token in tokens.EnumerateArray())
        {
            if (String(token, "token") is not { } said || string.IsNullOrWhiteSpace(said))
                continue;
            var chances = new List<TokenChance>();
            if (token.TryGetProperty("top_logprobs", out JsonElement top) && top.ValueKind == JsonValueKind.Array)
                chances.AddRange(top.EnumerateArray().Select(Chance).OfType<TokenChance>());
            if (Chance(token) is TokenChance taken && !chances.Any(chance => chance.Token == taken.Token))
                chances.Add(taken);
            return chances;
        }
        return null;
    }

    private static TokenChance? Chance(JsonElement token) =>
        String(token, "token") is { } text && token.TryGetProperty("logprob", out JsonElement logprob) && logprob.ValueKind == JsonValueKind.Number && logprob.GetDouble() is double value && value <= 1e-6
            ? new TokenChance(text, Math.Min(0, value))
            : null;
}
