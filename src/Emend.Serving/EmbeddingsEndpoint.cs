using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>
/// POST /v1/embeddings: of each text the mean of the model's last hidden states (behind the last norm), at unit length. What opens a text is read and
/// not counted: it is the same in all of them. The model is the server's own also where an experiment tries others: its vectors can be compared. A language model was not trained for this; near texts share words and subject.
/// </summary>
internal static class EmbeddingsEndpoint
{
    private const int MostInputs = 2048;

    public static async Task Handle(HttpContext context, Server server, CancellationToken cancellation)
    {
        using JsonDocument body = await RequestBody.Read(context);
        var fields = new RequestFields(body.RootElement);
        fields.Ignore("user");
        server.CheckModel(fields.Text("model"));
        bool base64 = IsBase64(fields);
        int size = server.Model.Generator.Config.HiddenSize;
        if (fields.Integer("dimensions", 1, int.MaxValue) is long dimensions && dimensions != size)
            fields.Problem("dimensions", $"is {dimensions}; this model's embeddings have {size}");
        IReadOnlyList<TextOrIds> inputs = TextOrIds.ReadSeveral(fields, "input", MostInputs);
        fields.Finish();
        (int[] Ids, int From)[] texts = [.. inputs.Select(input => input.Ids is { } ids ? (ids, 0) : (server.Model.TextIds(input.Text!), server.Model.OpeningLength))];
        Check(server.Model, texts);

        int together = Math.Min(texts.Length, server.Model.Generator.Slots);
        using IDisposable stay = server.Gate.Enter(together);
        float[][] vectors = new float[texts.Length][];
        await Parallel.ForAsync(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = together, CancellationToken = cancellation }, async (i, stop) =>
            vectors[i] = Unit(await server.Model.Generator.MeanHidden(texts[i].Ids, texts[i].From, stop)));
        int tokens = texts.Sum(text => text.Ids.Length);
        server.Metrics.Tokens(TrafficSplit.VariantOf(context), tokens, 0);
        await JsonAnswer.Write(context, 200, json => Write(json, server, vectors, tokens, base64), cancellation);
    }

    private static bool IsBase64(RequestFields fields)
    {
        string? format = fields.Text("encoding_format");
        if (format is not (null or "float" or "base64"))
            fields.Problem("encoding_format", $"is \"{RequestFields.Shortened(format)}\", not float or base64");
        return format == "base64";
    }

    private static void Check(ServedModel model, (int[] Ids, int From)[] texts)
    {
        for (int i = 0; i < texts.Length; i++)
        {
            string place = texts.Length > 1 ? $"input[{i}]" : "input";
            if (texts[i].Ids.Length == texts[i].From)
                throw ApiException.Invalid($"{place}: is empty; a text of one token at least is expected", "input");
            if (model.Generator.ScoreProblems(texts[i].Ids).FirstOrDefault() is { } problem)
                throw ApiException.Invalid($"{place}: {problem}", "input", texts[i].Ids.Length > model.Generator.ContextLength ? "context_length_exceeded" : null);
        }
    }

    private static float[] Unit(float[] vector)
    {
        double length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return length == 0 ? vector : Array.ConvertAll(vector, value => (float)(value / length));
    }

    private static void Write(Utf8JsonWriter json, Server server, float[][] vectors, int tokens, bool base64)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (int i = 0; i < vectors.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            if (base64)
                json.WriteBase64String("embedding", Bytes(vectors[i]));
            else
                WriteNumbers(json, vectors[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("model", server.ModelName);
        json.WriteString("system_fingerprint", server.Fingerprint);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, float[] vector)
    {
        json.WriteStartArray("embedding");
        foreach (float value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    /// <summary>Float32, little-endian, as OpenAI's clients ask for it.</summary>
    private static byte[] Bytes(float[] vector)
    {
        byte[] bytes = new byte[vector.Length * sizeof(float)];
        for (int i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return bytes;
    }
}
