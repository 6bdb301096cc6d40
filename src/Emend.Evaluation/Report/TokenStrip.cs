using System.Globalization;
using System.Text;

namespace Emend.Evaluation;

/// <summary>A picture of one response, coloured token by token by reward: an SVG file of its own, for a README or a slide.</summary>
/// <remarks>Every word is told its width, so that the picture keeps its shape in whatever font the reader has; it follows the reader's light or dark setting.</remarks>
public static class TokenStrip
{
    private const double Width = 860, Margin = 28, Cell = 10.2, LineHeight = 42;

    /// <summary>Writes the picture; an interruption leaves the old file or the new one, never a half.</summary>
    public static void Save(string path, string title, SampleResponse response) => Emend.Text.WholeFile.Write(path, Render(title, response));

    /// <summary>The picture as SVG text.</summary>
    /// <param name="title">One line above the response: the prompt, or what to see.</param>
    public static string Render(string title, SampleResponse response)
    {
        var body = new StringBuilder();
        double x = Margin, y = 96;
        foreach (ScoredToken token in TokenColours.Pieces(response.Text, response.Tokens))
        {
            string text = response.Text[token.Start..token.End];
            string shown = text.Trim().Length == 0 ? "" : text.Trim();
            double space = text.Length > 0 && char.IsWhiteSpace(text[0]) && x > Margin ? Cell : 0;
            double width = Math.Max(Cell, Cells(shown) * Cell);
            if (text.Contains('\n', StringComparison.Ordinal) || x + space + width > Width - Margin)
                (x, y, space) = (Margin, y + LineHeight, 0);
            if (shown.Length == 0)
                continue;
            body.Append(Token(shown, x + space, y, width, token.Reward));
            x += space + width;
        }
        double height = y + 78;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Html.At(Width)} {Html.At(height)}\" width=\"{Html.At(Width)}\" height=\"{Html.At(height)}\" role=\"img\">\n");
        svg.Append($"<title>{Html.Text($"{title}: {response.Text}")}</title>\n<style>{Style}</style>\n");
        svg.Append($"<rect class=\"card\" x=\"1\" y=\"1\" width=\"{Html.At(Width - 2)}\" height=\"{Html.At(height - 2)}\" rx=\"12\"/>\n");
        svg.Append($"<text class=\"title\" x=\"{Html.At(Margin)}\" y=\"42\">{Html.Text(title)}</text>\n");
        return svg.Append(body).Append(Legend(height - 28)).Append("</svg>\n").ToString();
    }

    private static string Token(string text, double x, double y, double width, double reward)
    {
        int step = TokenColours.Step(reward);
        string name = TokenColours.Class(step);
        string back = step == 0 ? "" : $"<rect class=\"{name}\" x=\"{Html.At(x - 1.5)}\" y=\"{Html.At(y - 20)}\" width=\"{Html.At(width + 3)}\" height=\"28\" rx=\"3\"/>";
        double bar = Math.Abs(step);
        string line = step == 0 ? "" : $"<rect class=\"{(step < 0 ? "bad" : "good")}\" x=\"{Html.At(x - 1.5)}\" y=\"{Html.At(step < 0 ? y + 9 : y - 21 - bar)}\" width=\"{Html.At(width + 3)}\" height=\"{Html.At(bar)}\"/>";
        return $"<g><title>{Html.Signed(reward, 2)}</title>{back}{line}<text class=\"token\" x=\"{Html.At(x)}\" y=\"{Html.At(y)}\" textLength=\"{Html.At(width)}\" lengthAdjust=\"spacingAndGlyphs\">{Html.Text(text)}</text></g>\n";
    }

    private static string Legend(double y)
    {
        var legend = new StringBuilder($"<text class=\"small\" x=\"{Html.At(Margin)}\" y=\"{Html.At(y)}\">worse than an average token</text>\n");
        double x = Margin + 196;
        for (int step = -4; step <= 4; step++, x += 26)
            legend.Append(step == 0 ? "" : $"<rect class=\"{TokenColours.Class(step)}\" x=\"{Html.At(x)}\" y=\"{Html.At(y - 12)}\" width=\"22\" height=\"15\" rx=\"2\"/><rect class=\"{(step < 0 ? "bad" : "good")}\" x=\"{Html.At(x)}\" y=\"{Html.At(step < 0 ? y + 4 : y - 13 - step)}\" width=\"22\" height=\"{Html.At(Math.Abs(step))}\"/>");
        return legend.Append($"<text class=\"small\" x=\"{Html.At(x + 4)}\" y=\"{Html.At(y)}\">better</text>\n").ToString();
    }

    // Columns that a text takes in a fixed-width font: two for East Asian wide characters and emoji, none for marks.
    private static int Cells(string text)
    {
        int cells = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool mark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;
            bool wide = rune.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
                or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD);
            cells += mark ? 0 : wide ? 2 : 1;
        }
        return cells;
    }

    private const string Style = """
        text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#171a21}
        .token{font-size:17px}.title{font:600 17px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}.small{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#5a6270}
        .card{fill:#fff;stroke:#e4e1db}.w1{fill:#fdf0e0}.w2{fill:#fbdab3}.w3{fill:#f5b878}.w4{fill:#ea9240}.g1{fill:#e7f0fb}.g2{fill:#c6dcf6}.g3{fill:#98c1ef}.g4{fill:#65a1e2}.bad{fill:#a8470a}.good{fill:#114a91}
        @media(prefers-color-scheme:dark){text{fill:#eceef2}.small{fill:#a0a8b6}.card{fill:#1a1e26;stroke:#2e3440}.w1{fill:#33271a}.w2{fill:#553817}.w3{fill:#7d4d14}.w4{fill:#a8620f}.g1{fill:#1a2939}.g2{fill:#1d3d60}.g3{fill:#205589}.g4{fill:#286fb8}.bad{fill:#f7b267}.good{fill:#8fc2ff}}
        """;
}
