using System.Globalization;
using Emend.Feedback.Context;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback.Context;

public class PdfTests
{
    private const string Letters = "2 beginbfchar <0003> <0020> <0010> <00660069> endbfchar\n2 beginbfrange <0041> <005A> <0061> <0070> <0072> [<FB03> <D83DDE00> <65E5>] endbfrange";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ASimplePdfGivesItsTextPackedOrNot(bool packed)
    {
        const string content = "BT /F1 12 Tf 72 700 Td (The lamp \\(model 7\\)) Tj 0 -14 Td [(burns f) 20 (or) -300 (14 hours)] TJ T* <2E4F4B> Tj ET";
        List<(int Number, string Body)> objects = PdfSample.Objects(content);
        if (packed)
            objects[3] = (4, PdfSample.Packed(content));

        Assert.Equal("The lamp (model 7)\nburns for 14 hours\n.OK", Read(PdfSample.File(objects)));
    }

    [Fact]
    public void GlyphsThatAreNumberedAreTheCharactersThatTheirFontSays()
    {
        (string font, (int, string)[] others) = PdfSample.Numbered(Letters);

        // a b space c; fi as two letters, ffi as one sign; a pair of UTF-16; then a gap as a space and a kern as none.
        string text = Read(PdfSample.Of("BT /F1 10 Tf 20 700 Td <00410042000300430010007000710072> Tj 0 -12 Td [<0041> -250 <0042> 80 <0043> -100 <0044>] TJ ET", font, others));

        Assert.Equal("ab cfiffi😀日\na bcd", text);
    }

    [Fact]
    public void ObjectsInObjectStreamsAreRead()
    {
        (string font, (int Number, string Body)[] others) = PdfSample.Numbered(Letters);

        Assert.Equal("ab", Read(PdfSample.Folded([.. PdfSample.Objects("BT /F1 10 Tf 20 700 Td <00410042> Tj ET", font), .. others])));
    }

    [Fact]
    public void OfObjectsWithOneNumberTheLastHolds() =>
        Assert.Equal("new", Read(PdfSample.Of("BT /F1 10 Tf (old) Tj ET", others: (4, PdfSample.Stream("BT /F1 10 Tf (new) Tj ET")))));

    // Widths of Helvetica are not given: 500 each. "lamp" of size 10 ends 20 further on.
    [Theory]
    [InlineData("BT /F1 10 Tf 20 700 Td (lamp) Tj 24 0 Td (shade) Tj ET", "lamp shade")]
    [InlineData("BT /F1 10 Tf 20 700 Td (lamp) Tj 20 0 Td (shade) Tj ET", "lampshade")]
    [InlineData("BT /F1 1 Tf 10 0 0 10 20 700 Tm (lamp) Tj 2.4 0 Td (shade) Tj ET", "lamp shade")]
    [InlineData("q 10 0 0 -10 0 800 cm BT /F1 1 Tf 1 0 0 -1 2 10 Tm (lamp) Tj ET BT 1 0 0 -1 4 10 Tm /F1 1 Tf (shade) Tj ET Q", "lampshade")]
    [InlineData("BT /F1 10 Tf 20 700 Td (x) Tj /F1 7 Tf 4 Ts (2) Tj /F1 10 Tf 0 Ts ( y) Tj ET", "x2 y")]
    [InlineData("BT /F1 10 Tf 12 TL 20 700 Td (a) Tj T* (b) Tj (c) ' 0 0 (d) \" ET", "a\nb\nc\nd")]
    [InlineData("BT /F1 10 Tf 20 700 Td (a) Tj 0 -12 TD (b) Tj 0 -30 Td (c) Tj ET", "a\nb\n\nc")]
    [InlineData("BT /F1 10 Tf 20 50 Td (foot) Tj ET BT 20 700 Td (one) Tj 0 -12 Td (two) Tj ET", "one\ntwo\n\nfoot")]
    [InlineData("BT /F1 10 Tf 20 676 Td (three) Tj 0 12 Td (two) Tj 0 12 Td (one) Tj ET", "one\ntwo\nthree")]
    [InlineData("BT /F1 10 Tf 20 700 Td (left one) Tj 0 -12 Td (left two) Tj 200 12 Td (right one) Tj 0 -12 Td (right two) Tj ET", "left one\nleft two\nright one\nright two")]
    [InlineData("BT /F1 10 Tf 0 1 -1 0 300 20 Tm (turned) Tj 0 -12 Td (about) Tj ET", "turned\nabout")]
    [InlineData("q 1 0 0 1 0 0 cm /Im BI /W 2 /H 1 ID \u0001(BT (no) Tj EIx\u0002 EI Q BT /F1 10 Tf 20 700 Td (after a picture) Tj ET", "after a picture")]
    [InlineData("/Span << /ActualText <FEFF00660069> >> BDC BT /F1 10 Tf 20 700 Td (?) Tj (?) Tj ET EMC BT 30 700 Td (ne) Tj ET % (no) Tj", "fine")]
    [InlineData("BT /F1 10 Tf 20 700 Td (caf\\351 \\223x\\224 \\\n\\050a\\)) Tj ET", "café “x” (a)")]
    [InlineData("/X1 Do BT /F1 10 Tf 20 600 Td (page) Tj ET", "form\n\npage")]
    public void TextIsReadInWordsAndLines(string content, string expected) =>
        Assert.Equal(expected, Read(PdfSample.Of(content, others: (6, PdfSample.Stream("BT /F1 10 Tf 20 0 Td (form) Tj ET", "/Type /XObject /Subtype /Form /Matrix [1 0 0 1 0 700]")))));

