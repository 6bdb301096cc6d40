using System.Text;

namespace Emend.Evaluation;

/// <summary>The learning curves of a study.</summary>
internal static class ReportCharts
{
    /// <summary>Win rate, KL, length and reward against updates, and win rate against KL; empty without curves.</summary>
    public static string Render(StudyResult result)
    {
        StudyMeasures measures = result.Measures;
        if (measures.Arms.All(arm => arm.Seeds.All(seed => seed.Curve.Count == 0)))
            return "";
        double referenceLength = result.Arms.Average(arm => arm.ReferenceLength);
        var html = new StringBuilder("<section><h2>Learning curves</h2>");
        string seeds = measures.Arms[0].Seeds.Count > 1 ? "Lines are means over seeds, bands run from the lowest to the highest seed. " : "";
        html.Append($"<p class=\"note\">{seeds}Curves are drawn as measured, not smoothed.</p><p class=\"legend\">");
        for (int i = 0; i < measures.Arms.Count; i++)
            html.Append($"<span><svg class=\"key\" viewBox=\"0 0 34 12\" aria-hidden=\"true\"><polyline class=\"line c{i % 8}\" points=\"1,6 33,6\"/>{LineChart.Mark(i, 17, 6)}</svg>{Html.Text(measures.Arms[i].Name)}</span> ");
        html.Append("</p><div class=\"charts\">");
        html.Append(new LineChart("Win rate against updates", "policy updates", $"win rate against {measures.Reference}, %", Lines(measures, point => point.Step, point => point.WinRate), 50, "even").Render());
        html.Append(new LineChart("Win rate against KL", $"KL to {measures.Reference}, nats per response", "win rate, %", Lines(measures, point => point.Kl, point => point.WinRate), 50, "even").Render());
        html.Append(new LineChart("KL against updates", "policy updates", "nats per response", Lines(measures, point => point.Step, point => point.Kl)).Render());
        html.Append(new LineChart("Length against updates", "policy updates", "tokens per response", Lines(measures, point => point.Step, point => point.Length), referenceLength, measures.Reference).Render());
        html.Append(new LineChart("Reward against updates", "policy updates", "score by its own reward model", Lines(measures, point => point.Step, point => point.Reward)).Render());
        if (measures.Arms.Any(arm => arm.Seeds.Any(seed => seed.Curve.Any(point => point.Duplicates is not null))))
            html.Append(new LineChart("Duplicates against updates", "policy updates", "responses with duplicates, %", Lines(measures, point => point.Step, point => 100 * (point.Duplicates ?? double.NaN))).Render());
        return html.Append("</div></section>").ToString();
    }

    private static List<ChartSeries> Lines(StudyMeasures measures, Func<CurvePoint, double> x, Func<CurvePoint, double> y)
    {
        var lines = new List<ChartSeries>();
        for (int i = 0; i < measures.Arms.Count; i++)
        {
            IReadOnlyList<IReadOnlyList<CurvePoint>> curves = [.. measures.Arms[i].Seeds.Select(seed => seed.Curve).Where(curve => curve.Count > 0)];
            IEnumerable<ChartPoint> points = Curve.Mean(curves).Select(mean =>
            {
                double[] seeds = [.. curves.Select(curve => y(curve.First(point => point.Step == mean.Step)))];
                return new ChartPoint(x(mean), y(mean), seeds.Min(), seeds.Max(),
                    $"{measures.Arms[i].Name}, update {mean.Step}: win rate {Html.Number(mean.WinRate, 1)} %, KL {Html.Number(mean.Kl, 2)}, {Html.Number(mean.Length, 1)} tokens");
            });
            lines.Add(new ChartSeries(measures.Arms[i].Name, i, [.. points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))]));
        }
        return lines;
    }
}
