using System.Text.Json;
using Emend.Text;

namespace Emend.Cli;

/// <summary>JSON lines from a stream: one object for each line, handed on as soon as the line is complete.</summary>
internal static class JsonLines
{
    private const string StandardInput = "standard input";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Answers every line of stdin with one line of JSON on stdout, flushed, in order; blank lines are passed over. The first bad line ends it, named by its number.</summary>
    public static void Answer<T>(Func<JsonRow, T> answer)
    {
        foreach (JsonRow row in Read(Console.OpenStandardInput(), StandardInput))
            JsonOutput.WriteLine(Located(row, answer));
    }

    /// <summary>The rows of a file, all read before the first is used.</summary>
    public static IReadOnlyList<JsonRow> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        return [.. Read(file, path)];
    }

    /// <summary>The rows of a file that another process appends to, or was killed over: what has no line end yet is passed over.</summary>
    public static IReadOnlyList<JsonRow> ReadWhole(string path) => [.. Rows(AppendedLines.Read(path), path)];

    /// <summary>The rows of a stream; <paramref name="source"/> is its name in error messages.</summary>
    public static IEnumerable<JsonRow> Read(Stream stream, string source) => Rows(ByteLines.Read(stream).Select(line => line.Line), source);

    private static IEnumerable<JsonRow> Rows(IEnumerable<byte[]> lines, string source)
    {
        int number = 0;
        foreach (byte[] line in lines)
        {
            number++;
            if (line.All(unit => unit is (byte)' ' or (byte)'\t' or (byte)'\r'))
                continue;
            yield return Parse(number == 1 && line.AsSpan().StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line, source, number);
        }
    }

    // What a model or a diff refuses does not know its line.
    private static T Located<T>(JsonRow row, Func<JsonRow, T> answer)
    {
        try
        {
            return answer(row);
        }
        catch (InvalidInputException exception) when (!exception.Message.StartsWith(row.Place, StringComparison.Ordinal))
        {
            throw new InvalidInputException($"{row.Place}: {exception.Message}");
        }
    }

    private static JsonRow Parse(byte[] line, string source, int number)
    {
        try
        {
            JsonElement element = JsonElement.Parse(line, Strict);
            if (element.ValueKind != JsonValueKind.Object)
                throw new InvalidInputException($"{source}:{number}: found JSON of kind {element.ValueKind.ToString().ToLowerInvariant()} where one JSON object is expected");
            return new JsonRow(element, source, number);
        }
        catch (JsonException exception)
        {
            if (JsonFaults.RepeatedKey(exception) is { } key)
                throw new InvalidInputException($"{source}:{number}: {key} stands twice in one object; once is expected");
            string where = exception.BytePositionInLine is long position ? $" at byte {position + 1}" : "";
            throw new InvalidInputException($"{source}:{number}: not valid JSON{where}; every line must be one JSON object");
        }
    }
}
