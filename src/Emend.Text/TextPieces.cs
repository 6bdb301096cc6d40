using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Emend.Text;

/// <summary>
/// The pieces in which an edit is shown to people: a word (letters, digits and the marks on them) is one piece, so is every other
/// character as people see it, and every single white space. Scripts that put no spaces between words are cut into characters.
/// Together the pieces are the text.
/// </summary>
public static class TextPieces
{
    // First and last code points of scripts written without spaces: Thai to Myanmar, Khmer, kana to Han, Han extensions.
    private static readonly (int First, int Last)[] WithoutSpaces = [(0x0E00, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)];

    /// <summary>The text cut into pieces, as units for an alignment; a piece is known by its text.</summary>
    public static TextUnits Cut(string text)
    {
        var spans = ImmutableArray.CreateBuilder<TextSpan>();
        for (int start = 0; start < text.Length;)
        {
            int end = IsWordPart(text, start) ? EndOfWord(text, start) : start + StringInfo.GetNextTextElementLength(text, start);
            if (char.IsWhiteSpace(text[start]))
                end = start + 1;
            spans.Add(new TextSpan(start, end));
            start = end;
        }
        return new TextUnits(text, [.. new int[spans.Count]], spans.ToImmutable());
    }

    /// <summary>The pieces that are no white space: what "words" are where a text may be in any script.</summary>
    public static TextUnits Words(string text)
    {
        ImmutableArray<TextSpan> words = [.. Cut(text).Spans.Where(span => !char.IsWhiteSpace(text[span.Start]))];
        return new TextUnits(text, [.. new int[words.Length]], words);
    }

    private static int EndOfWord(string text, int start)
    {
        int end = start;
        while (end < text.Length && IsWordPart(text, end))
            end += RuneLength(text, end);
        return end;
    }

    private static bool IsWordPart(string text, int at)
    {
        Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out _);
        bool letter = Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
        return letter && !WithoutSpaces.Any(range => rune.Value >= range.First && rune.Value <= range.Last);
    }

    private static int RuneLength(string text, int at)
    {
        Rune.DecodeFromUtf16(text.AsSpan(at), out _, out int length);
        return length;
    }
}
