using System.Text.Json;
using System.Text.Json.Serialization;
using Emend.Significance;
using Emend.Text;

namespace Emend.Evaluation;

/// <summary>A leaderboard's line, by AlpacaEval's own definitions.</summary>
/// <param name="WinRate">Percent; draws half.</param>
/// <param name="StandardError">Percent; sample standard deviation of the outcomes over the root of their number.</param>
/// <param name="Wins">Verdicts nearer the model.</param>
/// <param name="BaselineWins">Verdicts nearer the baseline.</param>
/// <param name="Total">Verdicts given; failed calls are not among them.</param>
public sealed record PublishedWinRate(double WinRate, double StandardError, int Wins, int BaselineWins, int Draws, int Total);

/// <summary>One model's verdicts as AlpacaEval publishes them, with the line of the file they came from.</summary>
/// <param name="Preferences">Per instruction: 1 the baseline wins … 2 the model wins; 1.5 or 0 a draw; null no verdict.</param>
/// <param name="Lengths">Of the model's and the baseline's responses, one per instruction, in one unit; null where the file has none.</param>
public sealed record ModelVerdicts(string Model, string Baseline, IReadOnlyList<double?> Preferences, int Line, (double?[] Model, double?[] Baseline)? Lengths = null)
{
    /// <summary>The verdicts that were given, with the lengths of their responses; null where the file has none.</summary>
    public IReadOnlyList<LengthVerdict>? WithLengths()
    {
        if (Lengths is not { } lengths)
            return null;
        var verdicts = new List<LengthVerdict>();
        for (int i = 0; i < Preferences.Count; i++)
        {
            if (Preferences[i] is double preference && lengths.Model[i] is double own && lengths.Baseline[i] is double other)
                verdicts.Add(new LengthVerdict(PublishedVerdicts.Outcome(preference), own, other, i));
        }
        return verdicts.Count > 0 ? verdicts : null;
    }

    /// <summary>The verdicts that were given as comparisons of the two.</summary>
    public IEnumerable<Comparison> Comparisons() =>
        Preferences.Select((preference, item) => (preference, item)).Where(pair => pair.preference is not null)
            .Select(pair => new Comparison(Model, Baseline, PublishedVerdicts.Outcome(pair.preference!.Value), pair.item));
}

/// <summary>Win rates from verdicts that others published (AlpacaEval annotations; github.com/tatsu-lab/alpaca_eval).</summary>
public static class PublishedVerdicts
{
    /// <summary>1 a win of the model, 0 a loss, 0.5 a draw.</summary>
    internal static double Outcome(double preference) => preference == 0 ? 0.5 : preference - 1;

    /// <summary>Per verdict, the outcome for the model: 1 win, 0.5 draw, 0 loss, or the probability between; verdicts that were never given are left out, as upstream does.</summary>
    /// <exception cref="InvalidInputException">A preference is not null, 0 or between 1 and 2, or none was given.</exception>
    public static double[] Outcomes(IReadOnlyList<double?> preferences)
    {
        var problems = new List<string>();
        var outcomes = new List<double>(preferences.Count);
        for (int i = 0; i < preferences.Count; i++)
        {
            if (preferences[i] is not double preference)
                continue;
            if (preference != 0 && !(preference >= 1 && preference <= 2))
                problems.Add($"preferences[{i}]: {preference} is not a preference (1 to 2, 0 for a draw, null for none)");
            else
                outcomes.Add(Outcome(preference));
        }
        if (problems.Count > 0)
            throw InvalidInputException.ForProblems("preferences", problems);
        if (outcomes.Count == 0)
            throw new InvalidInputException("preferences: no verdict among them; at least one number from 1 to 2 is needed");
        return [.. outcomes];
    }

    /// <summary>Win rate, standard error and counts of one model's verdicts.</summary>
    /// <exception cref="InvalidInputException">A preference is not null, 0 or between 1 and 2, or none was given.</exception>
    public static PublishedWinRate Of(IReadOnlyList<double?> preferences)
    {
        double[] outcomes = Outcomes(preferences);
        return new PublishedWinRate(
            100 * outcomes.Average(),
            100 * Moments.StandardError(outcomes),
            outcomes.Count(outcome => outcome > 0.5),
            outcomes.Count(outcome => outcome < 0.5),
            outcomes.Count(outcome => outcome == 0.5),
            outcomes.Length);
    }

    /// <summary>
    /// Every model of a JSONL file with <c>preferences</c> on each line, and perhaps <c>model</c>, <c>baseline</c>, <c>output_lengths</c> and
    /// <c>baseline_lengths</c>; other fields are left alone.
    /// </summary>
    /// <exception cref="InvalidInputException">The file is missing or a line is not such an object; all problems at once.</exception>
    public static IReadOnlyList<ModelVerdicts> Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: no such file; a JSONL file with model, baseline and preferences is needed");
        var problems = new List<string>();
        var verdicts = new List<ModelVerdicts>();
        int line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
                continue;
            if (verdicts.Count == 0 && problems.Count == 0 && NotOfThisKind(text) is { } strange)
                throw new InvalidInputException($"{path}:{line}: {strange}");       // one sentence, and not one for each line of a file of something else
            try
            {
                Row row = JsonSerializer.Deserialize<Row>(text, Options)!;
                int wrong = Array.FindIndex([row.OutputLengths, row.BaselineLengths], lengths => lengths is not null && lengths.Length != row.Preferences.Length);
                if (wrong >= 0)
                    problems.Add($"{Path.GetFileName(path)}:{line}: {(wrong == 0 ? "output_lengths" : "baseline_lengths")} is not as long as preferences, which has {row.Preferences.Length}");
                (double?[], double?[])? lengths = row is { OutputLengths: { } own, BaselineLengths: { } other } ? (own, other) : null;
                verdicts.Add(new ModelVerdicts(row.Model ?? $"line {line}", row.Baseline ?? "baseline", row.Preferences, line, lengths));
            }
            catch (JsonException)
            {
                problems.Add($"{Path.GetFileName(path)}:{line}: {NotOfThisKind(text) ?? $"a field is of another type than it should be; {Expected}"}");
            }
        }
        return problems.Count == 0 ? verdicts : throw InvalidInputException.ForProblems(path, problems);
    }

    private const string Expected = "one JSON object for each model is expected: {\"model\": \"name\", \"baseline\": \"name\", \"preferences\": [2, 1, 1.5, null]}, where 1 is a win of the baseline, 2 one of the model, 1.5 or 0 a draw, null no verdict";

    /// <summary>What is wrong with a line that no model's verdicts are; null where it may be one.</summary>
    private static string? NotOfThisKind(string text)
    {
        try
        {
            JsonElement row = JsonElement.Parse(text);
            if (row.ValueKind != JsonValueKind.Object)
                return $"is no JSON object; {Expected}";
            if (row.EnumerateObject().Any(field => field.Name.Equals("preferences", StringComparison.OrdinalIgnoreCase)))
                return null;
            return row.TryGetProperty("verdict", out _) && row.TryGetProperty("vote", out _)
                ? $"is a verdict of emend judge on one pair, which emend ab and emend evaluate rank read; here {Expected}"
                : $"has no preferences; {Expected}";
        }
        catch (JsonException)
        {
            return $"is not JSON; {Expected}";
        }
    }

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    private sealed record Row
    {
        public string? Model { get; init; }
        public string? Baseline { get; init; }
        public required double?[] Preferences { get; init; }

        [JsonPropertyName("output_lengths")]
        public double?[]? OutputLengths { get; init; }

        [JsonPropertyName("baseline_lengths")]
        public double?[]? BaselineLengths { get; init; }
    }
}
