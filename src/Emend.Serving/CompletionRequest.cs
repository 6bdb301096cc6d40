using System.Text.Json;

namespace Emend.Serving;

/// <summary>A prompt as text or as token ids; one of them is null.</summary>
internal sealed record CompletionPrompt(string? Text, int[]? Ids);

/// <summary>The body of POST /v1/completions.</summary>
internal sealed record CompletionRequest
{
    private const int MostAlternatives = 5, DefaultMaxTokens = 16, MostPrompts = 128;

    public required string? Model { get; init; }

    public required IReadOnlyList<CompletionPrompt> Prompts { get; init; }

    public required GenerationSettings Settings { get; init; }

    public required int MaxTokens { get; init; }

    /// <summary>How many alternatives are reported beside each token; null for no log-probabilities.</summary>
    public required int? Alternatives { get; init; }

    /// <summary>Whether the prompt stands before the response.</summary>
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
        if (echo && alternatives is not null)
            fields.Problem("echo", "together with logprobs is not supported");
        var request = new CompletionRequest
        {
            Model = fields.Text("model"),
            Prompts = ReadPrompts(fields),
            Settings = settings,
            MaxTokens = (int)(fields.Integer("max_tokens", 1, int.MaxValue) ?? DefaultMaxTokens),
            Alternatives = (int?)alternatives,
            Echo = echo,
        };
        if (echo && request.Prompts.Any(prompt => prompt.Text is null))
            fields.Problem("echo", "needs the prompt as text");
        fields.Finish();
        return request;
    }

    /// <summary>A string, a list of strings, a list of token ids, or a list of such lists.</summary>
    private static List<CompletionPrompt> ReadPrompts(RequestFields fields)
    {
        JsonElement? given = fields.Find("prompt");
        if (given is { ValueKind: JsonValueKind.String } text)
            return [new CompletionPrompt(fields.TextOf(text, "prompt"), null)];
        var prompts = new List<CompletionPrompt>();
        if (given is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            fields.Problem("prompt", "must be a string, a list of strings, a list of token ids, or a list of such lists");
            return prompts;
        }
        if (list[0].ValueKind == JsonValueKind.Number)
            return [new CompletionPrompt(null, ReadIds(fields, list, "prompt"))];
        if (list.GetArrayLength() > MostPrompts)
            fields.Problem("prompt", $"has {list.GetArrayLength()} prompts; at most {MostPrompts} are taken at once");
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray().Take(MostPrompts))
        {
            string field = $"prompt[{index++}]";
            prompts.Add(item.ValueKind == JsonValueKind.Array
                ? new CompletionPrompt(null, ReadIds(fields, item, field))
                : new CompletionPrompt(fields.TextOf(item, field), null));
        }
        return prompts;
    }

    private static int[] ReadIds(RequestFields fields, JsonElement list, string field)
    {
        int[] ids = new int[list.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out ids[index]))
            {
                fields.Problem($"{field}[{index}]", $"is {RequestFields.Shown(item)}, not a token id");
                break;
            }
            index++;
        }
        return ids;
    }
}
