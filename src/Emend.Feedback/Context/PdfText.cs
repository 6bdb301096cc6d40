// Text of simple PDF files: ISO 32000-1, 7.3 (objects), 7.4.4 (Flate), 9.4.3 (operators that show text). Files are scanned for streams, not resolved.
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Emend.Text;
using Latin1Encoding = System.Text.Encoding;

namespace Emend.Feedback.Context;

/// <summary>
/// The text that a PDF's pages show, in the order of the file, where its fonts name characters by single bytes. Fonts with numbers of glyphs instead
/// (Identity-H) and encrypted files are refused by a sentence: what cannot be read is not guessed.
/// </summary>
internal static class PdfText
{
    private const long MostInflated = 64L << 20;

    public static string Read(string name, byte[] bytes)
    {
        if (bytes.Length < 8 || !bytes.AsSpan(0, 5).SequenceEqual("%PDF-"u8))
            throw new InvalidInputException($"{name}: is no PDF: it does not begin with %PDF-.");
        string file = Latin1Encoding.Latin1.GetString(bytes);
        if (file.Contains("/Encrypt", StringComparison.Ordinal))
            throw new InvalidInputException($"{name}: is encrypted; save it without a password, or give its text.");
        List<string> streams = Streams(name, bytes, file);
        if (streams.Append(file).Any(part => part.Contains("/Identity-H", StringComparison.Ordinal) || part.Contains("/Identity-V", StringComparison.Ordinal)))
            throw new InvalidInputException($"{name}: its fonts number glyphs instead of characters, which this reader does not read; give its text (pdftotext writes it).");
        var text = new StringBuilder();
        foreach (string content in streams.Where(stream => stream.Contains("BT", StringComparison.Ordinal) && stream.Contains("ET", StringComparison.Ordinal)))
            new Page(content, text).Read();
        return text.Length > 0 ? text.ToString() : throw new InvalidInputException($"{name}: holds no text that this reader finds (pictures of pages, perhaps); give its text.");
    }

    private static List<string> Streams(string name, byte[] bytes, string file)
    {
        var streams = new List<string>();
        long inflated = 0;
        int at = 0;
        for (int start = file.IndexOf("stream", at, StringComparison.Ordinal); start >= 0; start = file.IndexOf("stream", at, StringComparison.Ordinal))
        {
            int begin = start + "stream".Length;
            int end = file.IndexOf("endstream", begin, StringComparison.Ordinal);
            if (end < 0)
                break;
            at = end + "endstream".Length;
            int dictionary = Math.Max(file.LastIndexOf("obj", start, StringComparison.Ordinal), 0);
            string head = file[dictionary..start];
            begin += file[begin] == '\r' ? 2 : 1;
            if (begin >= end || head.Contains("/Subtype/Image", StringComparison.Ordinal) || head.Contains("/Subtype /Image", StringComparison.Ordinal))
                continue;
            if (!head.Contains("/Filter", StringComparison.Ordinal))
                streams.Add(file[begin..end]);
            else if (head.Contains("/FlateDecode", StringComparison.Ordinal) && Inflated(bytes.AsSpan(begin, end - begin).ToArray(), MostInflated - inflated) is string content)
            {
                inflated += content.Length;
                streams.Add(content);
            }
            if (inflated >= MostInflated)
                throw new InvalidInputException($"{name}: unpacks to more than {MostInflated} bytes, which is not read.");
        }
        return streams;
    }