    [Theory]
    [InlineData("/Subtype /Type1 /BaseFont /Times-Roman", "(`a' \\252b\\272 \\256) Tj", "‘a’ “b” fi")]
    [InlineData("/Subtype /TrueType /Encoding /MacRomanEncoding", "(caf\\216) Tj", "café")]
    [InlineData("/Subtype /Type1 /Encoding << /Differences [1 /fi /quoteright 65 /Aacute /f_l /uni20AC /u1F600 /G.alt] >>", "<0102414243444566> Tj", "fi’Áfl€😀Gf")]
    [InlineData("/Subtype /Type3 /FontMatrix [0.01 0 0 0.01 0 0] /FirstChar 65 /Widths [50 50] /Encoding << /Differences [65 /a /b] >>", "(A) Tj 5 0 Td (B) Tj 12 0 Td (A) Tj", "ab a")]
    [InlineData("/Subtype /TrueType /ToUnicode 8 0 R", "(\\001) Tj", "Ω")]
    public void FontsOfSingleBytesSayTheirCharactersInSeveralWays(string font, string shown, string expected) =>
        Assert.Equal(expected, Read(PdfSample.Of($"BT /F1 10 Tf 20 700 Td {shown} ET", $"<< /Type /Font {font} >>", (8, PdfSample.Stream("1 beginbfchar <01> <03A9> endbfchar")))));

    [Fact]
    public void TextThatIsWrittenAsAsciiIsUnpacked()
    {
        const string content = "BT /F1 10 Tf 20 700 Td (lamp) Tj ET";
        string hex = Convert.ToHexString(System.Text.Encoding.Latin1.GetBytes(content));

        Assert.Equal("lamp", Read(PdfSample.Of("", others: (4, PdfSample.Stream(hex + ">", "/Filter [/ASCIIHexDecode]")))));
        // Written by Python's base64.a85encode.
        Assert.Equal("lamp", Read(PdfSample.Of("", others: (4, PdfSample.Stream("6<#'\\7PQ#?0Ha>,+>PVn2_Zp.<+I+\"Cgh1\".3MT)+@T6~>", "/Filter /ASCII85Decode")))));
    }

    [Theory]
    [InlineData("/Subtype /Type0 /BaseFont /ABCDEF+Garamond /Encoding /Identity-H", "a.pdf: its font ABCDEF+Garamond numbers glyphs and does not say which characters they are (it has no ToUnicode); give its text.")]
    [InlineData("/Subtype /Type0 /BaseFont /Empty /Encoding /Identity-H /ToUnicode 6 0 R", "its font Empty numbers glyphs")]
    [InlineData("/Subtype /Type1 /BaseFont /Signs /Encoding << /Differences [0 /g1 /g2] >>", "do not say which characters 4 of 4 are, most of them in Signs")]
    [InlineData("/Subtype /Type0 /BaseFont /Huge /Encoding /Identity-H /ToUnicode 7 0 R", "names 4294967296 characters at once")]
    [InlineData("/Subtype /Type0 /BaseFont /Long /Encoding /Identity-H /ToUnicode 8 0 R", "a character of 4000 bytes")]
    [InlineData("/Subtype /Type0 /BaseFont /Many /Encoding /Identity-H /ToUnicode 9 0 R", "more than 4000000 values")]
    public void AFontWhoseCharactersCannotBeKnownIsNamed(string font, string expected) =>
        Refused(expected, PdfSample.Of("BT /F1 10 Tf 20 700 Td <00010001> Tj ET", $"<< /Type /Font {font} >>",
            (6, PdfSample.Stream("begincmap endcmap")),
            (7, PdfSample.Stream("1 beginbfrange <00000000> <FFFFFFFF> <0000> endbfrange")),
            (8, PdfSample.Stream($"1 beginbfchar <0001> <{string.Concat(Enumerable.Repeat("0041", 2000))}> endbfchar")),
            (9, PdfSample.Stream($"100 beginbfrange {string.Concat(Enumerable.Repeat("<0000> <FFFF> <0000>\n", 100))} endbfrange"))));

