using System.Globalization;
using Emend.Evaluation;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>What emend evaluate compare says beside its page.</summary>
internal static class CompareOutput
{
    public static object Machine(VersionComparison comparison, string report, string? pairs) => new
    {
        old = comparison.OldName,
        @new = comparison.NewName,
        judge = comparison.Judge.Name,
        prompts = comparison.Prompts.Count,
        winRate = new { value = comparison.WinRate.Value, low = comparison.WinRate.Low, high = comparison.WinRate.High },
        pValue = comparison.PValue,
        pHolm = comparison.PHolm,
        minimumDetectable = comparison.MinimumDetectable,
        lengthControlled = EvaluateVerdictsCommand.Machine(comparison.Lengths),
        aspects = comparison.Aspects.ToDictionary(aspect => aspect.Aspect, aspect => Machine(aspect, comparison.Judge.Scores)),
        worse = comparison.Worse.Count(),
        warnings = comparison.Judge.Warnings,
        pairs,
        report,
    };

    public static void Print(VersionComparison comparison, string output)
    {
        bool verdicts = comparison.Judge.Scores == ScoreKind.Verdict;
        Table table = new Table().Border(TableBorder.Simple).AddColumns(verdicts ? ["aspect", "prompts", "wins %", "p, Holm", "worse on"] : ["aspect", "old", "new", "difference", "p, Holm", "worse on"]);
        foreach (AspectDifference aspect in comparison.Aspects)
        {
            string name = Markup.Escape(aspect.Aspect), p = Text($"{aspect.PHolm:G2}"), worse = Text($"{aspect.Worse}");
            if (verdicts)
                table.AddRow(name, Text($"{aspect.Prompts}"), Text($"{aspect.WinRate.Value:F1} [{aspect.WinRate.Low:F1}, {aspect.WinRate.High:F1}]"), p, worse);
            else
                table.AddRow(name, Text($"{aspect.Old.Value:F2}"), Text($"{aspect.New.Value:F2}"), Text($"{aspect.Difference.Value:+0.00;-0.00;0.00} [{aspect.Difference.Low:F2}, {aspect.Difference.High:F2}]"), p, worse);
        }
        if (comparison.Aspects.Count > 0)
            AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{comparison.NewName} wins {comparison.WinRate.Value:F1} % [{comparison.WinRate.Low:F1}, {comparison.WinRate.High:F1}] against {comparison.OldName}, at equal length {100 * comparison.Lengths.Controlled:F1} %, judged by {comparison.Judge.Name}; it is worse on {comparison.Worse.Count()} of {comparison.Prompts.Count} prompts. Page: {Path.GetFullPath(output)}"));
    }

    private static object Machine(AspectDifference aspect, ScoreKind scores) => new
    {
        prompts = aspect.Prompts,
        winRate = new { value = aspect.WinRate.Value, low = aspect.WinRate.Low, high = aspect.WinRate.High },
        old = Of(scores != ScoreKind.Verdict, aspect.Old.Value),
        @new = Of(scores != ScoreKind.Verdict, aspect.New.Value),
        difference = Of(scores != ScoreKind.Verdict, aspect.Difference.Value),
        low = Of(scores != ScoreKind.Verdict, aspect.Difference.Low),
        high = Of(scores != ScoreKind.Verdict, aspect.Difference.High),
        pValue = aspect.PValue,
        pHolm = aspect.PHolm,
        oldFaultless = Of(scores == ScoreKind.Faults, 100 * aspect.OldFaultless),
        newFaultless = Of(scores == ScoreKind.Faults, 100 * aspect.NewFaultless),
        better = aspect.Better,
        worse = aspect.Worse,
    };

    private static double? Of(bool said, double value) => said ? value : null;

    private static string Text(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
