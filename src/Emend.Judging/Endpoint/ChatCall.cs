using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Text;

namespace Emend.Judging;

/// <summary>One question to a model: a conversation and how to answer it.</summary>
public sealed record ChatCall(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>Parts the keys of caches whose meaning has changed.</summary>
    private const int KeyVersion = 1;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public double Temperature { get; init; }

    public double TopP { get; init; } = 1;

    public int MaxTokens { get; init; } = 1024;

    public long? Seed { get; init; }

    /// <summary>Texts that end an answer and do not belong to it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Alternatives whose log-probabilities are asked for at every token; null for none.</summary>
    public int? Alternatives { get; init; }

    /// <summary>Parts calls that are alike in all else, such as the samples of one prompt; "" for none.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>SHA-256, hex, of endpoint, model, messages and settings: calls with one key have one answer.</summary>
    public string Key(string endpoint, string model)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteNumber("version", KeyVersion);
            json.WriteString("endpoint", endpoint);
            json.WriteString("purpose", Purpose);
            WriteSettings(json, model, "max_tokens");
            json.WriteEndObject();
        }
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    /// <summary>The body of the request.</summary>
    internal BinaryData Body(string model, bool maxCompletionTokens)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            WriteSettings(json, model, maxCompletionTokens ? "max_completion_tokens" : "max_tokens");
            json.WriteEndObject();
        }
        return BinaryData.FromBytes(buffer.WrittenMemory);
    }

    private void WriteSettings(Utf8JsonWriter json, string model, string limit)
    {
        json.WriteString("model", model);
        json.WriteStartArray("messages");
        foreach (ChatMessage message in Messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            json.WriteString("content", message.Content);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("temperature", Temperature);
        json.WriteNumber("top_p", TopP);
        json.WriteNumber(limit, MaxTokens);
        if (Seed is long seed)
            json.WriteNumber("seed", seed);
        if (Stop.Count > 0)
        {
            json.WriteStartArray("stop");
            foreach (string stop in Stop)
                json.WriteStringValue(stop);
            json.WriteEndArray();
        }
        if (Alternatives is int alternatives)
        {
            json.WriteBoolean("logprobs", true);
            json.WriteNumber("top_logprobs", alternatives);
        }
    }
}
