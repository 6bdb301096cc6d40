using System.Text.Json;

namespace Emend.Studio.Runs;

/// <summary>A stretch of a response that is one token, in UTF-16 code units, and its reward.</summary>
public sealed record SampledToken(int Start, int End, double Reward);

/// <summary>A response to read; Source is the arm that wrote it, or the update after which it was drawn.</summary>
public sealed record SampledResponse(string Source, string Text, IReadOnlyList<SampledToken> Tokens, string? Note);

public sealed record SampledPrompt(string Prompt, IReadOnlyList<SampledResponse> Responses);

/// <summary>Responses that a run kept to be read: those of a study's result, or the rollouts in samples.jsonl of a PPO run.</summary>
public static class RunSamples
{
    private const int Most = 40;

    public static IReadOnlyList<SampledPrompt> Read(string folder)
    {
        if (RunFolders.Result(folder) is JsonElement result && result.TryGetProperty("measures", out JsonElement measures) && measures.TryGetProperty("samples", out JsonElement samples))
            return [.. samples.EnumerateArray().Take(Most).Select(OfStudy)];
        string file = Path.Combine(RunFolders.OutputOf(folder), "samples.jsonl");
        return !File.Exists(file) ? [] : [.. File.ReadLines(file).Where(line => line.Length > 0).TakeLast(Most).Reverse().Select(OfRollout).OfType<SampledPrompt>()];
    }

    private static SampledPrompt OfStudy(JsonElement sample) => new(sample.GetProperty("prompt").GetString()!,
        [.. sample.GetProperty("responses").EnumerateArray().Select(response => new SampledResponse(
            response.GetProperty("source").GetString()!, response.GetProperty("text").GetString()!,
            [.. response.GetProperty("tokens").EnumerateArray().Select(token => new SampledToken(token.GetProperty("start").GetInt32(), token.GetProperty("end").GetInt32(), token.GetProperty("reward").GetDouble()))],
            response.GetProperty("note").GetString()))]);

    // A last line that was cut off is no sample.
    private static SampledPrompt? OfRollout(string line)
    {
        try
        {
            Rollout rollout = JsonSerializer.Deserialize<Rollout>(line, Lenient)!;
            int[] ends = rollout.TokenEnds ?? [];
            SampledToken[] tokens = ends.Length == rollout.TokenRewards.Length
                ? [.. ends.Select((end, i) => new SampledToken(i == 0 ? 0 : Math.Min(ends[i - 1], end), end, rollout.TokenRewards[i]))] : [];
            return new SampledPrompt(rollout.Prompt, [new SampledResponse($"update {rollout.Update}", rollout.Response, tokens, FormattableString.Invariant($"score {rollout.Score:F2}{(rollout.Stopped ? "" : ", cut off")}"))]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static readonly JsonSerializerOptions Lenient = new(JsonSerializerDefaults.Web);

    private sealed record Rollout(int Update, string Prompt, string Response, double Score, bool Stopped, double[] TokenRewards, int[]? TokenEnds = null);
}
