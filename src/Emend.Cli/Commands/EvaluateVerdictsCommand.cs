using System.CommandLine;
using System.Globalization;
using Emend.Evaluation;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate verdicts: win rates of models from verdicts that a judge has already given, as AlpacaEval publishes them.</summary>
internal static class EvaluateVerdictsCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "One JSON object a line: model, baseline, preferences (1 the baseline wins … 2 the model wins, 1.5 or 0 a draw, null none)." };
        var command = new Command("verdicts", "Win rates from verdicts that were already given; with --json a line for each model.") { file };
        command.SetAction(call =>
        {
            IReadOnlyList<ModelVerdicts> models = PublishedVerdicts.Read(call.GetValue(file)!);
            foreach (ModelVerdicts verdicts in models)
            {
                PublishedWinRate rate = PublishedVerdicts.Of(verdicts.Preferences);
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(new { verdicts.Model, verdicts.Baseline, rate.WinRate, rate.StandardError, rate.Wins, rate.BaselineWins, rate.Draws, rate.Total });
                else
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdicts.Model,-40} {rate.WinRate,6:0.00} % ± {rate.StandardError:0.00}, {rate.Total} verdicts against {verdicts.Baseline}"));
            }
        });
        return command;
    }
}
