using System.Collections.Immutable;

namespace Emend.Text;

/// <summary>
/// A text cut into the units that an edit is measured in (tokens of a model, or words). Unit i has Ids[i] and covers Spans[i] of
/// Text; spans may overlap (bytes of one character), be empty, and need not cover the whole text.
/// </summary>
public sealed record TextUnits(string Text, ImmutableArray<int> Ids, ImmutableArray<TextSpan> Spans)
{
    public int Count => Ids.Length;

    /// <summary>The text that unit i covers.</summary>
    public ReadOnlySpan<char> Covered(int i) => Text.AsSpan(Spans[i].Start, Spans[i].Length);

    /// <summary>Words are what lies between single spaces: two spaces in a row make an empty word, and the empty text is one empty word.</summary>
    public static TextUnits Words(string text)
    {
        var spans = ImmutableArray.CreateBuilder<TextSpan>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != ' ')
                continue;
            spans.Add(new TextSpan(start, i));
            start = i + 1;
        }
        return new TextUnits(text, [.. new int[spans.Count]], spans.ToImmutable());   // a word is known by its text alone
    }

    /// <summary>Tokens of a model, without special tokens around them.</summary>
    public static TextUnits Tokens(string text, Tokenizer tokenizer)
    {
        Encoding encoding = tokenizer.EncodeWithSpans(text);
        return Tokens(text, encoding.Ids, encoding.Spans);
    }

    /// <summary>Tokens of a model, with the span of the text that each one covers.</summary>
    /// <exception cref="ArgumentException">Ids and spans differ in number, or a span is not within the text.</exception>
    public static TextUnits Tokens(string text, ReadOnlySpan<int> ids, ReadOnlySpan<TextSpan> spans)
    {
        if (ids.Length != spans.Length)
            throw new ArgumentException($"{ids.Length} ids against {spans.Length} spans");
        foreach (TextSpan span in spans)
        {
            if (span.Start < 0 || span.End < span.Start || span.End > text.Length)
                throw new ArgumentException($"span [{span.Start}, {span.End}) is not within a text of {text.Length} UTF-16 units");
        }
        return new TextUnits(text, [.. ids], [.. spans]);
    }
}
