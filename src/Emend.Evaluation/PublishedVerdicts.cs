using System.Text.Json;
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
public sealed record ModelVerdicts(string Model, string Baseline, IReadOnlyList<double?> Preferences, int Line);

/// <summary>Win rates from verdicts that others published (AlpacaEval annotations; github.com/tatsu-lab/alpaca_eval).</summary>
public static class PublishedVerdicts
{
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
                outcomes.Add(preference == 0 ? 0.5 : preference - 1);
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

    /// <summary>Every model of a JSONL file with <c>model</c>, <c>baseline</c> and <c>preferences</c> on each line; other fields are left alone.</summary>
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
            try
            {
                Row row = JsonSerializer.Deserialize<Row>(text, Options)!;
                verdicts.Add(new ModelVerdicts(row.Model, row.Baseline, row.Preferences, line));
            }
            catch (JsonException error)
            {
                problems.Add($"{Path.GetFileName(path)}:{line}: {error.Message}");
            }
        }
        return problems.Count == 0 ? verdicts : throw InvalidInputException.ForProblems(path, problems);
    }

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    private sealed record Row
    {
        public required string Model { get; init; }
        public required string Baseline { get; init; }
        public required double?[] Preferences { get; init; }
    }
}
