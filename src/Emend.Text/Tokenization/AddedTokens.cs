using System.Buffers;
using System.Globalization;
using System.Text;

namespace Emend.Text.Tokenization;

/// <summary>A token that is looked for in the text before the model sees it. The flags are those of the file format.</summary>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool Lstrip, bool Rstrip, bool Normalized, bool Special)
{
    /// <summary>What is looked for, and what the decoder sees: the content after the normalizer, for a token that is normalized.</summary>
    public string Form { get; init; } = Content;
}

/// <summary>Finds added tokens in a text: leftmost first, then longest, as the Hugging Face library does.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly SearchValues<char> _firsts;

    public AddedTokenSplitter(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.GroupBy(token => token.Form[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Form.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The text cut into added tokens and what lies between them, without gaps; no empty parts.</summary>
    /// <param name="isLiteral">Whether a range of the text must not be read as a special token.</param>
    public List<(int Start, int End, AddedToken? Token)> Split(string text, Func<int, int, bool>? isLiteral = null)
    {
        var parts = new List<(int, int, AddedToken?)>();
        int done = 0, position = 0;
        while (position < text.Length)
        {
            int next = text.AsSpan(position).IndexOfAny(_firsts);
            if (next < 0)
                break;
            position += next;
            AddedToken? token = LongestAt(text, position);
            if (token is null || token.Special && isLiteral?.Invoke(position, position + token.Form.Length) == true)
            {
                position++;
                continue;
            }
            int start = position, end = position + token.Form.Length;
            position = end;
            if (start < done || (token.SingleWord && (EndsInWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end)))))
                continue;
            while (token.Lstrip && start > done && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.Rstrip && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > done)
                parts.Add((done, start, null));
            parts.Add((start, end, token));
            done = end;
        }
        if (done < text.Length)
            parts.Add((done, text.Length, null));
        return parts;
    }

    private AddedToken? LongestAt(string text, int position)
    {
        foreach (AddedToken token in _byFirst[text[position]])
        {
            if (text.AsSpan(position).StartsWith(token.Form))
                return token;
        }
        return null;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
