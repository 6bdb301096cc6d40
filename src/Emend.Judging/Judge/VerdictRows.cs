// Format: docs/formats/judging.md, "Verdicts".
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Feedback;

namespace Emend.Judging;

/// <summary>Writes verdicts as JSON lines, each marked as an AI's and with the model and host it came from.</summary>
public static class VerdictRows
{
    public const string Source = FeedbackSources.Ai;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One verdict and its line end.</summary>
    public static void WriteLine(IBufferWriter<byte> target, PairVerdict verdict, EndpointOptions endpoint)
    {
        using (var json = new Utf8JsonWriter(target, Json))
        {
            json.WriteStartObject();
            json.WriteString("id", verdict.Pair.Id);
            json.WriteString("verdict", verdict.Verdict);
            if (verdict.Vote is double vote)
                json.WriteNumber("vote", vote);
            else
                json.WriteNull("vote");
            if (verdict.Flipped is bool flipped)
                json.WriteBoolean("flipped", flipped);
            if (verdict.Answers is [var only])
                json.WriteString("first", only.First);
            json.WriteStartArray("answers");
            foreach (OrderedAnswer answer in verdict.Answers)
                Write(json, answer);
            json.WriteEndArray();
            json.WriteNumber("length_a", verdict.Pair.A.Length);
            json.WriteNumber("length_b", verdict.Pair.B.Length);
            if (verdict.Pair.Human is { } human)
                json.WriteString("human", human);
            if (verdict.Pair.ModelA is { } modelA)
                json.WriteString("model_a", modelA);
            if (verdict.Pair.ModelB is { } modelB)
                json.WriteString("model_b", modelB);
            if (verdict.Pair.Aspect is { } aspect)
                json.WriteString("aspect", aspect);
            json.WriteString("source", Source);
            json.WriteString("model", endpoint.Model);
            json.WriteString("endpoint", endpoint.Host);
            json.WriteEndObject();
        }
        target.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, OrderedAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("first", answer.First);
        json.WriteString("said", answer.Said);
        json.WriteString("verdict", answer.Winner);
        if (answer.ForB is double forB)
            json.WriteNumber("vote", forB);
        else
            json.WriteNull("vote");
        json.WriteEndObject();
    }
}
