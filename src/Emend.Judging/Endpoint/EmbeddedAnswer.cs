using System.Text.Json;

namespace Emend.Judging;

/// <summary>What an OpenAI-compatible server answers at /embeddings.</summary>
/// <param name="Fingerprint">Its system_fingerprint, which says whose weights the vectors are of; null where it says none.</param>
/// <param name="Vectors">One of unit length for each text, in their order, all of one dimension.</param>
public sealed record EmbeddedAnswer(string? Fingerprint, float[][] Vectors)
{
    private const int LongestFingerprint = 100;

    /// <param name="count">Texts that were sent.</param>
    /// <exception cref="FormatException">It is something else; the message says what.</exception>
    public static EmbeddedAnswer Read(JsonElement answer, int count)
    {
        try
        {
            return new EmbeddedAnswer(FingerprintOf(answer), VectorsOf(answer, count));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"something that is no list of embeddings ({exception.Message})");
        }
    }

    private static string? FingerprintOf(JsonElement answer)
    {
        string? fingerprint = answer.TryGetProperty("system_fingerprint", out JsonElement said) && said.ValueKind == JsonValueKind.String ? said.GetString() : null;
        if (fingerprint?.Length > LongestFingerprint || fingerprint?.Any(char.IsControl) == true)
            throw new FormatException($"a system_fingerprint that has more than {LongestFingerprint} characters or control characters");
        return string.IsNullOrEmpty(fingerprint) ? null : fingerprint;
    }

    private static float[][] VectorsOf(JsonElement answer, int count)
    {
        var vectors = new float[]?[count];
        foreach (JsonElement one in answer.GetProperty("data").EnumerateArray())
        {
            int index = one.GetProperty("index").GetInt32();
            if (index < 0 || index >= count || vectors[index] is not null)
                throw new FormatException($"an embedding of index {index}, of {count} texts");
            vectors[index] = Unit([.. one.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle())], index);
        }
        int missing = Array.IndexOf(vectors, null);
        if (missing >= 0)
            throw new FormatException($"no embedding of index {missing}, of {count} texts");
        if (vectors.Select(vector => vector!.Length).Distinct().Count() > 1)
            throw new FormatException("embeddings of different lengths");
        return vectors!;
    }

    private static float[] Unit(float[] vector, int index)
    {
        double length = Math.Sqrt(vector.Sum(value => (double)value * value));
        if (!(length > 0 && double.IsFinite(length)))
            throw new FormatException($"an embedding of index {index} without a direction: it is empty, zero or not finite");
        return Array.ConvertAll(vector, value => (float)(value / length));
    }
}
