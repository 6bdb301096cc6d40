using System.Text.Json;
using Emend.Text;

namespace Emend.Serving;

/// <summary>The body of POST /v1/chat/completions.</summary>
internal sealed record ChatRequest
{
    private const int MostAlternatives = 20;

    public required string? Model { get; init; }

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public required GenerationSettings Settings { get; init; }

    /// <summary>Null: as many as the server allows.</summary>
    public required int? MaxTokens { get; init; }

    /// <summary>How many alternatives are reported beside each token; null for no log-probabilities.</summary>
    public required int? Alternatives { get; init; }

    /// <exception cref="ApiException">Something is wrong with the request; everything at once.</exception>
    public static ChatRequest Read(JsonElement body)
    {
        var fields = new RequestFields(body);
        fields.Unsupported("tools", RequestFields.IsEmpty);
        fields.Unsupported("functions", RequestFields.IsEmpty);
        fields.Unsupported("tool_choice", value => RequestFields.Is(value, "none", "auto"));
        fields.Unsupported("function_call", value => RequestFields.Is(value, "none", "auto"));
        fields.Unsupported("response_format", value => value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type) && RequestFields.Is(type, "text"));
        fields.Unsupported("modalities", value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => RequestFields.Is(item, "text")));
        fields.Unsupported("audio", _ => false);
        fields.Ignore("parallel_tool_calls");
        long? tokens = fields.Integer("max_completion_tokens", 1, int.MaxValue), older = fields.Integer("max_tokens", 1, int.MaxValue);
        if (tokens is not null && older is not null && tokens != older)
            fields.Problem("max_tokens", $"is {older}, and max_completion_tokens is {tokens}; give one of them");
        bool logprobs = fields.Boolean("logprobs");
        long? alternatives = fields.Integer("top_logprobs", 0, MostAlternatives);
        if (alternatives is not null && !logprobs)
            fields.Problem("top_logprobs", "needs logprobs to be true");
        var request = new ChatRequest
        {
            Model = fields.Text("model"),
            Messages = ReadMessages(fields),
            Settings = GenerationSettings.Read(fields),
            MaxTokens = (int?)(tokens ?? older),
            Alternatives = logprobs ? (int)(alternatives ?? 0) : null,
        };
        fields.Finish();
        return request;
    }

    private static List<ChatMessage> ReadMessages(RequestFields fields)
    {
        var messages = new List<ChatMessage>();
        if (fields.Find("messages") is not { ValueKind: JsonValueKind.Array } list)
        {
            fields.Problem("messages", "must be a list of messages");
            return messages;
        }
        if (list.GetArrayLength() == 0)
            fields.Problem("messages", "is empty; a conversation has one message at least");
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                fields.Problem($"messages[{index}]", $"is {RequestFields.Shown(item)}, not an object with role and content");
            else
                messages.Add(ReadMessage(fields, item, index));
            index++;
        }
        return messages;
    }

    private static ChatMessage ReadMessage(RequestFields request, JsonElement item, int index)
    {
        var fields = new RequestFields(item, $"messages[{index}].");
        fields.Ignore("name");
        fields.Unsupported("refusal", RequestFields.IsEmpty);
        fields.Unsupported("tool_calls", RequestFields.IsEmpty);
        fields.Unsupported("audio", _ => false);
        string role = fields.RequiredText("role") switch
        {
            "developer" => "system",
            { } given => given,
            null => "user",
        };
        if (role is not ("system" or "user" or "assistant"))
            fields.Problem("role", $"is \"{role}\", not one of system, developer, user, assistant");
        else if (role == "system" && index > 0)
            fields.Problem("role", "is system, and a system message may only come first");
        string content = ReadContent(fields);
        fields.AddUnknown();
        request.Add(fields.Problems);
        return new ChatMessage(role, content);
    }

    /// <summary>A string, or a list of text parts, which are joined.</summary>
    private static string ReadContent(RequestFields fields)
    {
        if (fields.Find("content") is not { ValueKind: JsonValueKind.Array } parts)
            return fields.RequiredText("content") ?? "";
        var texts = new List<string>();
        int index = 0;
        foreach (JsonElement part in parts.EnumerateArray())
        {
            bool isText = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out JsonElement type) && RequestFields.Is(type, "text");
            if (isText && part.TryGetProperty("text", out JsonElement text))
                texts.Add(fields.TextOf(text, $"content[{index}].text") ?? "");
            else
                fields.Problem($"content[{index}]", "is not a text part ({\"type\": \"text\", \"text\": …}); this server reads text only");
            index++;
        }
        return string.Concat(texts);
    }
}
