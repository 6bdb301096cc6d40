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
        string main = string.Join("\n", Opening(comparison), Doubts(comparison), Worse(comparison), Aspects(comparison), WorstPrompts(comparison), OtherPrompts(comparison));
        return ReportShell.Page($"{comparison.NewName} against {comparison.OldName}", "", $"{main}\n", $"Made by Emend; judged by {comparison.Judge.Name}, on {comparison.Prompts.Count} prompts that both versions answered.");
    }

    private static string Opening(VersionComparison comparison)
    {
        LengthControl lengths = comparison.Lengths;
        double oldLength = comparison.Prompts.Average(prompt => prompt.OldLength), newLength = comparison.Prompts.Average(prompt => prompt.NewLength);
        var html = new StringBuilder($"<p class=\"about\">Both versions answered the same {comparison.Prompts.Count} prompts; {Html.Text(comparison.Judge.Name)} judged.</p><dl class=\"figures\">");
        html.Append($"<div class=\"lead\"><dt>Win rate of the new version</dt><dd>{Html.Number(comparison.WinRate.Value, 1)}<span> %</span></dd><dd class=\"sub\">95 %: {Html.Number(comparison.WinRate.Low, 1)} – {Html.Number(comparison.WinRate.High, 1)}; p = {Significance(comparison.PHolm)} after Holm</dd></div>");
        html.Append($"<div><dt>At equal length</dt><dd>{Html.Number(100 * lengths.Controlled, 1)}<span> %</span></dd><dd class=\"sub\">always the longer: {Html.Number(100 * lengths.AlwaysLonger, 1)} %</dd></div>");
        html.Append($"<div><dt>Prompts where it is worse</dt><dd>{comparison.Worse.Count()}<span> of {comparison.Prompts.Count}</span></dd><dd class=\"sub\">better on {comparison.Better.Count()}, equal on {comparison.Prompts.Count(prompt => prompt.Outcome == 0.5)}</dd></div>");
        html.Append($"<div><dt>Length</dt><dd>{Html.Signed(100 * (newLength / Math.Max(oldLength, 1e-9) - 1), 0)}<span> %</span></dd><dd class=\"sub\">{Html.Number(newLength, 1)} {Html.Text(comparison.Judge.LengthUnit)}, before {Html.Number(oldLength, 1)}</dd></div>");
        return html.Append("</dl>").ToString();
    }

    // What the judge is worth comes before what it says.
    private static string Doubts(VersionComparison comparison) => comparison.Judge.Warnings.Count == 0 ? ""
        : $"<section class=\"warnings\"><h2>Before you trust these figures</h2><ul>{string.Concat(comparison.Judge.Warnings.Select(warning => $"<li>{Html.Text(warning)}</li>"))}</ul></section>";

    private static string Worse(VersionComparison comparison)
    {
        AspectDifference[] worse = [.. comparison.Aspects.Where(aspect => aspect.Difference.Value < 0)];
        bool loses = comparison.WinRate.Value < 50;
        var html = new StringBuilder($"<section class=\"warnings{(worse.Length == 0 && !loses ? " none" : "")}\"><h2>Where the new version is worse</h2>");
        if (worse.Length == 0 && !loses)
            html.Append($"<p>{(comparison.Aspects.Count > 1 ? "In no aspect on average" : "Nowhere on average")}; a difference of {Html.Number(comparison.MinimumDetectable, 1)} points of win rate would have been found in 4 of 5 such comparisons.</p>");
        else
        {
            html.Append("<ul>");
            if (loses)
                html.Append($"<li><b>Overall</b> it wins only {Html.Number(comparison.WinRate.Value, 1)} %; {Chance(comparison.PHolm)}</li>");
            foreach (AspectDifference aspect in worse)
                html.Append($"<li><b>{Html.Text(aspect.Aspect)}</b> {Loss(comparison.Judge.Scores, aspect)}, worse on {aspect.Worse} prompts and better on {aspect.Better}; {Chance(aspect.PHolm)}</li>");
            html.Append("</ul>");
        }
        foreach (AspectDifference aspect in comparison.Aspects.Where(aspect => aspect.Difference.Value >= 0 && aspect.Worse > 0))
            html.Append($"<p><b>{Html.Text(aspect.Aspect)}</b> is no worse on average, but worse on {aspect.Worse} prompts.</p>");
        return html.Append("</section>").ToString();
    }

    private static string Loss(ScoreKind scores, AspectDifference aspect) =>
        scores == ScoreKind.Verdict ? $"wins only {Html.Number(aspect.WinRate.Value, 1)} % of {aspect.Prompts}" : $"{Html.Signed(aspect.Difference.Value, 2)} on average";

    private static string Chance(double corrected) => $"{(corrected < Power.DefaultLevel ? "more than chance" : "within what chance does")} (p = {Significance(corrected)} after Holm)";

    private static string Aspects(VersionComparison comparison)
    {
        if (comparison.Aspects.Count == 0)
            return "";
        ScoreKind scores = comparison.Judge.Scores;
        string about = scores switch
        {
            ScoreKind.Faults => "Mean score of a response; 0 is without fault, and higher is better. Differences are paired by prompt, p-values",
            ScoreKind.Reward => "Mean reward of a response, in deviations from the mean of the responses that the reward model was calibrated on; higher is better. Differences are paired by prompt, p-values",
            _ => "What the new version wins of the prompts that try an aspect; a tie is half a win. P-values",
        };
        string[] columns = scores switch
        {
            ScoreKind.Faults => [comparison.OldName, comparison.NewName, "difference", "95 %", "p, Holm", "without fault", "better / worse"],
            ScoreKind.Reward => ["prompts", comparison.OldName, comparison.NewName, "difference", "95 %", "p, Holm", "win rate", "better / worse"],
            _ => ["prompts", "win rate", "95 %", "p, Holm", "better / worse"],
        };
        var html = new StringBuilder($"<section><h2>Aspect by aspect</h2><p class=\"note\">{about} are corrected for all rows and the win rate (Holm).</p><div class=\"scroll\"><table>");
        html.Append($"<thead><tr><th scope=\"col\">aspect</th>{string.Concat(columns.Select(column => $"<th scope=\"col\" class=\"n\">{Html.Text(column)}</th>"))}</tr></thead><tbody>");
        foreach (AspectDifference aspect in comparison.Aspects)
            html.Append($"<tr><th scope=\"row\">{Html.Text(aspect.Aspect)}</th>{Cells(scores, aspect)}<td class=\"n\">{aspect.Better} / {aspect.Worse}</td></tr>");
        return html.Append("</tbody></table></div></section>").ToString();
    }

    private static string Cells(ScoreKind scores, AspectDifference aspect)
    {
        string mark = aspect.Difference.Value < 0 ? " bad" : aspect.PHolm < Power.DefaultLevel ? " strong" : "";
        string prompts = $"<td class=\"n\">{aspect.Prompts}</td>", p = $"<td class=\"n\">{Significance(aspect.PHolm)}</td>";
        if (scores == ScoreKind.Verdict)
            return $"{prompts}<td class=\"n{mark}\">{Html.Number(aspect.WinRate.Value, 1)} %</td><td class=\"n range\">{Html.Number(aspect.WinRate.Low, 1)} … {Html.Number(aspect.WinRate.High, 1)}</td>{p}";
        string means = $"<td class=\"n\">{Html.Number(aspect.Old.Value, 2)}</td><td class=\"n\">{Html.Number(aspect.New.Value, 2)}</td><td class=\"n{mark}\">{Html.Signed(aspect.Difference.Value, 2)}</td>"
            + $"<td class=\"n range\">{Html.Signed(aspect.Difference.Low, 2)} … {Html.Signed(aspect.Difference.High, 2)}</td>{p}";
        return scores == ScoreKind.Faults
            ? $"{means}<td class=\"n\">{Html.Number(100 * aspect.OldFaultless, 0)} → {Html.Number(100 * aspect.NewFaultless, 0)} %</td>"
            : $"{prompts}{means}<td class=\"n\">{Html.Number(aspect.WinRate.Value, 1)} %</td>";
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
        ComparedPrompt[] better = [.. comparison.Better.Take(ShownOthers)];
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
            html.Append($"<article class=\"sample\"><h3 dir=\"auto\"><span class=\"tag\">{Html.Text(prompt.Tries ?? "prompt")}</span> {Html.Text(prompt.Prompt)}</h3><div class=\"responses\">");
            html.Append(ReportSamples.Response("c0", prompt.OldSample with { Note = prompt.Vote is null ? Scores(comparison, prompt.Old) : "", Edits = Changes(prompt.OldSample.Text, prompt.NewSample.Text) }));
            html.Append(ReportSamples.Response("c1", prompt.NewSample with { Note = prompt.Vote is double vote ? Verdict(vote) : Scores(comparison, prompt.New) }));
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

    private static string Verdict(double vote) => $"{(vote < 0.5 ? "lost" : vote > 0.5 ? "won" : "tie")}, {Html.Number(100 * vote, 0)} % of the verdict";

    private static string Scores(VersionComparison comparison, IReadOnlyList<double?> scores) =>
        string.Join(", ", comparison.Aspects.Select((aspect, i) => scores[i] is double score ? $"{aspect.Aspect} {Html.Number(score, comparison.Judge.Scores == ScoreKind.Faults ? 1 : 2)}" : null).OfType<string>());

    private static string Significance(double p) => p < 0.0001 ? "&lt; 0.0001" : Html.Number(p, p < 0.01 ? 4 : 3);
}
