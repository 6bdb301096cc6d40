using System.Text;
using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>A result as Markdown tables, for a results page or a paper: the figures of the report, without its charts.</summary>
public static class StudyMarkdown
{
    /// <summary>Arms, differences, equal KL, updates, the study's own measures, warnings; the same result gives the same text.</summary>
    public static string Of(StudyResult result)
    {
        StudyMeasures measures = result.Measures;
        var text = new StringBuilder($"# {measures.Name}\n\n{measures.About} Settings: {string.Join(", ", measures.Settings.Select(setting => $"{setting.Name} {setting.Value}"))}.\n");
        Section(text, "Arms", Arms(result));
        Section(text, "Differences", [["difference", "points", "question"], .. result.Differences.Select(each => new[] { $"{each.Arm} − {each.Against}", Points(each.Points), each.Question })]);
        Section(text, "At equal KL", MatchedKl(result));
        Section(text, $"Updates to {measures.Baseline}'s best", Races(result));
        if (result.Arms[0].Extra.Count > 0)
            Section(text, "Measures of this study", Extra(result));
        if (result.Warnings.Count > 0)
            text.Append("\n## Warnings\n\n").AppendJoin("", result.Warnings.Select(warning => $"- {(warning.Arm.Length > 0 ? warning.Arm + ": " : "")}{warning.Message}\n"));
        return text.ToString();
    }

    private static IEnumerable<string[]> Arms(StudyResult result)
    {
        yield return ["arm", "what", "win rate %", $"points over {result.Measures.Baseline}", "tokens", $"distinct words, % of {result.Measures.Reference}'s", "duplicates %", "KL", "perplexity", "RM accuracy: original, edited, judged pairs", "token AUC"];
        ArmSummary first = result.Arms[0];
        yield return [result.Measures.Reference, "the reference", "50.0", "", StudyTable.Number(first.ReferenceLength, 1), "100", StudyTable.Number(100 * first.ReferenceDuplicates, 1), "0.00", "", "", ""];
        foreach (ArmSummary arm in result.Arms)
        {
            ArmDifference? difference = result.Differences.FirstOrDefault(each => each.Arm == arm.Name && each.Against == result.Measures.Baseline);
            yield return
            [
                arm.Name, arm.Description, $"{StudyTable.Number(arm.WinRate.Value, 1)} {StudyTable.Range(arm.WinRate)}", difference is null ? "" : Points(difference.Points),
                StudyTable.Number(arm.Length, 1), StudyTable.Number(100 * arm.DistinctShare, 0), StudyTable.Number(100 * arm.Duplicates, 1), StudyTable.Number(arm.Kl, 2), StudyTable.Number(arm.Perplexity, 2),
                $"{StudyTable.Number(arm.AccuracyOriginal, 2)}, {StudyTable.Number(arm.AccuracyEdited, 2)}, {StudyTable.Number(arm.AccuracyGold, 2)}", StudyTable.Number(arm.TokenAucOriginal, 3),
            ];
        }
    }

    private static IEnumerable<string[]> MatchedKl(StudyResult result) =>
    [
        ["KL, nats per response", .. result.Arms.Select(arm => arm.Name)],
        .. result.MatchedKl.Select(row => (string[])[StudyTable.Number(row.Kl, 2), .. row.Arms.Select(cell =>
            cell.WinRate is null ? "–" : StudyTable.Number(cell.WinRate, 1) + (cell.Difference is double points ? $" ({Signed(points)})" : ""))]),
    ];

    private static IEnumerable<string[]> Races(StudyResult result) =>
    [
        ["arm", "updates, seed by seed", $"{result.Measures.Baseline}'s", "ratio", "seeds that reached it", $"on mean curves, arm / {result.Measures.Baseline}"],
        .. result.UpdatesToBest.Select(row => new[]
        {
            row.Arm, StudyTable.Number(row.Best.Updates, 1), StudyTable.Number(row.Best.BaselineUpdates, 1), StudyTable.Number(row.Best.Ratio, 2),
            $"{row.Best.Reached} of {row.Best.Races}", $"{StudyTable.Number(row.BestOnMeanCurve.Updates, 1)} / {StudyTable.Number(row.BestOnMeanCurve.BaselineUpdates, 1)}",
        }),
    ];

    private static IEnumerable<string[]> Extra(StudyResult result) =>
    [
        ["arm", "measure", "value", result.Measures.Reference, $"tokens, arm / {result.Measures.Reference}", $"distinct words, of {result.Measures.Reference}'s"],
        .. from arm in result.Arms
           from measure in arm.Extra
           select new[]
           {
               arm.Name, measure.Name, $"{StudyTable.Number(measure.Value, 2)} {measure.Unit}", $"{StudyTable.Number(measure.Reference, 2)} {measure.Unit}",
               $"{StudyTable.Number(arm.Length, 1)} / {StudyTable.Number(arm.ReferenceLength, 1)}", $"{StudyTable.Number(100 * arm.DistinctShare, 0)} %",
           },
    ];

    private static void Section(StringBuilder text, string title, IEnumerable<string[]> rows)
    {
        text.Append($"\n## {title}\n\n");
        foreach ((int index, string[] row) in rows.Index())
        {
            text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
            if (index == 0)
                text.Append('|').AppendJoin("", row.Select(_ => "---|")).Append('\n');
        }
    }

    private static string Points(Estimate points) => $"{Signed(points.Value)} [{Signed(points.Low)}, {Signed(points.High)}]";

    private static string Signed(double value) => StudyTable.Signed(value).Replace('-', '−');
}
