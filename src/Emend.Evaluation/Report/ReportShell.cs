using System.Security.Cryptography;
using System.Text;

namespace Emend.Evaluation;

/// <summary>What every report has around it: a page that needs nothing from outside and runs no script.</summary>
internal static class ReportShell
{
    /// <param name="header">HTML behind the title; "" for none.</param>
    /// <param name="main">HTML of the page.</param>
    /// <param name="footer">Plain text.</param>
    public static string Page(string title, string header, string main, string footer)
    {
        string style = Style();
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        html.Append($"<title>{Html.Text(title)} – Emend</title>\n<style>{style}</style>\n</head>\n<body>\n<header><p class=\"brand\">Emend</p><h1>{Html.Text(title)}</h1>{header}</header>\n<main>\n");
        return html.Append(main).Append($"</main>\n<footer><p>{Html.Text(footer)}</p></footer>\n</body>\n</html>\n").ToString();
    }

    private static string Style()
    {
        using Stream stream = typeof(ReportShell).Assembly.GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("report.css is missing from the program");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
