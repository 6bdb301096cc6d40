using System.Text;

namespace Emend.Evaluation;

/// <summary>report.html: everything about one or more studies on one page that needs nothing from outside, and that runs no script.</summary>
public static class ReportPage
{
    /// <summary>Writes the page; an interruption leaves the old file or the new one, never a half.</summary>
    public static void Save(string path, string title, IReadOnlyList<StudyResult> results) => Emend.Text.WholeFile.Write(path, Render(title, results));

    /// <summary>The page as text.</summary>
    /// <param name="results">The parts of the study, such as its regimes, in the order of the page.</param>
    public static string Render(string title, IReadOnlyList<StudyResult> results)
    {
        string parts = results.Count > 1 ? $"<nav aria-label=\"Parts\">{string.Concat(results.Select((result, i) => $"<a href=\"#part{i + 1}\">{Html.Text(result.Measures.Name)}</a> "))}</nav>" : "";
        var html = new StringBuilder();
        for (int i = 0; i < results.Count; i++)
        {
            html.Append($"<div class=\"part\" id=\"part{i + 1}\">");
            if (results.Count > 1)
                html.Append($"<p class=\"part-name\">{Html.Text(results[i].Measures.Name)}</p>");
            html.Append(Part(results[i])).Append("</div>\n");
        }
        return ReportShell.Page(title, parts, html.ToString(), "Made by Emend from result.json; the same file gives the same page.");
    }

    private static string Part(StudyResult result) => string.Join("\n",
        Opening(result),
        Warnings(result),
        ReportTables.WinRates(result),
        ReportTables.Differences(result),
        ReportCharts.Render(result),
        ReportTables.Extra(result),
        ReportTables.MatchedKl(result),
        ReportTables.Races(result),
        ReportTables.RewardModels(result),
        ReportSamples.Render(result.Measures),
        Settings(result.Measures));

    // The one figure that the study was for, then the three that a reader should hold against it.
    private static string Opening(StudyResult result)
    {
        StudyMeasures measures = result.Measures;
        var html = new StringBuilder();
        if (measures.About.Length > 0)
            html.Append($"<p class=\"about\">{Html.Text(measures.About)}</p>");
        string name = measures.Recommended.Length > 0 ? measures.Recommended : measures.Arms[^1].Name;
        ArmSummary? arm = result.Arms.FirstOrDefault(each => each.Name == name);
        ArmDifference? difference = result.Differences.FirstOrDefault(each => each.Arm == name && each.Against == measures.Baseline);
        if (arm is null || difference is null)
            return html.ToString();
        Race? race = result.UpdatesToBest.FirstOrDefault(each => each.Arm == name)?.Best;
        html.Append("<dl class=\"figures\">");
        html.Append($"<div class=\"lead\"><dt>{Html.Text(name)} over {Html.Text(measures.Baseline)}</dt><dd>{Html.Signed(difference.Points.Value)}<span> points</span></dd><dd class=\"sub\">95 %: {Html.Signed(difference.Points.Low)} … {Html.Signed(difference.Points.High)}, {ReportTables.Verdict(difference)}</dd></div>");
        html.Append($"<div><dt>Win rate against {Html.Text(measures.Reference)}</dt><dd>{Html.Number(arm.WinRate.Value, 1)}<span> %</span></dd><dd class=\"sub\">95 %: {Html.Number(arm.WinRate.Low, 1)} – {Html.Number(arm.WinRate.High, 1)}</dd></div>");
        if (race is not null)
            html.Append($"<div><dt>Updates to {Html.Text(measures.Baseline)}’s best</dt><dd>{(race.Ratio is null ? "–" : Html.Number(race.Ratio, 2))}<span> of {Html.Text(measures.Baseline)}’s</span></dd><dd class=\"sub\">reached in {race.Reached} of {(race.Races == 1 ? "1 seed" : $"{race.Races} seeds")}</dd></div>");
        html.Append($"<div><dt>Length</dt><dd>{Html.Signed(100 * arm.LengthDrift, 0)}<span> %</span></dd><dd class=\"sub\">{Html.Number(arm.Length, 1)} tokens, {Html.Text(measures.Reference)} {Html.Number(arm.ReferenceLength, 1)}</dd></div>");
        return html.Append("</dl>").ToString();
    }

    private static string Warnings(StudyResult result)
    {
        var html = new StringBuilder($"<section class=\"warnings{(result.Warnings.Count == 0 ? " none" : "")}\"><h2>What went wrong</h2>");
        if (result.Warnings.Count == 0)
            html.Append("<p>Nothing that we look for: length, variety, duplicates, distance from the reference and over-optimisation are within their limits.</p>");
        else
            html.Append("<ul>").Append(string.Concat(result.Warnings.Select(warning =>
                $"<li>{(warning.Arm.Length > 0 ? $"<b>{Html.Text(warning.Arm)}</b> " : "")}{Html.Text(warning.Message)}</li>"))).Append("</ul>");
        return html.Append("</section>").ToString();
    }

    private static string Settings(StudyMeasures measures)
    {
        IEnumerable<Setting> rows = measures.Settings
            .Append(new Setting("seeds", string.Join(", ", measures.Arms[0].Seeds.Select(seed => seed.Seed))))
            .Concat(measures.Timings.Select(stage => new Setting($"seconds: {stage.Stage}", Html.Number(stage.Seconds, 1))));
        if (measures.PeakMemoryBytes > 0)
            rows = rows.Append(new Setting("peak memory", $"{Html.Number(measures.PeakMemoryBytes / 1e9, 2)} GB"));
        return "<section><details><summary>Settings and timings</summary><div class=\"scroll\"><table><tbody>"
            + string.Concat(rows.Select(row => $"<tr><th scope=\"row\">{Html.Text(row.Name)}</th><td>{Html.Text(row.Value)}</td></tr>"))
            + "</tbody></table></div></details></section>";
    }
}
