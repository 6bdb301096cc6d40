using System.Text.Json;

namespace Emend.Judging;

/// <summary>Vectors of texts from the /embeddings of an OpenAI-compatible endpoint.</summary>
public sealed class EmbeddingCalls(ModelEndpoint endpoint)
{
    /// <summary>One vector of unit length for each text, all of one dimension, and whose they are: the model's name and, where the endpoint says it, its system_fingerprint.</summary>
    /// <exception cref="EndpointException">There is no answer, or it is none.</exception>
    public async Task<(string Model, float[][] Vectors)> Ask(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        JsonElement body = JsonSerializer.SerializeToElement(new { model = endpoint.Options.Model, input = texts, encoding_format = "float" });
        JsonElement answer = await endpoint.Post("/embeddings", body, cancellation);
        endpoint.Count(Usage(answer));          // paid for, whether or not it can be read
        try
        {
            EmbeddedAnswer read = EmbeddedAnswer.Read(answer, texts.Count);
            return (read.Fingerprint is null ? endpoint.Options.Model : $"{endpoint.Options.Model}@{read.Fingerprint}", read.Vectors);
        }
        catch (FormatException exception)
        {
            throw new EndpointException(EndpointFailure.Question, $"{endpoint.Options.Url}/embeddings: answered {exception.Message}", exception);
        }
    }

    // Embeddings write nothing: there is no completion_tokens.
    private static (long Prompt, long Completion)? Usage(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty("prompt_tokens", out JsonElement tokens) && tokens.ValueKind == JsonValueKind.Number && tokens.TryGetInt64(out long count) && count >= 0 ? (count, 0) : null;
}