    // Null where it is no such stream: a font, a picture, a table of objects with another filter besides.
    private static string? Inflated(byte[] packed, long most)
    {
        try
        {
            using var source = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            using var target = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int count = source.Read(buffer); count > 0 && target.Length <= most; count = source.Read(buffer))
                target.Write(buffer, 0, count);
            return Latin1Encoding.Latin1.GetString(target.GetBuffer(), 0, (int)target.Length);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The text of one content stream: what Tj, TJ, ' and " show, a new line where the text moves on.</summary>
    private sealed class Page(string content, StringBuilder text)
    {
        private const double GapOfAWord = -200;       // thousandths of the font's size

        private readonly List<string> _shown = [];
        private readonly List<double> _numbers = [];
        private int _at;
        private bool _inText;

        public void Read()
        {
            while (_at < content.Length)
            {
                char unit = content[_at];
                if (unit == '(')
                    _shown.Add(Literal());
                else if (unit == '<' && _at + 1 < content.Length && content[_at + 1] != '<')
                    _shown.Add(Hex());
                else if (unit == '%')
                    _at = End('\n');
                else if (char.IsAsciiDigit(unit) || unit is '-' or '+' or '.')
                    Number();
                else if (char.IsAsciiLetter(unit) || unit is '\'' or '"')
                    Operator();
                else if (unit == '/')
                    Word();
                else
                    _at++;
            }
            text.Append("\n\n");
        }

        private void Operator()
        {
            string name = Word();
            switch (name)
            {
                case "BT":
                    _inText = true;
                    break;
                case "ET":
                    _inText = false;
                    NewLine();
                    break;
                case "Tj" or "TJ" when _inText:
                    text.AppendJoin("", _shown);
                    break;
                case "'" or "\"" when _inText:
                    NewLine();
                    text.AppendJoin("", _shown);
                    break;
                case "Td" or "TD" when _numbers.Count >= 2 && _numbers[^1] != 0:
                    NewLine();
                    break;
                case "T*" or "Tm":
                    NewLine();
                    break;
            }
            _shown.Clear();
            _numbers.Clear();
        }

        private void NewLine()
        {
            if (text.Length > 0 && text[^1] != '\n')
                text.Append('\n');
        }

        private void Number()
        {
            int start = _at++;
            while (_at < content.Length && (char.IsAsciiDigit(content[_at]) || content[_at] is '.' or '-'))
                _at++;
            if (!double.TryParse(content.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                return;
            _numbers.Add(number);
            // In the list of TJ a wide gap is a space between words.
            if (_shown.Count > 0 && number < GapOfAWord)
                _shown.Add(" ");
        }

        private string Word()
        {
            int start = _at++;
            while (_at < content.Length && (char.IsAsciiLetterOrDigit(content[_at]) || content[_at] == '*'))
                _at++;
            return content[start.._at];
        }

        private int End(char of)
        {
            int end = content.IndexOf(of, _at);
            return end < 0 ? content.Length : end;
        }

        private string Literal()
        {
            var made = new StringBuilder();
            int depth = 1;
            for (_at++; _at < content.Length; _at++)
            {
                char unit = content[_at];
                if (unit == ')' && --depth == 0)
                    break;
                if (unit == '(')
                    depth++;
                if (unit == '\\' && _at + 1 < content.Length)
                    Escaped(made);
                else
                    made.Append(WinAnsi(unit));
            }
            _at++;
            return made.ToString();
        }

        private void Escaped(StringBuilder made)
        {
            char unit = content[++_at];
            if (unit is >= '0' and <= '7')
            {
                int value = 0;
                for (int digits = 0; digits < 3 && _at < content.Length && content[_at] is >= '0' and <= '7'; digits++)
                    value = value * 8 + content[_at++] - '0';
                _at--;
                made.Append(WinAnsi((char)(value & 0xFF)));
                return;
            }
            made.Append(unit switch { 'n' => "\n", 'r' => "\n", 't' => "\t", 'b' or 'f' or '\n' or '\r' => "", _ => unit.ToString() });
        }

        private string Hex()
        {
            int end = End('>');
            string digits = string.Concat(content[(_at + 1)..end].Where(char.IsAsciiHexDigit));
            _at = end + 1;
            var made = new StringBuilder();
            for (int i = 0; i + 1 < digits.Length; i += 2)
                made.Append(WinAnsi((char)byte.Parse(digits.AsSpan(i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            return made.ToString();
        }

        // Where Windows-1252 differs from Latin 1.
        private static char WinAnsi(char unit) => unit is >= '\u0080' and <= '\u009F'
            ? "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ"[unit - 0x80]
            : unit;
    }
}
