namespace Emend.Text;

/// <summary>A half-open range [Start, End) of a text, in UTF-16 code units: the unit that browsers and .NET strings both count.</summary>
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>Number of UTF-16 code units covered.</summary>
    public int Length => End - Start;

    /// <summary>Whether the two ranges share at least one code unit.</summary>
    public bool Overlaps(TextSpan other) => Start < other.End && other.Start < End;
}
