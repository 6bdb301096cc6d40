using System.Text;

namespace Emend.Evaluation;

/// <summary>A line of a chart: its points by rising x, and the range over seeds around each.</summary>
/// <param name="Style">Number of its colour, dash and mark; one arm has the same everywhere.</param>
internal sealed record ChartSeries(string Name, int Style, IReadOnlyList<ChartPoint> Points);

/// <summary>A point and, at the same x, the lowest and highest seed.</summary>
internal readonly record struct ChartPoint(double X, double Y, double Low, double High, string Label);

/// <summary>A line chart as inline SVG. Colours come from the page's style, so that light and dark both fit; lines differ in dash and mark too.</summary>
/// <param name="LevelLabel">Name of the horizontal line at <paramref name="Level"/>; empty for none.</param>
internal sealed record LineChart(string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series, double Level = double.NaN, string LevelLabel = "")
{
    private const double Width = 480, Height = 300, Left = 46, Right = 80, Top = 14, Bottom = 40;
    private const int StyleCount = 8;
    private const double LabelGap = 13;

    /// <summary>The figure with its caption; empty where no line has a point.</summary>
    public string Render()
    {
        ChartPoint[] points = [.. Series.SelectMany(line => line.Points)];
        if (points.Length == 0)
            return "";
        Axis x = Axis.Over(points.Select(point => point.X), Left, Width - Right);
        Axis y = Axis.Over(points.SelectMany(point => new[] { point.Low, point.High }).Append(double.IsNaN(Level) ? points[0].Y : Level), Height - Bottom, Top);

        var svg = new StringBuilder();
        svg.Append($"<figure class=\"chart\"><figcaption>{Html.Text(Title)}</figcaption>");
        svg.Append($"<svg viewBox=\"0 0 {Html.At(Width)} {Html.At(Height)}\" role=\"img\" aria-label=\"{Html.Text(Describe())}\">");
        DrawAxes(svg, x, y);
        foreach (ChartSeries line in Series)
            DrawBand(svg, line, x, y);
        foreach (ChartSeries line in Series)
            DrawLine(svg, line, x, y);
        DrawNames(svg, x, y);
        return svg.Append("</svg></figure>").ToString();
    }

    /// <summary>The mark of a style, centred at a place.</summary>
    public static string Mark(int style, double x, double y, string title = "")
    {
        string shape = (style % 4) switch
        {
            0 => $"<circle cx=\"{Html.At(x)}\" cy=\"{Html.At(y)}\" r=\"3\"",
            1 => $"<rect x=\"{Html.At(x - 2.8)}\" y=\"{Html.At(y - 2.8)}\" width=\"5.6\" height=\"5.6\"",
            2 => $"<path d=\"M{Html.At(x)} {Html.At(y - 3.6)}l3.6 6.4h-7.2z\"",
            _ => $"<path d=\"M{Html.At(x)} {Html.At(y - 4)}l4 4l-4 4l-4 -4z\"",
        };
        return $"{shape} class=\"mark c{style % StyleCount}\"><title>{Html.Text(title)}</title></{shape[1..shape.IndexOf(' ')]}>";
    }

    private void DrawAxes(StringBuilder svg, Axis x, Axis y)
    {
        foreach (double tick in y.Ticks)
        {
            svg.Append($"<line class=\"grid\" x1=\"{Html.At(Left)}\" x2=\"{Html.At(Width - Right)}\" y1=\"{Html.At(y.Place(tick))}\" y2=\"{Html.At(y.Place(tick))}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Html.At(Left - 7)}\" y=\"{Html.At(y.Place(tick) + 4)}\" text-anchor=\"end\">{Html.Number(tick, y.Places)}</text>");
        }
        foreach (double tick in x.Ticks)
            svg.Append($"<text class=\"tick\" x=\"{Html.At(x.Place(tick))}\" y=\"{Html.At(Height - Bottom + 17)}\" text-anchor=\"middle\">{Html.Number(tick, x.Places)}</text>");
        svg.Append($"<line class=\"axis\" x1=\"{Html.At(Left)}\" x2=\"{Html.At(Width - Right)}\" y1=\"{Html.At(Height - Bottom)}\" y2=\"{Html.At(Height - Bottom)}\"/>");
        svg.Append($"<text class=\"label\" x=\"{Html.At((Left + Width - Right) / 2)}\" y=\"{Html.At(Height - 5)}\" text-anchor=\"middle\">{Html.Text(XLabel)}</text>");
        svg.Append($"<text class=\"label\" transform=\"translate(11 {Html.At((Top + Height - Bottom) / 2)}) rotate(-90)\" text-anchor=\"middle\">{Html.Text(YLabel)}</text>");
        if (!double.IsNaN(Level))
        {
            svg.Append($"<line class=\"level\" x1=\"{Html.At(Left)}\" x2=\"{Html.At(Width - Right)}\" y1=\"{Html.At(y.Place(Level))}\" y2=\"{Html.At(y.Place(Level))}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Html.At(Width - Right - 4)}\" y=\"{Html.At(y.Place(Level) - 5)}\" text-anchor=\"end\">{Html.Text(LevelLabel)}</text>");
        }
    }

