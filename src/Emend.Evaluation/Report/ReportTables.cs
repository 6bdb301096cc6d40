using System.Text;
using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>The tables of the report.</summary>
internal static class ReportTables
{
    /// <summary>The arms: win rate with its interval drawn, and beside it what would show a hacked reward.</summary>
    public static string WinRates(StudyResult result)
    {
        StudyMeasures measures = result.Measures;
        bool perplexity = result.Arms.Any(arm => arm.Perplexity is not null);
        double low = Math.Min(50, result.Arms.Min(arm => arm.WinRate.Low)), high = Math.Max(50, result.Arms.Max(arm => arm.WinRate.High));
        var html = new StringBuilder("<section><h2>Win rates</h2>");
        html.Append($"<p class=\"note\">Share of held-out prompts on which the arm beats {Html.Text(measures.Reference)}, ties half, judged by {Html.Text(measures.Judge)}; 95 % intervals over {Counted(result.Arms[0].WinRate.Seeds, "seed")} and {Counted(result.Arms[0].WinRate.Prompts, "prompt")}. All arms after the same number of updates.</p>");
        html.Append("<div class=\"scroll\"><table class=\"wide\"><thead><tr><th>Arm</th><th class=\"n\">Win rate</th><th class=\"n\">95 %</th><th class=\"plot\"><span class=\"visually-hidden\">Drawn</span></th>");
        html.Append($"<th class=\"n\">Tokens</th><th class=\"n\">Distinct words</th><th class=\"n\">Duplicates</th><th class=\"n\">KL</th>{(perplexity ? "<th class=\"n\">Perplexity</th>" : "")}</tr></thead><tbody>");
        ArmSummary first = result.Arms[0];
        html.Append($"<tr class=\"reference\"><th scope=\"row\">{Html.Text(measures.Reference)}<small>the reference</small></th><td class=\"n\">50.0</td><td></td><td class=\"plot\"></td><td class=\"n\">{Html.Number(first.ReferenceLength, 1)}</td><td class=\"n\">{Html.Number(first.ReferenceDistinctWords, 0)}</td><td class=\"n\">{Html.Number(100 * first.ReferenceDuplicates, 1)} %</td><td class=\"n\">0</td>{(perplexity ? "<td class=\"n\">–</td>" : "")}</tr>");
        for (int i = 0; i < result.Arms.Count; i++)
        {
            ArmSummary arm = result.Arms[i];
            string recommended = arm.Name == measures.Recommended ? " <span class=\"tag\">recommended</span>" : "";
            html.Append($"<tr><th scope=\"row\">{Html.Text(arm.Name)}{recommended}<small>{Html.Text(arm.Description)}</small></th>");
            html.Append($"<td class=\"n strong\">{Html.Number(arm.WinRate.Value, 1)}</td><td class=\"n range\">{Html.Number(arm.WinRate.Low, 1)} – {Html.Number(arm.WinRate.High, 1)}</td><td class=\"plot\">{Drawn(arm.WinRate, low, high, 50, i)}</td>");
            html.Append(Cell(arm.Length, 1, Math.Abs(arm.LengthDrift) > StudyWarnings.MaxLengthDrift, $"{Html.Signed(100 * arm.LengthDrift, 0)} %"));
            html.Append(Cell(arm.DistinctWords, 0, arm.DistinctShare < StudyWarnings.MinDistinctShare, $"{Html.Number(100 * arm.DistinctShare, 0)} %"));
            html.Append($"<td class=\"n{(arm.Duplicates > arm.ReferenceDuplicates ? " bad" : "")}\">{Html.Number(100 * arm.Duplicates, 1)} %</td>");
            html.Append($"<td class=\"n{(arm.Kl > measures.MaxKl ? " bad" : "")}\">{Html.Number(arm.Kl, 2)}</td>");
            html.Append(perplexity ? $"<td class=\"n\">{Html.Number(arm.Perplexity, 2)}</td></tr>" : "</tr>");
        }
        return html.Append("</tbody></table></div></section>").ToString();
    }

    /// <summary>Differences between arms, paired by seed and prompt.</summary>
    public static string Differences(StudyResult result)
    {
        if (result.Differences.Count == 0)
            return "";
        double low = Math.Min(0, result.Differences.Min(each => each.Points.Low)), high = Math.Max(0, result.Differences.Max(each => each.Points.High));
        var html = new StringBuilder("<section><h2>Differences</h2><p class=\"note\">Points of win rate, paired by seed and prompt. An interval that crosses 0 leaves the question open. The intervals are not corrected for their number.</p>");
        html.Append("<div class=\"scroll\"><table><thead><tr><th>Compared</th><th class=\"n\">Points</th><th class=\"n\">95 %</th><th class=\"plot\"><span class=\"visually-hidden\">Drawn</span></th><th>Says</th></tr></thead><tbody>");
        foreach (ArmDifference difference in result.Differences)
        {
            int style = result.Arms.ToList().FindIndex(arm => arm.Name == difference.Arm);
            string question = difference.Question.Length > 0 ? $"<small>{Html.Text(difference.Question)}</small>" : "";
            html.Append($"<tr><th scope=\"row\">{Html.Text(difference.Arm)} − {Html.Text(difference.Against)}{question}</th><td class=\"n strong\">{Html.Signed(difference.Points.Value)}</td>");
            html.Append($"<td class=\"n range\">{Html.Signed(difference.Points.Low)} … {Html.Signed(difference.Points.High)}</td><td class=\"plot\">{Drawn(difference.Points, low, high, 0, style)}</td><td>{Verdict(difference)}</td></tr>");
        }
        return html.Append("</tbody></table></div></section>").ToString();
    }

    /// <summary>In words, what an interval of a difference allows to say.</summary>
    public static string Verdict(ArmDifference difference) => difference.Points switch
    {
        { Low: > 0 } => "better, clear of 0",
        { High: < 0 } => "worse, clear of 0",
        _ => "open",
    };

    /// <summary>Win rates at equal KL.</summary>
    public static string MatchedKl(StudyResult result)
    {
        if (result.MatchedKl.Count == 0)
            return "";
        string baseline = Html.Text(result.Measures.Baseline);
        var html = new StringBuilder($"<section><h2>At equal distance from {Html.Text(result.Measures.Reference)}</h2><p class=\"note\">Win rate where the smoothed curve of each seed first reaches a KL (nats per response), mean over the seeds that get there; below it, points over {baseline} in the same seeds.</p>");
        html.Append("<div class=\"scroll\"><table><thead><tr><th>KL</th>");
        foreach (ArmSummary arm in result.Arms)
            html.Append($"<th class=\"n\">{Html.Text(arm.Name)}</th>");
        html.Append("</tr></thead><tbody>");
        int seeds = result.Measures.Arms[0].Seeds.Count;
        foreach (MatchedKlRow row in result.MatchedKl)
        {
            html.Append($"<tr><th scope=\"row\">{Html.Number(row.Kl, row.Kl < 1 ? 2 : 1)}</th>");
            foreach (MatchedKlCell cell in row.Arms)
            {
                string few = cell.SeedsReached > 0 && cell.SeedsReached < seeds ? $"<small>{cell.SeedsReached} of {seeds} seeds</small>" : "";
                string interval = cell.DifferenceInterval is Interval points ? $" ({Html.Signed(points.Low)} … {Html.Signed(points.High)})" : "";
                string difference = cell.Difference is double gain ? $"<small>{Html.Signed(gain)}{interval}</small>" : "";
                html.Append($"<td class=\"n\">{(cell.WinRate is null ? "not reached" : Html.Number(cell.WinRate, 1))}{difference}{few}</td>");
            }
            html.Append("</tr>");
        }
        return html.Append("</tbody></table></div></section>").ToString();
    }

    /// <summary>Updates to the baseline's best.</summary>
    public static string Races(StudyResult result)
    {
        if (result.UpdatesToBest.Count == 0)
            return "";
        string baseline = Html.Text(result.Measures.Baseline);
        var html = new StringBuilder($"<section><h2>Updates to {baseline}’s best</h2><p class=\"note\">Updates until an arm’s smoothed win rate first reaches the best that {baseline} has in the same seed, and {baseline}’s plateau, one point below. A ratio under 0.5 is half the updates. A maximum comes late by chance, so the plateau is the fairer race.</p>");
        html.Append("<div class=\"scroll\"><table><thead><tr><th>Arm</th><th class=\"n\">To the best</th><th class=\"n\">Ratio</th><th class=\"n\">To the plateau</th><th class=\"n\">Ratio</th><th class=\"n\">Ratio on the mean curve</th></tr></thead><tbody>");
        foreach (UpdatesToBest row in result.UpdatesToBest)
            html.Append($"<tr><th scope=\"row\">{Html.Text(row.Arm)}</th>{Laps(row.Best)}{Laps(row.Plateau)}<td class=\"n\">{(row.BestOnMeanCurve.Reached == 0 ? "not reached" : Html.Number(row.BestOnMeanCurve.Ratio, 2))}</td></tr>");
        return html.Append("</tbody></table></div></section>").ToString();
    }

    /// <summary>How the reward models do on held-out pairs and tokens.</summary>
    public static string RewardModels(StudyResult result)
    {
        if (result.Arms.All(arm => arm.AccuracyOriginal is null && arm.AccuracyEdited is null && arm.AccuracyGold is null && arm.TokenAucOriginal is null))
            return "";
        var html = new StringBuilder("<section><h2>Reward models</h2><p class=\"note\">Accuracy on held-out pairs: as people ranked them (noise included), edited over original, and as the judge ranks them. Token AUC: how well a low reward finds the tokens that people changed, and a high one those that they wrote. Means over seeds.</p>");
        html.Append("<div class=\"scroll\"><table><thead><tr><th>Arm</th><th class=\"n\">Ranked pairs</th><th class=\"n\">Edited pairs</th><th class=\"n\">Judged pairs</th><th class=\"n\">AUC changed</th><th class=\"n\">AUC written</th></tr></thead><tbody>");
        foreach (ArmSummary arm in result.Arms)
            html.Append($"<tr><th scope=\"row\">{Html.Text(arm.Name)}</th><td class=\"n\">{Percent(arm.AccuracyOriginal)}</td><td class=\"n\">{Percent(arm.AccuracyEdited)}</td><td class=\"n\">{Percent(arm.AccuracyGold)}</td><td class=\"n\">{Html.Number(arm.TokenAucOriginal, 3)}</td><td class=\"n\">{Html.Number(arm.TokenAucEdited, 3)}</td></tr>");
        return html.Append("</tbody></table></div></section>").ToString();
    }

    /// <summary>The study's own measures.</summary>
    public static string Extra(StudyResult result)
    {
        IReadOnlyList<ComparedMeasure> measures = result.Arms[0].Extra;
        if (measures.Count == 0)
            return "";
        var html = new StringBuilder("<section><h2>Measures of this study</h2><div class=\"scroll\"><table><thead><tr><th>Measure</th>");
        html.Append($"<th class=\"n\">{Html.Text(result.Measures.Reference)}</th>");
        foreach (ArmSummary arm in result.Arms)
            html.Append($"<th class=\"n\">{Html.Text(arm.Name)}</th>");
        html.Append("</tr></thead><tbody>");
        for (int i = 0; i < measures.Count; i++)
        {
            html.Append($"<tr><th scope=\"row\">{Html.Text(measures[i].Name)}{(measures[i].Unit.Length > 0 ? $"<small>{Html.Text(measures[i].Unit)}</small>" : "")}</th><td class=\"n\">{Html.Number(measures[i].Reference, 2)}</td>");
            foreach (ArmSummary arm in result.Arms)
                html.Append($"<td class=\"n\">{Html.Number(arm.Extra[i].Value, 2)}</td>");
            html.Append("</tr>");
        }
        return html.Append("</tbody></table></div></section>").ToString();
    }

    private static string Laps(Race race) => race.Reached == 0
        ? "<td class=\"n\">not reached</td><td class=\"n\">–</td>"
        : $"<td class=\"n\">{Html.Number(race.Updates, 1)}{(race.Reached < race.Races ? $"<small>{race.Reached} of {race.Races} seeds</small>" : "")}</td><td class=\"n\">{Html.Number(race.Ratio, 2)}</td>";

    private static string Cell(double value, int places, bool bad, string relative) =>
        $"<td class=\"n{(bad ? " bad" : "")}\">{Html.Number(value, places)}<small>{relative}</small></td>";

    private static string Percent(double? fraction) => fraction is double value ? $"{Html.Number(100 * value, 1)} %" : "–";

    // An interval as a bar with its value, on a scale that all rows of a table share.
    private static string Drawn(Estimate estimate, double low, double high, double level, int style)
    {
        const double Width = 180, Margin = 6;
        double scale = (Width - 2 * Margin) / Math.Max(high - low, 1e-9);
        string At(double value) => Html.At(Margin + (value - low) * scale);
        return $"<svg class=\"interval\" viewBox=\"0 0 {Html.At(Width)} 20\" aria-hidden=\"true\"><line class=\"level\" x1=\"{At(level)}\" x2=\"{At(level)}\" y1=\"0\" y2=\"20\"/>"
            + $"<line class=\"whisker c{style % 8}\" x1=\"{At(estimate.Low)}\" x2=\"{At(estimate.High)}\" y1=\"10\" y2=\"10\"/>{LineChart.Mark(style, Margin + (estimate.Value - low) * scale, 10)}</svg>";
    }

    private static string Counted(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
