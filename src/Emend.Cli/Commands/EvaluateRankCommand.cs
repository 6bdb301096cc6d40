using System.CommandLine;
using System.Globalization;
using Emend.Evaluation;
using Emend.Significance;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate rank: one ranking of many models from verdicts on some pairs of them.</summary>
internal static class EvaluateRankCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Verdicts as of emend evaluate verdicts; the baselines are ranked too, and may differ." };
        var seed = new Option<int>("--seed") { Description = "Of the resampling behind the intervals.", HelpName = "S", DefaultValueFactory = _ => 1 };
        var command = new Command("rank", "Elo of many models from partial comparisons (Bradley–Terry), with intervals; with --json a line for each model.") { file };
        command.Add(seed);
        command.SetAction(call =>
        {
            IReadOnlyList<ModelVerdicts> models = PublishedVerdicts.Read(call.GetValue(file)!);
            foreach (ModelVerdicts model in models)
                PublishedVerdicts.Outcomes(model.Preferences);             // refuses what is no preference, by its place
            IReadOnlyList<RankedSystem> ranking = BradleyTerry.Rank([.. models.SelectMany(model => model.Comparisons())], call.GetValue(seed));
            double?[] pValues = AgainstNext(ranking, models, call.GetValue(seed));
            if (call.GetValue(CommandLine.Json))
            {
                for (int i = 0; i < ranking.Count; i++)
                    JsonOutput.WriteLine(Machine(i + 1, ranking[i], pValues[i]));
                return;
            }
            Print(ranking, pValues);
        });
        return command;
    }

    /// <summary>
    /// For each model the p-value of being equal to the next below it, by sign flips over the items on which both met one baseline, Holm-corrected
    /// over all such pairs; null where they have no baseline in common.
    /// </summary>
    private static double?[] AgainstNext(IReadOnlyList<RankedSystem> ranking, IReadOnlyList<ModelVerdicts> models, int seed)
    {
        ILookup<string, Comparison> byModel = models.SelectMany(model => model.Comparisons()).ToLookup(comparison => comparison.First);
        double?[] pValues = new double?[ranking.Count];
        for (int i = 0; i + 1 < ranking.Count; i++)
        {
            double[] differences =
            [
                .. byModel[ranking[i].Name].Join(byModel[ranking[i + 1].Name], one => (one.Second, one.Item), other => (other.Second, other.Item), (one, other) => one.Outcome - other.Outcome)
            ];
            pValues[i] = differences.Length > 0 ? PairedTests.SignFlip(differences, seed) : null;
        }
        int[] tested = [.. Enumerable.Range(0, pValues.Length).Where(i => pValues[i] is not null)];
        double[] corrected = PairedTests.Holm([.. tested.Select(i => pValues[i]!.Value)]);
        for (int i = 0; i < tested.Length; i++)
            pValues[tested[i]] = corrected[i];
        return pValues;
    }

    private static object Machine(int rank, RankedSystem system, double? pNext) => new
    {
        rank,
        model = system.Name,
        elo = system.Elo,
        low = system.EloInterval.Low,
        high = system.EloInterval.High,
        bestRank = system.BestRank,
        worstRank = system.WorstRank,
        comparisons = system.Comparisons,
        pNext,
    };

    private static void Print(IReadOnlyList<RankedSystem> ranking, double?[] pValues)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("rank", "model", "Elo", "ranks", "p, next", "verdicts");
        for (int i = 0; i < ranking.Count; i++)
        {
            RankedSystem system = ranking[i];
            table.AddRow(Text($"{i + 1}"), Text($"{system.Name}"), Text($"{system.Elo:F0} [{system.EloInterval.Low:F0}, {system.EloInterval.High:F0}]"),
                Text($"{system.BestRank}–{system.WorstRank}"), pValues[i] is double p ? Text($"{p:G2}") : "–", Text($"{system.Comparisons}"));
        }
        AnsiConsole.Write(table);
    }

    private static string Text(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
