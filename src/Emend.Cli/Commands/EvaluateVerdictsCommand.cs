using System.CommandLine;
using System.Globalization;
using System.Text;
using Emend.Evaluation;
using Emend.Significance;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate verdicts: win rates of models from verdicts that a judge has already given, as AlpacaEval publishes them.</summary>
internal static class EvaluateVerdictsCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "One JSON object a line: preferences (1 the baseline wins … 2 the model wins, 1.5 or 0 a draw, null none), and perhaps model, baseline, output_lengths, baseline_lengths." };
        var command = new Command("verdicts", "Win rates from verdicts that were already given; with --json a line for each model.") { file };
        command.SetAction(call =>
        {
            IReadOnlyList<ModelVerdicts> models = PublishedVerdicts.Read(call.GetValue(file)!);
            PublishedWinRate[] rates = [.. models.Select(verdicts => PublishedVerdicts.Of(verdicts.Preferences))];
            double[] pValues = [.. rates.Select(rate => PairedTests.McNemar(rate.Wins, rate.BaselineWins))], corrected = PairedTests.Holm(pValues);
            for (int i = 0; i < models.Count; i++)
            {
                LengthControl? lengths = models[i].WithLengths() is { } verdicts ? LengthControl.Of(verdicts) : null;
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(Machine(models[i], rates[i], pValues[i], corrected[i], lengths));
                else
                    Console.WriteLine(Line(models[i], rates[i], corrected[i], lengths));
            }
        });
        return command;
    }

    /// <summary>In percent, as win rates are; what is not decided is null.</summary>
    public static object? Machine(LengthControl? lengths) => lengths is null ? null : new
    {
        value = 100 * lengths.Controlled,
        low = Finite(100 * lengths.ControlledInterval.Low),
        high = Finite(100 * lengths.ControlledInterval.High),
        lengthEffect = lengths.LengthEffect,
        alwaysLonger = 100 * lengths.AlwaysLonger,
        longerWins = 100 * lengths.LongerWins,
    };

    private static Dictionary<string, object?> Machine(ModelVerdicts model, PublishedWinRate rate, double pValue, double corrected, LengthControl? lengths)
    {
        Interval wilson = Wilson(rate);
        return new Dictionary<string, object?>
        {
            ["model"] = model.Model,
            ["baseline"] = model.Baseline,
            ["winRate"] = rate.WinRate,
            ["standardError"] = rate.StandardError,
            ["low"] = 100 * wilson.Low,
            ["high"] = 100 * wilson.High,
            ["wins"] = rate.Wins,
            ["baselineWins"] = rate.BaselineWins,
            ["draws"] = rate.Draws,
            ["total"] = rate.Total,
            ["pValue"] = pValue,
            ["pHolm"] = corrected,
            ["minimumDetectable"] = Power.MinimumDetectableEffect(rate.StandardError * Math.Sqrt(rate.Total), rate.Total),
            ["lengthControlled"] = Machine(lengths),
            // The names under which the data set and other tools have them.
            ["win_rate"] = rate.WinRate,
            ["standard_error"] = rate.StandardError,
            ["n_wins"] = rate.Wins,
            ["n_wins_base"] = rate.BaselineWins,
            ["n_draws"] = rate.Draws,
            ["n_total"] = rate.Total,
        };
    }

    private static string Line(ModelVerdicts model, PublishedWinRate rate, double corrected, LengthControl? lengths)
    {
        Interval wilson = Wilson(rate);
        var line = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"{model.Model,-40} {rate.WinRate,6:0.00} % ± {rate.StandardError:0.00} [{100 * wilson.Low:0.0}, {100 * wilson.High:0.0}], p = {corrected:G2}, {rate.Total} verdicts against {model.Baseline}"));
        if (lengths is not null)
            line.Append(CultureInfo.InvariantCulture, $"; at equal length {100 * lengths.Controlled:0.0} %; always the longer {100 * lengths.AlwaysLonger:0.0} %");
        return line.ToString();
    }

    private static Interval Wilson(PublishedWinRate rate) => Interval.Wilson(Math.Clamp(rate.WinRate / 100 * rate.Total, 0, rate.Total), rate.Total);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
