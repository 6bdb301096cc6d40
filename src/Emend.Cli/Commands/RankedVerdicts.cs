using Emend.Evaluation;
using Emend.Significance;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>Comparisons of many models, from files of two kinds: published verdicts (preferences), a model a line, and verdicts of emend judge or votes of people, a pair a line, which name their models.</summary>
/// <param name="Warnings">What makes the verdicts worth less than they look, a sentence each.</param>
internal sealed record RankedVerdicts(IReadOnlyList<Comparison> Comparisons, IReadOnlyList<string> Warnings)
{
    /// <summary>Reads all files. Rows with one id, or one place in lists of preferences, are of one prompt, in whichever file they stand.</summary>
    /// <exception cref="InvalidInputException">A file is missing or wrong, a verdict does not name its models, or verdicts of several sources are mixed.</exception>
    public static RankedVerdicts Read(IReadOnlyList<string> files)
    {
        var comparisons = new List<Comparison>();
        var voted = new List<(JsonRow Row, Vote Vote)>();
        var items = new Dictionary<string, int>();
        foreach (string file in files)
        {
            if (!File.Exists(file) || !AreOfPairs(file))
            {
                comparisons.AddRange(Published(file));
                continue;
            }
            foreach (JsonRow row in JsonLines.Read(file).Where(row => !row.IsNull("vote")))
            {
                (string a, string b) = Models(row);
                var vote = Vote.Of(row);
                voted.Add((row, vote));
                // Negative: places in lists of preferences are numbers from 0 on.
                string id = row.Has("id") ? row.String("id") : $"line-{row.Line}";
                items.TryAdd(id, -1 - items.Count);
                comparisons.Add(new Comparison(b, a, vote.ForB, items[id]));
            }
        }
        if (comparisons.Count == 0)
            throw new InvalidInputException($"{string.Join(", ", files)}: there is no verdict in it");
        if (voted.Count == 0)
            return new RankedVerdicts(comparisons, []);
        Vote[] votes = [.. voted.Select(one => one.Vote)];
        Vote.RequireOneSource([.. voted.Select(one => one.Row)], votes);
        return new RankedVerdicts(comparisons, Vote.WarningOf(votes) is { } warning ? [warning] : []);
    }

    /// <summary>
    /// For each model the p-value of being equal to the next below it, by sign flips over the prompts on which they met each other or the same third one (of a prompt the mean of
    /// what tells them apart there), Holm-corrected over all such pairs; null where there is no such prompt.
    /// </summary>
    public double?[] AgainstNext(IReadOnlyList<RankedSystem> ranking, int seed)
    {
        ILookup<string, (string Against, int Item, double Outcome)> meetings = Comparisons
            .SelectMany(one => new[] { (one.First, Met: (one.Second, one.Item, one.Outcome)), (First: one.Second, Met: (one.First, one.Item, 1 - one.Outcome)) })
            .ToLookup(one => one.First, one => one.Met);
        double?[] pValues = new double?[ranking.Count];
        for (int i = 0; i + 1 < ranking.Count; i++)
        {
            (string model, string next) = (ranking[i].Name, ranking[i + 1].Name);
            double[] differences =
            [
                .. meetings[model].Where(met => met.Against == next).Select(met => (met.Item, Difference: 2 * met.Outcome - 1))
                    .Concat(meetings[model].Join(meetings[next], one => (one.Against, one.Item), other => (other.Against, other.Item), (one, other) => (one.Item, Difference: one.Outcome - other.Outcome)))
                    .GroupBy(one => one.Item).Select(prompt => prompt.Average(one => one.Difference)),
            ];
            pValues[i] = differences.Length > 0 ? PairedTests.SignFlip(differences, seed) : null;
        }
        int[] tested = [.. Enumerable.Range(0, pValues.Length).Where(i => pValues[i] is not null)];
        double[] corrected = PairedTests.Holm([.. tested.Select(i => pValues[i]!.Value)]);
        for (int i = 0; i < tested.Length; i++)
            pValues[tested[i]] = corrected[i];
        return pValues;
    }

    // By the first row: a file is one kind throughout.
    private static bool AreOfPairs(string file) => File.ReadLines(file).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) is { } first && first.Contains("\"vote\"", StringComparison.Ordinal) && !first.Contains("\"preferences\"", StringComparison.Ordinal);

    private static IEnumerable<Comparison> Published(string file)
    {
        IReadOnlyList<ModelVerdicts> models = PublishedVerdicts.Read(file);
        foreach (ModelVerdicts model in models)
            PublishedVerdicts.Outcomes(model.Preferences);             // refuses what is no preference, by its place
        return models.SelectMany(model => model.Comparisons());
    }

    private static (string A, string B) Models(JsonRow row)
    {
        if (!row.Has("model_a"))
            throw row.Problem("model_a", "is missing; which models gave the two responses (model_a, model_b) stands in the pairs that are judged, and emend judge hands it on");
        (string a, string b) = (row.String("model_a"), row.String("model_b"));
        return a != b ? (a, b) : throw row.Problem("model_b", $"is \"{b}\", as model_a is; two models are expected");
    }
}
