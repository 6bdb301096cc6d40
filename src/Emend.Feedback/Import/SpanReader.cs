using System.Collections.Immutable;
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>
/// Marked stretches of a response. Files count code points unless the row says "offset_unit": "utf-16"; both count in the text as the
/// file has it, with its CR LF. Here they become UTF-16 code units of the text with LF.
/// </summary>
internal static class SpanReader
{
    public const string UnitField = "offset_unit";
    public const string Utf16 = "utf-16";
    private const string CodePoints = "code-points";

    public static ImmutableArray<LabelledSpan> Read(RowReader reader, string? response)
    {
        string unit = reader.OptionalText(UnitField) ?? CodePoints;
        if (unit is not (CodePoints or Utf16))
            reader.Problem(UnitField, $"\"{unit}\" is not a unit of offsets ({CodePoints}, {Utf16})");
        if (reader.Optional("spans") is not JsonElement list || response is null)
            return [];
        int[] offsets = unit == Utf16 ? [.. Enumerable.Range(0, response.Length + 1)] : CodePointOffsets(response);
        var spans = ImmutableArray.CreateBuilder<LabelledSpan>();
        foreach ((string path, JsonElement value) in reader.Elements("spans", list))
        {
            int? start = Offset(reader, path, value, "start");
            int? end = Offset(reader, path, value, "end");
            string? label = Optional(reader, path, value, "label");
            string? replacement = Optional(reader, path, value, "replacement");
            if (start is null || end is null)
                continue;
            if (Check(reader, path, response, offsets, start.Value, end.Value, unit))
                spans.Add(new LabelledSpan(new TextSpan(Normalized(response, offsets[start.Value]), Normalized(response, offsets[end.Value])), label, replacement));
        }
        return spans.ToImmutable();
    }

    private static bool Check(RowReader reader, string path, string response, int[] offsets, int start, int end, string unit)
    {
        int length = offsets.Length - 1;
        string? problem = start < 0 ? $"start: {start} is before the response, which begins at 0"
            : end > length ? $"end: {end} is past the end of the response, which has {length} {unit}"
            : end < start ? $"end: {end} is before the start, {start}"
            : InsideAPair(response, offsets[start]) ? $"start: {start} lies inside a surrogate pair"
            : InsideAPair(response, offsets[end]) ? $"end: {end} lies inside a surrogate pair" : null;
        if (problem is not null)
            reader.Problem($"{path}.{problem[..problem.IndexOf(':')]}", problem[(problem.IndexOf(':') + 2)..]);
        return problem is null;
    }

    private static int? Offset(RowReader reader, string path, JsonElement span, string field) =>
        reader.Member(path, span, field, "a whole number") is JsonElement value ? reader.Integer($"{path}.{field}", value) : null;

    private static string? Optional(RowReader reader, string path, JsonElement span, string field) =>
        span.ValueKind == JsonValueKind.Object && span.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? reader.Text($"{path}.{field}", value) : null;

    /// <summary>UTF-16 offset of each code point, and of the end.</summary>
    private static int[] CodePointOffsets(string text)
    {
        var offsets = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
            offsets.Add(i);
        offsets.Add(text.Length);
        return [.. offsets];
    }

    private static bool InsideAPair(string text, int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);

    /// <summary>The offset in the text with LF of an offset in the text with CR LF.</summary>
    private static int Normalized(string text, int offset)
    {
        int removed = 0;
        for (int i = 0; i < offset && i + 1 < text.Length; i++)
            removed += text[i] == '\r' && text[i + 1] == '\n' ? 1 : 0;
        return offset - removed;
    }
}
