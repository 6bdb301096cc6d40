using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>One object of a file and the line (from 1) that it begins on.</summary>
internal readonly record struct JsonRow(int Line, JsonElement Object);

/// <summary>The objects of a JSON Lines file, or of a JSON file that is one array. UTF-8, with or without byte order mark; LF or CR LF.</summary>
internal static class JsonRows
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Every row; blank lines are passed over. What is not JSON or not an object becomes a problem with its line.</summary>
    /// <exception cref="InvalidInputException">The file is not there, is empty, or is not UTF-8.</exception>
    public static List<JsonRow> Read(string path, Problems problems)
    {
        if (Directory.Exists(path))
            throw new InvalidInputException($"{path}: is a folder; a JSON Lines file is expected.");
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: there is no such file; a JSON Lines file is expected.");
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new InvalidInputException($"{path}: is UTF-16 text; UTF-8 is expected.");
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];

        ReadOnlySpan<byte> content = bytes.TrimStart(" \t\r\n"u8);
        if (content.IsEmpty)
            throw new InvalidInputException($"{path}: is empty; one JSON object per line is expected.");
        return content[0] == '[' ? Array(bytes, problems) : Lines(bytes, problems);
    }

    private static List<JsonRow> Lines(ReadOnlySpan<byte> bytes, Problems problems)
    {
        var rows = new List<JsonRow>();
        int line = 0;
        foreach (Range range in bytes.Split((byte)'\n'))
        {
            line++;
            ReadOnlySpan<byte> text = bytes[range].Trim(" \t\r"u8);
            if (!text.IsEmpty)
                Add(rows, line, text, problems);
        }
        return rows;
    }

    private static List<JsonRow> Array(ReadOnlySpan<byte> bytes, Problems problems)
    {
        var rows = new List<JsonRow>();
        int line = 1, counted = 0;
        var reader = new Utf8JsonReader(bytes);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)reader.TokenStartIndex;
                line += bytes[counted..start].Count((byte)'\n');
                counted = start;
                reader.Skip();
                Add(rows, line, bytes[start..(int)reader.BytesConsumed], problems);
            }
            while (reader.Read())
            {
                // Only white space may follow the array; the reader throws at anything else.
            }
        }
        catch (JsonException exception)
        {
            problems.Add((int)(exception.LineNumber ?? 0) + 1, NotJson(exception));
        }
        return rows;
    }

    private static void Add(List<JsonRow> rows, int line, ReadOnlySpan<byte> text, Problems problems)
    {
        try
        {
            JsonElement element = JsonElement.Parse(text, Options);
            if (element.ValueKind == JsonValueKind.Object)
                rows.Add(new JsonRow(line, element));
            else
                problems.Add(line, $"{RowReader.Shown(element)} is {RowReader.Kind(element)}; an object is expected");
        }
        catch (JsonException exception)
        {
            problems.Add(line, NotJson(exception));
        }
    }

    private static string NotJson(JsonException exception)
    {
        string message = exception.Message;
        int tail = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string reason = (tail < 0 ? message : message[..tail]).TrimEnd('.');
        return $"is not valid JSON at byte {(exception.BytePositionInLine ?? 0) + 1} of the line: {reason}";
    }
}
