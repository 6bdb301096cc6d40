using System.Text;

namespace Emend.Feedback.Context.Pdf;

using Entries = Dictionary<string, object>;

/// <summary>Characters of fonts whose codes are single bytes (ISO 32000-1, 9.6.6 and annex D).</summary>
internal static class PdfEncodings
{
    // Annex D.2, from 0xA1; a space where there is none.
    private const string StandardHigh = "¡¢£⁄¥ƒ§¤'“«‹›\uFB01\uFB02 –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß";

    private static readonly System.Text.Encoding WinAnsi = CodePagesEncodingProvider.Instance.GetEncoding(1252)!, MacRoman = CodePagesEncodingProvider.Instance.GetEncoding(10000)!;

    /// <summary>The character of each byte; null where the font does not say.</summary>
    public static string?[] Of(PdfFile file, Entries font)
    {
        object? encoding = file.Resolve(font.GetValueOrDefault("Encoding"));
        var entries = encoding as Entries;
        string? name = (encoding as PdfName?)?.Value ?? (entries is null ? null : file.Name(entries, "BaseEncoding"));
        string?[] texts = name switch
        {
            "WinAnsiEncoding" => OfPage(WinAnsi),
            "MacRomanEncoding" => OfPage(MacRoman),
            _ when name is null && file.Name(font, "Subtype") == "TrueType" => OfPage(WinAnsi),
            _ when name is null && file.Name(font, "BaseFont") is "Symbol" or "ZapfDingbats" => Bullets(),
            _ => BuiltIn(file, font) ?? Standard(),
        };
        if (entries is not null && file.Get<List<object>>(entries, "Differences") is { } differences)
        {
            int code = 0;
            foreach (object one in differences)
            {
                if (one is double number)
                    code = number is >= 0 and < 256 ? (int)number : 256;
                else if (file.Resolve(one) is PdfName glyph && code < 256)
                    texts[code++] = PdfGlyphNames.TextOf(glyph.Value);
            }
        }
        return texts;
    }

    private static string?[] OfPage(System.Text.Encoding page) =>
        [.. Enumerable.Range(0, 256).Select(code => code < ' ' ? null : page.GetString([(byte)code]))];

    // The two standard fonts of signs: of theirs, Symbol's bullet alone is known here.
    private static string?[] Bullets()
    {
        var texts = new string?[256];
        (texts[' '], texts[0xB7]) = (" ", "•");
        return texts;
    }

    private static string?[] Standard()
    {
        var texts = new string?[256];
        for (int code = ' '; code < 127; code++)
            texts[code] = ((char)code).ToString();
        (texts['\''], texts['`']) = ("’", "‘");
        foreach ((int i, char unit) in StandardHigh.Index())
            texts[0xA1 + i] = unit == ' ' ? null : unit.ToString();
        return texts;
    }

    /// <summary>What a Type 1 font says in its own clear text: "dup 65 /A put"; null where it is embedded otherwise or not at all.</summary>
    private static string?[]? BuiltIn(PdfFile file, Entries font)
    {
        if (file.Get<Entries>(font, "FontDescriptor") is not { } descriptor || file.Get<PdfStream>(descriptor, "FontFile") is not { } program)
            return null;
        string content = file.Unpacked(program);
        int at = content.IndexOf("/Encoding", StringComparison.Ordinal), end = content.IndexOf("eexec", StringComparison.Ordinal);
        if (at < 0 || end < at)
            return null;
        var lexer = new PdfLexer(content[(at + "/Encoding".Length)..end]);
        if (lexer.Next() is PdfWord { Value: "StandardEncoding" })
            return null;
        var texts = new string?[256];
        for (object? word = lexer.Next(); word is not (null or PdfWord { Value: "readonly" or "def" }); word = lexer.Next())
        {
            if (word is PdfWord { Value: "dup" } && lexer.Next() is double code and >= 0 and < 256 && lexer.Next() is PdfName glyph)
                texts[(int)code] = PdfGlyphNames.TextOf(glyph.Value);
        }
        return texts;
    }
}