    private static void DrawBand(StringBuilder svg, ChartSeries line, Axis x, Axis y)
    {
        if (line.Points.All(point => point.High - point.Low < 1e-9))
            return;
        IEnumerable<string> upper = line.Points.Select(point => $"{Html.At(x.Place(point.X))},{Html.At(y.Place(point.High))}");
        IEnumerable<string> lower = line.Points.Reverse().Select(point => $"{Html.At(x.Place(point.X))},{Html.At(y.Place(point.Low))}");
        svg.Append($"<polygon class=\"band c{line.Style % StyleCount}\" points=\"{string.Join(' ', upper.Concat(lower))}\"/>");
    }

    private static void DrawLine(StringBuilder svg, ChartSeries line, Axis x, Axis y)
    {
        IEnumerable<string> places = line.Points.Select(point => $"{Html.At(x.Place(point.X))},{Html.At(y.Place(point.Y))}");
        svg.Append($"<polyline class=\"line c{line.Style % StyleCount}\" points=\"{string.Join(' ', places)}\"/>");
        foreach (ChartPoint point in line.Points)
            svg.Append(Mark(line.Style, x.Place(point.X), y.Place(point.Y), point.Label));
    }

    // Names stand at the ends of their lines, moved apart where they would cover each other; lines that end in different places have the legend alone.
    private void DrawNames(StringBuilder svg, Axis x, Axis y)
    {
        var names = Series.Where(line => line.Points.Count > 0)
            .Select(line => (line.Name, line.Style, X: x.Place(line.Points[^1].X), Y: y.Place(line.Points[^1].Y)))
            .OrderBy(name => name.Y).ToArray();
        if (names.Any(name => Math.Abs(name.X - names[0].X) > 2))
            return;
        double[] places = [.. names.Select(name => name.Y)];
        for (int i = 1; i < places.Length; i++)
            places[i] = Math.Max(places[i], places[i - 1] + LabelGap);
        double over = places.Length > 0 ? Math.Max(0, places[^1] - (Height - Bottom)) : 0;
        for (int i = places.Length - 1; i >= 0; i--)
        {
            double ceiling = i == places.Length - 1 ? places[i] - over : Math.Min(places[i], places[i + 1] - LabelGap);
            places[i] = ceiling;
        }
        for (int i = 0; i < names.Length; i++)
        {
            if (Math.Abs(places[i] - names[i].Y) > 2)
                svg.Append($"<line class=\"leader c{names[i].Style % StyleCount}\" x1=\"{Html.At(names[i].X + 4)}\" y1=\"{Html.At(names[i].Y)}\" x2=\"{Html.At(Width - Right + 6)}\" y2=\"{Html.At(places[i])}\"/>");
            svg.Append($"<text class=\"name c{names[i].Style % StyleCount}\" x=\"{Html.At(Width - Right + 9)}\" y=\"{Html.At(places[i] + 4)}\">{Html.Text(names[i].Name)}</text>");
        }
    }

    private string Describe() => $"{Title}. " + string.Join("; ", Series.Where(line => line.Points.Count > 0)
        .Select(line => $"{line.Name} from {Html.Number(line.Points[0].Y, 1)} to {Html.Number(line.Points[^1].Y, 1)}"));

    /// <summary>A linear axis with round ticks.</summary>
    private sealed record Axis(double Low, double High, double From, double To, double Step)
    {
        public int Places => Step >= 1 ? 0 : Step >= 0.1 ? 1 : 2;

        public IEnumerable<double> Ticks
        {
            get
            {
                for (double tick = Math.Ceiling(Low / Step - 1e-9) * Step; tick <= High + 1e-9 * Step; tick += Step)
                    yield return Math.Abs(tick) < 1e-9 * Step ? 0 : tick;
            }
        }

        public double Place(double value) => From + (value - Low) / (High - Low) * (To - From);

        public static Axis Over(IEnumerable<double> values, double from, double to)
        {
            double[] finite = [.. values.Where(double.IsFinite)];
            double low = finite.Length > 0 ? finite.Min() : 0, high = finite.Length > 0 ? finite.Max() : 1;
            if (high - low < 1e-9)
                (low, high) = (low - 0.5, high + 0.5);
            double rough = (high - low) / 4;
            double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
            return new Axis(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, from, to, step);
        }
    }
}
