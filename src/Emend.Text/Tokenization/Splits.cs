namespace Emend.Text.Tokenization;

/// <summary>What becomes of the matches when a text is cut around them (the names are the file format's).</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

internal static class Splits
{
    /// <summary>Adds the pieces of [start, end) to <paramref name="words"/>. Matches are relative to start and in order; empty pieces are dropped.</summary>
    public static void Apply(List<(int Start, int End)> matches, int start, int end, SplitBehavior behavior, bool invert, List<(int Start, int End)> words)
    {
        var parts = new List<(int Start, int End, bool IsMatch)>(2 * matches.Count + 1);
        int done = start;
        foreach ((int matchStart, int matchEnd) in matches)
        {
            if (start + matchStart > done)
                parts.Add((done, start + matchStart, invert));
            if (matchEnd > matchStart)
                parts.Add((start + matchStart, start + matchEnd, !invert));
            done = start + matchEnd;
        }
        if (done < end)
            parts.Add((done, end, invert));

        int first = words.Count;
        for (int i = 0; i < parts.Count; i++)
        {
            (int partStart, int partEnd, bool isMatch) = parts[i];
            bool joins = behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && i > 0 && !parts[i - 1].IsMatch,
                SplitBehavior.MergedWithNext => !isMatch && i > 0 && parts[i - 1].IsMatch,
                SplitBehavior.Contiguous => i > 0 && isMatch == parts[i - 1].IsMatch,
                _ => false,
            };
            if (joins && words.Count > first)
                words[^1] = (words[^1].Start, partEnd);
            else if (behavior != SplitBehavior.Removed || !isMatch)
                words.Add((partStart, partEnd));
        }
    }
}
