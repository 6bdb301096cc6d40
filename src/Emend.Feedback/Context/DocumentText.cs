using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Emend.Feedback.Context.Pdf;
using Emend.Text;

namespace Emend.Feedback.Context;

/// <summary>What a document was written as.</summary>
public enum DocumentFormat
{
    Markdown,
    Text,
    Html,
    Pdf,
}

/// <summary>The text of documents: what is read of a file, and nothing that could do anything.</summary>
public static partial class DocumentText
{
    /// <summary>Longest text of a document, in UTF-16 code units.</summary>
    public const int LongestText = 4_000_000;

    /// <summary>Largest file that is read, in bytes.</summary>
    public const int LargestFile = 32 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The format that a file's name says; text where it says none that is known.</summary>
    public static DocumentFormat FormatOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".md" or ".markdown" => DocumentFormat.Markdown,
        ".html" or ".htm" or ".xhtml" => DocumentFormat.Html,
        ".pdf" => DocumentFormat.Pdf,
        _ => DocumentFormat.Text,
    };

    /// <exception cref="InvalidInputException">The file is too large, is not UTF-8, or is a PDF whose text cannot be read; <paramref name="name"/> names it.</exception>
    public static string Read(string name, DocumentFormat format, byte[] bytes)
    {
        if (bytes.Length > LargestFile)
            throw new InvalidInputException($"{name}: has {bytes.Length} bytes; at most {LargestFile} are read.");
        string text = format == DocumentFormat.Pdf ? PdfText.Read(name, bytes) : Decoded(name, bytes);
        if (format == DocumentFormat.Html)
            text = FromHtml(name, text);
        text = Clean(text);
        if (text.Length > LongestText)
            throw new InvalidInputException($"{name}: holds {text.Length} characters of text; at most {LongestText} are read. Split it.");
        return string.IsNullOrWhiteSpace(text) ? throw new InvalidInputException($"{name}: holds no text.") : text;
    }

    /// <summary>Text of HTML: what a reader would see, headings as Markdown headings, blocks as paragraphs. Scripts, styles, comments and tags are gone.</summary>
    internal static string FromHtml(string name, string html)
    {
        try
        {
            string text = Hidden().Replace(html, " ");
            text = Comment().Replace(text, " ");
            text = Heading().Replace(text, match => $"\n\n{new string('#', match.Groups[1].Value[0] - '0')} ");
            text = Block().Replace(text, "\n\n");
            text = LineBreak().Replace(text, "\n");
            text = Tag().Replace(text, "");
            // Entities last: what they spell is text, even where it reads like a tag.
            text = WebUtility.HtmlDecode(text);
            return string.Join("\n\n", text.Split("\n\n").Select(part => Spaces().Replace(part, " ").Trim()).Where(part => part != ""));
        }
        catch (RegexMatchTimeoutException)
        {
            throw new InvalidInputException($"{name}: took longer than {Patience.TotalSeconds} seconds to read as HTML; convert it to text.");
        }
    }

    private static string Decoded(string name, byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException problem)
        {
            throw new InvalidInputException($"{name}: is not UTF-8 at byte {problem.Index}; convert it first.");
        }
    }

    // Line ends as LF; no NUL, which databases do not hold, and no other control characters that nobody sees.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char unit in text.Replace("\r\n", "\n").Replace('\r', '\n').Replace('\f', '\n'))
        {
            if (unit is '\n' or '\t' || !char.IsControl(unit))
                clean.Append(unit);
        }
        return clean.ToString().Trim('\n');
    }

    // An element that is never closed hides the rest, as in a browser.
    [GeneratedRegex(@"<(script|style|template|noscript|iframe|object|svg|math|head)\b[^>]*>.*?(</\1\s*>|\z)", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Hidden();

    [GeneratedRegex(@"<!--.*?(-->|\z)|<[!?][^>]*>", RegexOptions.Singleline | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"<h([1-6])\b[^>]*>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"</?(p|div|section|article|header|footer|main|aside|nav|table|tr|ul|ol|li|dl|dt|dd|blockquote|pre|h[1-6]|hr|form|figure)\b[^>]*>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Block();

    [GeneratedRegex(@"<br\b[^>]*>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex LineBreak();

    [GeneratedRegex(@"</?[a-z][^>]*>?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Tag();

    [GeneratedRegex(@"[ \t\n\u00A0]+", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Spaces();
}
