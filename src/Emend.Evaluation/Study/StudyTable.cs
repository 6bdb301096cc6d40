using System.Globalization;
using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>The result as plain rows for a terminal or a README; the first row is the head.</summary>
public static class StudyTable
{
    /// <summary>One row per arm.</summary>
    public static IReadOnlyList<string[]> Rows(StudyResult result)
    {
        var rows = new List<string[]>
        {
            new[] { "arm", "win rate %", "95 %", $"points over {result.Measures.Baseline}", "tokens", "distinct words", "duplicates %", "KL", "perplexity", "RM acc. original", "RM acc. edited", "token AUC" },
        };
        ArmSummary? first = result.Arms.Count > 0 ? result.Arms[0] : null;
        if (first is not null)
            rows.Add([result.Measures.Reference, "50.0", "", "", Number(first.ReferenceLength, 1), Number(first.ReferenceDistinctWords, 0), Number(100 * first.ReferenceDuplicates, 1), "0.0", "", "", "", ""]);
        foreach (ArmSummary arm in result.Arms)
        {
            ArmDifference? difference = result.Differences.FirstOrDefault(each => each.Arm == arm.Name && each.Against == result.Measures.Baseline);
            rows.Add([
                arm.Name,
                Number(arm.WinRate.Value, 1),
                Range(arm.WinRate),
                difference is null ? "" : $"{Signed(difference.Points.Value)} [{Signed(difference.Points.Low)}, {Signed(difference.Points.High)}]",
                Number(arm.Length, 1),
                Number(arm.DistinctWords, 0),
                Number(100 * arm.Duplicates, 1),
                Number(arm.Kl, 2),
                Number(arm.Perplexity, 2),
                Number(arm.AccuracyOriginal, 3),
                Number(arm.AccuracyEdited, 3),
                Number(arm.TokenAucOriginal, 3),
            ]);
        }
        return rows;
    }

    /// <summary>One row per comparison of two arms.</summary>
    public static IReadOnlyList<string[]> DifferenceRows(StudyResult result) =>
    [
        ["difference", "points", "95 %", "question"],
        .. result.Differences.Select(difference => new[]
        {
            $"{difference.Arm} - {difference.Against}",
            Signed(difference.Points.Value),
            $"[{Signed(difference.Points.Low)}, {Signed(difference.Points.High)}]",
            difference.Question,
        }),
    ];

    internal static string Range(Estimate estimate) => $"[{Number(estimate.Low, 1)}, {Number(estimate.High, 1)}]";

    internal static string Number(double? value, int places) =>
        value is double number ? number.ToString("F" + places, CultureInfo.InvariantCulture) : "–";

    internal static string Signed(double value) => (value < 0 ? "-" : "+") + Number(Math.Abs(value), 1);
}
