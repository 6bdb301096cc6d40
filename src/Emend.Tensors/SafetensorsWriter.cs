using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Emend.Tensors;

/// <summary>One tensor to write. WriteData puts exactly its bytes (row-major, little-endian) on the stream it is given.</summary>
public sealed record SafetensorsItem(string Name, StoredType Type, ImmutableArray<long> Shape, Action<Stream> WriteData)
{
    /// <summary>A tensor whose bytes are at hand.</summary>
    public static SafetensorsItem FromBytes(string name, StoredType type, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes) =>
        new(name, type, shape, stream => stream.Write(bytes.Span));
}

/// <summary>
/// Writes safetensors files as the reference implementation does: wide types first, then by name; the header padded with spaces
/// so that the data starts at a multiple of 8. The same tensors give the same bytes, in whatever order they come.
/// </summary>
public static class SafetensorsWriter
{
    private static readonly ImmutableDictionary<string, string> PyTorch = ImmutableDictionary<string, string>.Empty.Add("format", "pt");

    /// <summary>Writes to a temporary name beside the target, flushes to the disk, then renames: the target is the old file or the whole new one.</summary>
    public static void Write(string path, IEnumerable<SafetensorsItem> items, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsItem[] ordered = [.. items.OrderByDescending(item => item.Type).ThenBy(item => item.Name, StringComparer.Ordinal)];
        byte[] header = Header(path, ordered, metadata ?? PyTorch);
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                stream.Write(header);
                foreach (SafetensorsItem item in ordered)
                    WriteItem(path, stream, item);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void WriteItem(string path, FileStream stream, SafetensorsItem item)
    {
        long before = stream.Position;
        item.WriteData(stream);
        long written = stream.Position - before, expected = SafetensorsHeader.ByteLength(item.Type, item.Shape)!.Value;
        if (written != expected)
            throw new SafetensorsException($"{path}: {item.Name} wrote {written} bytes; its type and shape take {expected}");
    }

    private static byte[] Header(string path, SafetensorsItem[] items, IReadOnlyDictionary<string, string> metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }
            WriteEntries(path, writer, items);
            writer.WriteEndObject();
        }
        int padded = (json.WrittenCount + 7) / 8 * 8;
        byte[] header = new byte[SafetensorsHeader.PrefixLength + padded];
        header.AsSpan(SafetensorsHeader.PrefixLength).Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        json.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.PrefixLength));
        return header;
    }

    private static void WriteEntries(string path, Utf8JsonWriter writer, SafetensorsItem[] items)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        long offset = 0;
        foreach (SafetensorsItem item in items)
        {
            if (!names.Add(item.Name))
                throw new SafetensorsException($"{path}: the name \"{item.Name}\" is reserved or given twice");
            if (item.Shape.Any(dimension => dimension < 0) || SafetensorsHeader.ByteLength(item.Type, item.Shape) is not { } bytes)
                throw new SafetensorsException($"{path}: {item.Name} has the impossible shape [{string.Join(", ", item.Shape)}]");
            writer.WriteStartObject(item.Name);
            writer.WriteString("dtype", item.Type.HeaderName());
            writer.WriteStartArray("shape");
            foreach (long dimension in item.Shape)
                writer.WriteNumberValue(dimension);
            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(offset);
            writer.WriteNumberValue(offset += bytes);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
