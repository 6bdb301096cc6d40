using System.Collections.Immutable;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>How often human edits changed or removed a word, of the times it stood in a response. Share = Removals / Occurrences.</summary>
public sealed record RemovedWord(string Word, int Removals, int Occurrences)
{
    public double Share => (double)Removals / Occurrences;
}

/// <summary>
/// Words that people take out. A word is what stands between single spaces, as written; it counts as removed where the word-level
/// edit script replaces or deletes it.
/// </summary>
public static class RemovedWords
{
    /// <summary>The words of which at least minimumCount stood in the responses and at least minimumShare of those were removed; in ordinal order.</summary>
    /// <exception cref="InvalidInputException">A row is too long to align, or minimumShare is not within (0, 1].</exception>
    public static ImmutableSortedSet<string> Learn(IEnumerable<EditRow> rows, int minimumCount, double minimumShare)
    {
        if (!(minimumShare is > 0 and <= 1))
            throw new InvalidInputException(FormattableString.Invariant($"minimumShare: {minimumShare} is not above 0 and at most 1"));
        return Count(rows)
            .Where(word => word.Occurrences >= minimumCount && word.Share >= minimumShare)
            .Select(word => word.Word)
            .ToImmutableSortedSet(StringComparer.Ordinal);
    }

    /// <summary>Every word of the responses with its counts: most removals first, then the higher share, then ordinal order.</summary>
    public static IReadOnlyList<RemovedWord> Count(IEnumerable<EditRow> rows) =>
        Count(rows.Select(row => WordEdits.Of(row)));

    internal static IReadOnlyList<RemovedWord> Count(IEnumerable<TextEdit> edits)
    {
        var counts = new Dictionary<string, (int Removals, int Occurrences)>(StringComparer.Ordinal);
        foreach (TextEdit edit in edits)
        {
            foreach ((int i, bool changed) in edit.Script.OriginalChanged().Index())
            {
                string word = edit.Response.Covered(i).ToString();
                if (word.Length == 0)
                    continue;                                     // the gap between two spaces
                (int removals, int occurrences) = counts.GetValueOrDefault(word);
                counts[word] = (removals + (changed ? 1 : 0), occurrences + 1);
            }
        }
        return
        [
            .. counts.Select(count => new RemovedWord(count.Key, count.Value.Removals, count.Value.Occurrences))
                .OrderByDescending(word => word.Removals).ThenByDescending(word => word.Share).ThenBy(word => word.Word, StringComparer.Ordinal),
        ];
    }
}

internal static class WordEdits
{
    /// <summary>The edit of a row in words; a row that is too long to align is named.</summary>
    public static TextEdit Of(EditRow row)
    {
        try
        {
            return TextEdits.ComputeWords(row.Response, row.Edited);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"row \"{row.Id}\" (line {row.Line}): {exception.Message}");
        }
    }
}
