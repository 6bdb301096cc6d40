using System.Text;
using Emend.Significance;
using Emend.Text;

namespace Emend.Evaluation;

/// <summary>The comparison of two versions as one page: where the new one is worse comes before where it is better.</summary>
public static class VersionReport
{
    private const int ShownWorse = 12, ShownOthers = 12;
    private const double MostChanged = 0.6;

    /// <summary>Writes the page; an interruption leaves the old file or the new one, never a half.</summary>
    public static void Save(string path, VersionComparison comparison) => WholeFile.Write(path, Render(comparison));

    /// <summary>The page as text.</summary>
    public static string Render(VersionComparison comparison)
    {
        string main = string.Join("\n", Opening(comparison), Worse(comparison), Aspects(comparison), WorstPrompts(comparison), OtherPrompts(comparison));
        return ReportShell.Page($"{comparison.NewName} against {comparison.OldName}", "", $"{main}\n", $"Made by Emend; judged by {comparison.Judge}, on {comparison.Prompts.Count} prompts that both versions answered.");
    }

    private static string Opening(VersionComparison comparison)
    {
        LengthControl lengths = comparison.Lengths;
        double oldLength = comparison.Prompts.Average(prompt => prompt.OldLength), newLength = comparison.Prompts.Average(prompt => prompt.NewLength);
        var html = new StringBuilder($"<p class=\"about\">Both versions answered the same {comparison.Prompts.Count} prompts; {Html.Text(comparison.Judge)} judged.</p><dl class=\"figures\">");
        html.Append($"<div class=\"lead\"><dt>Win rate of the new version</dt><dd>{Html.Number(comparison.WinRate.Value, 1)}<span> %</span></dd><dd class=\"sub\">95 %: {Html.Number(comparison.WinRate.Low, 1)} – {Html.Number(comparison.WinRate.High, 1)}; p = {Significance(comparison.PHolm)} after Holm</dd></div>");
        html.Append($"<div><dt>At equal length</dt><dd>{Html.Number(100 * lengths.Controlled, 1)}<span> %</span></dd><dd class=\"sub\">always the longer: {Html.Number(100 * lengths.AlwaysLonger, 1)} %</dd></div>");
        html.Append($"<div><dt>Prompts where it is worse</dt><dd>{comparison.Worse.Count()}<span> of {comparison.Prompts.Count}</span></dd><dd class=\"sub\">better on {comparison.Prompts.Count(prompt => prompt.Outcome == 1)}, equal on {comparison.Prompts.Count(prompt => prompt.Outcome == 0.5)}</dd></div>");
        html.Append($"<div><dt>Length</dt><dd>{Html.Signed(100 * (newLength / Math.Max(oldLength, 1e-9) - 1), 0)}<span> %</span></dd><dd class=\"sub\">{Html.Number(newLength, 1)} tokens, before {Html.Number(oldLength, 1)}</dd></div>");
        return html.Append("</dl>").ToString();
    }

    private static string Worse(VersionComparison comparison)
    {
        AspectDifference[] worse = [.. comparison.Aspects.Where(aspect => aspect.Difference.Value < 0)];
        var html = new StringBuilder($"<section class=\"warnings{(worse.Length == 0 ? " none" : "")}\"><h2>Where the new version is worse</h2>");
        if (worse.Length == 0)
            html.Append($"<p>In no aspect on average; a difference of {Html.Number(comparison.MinimumDetectable, 1)} points of win rate would have been found in 4 of 5 such comparisons.</p>");
        else
        {
            html.Append("<ul>");
            foreach (AspectDifference aspect in worse)
                html.Append($"<li><b>{Html.Text(aspect.Aspect)}</b> {Html.Signed(aspect.Difference.Value, 2)} on average, worse on {aspect.Worse} prompts and better on {aspect.Better}; {(aspect.CertainlyWorse ? "more than chance" : "within what chance does")} (p = {Significance(aspect.PHolm)} after Holm)</li>");
            html.Append("</ul>");
        }
        foreach (AspectDifference aspect in comparison.Aspects.Where(aspect => aspect.Difference.Value >= 0 && aspect.Worse > 0))
            html.Append($"<p><b>{Html.Text(aspect.Aspect)}</b> is no worse on average, but worse on {aspect.Worse} prompts.</p>");
        return html.Append("</section>").ToString();
    }

