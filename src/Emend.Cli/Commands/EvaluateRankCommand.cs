using System.CommandLine;
using System.Globalization;
using Emend.Significance;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate rank: one ranking of many models from verdicts on some pairs of them.</summary>
internal static class EvaluateRankCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Verdicts as of emend evaluate verdicts, whose baselines are ranked too and may differ; or verdicts of emend judge on pairs that name their models (model_a, model_b). Several files are one ranking.", Arity = ArgumentArity.OneOrMore };
        var seed = new Option<int>("--seed") { Description = "Of the resampling behind the intervals.", HelpName = "S", DefaultValueFactory = _ => 1 };
        var command = new Command("rank", "Elo of many models from partial comparisons (Bradley–Terry), with intervals; with --json a line for each model.") { files };
        command.Add(seed);
        command.SetAction(call =>
        {
            RankedVerdicts verdicts = RankedVerdicts.Read(call.GetValue(files)!);
            foreach (string warning in verdicts.Warnings)
                Console.Error.WriteLine($"warning: {warning}");
            IReadOnlyList<RankedSystem> ranking = BradleyTerry.Rank(verdicts.Comparisons, call.GetValue(seed));
            double?[] pValues = verdicts.AgainstNext(ranking, call.GetValue(seed));
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
