// Patterns of a tokenizer.json: {"String": …} or {"Regex": …}. The published regexes are written for Oniguruma, which works on
// code points; .NET works on UTF-16 units. So the regex is translated (OnigurumaTranslation) and a text with characters beyond
// U+FFFF is matched through a projection, in which each of them is one stand-in character of the same Unicode category.
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Emend.Text.Tokenization;

internal static partial class TokenizerPattern
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Compiled;

    /// <summary>The split that GPT-2 published (Radford et al. 2019): contractions, letters, numbers, the rest, white space.</summary>
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    public static partial Regex Gpt2Split();

    public static Regex Read(JsonPlace place)
    {
        if (place.OptionalText("String") is string literal)
            return new Regex(literal.Length == 0 ? "(?!)" : Regex.Escape(literal), Options);
        string pattern = place.Text("Regex");
        try
        {
            return FromOniguruma(pattern);
        }
        catch (ArgumentException problem)
        {
            throw place.Wrong("Regex", $"\"{pattern}\" cannot be used: {problem.Message}");
        }
    }

    public static Regex FromOniguruma(string pattern) => new(OnigurumaTranslation.ToDotNet(pattern), Options);

    /// <summary>The matches in a text, as ranges of its UTF-16 units, left to right.</summary>
    public static List<(int Start, int End)> Matches(Regex pattern, ReadOnlySpan<char> text)
    {
        var matches = new List<(int, int)>();
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            foreach (ValueMatch match in pattern.EnumerateMatches(text))
                matches.Add((match.Index, match.Index + match.Length));
            return matches;
        }
        char[] projected = new char[text.Length];
        int[] positions = new int[text.Length + 1];
        int count = 0, position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            projected[count] = rune.IsBmp ? (char)rune.Value : StandIn(rune);
            positions[count++] = position;
            position += rune.Utf16SequenceLength;
        }
        positions[count] = position;
        foreach (ValueMatch match in pattern.EnumerateMatches(projected.AsSpan(0, count)))
            matches.Add((positions[match.Index], positions[match.Index + match.Length]));
        return matches;
    }

    /// <summary>A character below U+10000 of the same category, chosen where no published pattern names it.</summary>
    private static char StandIn(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter => '\uA732',
        UnicodeCategory.LowercaseLetter => '\uA733',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u1401',
        UnicodeCategory.NonSpacingMark => '\u0483',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '\u1810',
        UnicodeCategory.LetterNumber => '\u16EE',
        UnicodeCategory.OtherNumber => '\u2460',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u2E1A',
        UnicodeCategory.OpenPunctuation => '\u2045',
        UnicodeCategory.ClosePunctuation => '\u2046',
        UnicodeCategory.InitialQuotePunctuation => '\u2E02',
        UnicodeCategory.FinalQuotePunctuation => '\u2E03',
        UnicodeCategory.OtherPunctuation => '\u2056',
        UnicodeCategory.MathSymbol => '\u2200',
        UnicodeCategory.CurrencySymbol => '\u20A0',
        UnicodeCategory.ModifierSymbol => '\u02C2',
        UnicodeCategory.OtherSymbol => '\u2800',
        UnicodeCategory.Format => '\u2060',
        UnicodeCategory.PrivateUse => '\uE000',
        UnicodeCategory.SpaceSeparator => '\u2000',
        _ => '\uFFFE',
    };
}
