using System.IO.Compression;
using System.Text;

namespace Emend.UnitTests.Feedback.Context;

/// <summary>PDF files of one page, written by hand: object 1 is the catalog, 2 the tree of pages, 3 the page, 4 its content, 5 its font F1, the others are given.</summary>
internal static class PdfSample
{
    public const string Helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

    public static byte[] Of(string content, string font = Helvetica, params (int Number, string Body)[] others) => File([.. Objects(content, font), .. others]);

    public static List<(int Number, string Body)> Objects(string content, string font = Helvetica) =>
    [
        (1, "<< /Type /Catalog /Pages 2 0 R >>"), (2, "<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R >> /XObject << /X1 6 0 R >> >> >>"),
        (3, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"), (4, Stream(content)), (5, font),
    ];

    /// <summary>A font of two-byte codes whose numbers mean what the map says, each as wide as half its size.</summary>
    public static (string Font, (int, string)[] Others) Numbered(string map) =>
        ("<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Some /Encoding /Identity-H /DescendantFonts [7 0 R] /ToUnicode 8 0 R >>",
        [(7, "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Some /DW 500 /W [3 [250] 32 33 600] >>"),
            (8, Stream($"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n{map}\nendcmap"))]);

    public static string Stream(string content, string entries = "") => $"<< /Length {content.Length} {entries} >>\nstream\n{content}\nendstream";

    public static string Packed(string content, string entries = "")
    {
        var packed = new MemoryStream();
        using (var target = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            target.Write(Encoding.Latin1.GetBytes(content));
        return Stream(Encoding.Latin1.GetString(packed.ToArray()), $"/Filter /FlateDecode {entries}");
    }

    public static byte[] File(IEnumerable<(int Number, string Body)> objects, string trailer = "/Root 1 0 R") =>
        Encoding.Latin1.GetBytes($"%PDF-1.7\n{string.Concat(objects.Select(one => $"{one.Number} 0 obj\n{one.Body}\nendobj\n"))}trailer\n<< {trailer} >>\n%%EOF\n");

    /// <summary>The same with all but the streams packed into one object stream, and a stream of places instead of a trailer, as writers of PDF 1.5 and later do.</summary>
    public static byte[] Folded(IReadOnlyList<(int Number, string Body)> objects)
    {
        (int Number, string Body)[] inner = [.. objects.Where(one => !one.Body.EndsWith("endstream", StringComparison.Ordinal))];
        var places = new StringBuilder();
        var bodies = new StringBuilder();
        foreach ((int number, string body) in inner)
        {
            places.Append($"{number} {bodies.Length} ");
            bodies.Append($"{body} ");
        }
        IEnumerable<(int, string)> outer = [.. objects.Except(inner), (90, Packed($"{places}{bodies}", $"/Type /ObjStm /N {inner.Length} /First {places.Length}")), (91, Stream("", "/Type /XRef /Root 1 0 R"))];
        return Encoding.Latin1.GetBytes($"%PDF-1.7\n{string.Concat(outer.Select(one => $"{one.Item1} 0 obj\n{one.Item2}\nendobj\n"))}startxref\n0\n%%EOF\n");
    }
}
