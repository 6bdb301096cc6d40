// Format: docs/formats/edits.md, "Edit rows".
using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>Reads and writes files of human edits, one JSON object per line.</summary>
public static class EditRows
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All rows of a file, or none. A row without id is named after its line, a row without group is its own group.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as docs/formats/edits.md says: every problem with its line and field.</exception>
    public static IReadOnlyList<EditRow> Read(string path) => [.. NamedRows.Stream(path, Row, row => row.Id)];

    private static EditRow? Row(RowReader reader)
    {
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string group = reader.OptionalText("group") ?? id;
        string? prompt = reader.Text("prompt");
        string? raw = reader.Required("response", "a string") is JsonElement value ? reader.RawText("response", value) : null;
        string? response = raw is null ? null : reader.Normalized(raw);
        string? edited = reader.Text("edited");
        ImmutableArray<LabelledSpan> spans = SpanReader.Read(reader, raw);
        int before = reader.Optional("newlines_normalized") is JsonElement count ? reader.Integer("newlines_normalized", count) ?? 0 : 0;
        RowExtras extra = reader.Rest();
        if (prompt is null || response is null || edited is null)
            return null;
        return new EditRow(id, group, prompt, response, edited)
        {
            Spans = spans,
            Extra = extra,
            NewlinesNormalized = before + reader.NewlinesNormalized,
            Line = reader.Line,
        };
    }

    /// <summary>Writes rows so that Read gives them back; spans are written in UTF-16 code units and say so. Whole file or no file.</summary>
    /// <exception cref="InvalidInputException">A text holds half of a surrogate pair, which UTF-8 cannot say.</exception>
    public static void Write(string path, IEnumerable<EditRow> rows)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (EditRow row in rows)
            WriteLine(buffer, row);
        WholeFile.Write(path, buffer.WrittenSpan);
    }

    /// <summary>One row and its line end, for writers that stream.</summary>
    /// <exception cref="InvalidInputException">A text holds half of a surrogate pair, which UTF-8 cannot say.</exception>
    public static void WriteLine(IBufferWriter<byte> target, EditRow row)
    {
        using (var writer = new Utf8JsonWriter(target, Json))
            Write(writer, row);
        target.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter writer, EditRow row)
    {
        writer.WriteStartObject();
        WriteText("id", row.Id);
        WriteText("group", row.Group);
        WriteText("prompt", row.Prompt);
        WriteText("response", row.Response);
        WriteText("edited", row.Edited);
        if (!row.Spans.IsEmpty)
        {
            writer.WriteString(SpanReader.UnitField, SpanReader.Utf16);
            writer.WriteStartArray("spans");
            foreach (LabelledSpan span in row.Spans)
                WriteSpan(span);
            writer.WriteEndArray();
        }
        if (row.NewlinesNormalized > 0)
            writer.WriteNumber("newlines_normalized", row.NewlinesNormalized);
        foreach ((string name, JsonElement value) in row.Extra.Fields)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
        writer.WriteEndObject();

        void WriteSpan(LabelledSpan span)
        {
            writer.WriteStartObject();
            writer.WriteNumber("start", span.Span.Start);
            writer.WriteNumber("end", span.Span.End);
            if (span.Replacement is not null)
                WriteText("replacement", span.Replacement);
            if (span.Label is not null)
                WriteText("label", span.Label);
            writer.WriteEndObject();
        }

        void WriteText(string name, string text)
        {
            for (int i = 0; i < text.Length; i++)
            {
                if (!char.IsSurrogate(text[i]))
                    continue;
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                    throw new InvalidInputException($"row \"{row.Id}\": {name}: holds half of a surrogate pair at UTF-16 unit {i}; whole Unicode characters are expected");
                i++;
            }
            writer.WriteString(name, text);
        }
    }
}