    [Fact]
    public void WhatCannotBeReadIsRefusedByASentence()
    {
        List<(int Number, string Body)> objects = PdfSample.Objects("BT /F1 10 Tf (x) Tj ET");
        Refused("is encrypted", PdfSample.File(objects, "/Root 1 0 R /Encrypt 9 0 R"));
        Refused("holds no pages", PdfSample.File([(1, "<< /Type /Catalog >>")]));
        Refused("holds no text", PdfSample.Of("0 0 m 10 10 l S"));
        Refused("packed with LZWDecode", PdfSample.Of("", others: (4, PdfSample.Stream("x", "/Filter /LZWDecode"))));
        Refused("packed with a predictor", PdfSample.Of("", others: (4, PdfSample.Stream("x", "/Filter /FlateDecode /DecodeParms << /Predictor 12 >>"))));
        Refused("damaged", PdfSample.Of("", others: (4, PdfSample.Stream("no zlib at all", "/Filter /FlateDecode"))));
        Refused("packed 9 times over", PdfSample.Of("", others: (4, PdfSample.Stream("x", $"/Filter [{string.Concat(Enumerable.Repeat("/FlateDecode ", 9))}]"))));
    }

    [Fact]
    public void WhatWouldGrowWithoutEndIsRefused()
    {
        string drawn = string.Concat(Enumerable.Repeat("/X1 Do ", 40));
        Refused("forms within forms", PdfSample.Of(drawn, others: (6, PdfSample.Stream(drawn, "/Subtype /Form"))));
        // Forty forms of forty forms of forty, none of which shows anything.
        var forms = Enumerable.Range(10, 12).Select(n => (n, PdfSample.Stream(drawn, $"/Subtype /Form /Resources << /XObject << /X1 {n + 1} 0 R >> >>")));
        Refused("unpacks to more than", PdfSample.Of(drawn, others: [(6, PdfSample.Stream(drawn, "/Subtype /Form /Resources << /XObject << /X1 10 0 R >> >>")), .. forms]));
        Refused("unpacks to more than", PdfSample.Of("", others: (4, PdfSample.Packed(new string(' ', 70 << 20)))));
        Refused("nested more than 64 deep", PdfSample.Of(new string('[', 100_000)));
        Refused("more than 1000000 values", PdfSample.Of($"[{string.Concat(Enumerable.Repeat("1 ", 1_100_000))}] TJ"));
        Refused("values without an operator", PdfSample.Of(string.Concat(Enumerable.Repeat("1 ", 5000))));
        Refused("keeps more than 512 states", PdfSample.Of(string.Concat(Enumerable.Repeat("q ", 5000))));
        Refused("more than 100000 lines", PdfSample.Of($"BT /F1 10 Tf {string.Concat(Enumerable.Repeat("(a) Tj 0 -12 Td ", 100_001))} ET"));
        Refused("more than 4000000 characters", PdfSample.Of($"BT /F1 10 Tf {string.Concat(Enumerable.Repeat($"({new string('a', 100_000)}) Tj ", 41))} ET"));
        // Pages that are their own kids, references that refer to themselves, numbers of no sense.
        Refused("holds no text", PdfSample.Of("", others: (2, "<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R 3 0 R] >>")));
        Refused("holds no pages", PdfSample.File([(1, "1 0 R"), (2, "3 0 R"), (3, "2 0 R")]));
        Refused("holds no pages", PdfSample.File([(1, PdfSample.Stream("1 99999999999 -5 7", "/Type /ObjStm /N 1e9 /First -999999999999"))]));
        Refused("holds no pages", System.Text.Encoding.Latin1.GetBytes($"%PDF-1.7\n{string.Concat(Enumerable.Repeat("1 0 obj << >> stream ", 200_000))}"));
        Refused("holds no pages", System.Text.Encoding.Latin1.GetBytes($"%PDF-1.7\n{string.Concat(Enumerable.Repeat("1 0 obj (", 200_000))}"));
        Refused("holds no pages", System.Text.Encoding.Latin1.GetBytes($"%PDF-1.7\n{string.Concat(Enumerable.Repeat("trailer << /Root ", 10_000))}".Replace("<<", "( <<")));
    }

    /// <summary>Whatever becomes of single bytes, the answer is a text or a sentence.</summary>
    [Fact]
    public void DamagedFilesAreReadOrRefused()
    {
        (string font, (int, string)[] others) = PdfSample.Numbered(Letters);
        List<(int Number, string Body)> objects = [.. PdfSample.Objects("q 1 0 0 1 0 0 cm BT /F1 10 Tf 20 700 Td [<0041> -250 <00420010>] TJ ET Q /X1 Do", font), .. others, (6, PdfSample.Packed("BT (form) ' ET", "/Subtype /Form"))];
        var random = new Random(5);
        foreach (byte[] whole in new[] { PdfSample.File(objects), PdfSample.Folded(objects) })
        {
            for (int trial = 0; trial < 1500; trial++)
            {
                byte[] file = [.. whole];
                for (int changes = random.Next(1, 5); changes > 0; changes--)
                    file[random.Next(5, file.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : file[random.Next(file.Length)];
                if (random.Next(4) == 0)
                    file = file[..random.Next(8, file.Length)];
                Assert.Null(Record.Exception(() => Read(file)) is { } problem and not InvalidInputException ? string.Create(CultureInfo.InvariantCulture, $"{trial}: {problem}") : null);
            }
        }
    }

    private static string Read(byte[] file) => DocumentText.Read("a.pdf", DocumentFormat.Pdf, file);

    private static void Refused(string expected, byte[] file) => Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Read(file)).Message);
}
