using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>One object of a file and the line (from 1) that it begins on.</summary>
/// <param name="Before">Objects that begin on the same line before it: an array may be written on one line.</param>
internal readonly record struct JsonRow(int Line, JsonElement Object, int Before = 0);

/// <summary>
/// The objects of a JSON Lines file, or of a JSON file that is one array. UTF-8, with or without byte order mark; LF or CR LF. A file is
/// read as it comes, with no more than one row in memory.
/// </summary>
internal static class JsonRows
{
    private const int LongestRow = 64 << 20;
    private const int BufferSize = 64 << 10;
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Every row; blank lines are passed over. What is not JSON or not an object becomes a problem with its line.</summary>
    /// <exception cref="InvalidInputException">The file is not there, is empty, or is not UTF-8.</exception>
    public static List<JsonRow> Read(string path, Problems problems) => [.. Stream(path, problems)];

    /// <summary>The same, row by row. Problems are all there once the last row was taken.</summary>
    public static IEnumerable<JsonRow> Stream(string path, Problems problems)
    {
        InvalidInputException.ThrowIfNoFile(path, "a JSON Lines file");
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize);
        (int line, int before) = (0, 0);
        foreach (JsonPiece piece in JsonPieces.Cut(file, path, LongestRow))
        {
            (line, before) = (piece.Line, piece.Line == line ? before + 1 : 0);
            if (piece.Problem is string problem)
                problems.Add(piece.Line, problem);
            else if (Row(piece, problems) is JsonRow row)
                yield return row with { Before = before };
        }
    }

    private static JsonRow? Row(JsonPiece piece, Problems problems)
    {
        try
        {
            JsonElement element = JsonElement.Parse(piece.Text.Span, Options);
            if (element.ValueKind == JsonValueKind.Object)
                return new JsonRow(piece.Line, element);
            problems.Add(piece.Line, $"{RowReader.Shown(element)} is {RowReader.Kind(element)}; an object is expected");
        }
        catch (JsonException exception)
        {
            int line = (int)(exception.LineNumber ?? 0);
            problems.Add(piece.Line + line, NotJson(exception, line == 0 ? piece.Column : 0));
        }
        return null;
    }

    private static string NotJson(JsonException exception, int column)
    {
        if (JsonFaults.RepeatedKey(exception) is { } key)
            return $"{key}: stands twice in one object; once is expected";
        return $"is not valid JSON at byte {column + (exception.BytePositionInLine ?? 0) + 1} of the line: {JsonFaults.Sentence(exception)}";
    }
}
