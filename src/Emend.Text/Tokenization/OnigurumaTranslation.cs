// Rewrites a regex from Oniguruma's syntax to .NET's. Where the two agree the text passes through; where they differ:
//   X?+ X*+ X++      possessive in Oniguruma           -> (?>X?) (?>X*) (?>X+)
//   X{n,m}+          repeated again, not possessive    -> (?:X{n,m})+
//   ^ $ .            line starts, line ends, not \n    -> (?m:^) (?m:$) [^\n]
//   \w               also all marks                    -> a class that has them
//   \h               a hexadecimal digit               -> [0-9a-fA-F]
//   \p{Letter}, \p{^L}, [[:alpha:]]                    -> short category names
// What has no equivalent (scripts, class intersections, characters beyond U+FFFF) is refused by name.
using System.Globalization;
using System.Text;

namespace Emend.Text.Tokenization;

internal ref struct OnigurumaTranslation
{
    private const string WordCharacters = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}";

    private readonly ReadOnlySpan<char> _pattern;
    private readonly StringBuilder _output = new();
    private int _position;

    private OnigurumaTranslation(string pattern) => _pattern = pattern;

    public static string ToDotNet(string pattern)
    {
        if (pattern.Any(char.IsSurrogate))
            throw new ArgumentException("it names a character beyond U+FFFF, which is not supported.");
        var translation = new OnigurumaTranslation(pattern);
        translation.Alternatives();
        if (translation._position < pattern.Length)
            throw new ArgumentException($"unmatched ')' at {translation._position}.");
        return translation._output.ToString();
    }

    private void Alternatives()
    {
        while (_position < _pattern.Length && _pattern[_position] != ')')
        {
            if (_pattern[_position] == '|')
            {
                _output.Append('|');
                _position++;
                continue;
            }
            int start = _output.Length;
            Atom();
            while (Quantifier(start))
            {
            }
        }
    }

    private void Atom()
    {
        char c = _pattern[_position];
        switch (c)
        {
            case '(': Group(); break;
            case '[': Class(); break;
            case '\\': Escape(inClass: false); break;
            case '^': Take("(?m:^)"); break;
            case '$': Take("(?m:$)"); break;
            case '.': Take("[^\\n]"); break;
            default: Take(Literal(c)); break;
        }
    }

    private void Take(string translated)
    {
        _output.Append(translated);
        _position++;
    }

    private static string Literal(char c) => c is '{' or '}' or ']' or '#' or ' ' ? $"\\{c}" : c.ToString();

    private void Group()
    {
        int start = _position++;
        string opening = "(";
        if (_position < _pattern.Length && _pattern[_position] == '?')
        {
            int end = _position + 1;
            while (end < _pattern.Length && _pattern[end] is '<' or '>' or '=' or '!' or '-' or ':' or (>= 'a' and <= 'z'))
            {
                end++;
                if (_pattern[end - 1] is ':' or '=' or '!' or '>')
                    break;
            }
            opening = _pattern[start..end].ToString();
            if (opening is not ("(?:" or "(?=" or "(?!" or "(?<=" or "(?<!" or "(?>" or "(?i:" or "(?-i:"))
                throw new ArgumentException($"the group \"{opening}\" at {start} is not supported.");
            _position = end;
        }
        _output.Append(opening);
        Alternatives();
        if (_position == _pattern.Length)
            throw new ArgumentException($"the group opened at {start} is never closed.");
        Take(")");
    }

    private bool Quantifier(int atomStart)
    {
        if (_position == _pattern.Length)
            return false;
        int end = EndOfQuantifier(out bool interval);
        if (end == _position)
            return false;
        _output.Append(_pattern[_position..end]);
        _position = end;
        if (_position < _pattern.Length && _pattern[_position] == '?')
            Take("?");
        else if (_position < _pattern.Length && _pattern[_position] == '+')
        {
            _output.Insert(atomStart, interval ? "(?:" : "(?>").Append(')');
            if (!interval)
                _position++;
        }
        return true;
    }

    private readonly int EndOfQuantifier(out bool interval)
    {
        interval = false;
        if (_pattern[_position] is '*' or '+' or '?')
            return _position + 1;
        if (_pattern[_position] != '{')
            return _position;
        int close = _pattern[_position..].IndexOf('}');
        if (close < 2 || _pattern.Slice(_position + 1, close - 1).IndexOfAnyExcept("0123456789,") >= 0)
            return _position;
        interval = true;
        return _position + close + 1;
    }

    private void Class()
    {
        int start = _position;
        Take("[");
        if (_position < _pattern.Length && _pattern[_position] == '^')
            Take("^");
        bool first = true;
        while (true)
        {
            if (_position == _pattern.Length)
                throw new ArgumentException($"the class opened at {start} is never closed.");
            char c = _pattern[_position];
            if (c == ']' && !first)
                break;
            first = false;
            if (c == '\\')
                Escape(inClass: true);
            else if (c == '[')
                PosixClass();
            else if (c == '&' && _position + 1 < _pattern.Length && _pattern[_position + 1] == '&')
                throw new ArgumentException($"the class intersection \"&&\" at {_position} is not supported.");
            else
                Take(c is ']' or '^' ? $"\\{c}" : c.ToString());
        }
        Take("]");
    }

    private void PosixClass()
    {
        ReadOnlySpan<char> rest = _pattern[_position..];
        (string name, string translated)[] known =
        [
            ("[:alpha:]", @"\p{L}\p{M}"), ("[:digit:]", @"\d"), ("[:alnum:]", @"\p{L}\p{M}\p{Nd}"), ("[:space:]", @"\s"),
            ("[:punct:]", @"\p{P}\p{S}"), ("[:upper:]", @"\p{Lu}"), ("[:lower:]", @"\p{Ll}"), ("[:word:]", WordCharacters),
        ];
        foreach ((string name, string translated) in known)
        {
            if (!rest.StartsWith(name))
                continue;
            _output.Append(translated);
            _position += name.Length;
            return;
        }
        throw new ArgumentException($"a class inside a class, at {_position}, is not supported.");
    }

    private void Escape(bool inClass)
    {
        if (_position + 1 == _pattern.Length)
            throw new ArgumentException("it ends in a backslash.");
        char c = _pattern[_position + 1];
        string whole = $"\\{c}";
        _position += 2;
        switch (c)
        {
            case 'p' or 'P': Category(c); break;
            case 'w': _output.Append(inClass ? WordCharacters : $"[{WordCharacters}]"); break;
            case 'W' when !inClass: _output.Append($"[^{WordCharacters}]"); break;
            case 'h': _output.Append(inClass ? "0-9a-fA-F" : "[0-9a-fA-F]"); break;
            case 'u' or 'x': CodePoint(c); break;
            case 'd' or 'D' or 's' or 'S' or 'r' or 'n' or 't' or 'f' or 'v' or 'a' or 'e': _output.Append(whole); break;
            case 'b' or 'B' or 'A' or 'z' or 'Z' when !inClass: _output.Append(whole); break;
            default:
                if (char.IsAsciiLetterOrDigit(c))
                    throw new ArgumentException($"the escape \"{whole}\" at {_position - 2} is not supported.");
                _output.Append(whole);
                break;
        }
    }

    private void CodePoint(char kind)
    {
        ReadOnlySpan<char> rest = _pattern[_position..];
        int close = rest.IndexOf('}');
        bool braced = kind == 'x' && rest.StartsWith("{") && close > 0;
        int digits = braced ? close - 1 : kind == 'u' ? 4 : 2;
        ReadOnlySpan<char> hex = rest.Length < digits ? "" : braced ? rest[1..close] : rest[..digits];
        if (!int.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value))
            throw new ArgumentException($"the escape \"\\{kind}\" at {_position - 2} has no hexadecimal number.");
        if (value > 0xFFFF)
            throw new ArgumentException($"it names U+{value:X}, which is beyond U+FFFF and not supported.");
        _output.Append(CultureInfo.InvariantCulture, $"\\u{value:X4}");
        _position += braced ? close + 1 : digits;
    }

    private void Category(char letter)
    {
        ReadOnlySpan<char> rest = _pattern[_position..];
        int close = rest.IndexOf('}');
        if (!rest.StartsWith("{") || close < 2)
            throw new ArgumentException($"\"\\{letter}\" at {_position - 2} is not followed by a {{category}}.");
        string name = rest[1..close].ToString();
        bool negated = letter == 'P' ^ name.StartsWith('^');
        string plain = name.TrimStart('^');
        string category = s_longNames.GetValueOrDefault(plain, plain);
        if (!s_categories.Contains(category))
            throw new ArgumentException($"\"\\p{{{name}}}\" is not supported; only Unicode categories such as L, Lu, N, P, S, Z are.");
        _output.Append(CultureInfo.InvariantCulture, $"\\{(negated ? 'P' : 'p')}{{{category}}}");
        _position += close + 1;
    }

    private static readonly HashSet<string> s_categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
    ];

    private static readonly Dictionary<string, string> s_longNames = new()
    {
        ["Letter"] = "L",
        ["Uppercase_Letter"] = "Lu",
        ["Lowercase_Letter"] = "Ll",
        ["Mark"] = "M",
        ["Number"] = "N",
        ["Decimal_Number"] = "Nd",
        ["Punctuation"] = "P",
        ["Punct"] = "P",
        ["Symbol"] = "S",
        ["Separator"] = "Z",
        ["Other"] = "C",
    };
}
