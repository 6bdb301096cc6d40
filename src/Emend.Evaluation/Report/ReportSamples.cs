using System.Text;

namespace Emend.Evaluation;

/// <summary>Responses to read: coloured token by token by reward, the arms side by side, with a person's edits where there are some.</summary>
internal static class ReportSamples
{
    /// <summary>All sample prompts of a study; empty without any.</summary>
    public static string Render(StudyMeasures measures)
    {
        if (measures.Samples.Count == 0)
            return "";
        var html = new StringBuilder("<section><h2>Responses, token by token</h2>");
        html.Append("<p class=\"note\">Each token by its reward, in standard deviations from an average token. A bar below and orange: worse. A bar above and blue: better. The thicker, the further; point at a token for its reward.</p>");
        html.Append(Legend());
        foreach (SamplePrompt sample in measures.Samples)
        {
            html.Append($"<article class=\"sample\"><h3 dir=\"auto\"><span class=\"tag\">prompt</span> {Html.Text(sample.Prompt)}</h3><div class=\"responses\">");
            foreach (SampleResponse response in sample.Responses)
            {
                int place = measures.Arms.ToList().FindIndex(arm => arm.Name == response.Source);
                html.Append(Response(place >= 0 ? $"c{place % 8}" : "plain", response));
            }
            html.Append("</div></article>");
        }
        return html.Append("</section>").ToString();
    }

    /// <summary>One response under the name of its source.</summary>
    /// <param name="style">Class of the name: its colour, or "plain".</param>
    public static string Response(string style, SampleResponse response)
    {
        string note = response.Note.Length > 0 ? $"<span class=\"remark\">{Html.Text(response.Note)}</span>" : "";
        double? mean = response.Tokens.Count > 0 ? response.Tokens.Average(token => token.Reward) : null;
        string reward = mean is null ? "" : $"<span class=\"remark\">mean reward {Html.Signed(mean, 2)}</span>";
        return $"<div class=\"response\"><h4 class=\"{style}\">{Html.Text(response.Source)}</h4><p class=\"tokens\" dir=\"auto\">{Marked(response)}</p><p class=\"remarks\">{reward}{note}</p></div>";
    }

    // The response as pieces of one reward and one state of editing each.
    private static string Marked(SampleResponse response)
    {
        string text = response.Text;
        List<ScoredToken> tokens = TokenColours.Pieces(text, response.Tokens);
        SampleEdit[] edits = [.. (response.Edits ?? []).OrderBy(edit => edit.Start)];
        var cuts = new SortedSet<int> { 0, text.Length };
        foreach (ScoredToken token in tokens)
            cuts.UnionWith([token.Start, token.End]);
        foreach (SampleEdit edit in edits)
        {
            if (edit.Start < 0 || edit.End < edit.Start || edit.End > text.Length)
                throw new ArgumentException($"edit [{edit.Start}, {edit.End}) lies outside a response of {text.Length} characters");
            cuts.UnionWith([edit.Start, edit.End]);
        }

        var html = new StringBuilder();
        int[] places = [.. cuts];
        int next = 0;
        for (int i = 0; i < places.Length; i++)
        {
            for (; next < edits.Length && edits[next].End == places[i] && edits[next].Start < edits[next].End; next++)
                html.Append(Inserted(edits[next]));
            for (; next < edits.Length && edits[next].Start == places[i] && edits[next].End == places[i]; next++)
                html.Append(Inserted(edits[next]));
            if (i + 1 == places.Length)
                break;
            (int start, int end) = (places[i], places[i + 1]);
            bool deleted = edits.Any(edit => edit.Start <= start && end <= edit.End);
            string piece = Coloured(text[start..end], tokens.FirstOrDefault(token => token.Start <= start && end <= token.End));
            html.Append(deleted ? $"<del>{piece}</del>" : piece);
        }
        return html.ToString();
    }

    private static string Coloured(string text, ScoredToken? token)
    {
        if (token is null)
            return Html.Text(text);
        string name = TokenColours.Class(TokenColours.Step(token.Reward));
        return $"<span{(name.Length > 0 ? $" class=\"{name}\"" : "")} title=\"{Html.Signed(token.Reward, 2)}\">{Html.Text(text)}</span>";
    }

    private static string Inserted(SampleEdit edit) => edit.Replacement.Length > 0 ? $"<ins>{Html.Text(edit.Replacement)}</ins>" : "";

    /// <summary>The scale of rewards and their colours.</summary>
    public static string Legend()
    {
        var html = new StringBuilder("<p class=\"scale\" aria-label=\"Scale of rewards\">");
        for (int step = -4; step <= 4; step++)
        {
            double edge = step == 0 ? TokenColours.Thresholds[0] : TokenColours.Thresholds[Math.Abs(step) - 1];
            string says = step == 0 ? $"± {Html.Number(edge, 2)}" : step < 0 ? $"≤ −{Html.Number(edge, 2)}" : $"≥ +{Html.Number(edge, 2)}";
            html.Append($"<span class=\"{TokenColours.Class(step)}\">{says}</span>");
        }
        return html.Append("</p>").ToString();
    }
}
