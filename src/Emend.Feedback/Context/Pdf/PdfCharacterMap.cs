using System.Text;

namespace Emend.Feedback.Context.Pdf;

/// <summary>
/// A CMap: which characters the codes of a font are (ToUnicode, ISO 32000-1, 9.10.3), and how many bytes a code has (codespacerange). Codes are numbers of one
/// to four bytes, the first one highest.
/// </summary>
internal sealed class PdfCharacterMap
{
    private const int MostOfARange = 65_536, MostRangesOfCodes = 16, LongestText = 128;

    private readonly Dictionary<uint, string> _texts = [];
    private readonly List<(int Bytes, uint Low, uint High)> _codes = [];

    public bool IsEmpty => _texts.Count == 0;

    /// <summary>Whether it says how many bytes a code has.</summary>
    public bool HasCodes => _codes.Count > 0;

    public string? TextOf(uint code) => _texts.GetValueOrDefault(code);

    /// <summary>Bytes of the code that begins here: the fewest that are in a range of codes, otherwise as many as the shortest range has.</summary>
    public int BytesAt(string bytes, int at)
    {
        uint code = 0;
        for (int count = 1; count <= 4 && at + count <= bytes.Length; count++)
        {
            code = code << 8 | bytes[at + count - 1];
            foreach ((int length, uint low, uint high) in _codes)
            {
                if (length == count && IsWithin(code, low, high, count))
                    return count;
            }
        }
        return _codes.Min(range => range.Bytes);
    }

    /// <exception cref="PdfProblemException">It names more codes than a font has.</exception>
    public static PdfCharacterMap Read(PdfFile file, string content)
    {
        var map = new PdfCharacterMap();
        var lexer = new PdfLexer(content);
        for (object? value = lexer.Next(); value is not null; value = lexer.Next())
        {
            switch (value)
            {
                case PdfWord { Value: "begincodespacerange" }:
                    map.ReadCodes(lexer);
                    break;
                case PdfWord { Value: "beginbfchar" }:
                    map.ReadCharacters(file, lexer);
                    break;
                case PdfWord { Value: "beginbfrange" }:
                    map.ReadRanges(file, lexer);
                    break;
            }
        }
        return map;
    }

    private void ReadCodes(PdfLexer lexer)
    {
        while (lexer.Next() is PdfString low && lexer.Next() is PdfString high)
        {
            if (low.Bytes.Length is < 1 or > 4 || high.Bytes.Length != low.Bytes.Length)
                continue;
            if (_codes.Count == MostRangesOfCodes)
                throw new PdfProblemException($"the codes of one of its fonts have more than {MostRangesOfCodes} ranges, which is not read");
            _codes.Add((low.Bytes.Length, Code(low.Bytes), Code(high.Bytes)));
        }
    }

    private void ReadCharacters(PdfFile file, PdfLexer lexer)
    {
        while (lexer.Next() is PdfString code)
        {
            switch (lexer.Next())
            {
                case PdfString text:
                    Set(file, Code(code.Bytes), Text(text.Bytes));
                    break;
                case PdfName name:
                    Set(file, Code(code.Bytes), PdfGlyphNames.TextOf(name.Value) ?? "\uFFFD");
                    break;
                default:
                    return;
            }
        }
    }

    private void ReadRanges(PdfFile file, PdfLexer lexer)
    {
        while (lexer.Next() is PdfString first && lexer.Next() is PdfString last && lexer.Next() is { } target)
        {
            uint low = Code(first.Bytes), high = Code(last.Bytes);
            if (high < low)
                continue;
            if (high - low >= MostOfARange)
                throw new PdfProblemException($"one of its fonts names {high - low + 1L} characters at once, more than {MostOfARange}, which is not read");
            if (target is PdfString text)
            {
                string start = Text(text.Bytes);
                for (uint i = 0; i <= high - low; i++)
                    Set(file, low + i, Following(start, i));
            }
            else if (target is List<object> texts)
            {
                for (uint i = 0; i <= high - low && i < texts.Count; i++)
                {
                    if (texts[(int)i] is PdfString one)
                        Set(file, low + i, Text(one.Bytes));
                }
            }
            else
            {
                return;
            }
        }
    }

    private void Set(PdfFile file, uint code, string text)
    {
        file.Keep(1);
        _texts[code] = text;
    }

    /// <summary>The text whose last character is so many further on.</summary>
    private static string Following(string text, uint steps)
    {
        if (steps == 0 || text.Length == 0)
            return text;
        Rune.DecodeLastFromUtf16(text, out Rune last, out int length);
        long next = last.Value + steps;
        return string.Concat(text.AsSpan(0, text.Length - length), Rune.IsValid(next is > 0x10FFFF ? 0x110000 : (int)next) ? new Rune((int)next).ToString() : "\uFFFD");
    }

    /// <summary>UTF-16, the high byte first; a single byte is a character too. Halves of pairs are none.</summary>
    private static string Text(string bytes)
    {
        if (bytes.Length > 2 * LongestText)
            throw new PdfProblemException($"one of its fonts has a character of {bytes.Length} bytes, which is not read");
        var made = new StringBuilder();
        for (int i = 0; i < bytes.Length; i += 2)
            made.Append(i + 1 < bytes.Length ? (char)(bytes[i] << 8 | bytes[i + 1]) : bytes[i]);
        // Encoding replaces halves of pairs by U+FFFD.
        return System.Text.Encoding.Unicode.GetString(System.Text.Encoding.Unicode.GetBytes(made.ToString()));
    }

    private static uint Code(string bytes) => bytes.TakeLast(4).Aggregate(0u, (code, unit) => code << 8 | unit);

    // Each byte is within its own bounds (Adobe technical note 5014, "codespacerange").
    private static bool IsWithin(uint code, uint low, uint high, int bytes)
    {
        for (int shift = 0; shift < 8 * bytes; shift += 8)
        {
            uint unit = code >> shift & 0xFF;
            if (unit < (low >> shift & 0xFF) || unit > (high >> shift & 0xFF))
                return false;
        }
        return true;
    }
}
