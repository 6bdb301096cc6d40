using System.Globalization;
using System.Text;

namespace Emend.Feedback.Context.Pdf;

internal readonly record struct PdfName(string Value);

/// <summary>A string: its bytes, one to a character.</summary>
internal readonly record struct PdfString(string Bytes);

internal readonly record struct PdfReference(int Number);

/// <summary>Whatever is no value: an operator, a keyword, a bracket that closes nothing.</summary>
internal readonly record struct PdfWord(string Value);

/// <summary>What a file has that cannot be read, without the name of the file.</summary>
internal sealed class PdfProblemException(string message) : Exception(message);

/// <summary>
/// Values one after another (ISO 32000-1, 7.2 and 7.3): double, PdfName, PdfString, PdfReference, List&lt;object&gt;, Dictionary&lt;string, object&gt; by names, PdfWord.
/// Bytes are Latin 1.
/// </summary>
internal sealed class PdfLexer(string text, int at = 0)
{
    private const int Deepest = 64, MostValues = 1_000_000;

    /// <summary>Where the next value begins to be looked for.</summary>
    public int At { get; set; } = at;

    /// <summary>Values that the last one consists of, itself included.</summary>
    public int Values { get; private set; }

    /// <summary>The next value; null at the end.</summary>
    /// <exception cref="PdfProblemException">It is nested too deeply or too large.</exception>
    public object? Next()
    {
        Values = 0;
        return Next(0);
    }

    private object? Next(int depth)
    {
        SkipSpace();
        if (At >= text.Length)
            return null;
        if (++Values > MostValues)
            throw new PdfProblemException($"one of its objects holds more than {MostValues} values, which is not read");
        if (depth > Deepest)
            throw new PdfProblemException($"its objects are nested more than {Deepest} deep, which is not read");
        switch (text[At])
        {
            case '/':
                return new PdfName(Name());
            case '(':
                return new PdfString(Literal());
            case '<' when At + 1 < text.Length && text[At + 1] == '<':
                At += 2;
                return Dictionary(depth);
            case '<':
                return new PdfString(Hex());
            case '[':
                At++;
                return Items(depth, "]");
            case '>' when At + 1 < text.Length && text[At + 1] == '>':
                At += 2;
                return new PdfWord(">>");
            case '>' or ']' or '{' or '}' or ')':
                return new PdfWord(text[At++].ToString());
            default:
                string word = Regular();
                return word[0] is '+' or '-' or '.' or (>= '0' and <= '9') ? Number(word) : new PdfWord(word);
        }
    }

    private List<object> Items(int depth, string close)
    {
        var items = new List<object>();
        for (object? item = Next(depth + 1); item is not null && item as PdfWord? != new PdfWord(close); item = Next(depth + 1))
        {
            if (item is PdfWord { Value: "endobj" or "stream" })          // never closed: the next object is not part of it
                break;
            items.Add(item);
        }
        return items;
    }

    private Dictionary<string, object> Dictionary(int depth)
    {
        List<object> items = Items(depth, ">>");
        var entries = new Dictionary<string, object>();
        for (int i = 0; i + 1 < items.Count; i += 2)
        {
            if (items[i] is PdfName name)
                entries[name.Value] = items[i + 1];
            else
                i--;                                                        // no key: what follows may be one
        }
        return entries;
    }

    /// <summary>A number, or "12 0 R".</summary>
    private object Number(string word)
    {
        if (!double.TryParse(word, NumberStyles.Float & ~NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            return new PdfWord(word);
        int next = At, digits = 0;
        while (next < text.Length && IsSpace(text[next]))
            next++;
        for (; next < text.Length && char.IsAsciiDigit(text[next]) && digits < 6; digits++)
            next++;
        if (digits == 0 || number != Math.Floor(number) || number is < 0 or > int.MaxValue)
            return number;
        while (next < text.Length && IsSpace(text[next]))
            next++;
        if (next >= text.Length || text[next] != 'R' || next + 1 < text.Length && IsRegular(text[next + 1]))
            return number;
        At = next + 1;
        return new PdfReference((int)number);
    }

    private string Name()
    {
        At++;
        string name = At < text.Length && IsRegular(text[At]) ? Regular() : "";
        if (!name.Contains('#'))
            return name;
        var made = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] == '#' && i + 2 < name.Length && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte unit))
            {
                made.Append((char)unit);
                i += 2;
            }
            else
            {
                made.Append(name[i]);
            }
        }
        return made.ToString();
    }

    private string Regular()
    {
        int start = At++;
        while (At < text.Length && IsRegular(text[At]))
            At++;
        return text[start..At];
    }

    private string Literal()
    {
        var made = new StringBuilder();
        int depth = 1;
        for (At++; At < text.Length; At++)
        {
            char unit = text[At];
            if (unit == ')' && --depth == 0)
                break;
            if (unit == '(')
                depth++;
            if (unit == '\\' && At + 1 < text.Length)
                Escaped(made);
            else
                made.Append(unit);
        }
        At = Math.Min(At + 1, text.Length);
        return made.ToString();
    }

    // Leaves At on the last character of it.
    private void Escaped(StringBuilder made)
    {
        char unit = text[++At];
        if (unit is >= '0' and <= '7')
        {
            int value = 0, digits = 0;
            for (; digits < 3 && At < text.Length && text[At] is >= '0' and <= '7'; digits++)
                value = value * 8 + text[At++] - '0';
            At--;
            made.Append((char)(value & 0xFF));
        }
        else if (unit == '\r')
        {
            At += At + 1 < text.Length && text[At + 1] == '\n' ? 1 : 0;     // a line that goes on
        }
        else if (unit != '\n')
        {
            made.Append(unit switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', _ => unit });
        }
    }

    private string Hex()
    {
        int end = text.IndexOf('>', At);
        if (end < 0)
            end = text.Length;
        var made = new StringBuilder();
        int high = -1;
        for (At++; At < end; At++)
        {
            if (!char.IsAsciiHexDigit(text[At]))
                continue;
            int digit = char.IsAsciiDigit(text[At]) ? text[At] - '0' : (text[At] | 0x20) - 'a' + 10;
            if (high >= 0)
                made.Append((char)(high * 16 + digit));
            high = high >= 0 ? -1 : digit;
        }
        if (high >= 0)
            made.Append((char)(high * 16));
        At = Math.Min(end + 1, text.Length);
        return made.ToString();
    }

    private void SkipSpace()
    {
        while (At < text.Length && (IsSpace(text[At]) || text[At] == '%'))
        {
            if (text[At] == '%')
            {
                int end = text.AsSpan(At).IndexOfAny('\n', '\r');
                At = end < 0 ? text.Length : At + end;
            }
            else
            {
                At++;
            }
        }
    }

    public static bool IsSpace(char unit) => unit is ' ' or '\n' or '\r' or '\t' or '\f' or '\0';

    private static bool IsRegular(char unit) => !IsSpace(unit) && unit is not ('(' or ')' or '<' or '>' or '[' or ']' or '{' or '}' or '/' or '%');
}
