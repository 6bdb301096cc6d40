// Text of PDF files: ISO 32000-1. Objects: PdfFile.cs; fonts and their characters: PdfFont.cs, PdfCharacterMap.cs, PdfEncodings.cs; what a page shows: PdfContent.cs; its lines: PdfLines.cs.
using System.Text;
using Emend.Text;

namespace Emend.Feedback.Context.Pdf;

/// <summary>The text that a PDF's pages show, page after page. What cannot be read (encrypted files, fonts that do not say which characters they have) is refused by a sentence, not guessed.</summary>
internal static class PdfText
{
    // Of characters that no font says, so many may stand as U+FFFD: a sign of mathematics here and there.
    private const double MostUnknown = 0.1;

    /// <exception cref="InvalidInputException">It is no PDF, or its text cannot be read; <paramref name="name"/> names it.</exception>
    public static string Read(string name, byte[] bytes)
    {
        if (bytes.Length < 8 || !bytes.AsSpan(0, 5).SequenceEqual("%PDF-"u8))
            throw new InvalidInputException($"{name}: is no PDF: it does not begin with %PDF-.");
        try
        {
            return Read(bytes);
        }
        catch (PdfProblemException problem)
        {
            throw new InvalidInputException($"{name}: {problem.Message}.");
        }
    }

    private static string Read(byte[] bytes)
    {
        var file = new PdfFile(bytes);
        List<Dictionary<string, object>> pages = file.Pages();
        if (pages.Count == 0)
            throw new PdfProblemException("holds no pages that this reader finds; give its text");
        var fonts = new Dictionary<Dictionary<string, object>, PdfFont>(ReferenceEqualityComparer.Instance);
        var lines = new PdfLines(DocumentText.LongestText);
        var text = new StringBuilder();
        foreach (Dictionary<string, object> page in pages)
        {
            new PdfContent(file, lines, fonts).Read(page);
            string shown = lines.Taken();
            if (shown.Length > 0)
                text.Append(text.Length > 0 ? "\n\n" : "").Append(shown);
        }
        if (text.Length == 0)
            throw new PdfProblemException("holds no text that this reader finds (pictures of pages, perhaps); give its text");
        long all = fonts.Values.Sum(font => font.Counts.Shown), unknown = fonts.Values.Sum(font => font.Counts.Unknown);
        if (unknown > MostUnknown * all)
        {
            PdfFont font = fonts.Values.MaxBy(font => font.Counts.Unknown)!;
            throw new PdfProblemException($"its fonts do not say which characters {unknown} of {all} are, most of them in {font.Name}; give its text");
        }
        return text.ToString();
    }
}
