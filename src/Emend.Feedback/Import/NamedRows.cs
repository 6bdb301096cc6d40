using Emend.Text;

namespace Emend.Feedback;

/// <summary>Rows of a file that have ids, each one an id of its own.</summary>
internal static class NamedRows
{
    /// <summary>
    /// One row in memory at a time. Whoever takes the last one is told of every problem, and must forget the rows before it; a row that was not
    /// understood, or whose id was there before, is not given.
    /// </summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as it should be.</exception>
    public static IEnumerable<T> Stream<T>(string path, Func<RowReader, T?> read, Func<T, string> id) where T : class
    {
        var problems = new Problems(path);
        var lines = new Dictionary<string, int>();
        foreach (JsonRow json in JsonRows.Stream(path, problems))
        {
            var reader = new RowReader(json, problems);
            if (read(reader) is not { } row)
                continue;
            if (lines.TryAdd(id(row), json.Line))
                yield return row;
            else
                reader.Problem("id", $"\"{id(row)}\" is already the id of line {lines[id(row)]}; an id of its own is expected");
        }
        problems.ThrowIfAny();
    }
}