    private static string Aspects(VersionComparison comparison)
    {
        var html = new StringBuilder("<section><h2>Aspect by aspect</h2><p class=\"note\">Mean score of a response; 0 is without fault, and higher is better. Differences are paired by prompt, p-values are corrected for all rows and the win rate (Holm).</p><div class=\"scroll\"><table>");
        html.Append($"<thead><tr><th scope=\"col\">aspect</th><th scope=\"col\" class=\"n\">{Html.Text(comparison.OldName)}</th><th scope=\"col\" class=\"n\">{Html.Text(comparison.NewName)}</th><th scope=\"col\" class=\"n\">difference</th><th scope=\"col\" class=\"n\">95 %</th><th scope=\"col\" class=\"n\">p, Holm</th><th scope=\"col\" class=\"n\">without fault</th><th scope=\"col\" class=\"n\">better / worse</th></tr></thead><tbody>");
        foreach (AspectDifference aspect in comparison.Aspects)
        {
            string mark = aspect.Difference.Value < 0 ? " bad" : aspect.PHolm < Power.DefaultLevel ? " strong" : "";
            html.Append($"<tr><th scope=\"row\">{Html.Text(aspect.Aspect)}</th><td class=\"n\">{Html.Number(aspect.Old.Value, 2)}</td><td class=\"n\">{Html.Number(aspect.New.Value, 2)}</td><td class=\"n{mark}\">{Html.Signed(aspect.Difference.Value, 2)}</td>");
            html.Append($"<td class=\"n range\">{Html.Signed(aspect.Difference.Low, 2)} … {Html.Signed(aspect.Difference.High, 2)}</td><td class=\"n\">{Significance(aspect.PHolm)}</td><td class=\"n\">{Html.Number(100 * aspect.OldFaultless, 0)} → {Html.Number(100 * aspect.NewFaultless, 0)} %</td><td class=\"n\">{aspect.Better} / {aspect.Worse}</td></tr>");
        }
        return html.Append("</tbody></table></div></section>").ToString();
    }

    private static string WorstPrompts(VersionComparison comparison)
    {
        ComparedPrompt[] worse = [.. comparison.Worse.Take(ShownWorse)];
        string heading = worse.Length == 0 ? "" : $"the {worse.Length} worst of {comparison.Worse.Count()}";
        return worse.Length == 0 ? "" : Samples($"Prompts where the new version is worse: {heading}", comparison, worse);
    }

    // As many of the others as are shown of the worse ones, the largest gains first, so that the page is not one of failures alone.
    private static string OtherPrompts(VersionComparison comparison)
    {
        ComparedPrompt[] better = [.. comparison.Prompts.Where(prompt => prompt.Outcome == 1).OrderByDescending(prompt => prompt.Difference).Take(ShownOthers)];
        return better.Length == 0 ? "" : Samples("Prompts where it is better: the largest differences", comparison, better);
    }

    private static string Samples(string heading, VersionComparison comparison, IReadOnlyList<ComparedPrompt> prompts)
    {
        var html = new StringBuilder($"<section><h2>{Html.Text(heading)}</h2>");
        if (prompts.Any(prompt => prompt.NewSample.Tokens.Count > 0))
            html.Append(ReportSamples.Legend());
        html.Append("<p class=\"note\">The old response shows the way to the new one: struck through is what the new version does not say any more, dotted what it says instead; where little is left of it, both stand as they are.</p>");
        foreach (ComparedPrompt prompt in prompts)
        {
            html.Append($"<article class=\"sample\"><h3 dir=\"auto\"><span class=\"tag\">prompt</span> {Html.Text(prompt.Prompt)}</h3><div class=\"responses\">");
            html.Append(ReportSamples.Response("c0", prompt.OldSample with { Note = Note(comparison, prompt.Old), Edits = Changes(prompt.OldSample.Text, prompt.NewSample.Text) })).Append(ReportSamples.Response("c1", prompt.NewSample with { Note = Note(comparison, prompt.New) }));
            html.Append("</div></article>");
        }
        return html.Append("</section>").ToString();
    }

    // Word by word; null where the texts have so little in common that marks would hide them.
    private static SampleEdit[]? Changes(string old, string now)
    {
        try
        {
            TextEdit edit = TextEdits.ComputeWords(old, now);
            return edit.EditRate > MostChanged ? null : [.. edit.Hunks.Select(hunk => new SampleEdit(hunk.Span.Start, hunk.Span.End, hunk.Replacement))];
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    private static string Note(VersionComparison comparison, IReadOnlyList<double> scores) =>
        string.Join(", ", comparison.Aspects.Select((aspect, i) => $"{aspect.Aspect} {Html.Number(scores[i], 1)}"));

    private static string Significance(double p) => p < 0.0001 ? "&lt; 0.0001" : Html.Number(p, p < 0.01 ? 4 : 3);
}
