using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies.Stages;

/// <summary>The file samples.jsonl: some rollouts of an update, with the raw score and, of a token reward model, every token's reward.</summary>
internal sealed class SampleLog(string path, TextEncoder encoder, RewardModel reward, int count)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Appends the first rollouts of an update.</summary>
    public void Write(PpoUpdate update)
    {
        Generation[] shown = [.. update.Rollouts.Take(count)];
        if (shown.Length == 0)
            return;
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of(shown);
        float[] scores = reward.Scores(batch).ToArray<float>(), rewards = reward.TokenRewards(batch).ToArray<float>();
        IEnumerable<string> lines = shown.Select((generation, row) => JsonSerializer.Serialize(new
        {
            update = update.Update,
            prompt = encoder.Tokenizer.Decode(generation.Prompt),
            response = encoder.Decode(generation.Response),
            score = scores[row],
            stopped = generation.Stopped,
            tokenEnds = generation.Response.Select((_, token) => encoder.Decode(generation.Response[..(token + 1)]).Length),     // UTF-16 code units of response
            tokens = generation.Response.Select(encoder.Tokenizer.TokenOf),
            tokenRewards = reward.Calibration.Kind == RewardKind.Token ? rewards.AsSpan(row * batch.ResponseWidth, generation.Response.Length).ToArray() : [],
        }, Json));
        File.AppendAllText(path, string.Concat(lines.Select(line => line + "\n")));
    }

    /// <summary>Drops what was written after an update: the run goes on from there.</summary>
    public void KeepUpTo(int update)
    {
        if (File.Exists(path))
            WholeFile.Write(path, string.Concat(File.ReadLines(path).Where(line => IsUpTo(line, update)).Select(line => line + "\n")));
    }

    private static bool IsUpTo(string line, int update)
    {
        try
        {
            return JsonElement.Parse(line).GetProperty("update").GetInt32() <= update;
        }
        catch (JsonException)
        {
            return false; // cut off by a crash
        }
    }
}
