using System.Text.Json;

namespace Emend.Judging;

/// <summary>Vectors of texts from the /embeddings of an OpenAI-compatible endpoint.</summary>
public sealed class EmbeddingCalls(ModelEndpoint endpoint)
{
    private const int LongestFingerprint = 100;

    /// <summary>One vector of unit length for each text, all of one dimension, and whose they are: the model's name and, where the endpoint says it, its system_fingerprint.</summary>
    /// <exception cref="EndpointException">There is no answer, or it is none.</exception>
    public async Task<(string Model, float[][] Vectors)> Ask(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        JsonElement body = JsonSerializer.SerializeToElement(new { model = endpoint.Options.Model, input = texts, encoding_format = "float" });
        JsonElement answer = await endpoint.Post("/embeddings", body, cancellation);
        try
        {
            return (NameOf(answer), Vectors(answer, texts.Count));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Wrong($"answered something that is no list of embeddings ({exception.Message})");
        }
    }

    private string NameOf(JsonElement answer)
    {
        string? fingerprint = answer.TryGetProperty("system_fingerprint", out JsonElement said) && said.ValueKind == JsonValueKind.String ? said.GetString() : null;
        if (fingerprint?.Length > LongestFingerprint || fingerprint?.Any(char.IsControl) == true)
            throw Wrong($"answered a system_fingerprint that has more than {LongestFingerprint} characters or control characters");
        return string.IsNullOrEmpty(fingerprint) ? endpoint.Options.Model : $"{endpoint.Options.Model}@{fingerprint}";
    }

    private float[][] Vectors(JsonElement answer, int count)
    {
        var vectors = new float[]?[count];
        foreach (JsonElement one in answer.GetProperty("data").EnumerateArray())
        {
            int index = one.GetProperty("index").GetInt32();
            if (index < 0 || index >= count || vectors[index] is not null)
                throw Wrong($"answered an embedding of index {index}, of {count} texts");
            vectors[index] = Unit([.. one.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle())], index);
        }
        int missing = Array.IndexOf(vectors, null);
        if (missing >= 0)
            throw Wrong($"answered no embedding of index {missing}, of {count} texts");
        if (vectors.Select(vector => vector!.Length).Distinct().Count() > 1)
            throw Wrong("answered embeddings of different lengths");
        return vectors!;
    }

    private float[] Unit(float[] vector, int index)
    {
        double length = Math.Sqrt(vector.Sum(value => (double)value * value));
        if (!(length > 0 && double.IsFinite(length)))
            throw Wrong($"answered an embedding of index {index} without a direction: it is empty, zero or not finite");
        return Array.ConvertAll(vector, value => (float)(value / length));
    }

    private EndpointException Wrong(string what) => new(EndpointFailure.Question, $"{endpoint.Options.Url}/embeddings: {what}");
}
