namespace Emend.Text.Tokenization;

/// <summary>
/// A text made from a source text, where each UTF-16 unit knows the range of the source that it came from.
/// Ranges never run backwards. A unit that was inserted has an empty range; units that were made together share one range.
/// </summary>
internal sealed class AlignedText
{
    private readonly int[]? _starts;
    private readonly int[]? _ends;
    private readonly int _offset;

    private AlignedText(string text, int[]? starts, int[]? ends, int offset)
    {
        Text = text;
        _starts = starts;
        _ends = ends;
        _offset = offset;
    }

    public string Text { get; }

    /// <summary>The units [start, end) of the source, each standing for itself. A lone surrogate becomes U+FFFD: no byte encoding has it.</summary>
    public static AlignedText OfSource(string source, int start, int end) =>
        new(LoneSurrogates.Replace(source[start..end]), null, null, start);

    public static AlignedText Of(string text, int[] starts, int[] ends) => new(text, starts, ends, 0);

    public int SourceStart(int unit) => _starts is null ? _offset + unit : _starts[unit];

    public int SourceEnd(int unit) => _ends is null ? _offset + unit + 1 : _ends[unit];

    /// <summary>The source range behind the units [start, end), which are not empty.</summary>
    public TextSpan SourceSpan(int start, int end) => new(SourceStart(start), SourceEnd(end - 1));

    public AlignedText Slice(int start, int end)
    {
        if (start == 0 && end == Text.Length)
            return this;
        return _starts is null
            ? new AlignedText(Text[start..end], null, null, _offset + start)
            : new AlignedText(Text[start..end], _starts[start..end], _ends![start..end], 0);
    }
}

/// <summary>Collects the units of a new <see cref="AlignedText"/> from left to right.</summary>
internal sealed class AlignedTextBuilder(int capacity)
{
    private char[] _text = new char[Math.Max(16, capacity)];
    private int[] _starts = new int[Math.Max(16, capacity)];
    private int[] _ends = new int[Math.Max(16, capacity)];

    public int Length { get; private set; }

    public void Append(char unit, int sourceStart, int sourceEnd)
    {
        if (Length == _text.Length)
            Grow();
        _text[Length] = unit;
        _starts[Length] = sourceStart;
        _ends[Length] = sourceEnd;
        Length++;
    }

    /// <summary>Several units that all stand for the same source range.</summary>
    public void Append(ReadOnlySpan<char> units, int sourceStart, int sourceEnd)
    {
        foreach (char unit in units)
            Append(unit, sourceStart, sourceEnd);
    }

    /// <summary>The units [start, end) of another text, as they are.</summary>
    public void Append(AlignedText other, int start, int end)
    {
        for (int i = start; i < end; i++)
            Append(other.Text[i], other.SourceStart(i), other.SourceEnd(i));
    }

    public AlignedText Build() => AlignedText.Of(new string(_text, 0, Length), _starts[..Length], _ends[..Length]);

    private void Grow()
    {
        Array.Resize(ref _text, 2 * _text.Length);
        Array.Resize(ref _starts, 2 * _starts.Length);
        Array.Resize(ref _ends, 2 * _ends.Length);
    }
}

internal static class LoneSurrogates
{
    /// <summary>The text with every surrogate that has no partner replaced by U+FFFD, unit for unit.</summary>
    public static string Replace(string text)
    {
        int first = FirstLone(text, 0);
        if (first < 0)
            return text;
        char[] units = text.ToCharArray();
        for (int at = first; at >= 0; at = FirstLone(text, at + 1))
            units[at] = '\uFFFD';
        return new string(units);
    }

    private static int FirstLone(string text, int from)
    {
        for (int i = from; i < text.Length; i++)
        {
            int next = text.AsSpan(i).IndexOfAnyInRange('\uD800', '\uDFFF');
            if (next < 0)
                return -1;
            i += next;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return i;
            i++;
        }
        return -1;
    }
}
