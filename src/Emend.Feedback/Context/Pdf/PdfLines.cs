using System.Text;

namespace Emend.Feedback.Context.Pdf;

/// <summary>
/// Puts what a page shows into lines. They come in the order of the file, which is that of reading in what word processors and browsers write (columns, cells),
/// except where a line that stands under another, within the same columns, came before it. A gap between two pieces of a line is a space, a gap between two lines a paragraph.
/// </summary>
internal sealed class PdfLines
{
    // In heights of the font. Words stand a quarter apart, when squeezed a fifth; letters are moved together by a tenth.
    private const double SpaceOfWords = 0.17, SameLine = 0.6, StepBack = 1, Paragraph = 1.75;
    private const int MostLines = 100_000, MostSortedLines = 600;

    private readonly List<Line> _lines = [];
    private readonly long _mostCharacters;
    private long _characters;

    public PdfLines(long mostCharacters) => _mostCharacters = mostCharacters;

    /// <summary>A line: along its direction from Start to End, at a height Y across it, all in units of the page.</summary>
    private sealed class Line(double x, double y, double start, double height, double size)
    {
        public readonly StringBuilder Text = new();
        public readonly double X = x, Y = y, Start = start, Height = height;
        public double End = start, Size = size;
    }

    /// <summary>Adds a piece that begins at (x, y) of the page, runs into the direction (alongX, alongY), a unit, for so long, with characters of such a size.</summary>
    public void Add(string text, (double X, double Y) at, (double X, double Y) along, double length, double size)
    {
        double start = at.X * along.X + at.Y * along.Y, height = at.Y * along.X - at.X * along.Y;
        Line? line = _lines.Count > 0 ? _lines[^1] : null;
        bool goesOn = line is not null && line.X * along.X + line.Y * along.Y > 0.99 && Math.Abs(line.Height - height) <= SameLine * Math.Min(line.Size, size)
            && start >= line.End - StepBack * line.Size;
        if (!goesOn)
        {
            if (text.Length == 0 || string.IsNullOrWhiteSpace(text))
                return;
            if (_lines.Count == MostLines)
                throw new PdfProblemException($"one of its pages has more than {MostLines} lines, which is not read");
            _lines.Add(line = new Line(along.X, along.Y, start, height, size));
        }
        else if (text.Length > 0 && start - line!.End > SpaceOfWords * size && !char.IsWhiteSpace(line.Text[^1]) && !char.IsWhiteSpace(text[0]))
        {
            line.Text.Append(' ');
        }
        line!.Text.Append(text);
        line.End = Math.Max(line.End, start + length);
        line.Size = Math.Max(line.Size, size);
        _characters += text.Length;
        if (_characters > _mostCharacters)
            throw new PdfProblemException($"holds more than {_mostCharacters} characters of text, which is not read; split it");
    }

    /// <summary>The lines so far, and begins a new page.</summary>
    public string Taken()
    {
        var text = new StringBuilder();
        Line? before = null;
        foreach (Line line in Ordered())
        {
            if (before is not null)
                text.Append(IsApart(before, line) ? "\n\n" : "\n");
            text.Append(line.Text.ToString().Trim());
            before = line;
        }
        _lines.Clear();
        return text.ToString();
    }

    // Upwards goes who begins the next column, where a sentence may go on.
    private static bool IsApart(Line before, Line line) =>
        !IsSameDirection(before, line) || before.Height - line.Height > Paragraph * Math.Min(before.Size, line.Size);

    private static bool IsSameDirection(Line one, Line other) => one.X * other.X + one.Y * other.Y > 0.99;

    private static bool IsAbove(Line one, Line other)
    {
        double size = Math.Min(one.Size, other.Size);
        return one.Height - other.Height > SameLine * size && Math.Min(one.End, other.End) - Math.Max(one.Start, other.Start) > size / 2 && IsSameDirection(one, other);
    }

    /// <summary>Topological order (Breuel 2003, "High performance document layout analysis", first rule): the first line in the file that no remaining one stands above.</summary>
    private IEnumerable<Line> Ordered()
    {
        int count = _lines.Count;
        if (count > MostSortedLines)
            return _lines;
        int[] above = new int[count];
        bool isOrdered = true;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                if (IsAbove(_lines[j], _lines[i]))
                {
                    above[i]++;
                    isOrdered &= j < i;
                }
            }
        }
        if (isOrdered)
            return _lines;
        var ordered = new List<Line>(count);
        while (ordered.Count < count)
        {
            int next = Array.IndexOf(above, 0);
            // No line stands above itself, however roundabout; but sizes differ, and where three contradict each other the file's order holds.
            if (next < 0)
                return _lines;
            above[next] = -1;
            ordered.Add(_lines[next]);
            for (int i = 0; i < count; i++)
            {
                if (above[i] > 0 && IsAbove(_lines[next], _lines[i]))
                    above[i]--;
            }
        }
        return ordered;
    }
}
