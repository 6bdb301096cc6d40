// The header of a safetensors file: 8 bytes of little-endian length, then that many bytes of JSON, then the data.
// Format: the specification in the README of huggingface/safetensors. Its rules that are checked here: the length fits in the
// file and is at most 100 MB; the JSON is one object that starts with '{'; a name occurs once; the byte ranges cover the data
// from 0 to its end without overlap and without holes; shape times element size is the length of the range.
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace Emend.Tensors;

/// <summary>One tensor of a file. Start and End are byte offsets into the data section (after the header), half open.</summary>
public sealed record SafetensorsEntry(string Name, StoredType Type, ImmutableArray<long> Shape, long Start, long End)
{
    /// <summary>Length of the tensor's data in bytes.</summary>
    public long ByteLength => End - Start;

    /// <summary>The shape as text, for messages: "[32, 64]".</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}

internal sealed record SafetensorsHeader(
    ImmutableArray<SafetensorsEntry> Entries, ImmutableSortedDictionary<string, string> Metadata, long DataStart)
{
    internal const int PrefixLength = 8;
    internal const string MetadataKey = "__metadata__";
    private const long MaxHeaderLength = 100_000_000;
    private const int MaxDimensions = 32;
    private const int MaxDepth = 8;

    /// <summary>Reads and checks the header. Nothing is allocated in proportion to a number that the file merely claims.</summary>
    public static SafetensorsHeader Read(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (fileLength < PrefixLength)
            throw Bad(file, $"the file has {fileLength} bytes; a safetensors file starts with 8 bytes of header length");
        if (start.StartsWith("version https://git-lfs"u8))
            throw Bad(file, "is a pointer of Git LFS and not the weights themselves; git lfs pull fetches them");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (headerLength > MaxHeaderLength)
            throw Bad(file, $"the header claims {headerLength} bytes; at most {MaxHeaderLength} are allowed");
        if ((long)headerLength > fileLength - PrefixLength)
            throw Bad(file, $"the header claims {headerLength} bytes, but only {fileLength - PrefixLength} follow: the file is truncated or not safetensors");
        ReadOnlySpan<byte> json = start.Slice(PrefixLength, (int)headerLength);
        if (json.IsEmpty || json[0] != (byte)'{')
            throw Bad(file, "the header is not a JSON object: it has to start with '{'");

        long dataStart = PrefixLength + (long)headerLength;
        var entries = new List<SafetensorsEntry>();
        ImmutableSortedDictionary<string, string> metadata;
        var problems = new List<string>();
        try
        {
            metadata = ReadObject(json, entries, problems);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is what the reader throws for a string that is not UTF-8.
            throw Bad(file, $"the header is not valid JSON: {e.Message}");
        }
        if (problems.Count == 0)
            CheckCoverage(entries, fileLength - dataStart, problems);
        if (problems.Count > 0)
            throw SafetensorsException.ForProblems(file, problems);
        return new SafetensorsHeader([.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)], metadata, dataStart);
    }

    private static ImmutableSortedDictionary<string, string> ReadObject(
        ReadOnlySpan<byte> json, List<SafetensorsEntry> entries, List<string> problems)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            bool isNew = names.Add(name);
            if (!isNew)
                problems.Add($"\"{name}\" occurs twice in the header");
            reader.Read();
            if (name == MetadataKey)
                metadata = ReadMetadata(ref reader, problems);
            else if (ReadEntry(ref reader, name, problems) is { } entry && isNew)
                entries.Add(entry);
        }
        while (reader.Read())
        {
            // Only white space may follow the closing brace; the reader throws on anything else.
        }
        return metadata;
    }

    private static ImmutableSortedDictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, List<string> problems)
    {
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            problems.Add($"{MetadataKey} is {Kind(reader.TokenType)}; it has to be an object of strings");
            reader.Skip();
            return metadata.ToImmutable();
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                problems.Add($"{MetadataKey}.{key} is {Kind(reader.TokenType)}; it has to be a string");
                reader.Skip();
            }
            else if (!metadata.TryAdd(key, reader.GetString()!))
            {
                problems.Add($"{MetadataKey}.{key} occurs twice");
            }
        }
        return metadata.ToImmutable();
    }

    private static SafetensorsEntry? ReadEntry(ref Utf8JsonReader reader, string name, List<string> problems)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            problems.Add($"{name} is {Kind(reader.TokenType)}; it has to be an object with dtype, shape and data_offsets");
            reader.Skip();
            return null;
        }
        int before = problems.Count;
        string? typeName = null;
        ImmutableArray<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            if (field == "dtype" && typeName is null && reader.TokenType == JsonTokenType.String)
                typeName = reader.GetString();
            else if (field == "shape" && shape is null)
                shape = ReadNumbers(ref reader, $"{name}.shape", MaxDimensions, problems);
            else if (field == "data_offsets" && offsets is null)
                offsets = ReadNumbers(ref reader, $"{name}.data_offsets", 2, problems);
            else
            {
                problems.Add($"{name}.{field} is unknown, given twice or of the wrong kind; an entry has one dtype (a string), shape and data_offsets");
                reader.Skip();
            }
        }
        if (problems.Count > before)
            return null;
        return CheckEntry(name, typeName, shape, offsets, problems);
    }

    private static ImmutableArray<long> ReadNumbers(ref Utf8JsonReader reader, string what, int max, List<string> problems)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            problems.Add($"{what} is {Kind(reader.TokenType)}; it has to be a list of whole numbers");
            reader.Skip();
            return [];
        }
        var numbers = ImmutableArray.CreateBuilder<long>(4);
        bool good = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number >= 0 && numbers.Count < max)
                numbers.Add(number);
            else
                good = false;
            reader.Skip();
        }
        if (!good)
            problems.Add($"{what} has to be at most {max} whole numbers from 0 to {long.MaxValue}");
        return numbers.ToImmutable();
    }

    private static SafetensorsEntry? CheckEntry(
        string name, string? typeName, ImmutableArray<long>? shape, ImmutableArray<long>? offsets, List<string> problems)
    {
        if (typeName is null || shape is not { } dimensions || offsets is not [var start, var end])
        {
            problems.Add($"{name} lacks dtype, shape or the two data_offsets");
            return null;
        }
        if (StoredTypes.Parse(typeName) is not { } type)
        {
            problems.Add($"{name}.dtype: \"{typeName}\" is not a type ({StoredTypes.Known})");
            return null;
        }
        var entry = new SafetensorsEntry(name, type, dimensions, start, end);
        if (start > end)
            problems.Add($"{name}.data_offsets: the start {start} is after the end {end}");
        else if (ByteLength(type, dimensions) is not { } bytes)
            problems.Add($"{name}.shape: {entry.ShapeText} has more elements than can be counted");
        else if (bytes != end - start)
            problems.Add($"{name}: shape {entry.ShapeText} of {typeName} takes {bytes} bytes, but data_offsets [{start}, {end}] hold {end - start}");
        else
            return entry;
        return null;
    }

    /// <summary>Bytes of a tensor, or null where the product overflows.</summary>
    internal static long? ByteLength(StoredType type, ImmutableArray<long> shape)
    {
        Int128 bytes = type.Size();
        foreach (long dimension in shape)
        {
            if (dimension == 0)
                return 0;
            bytes *= dimension;
            if (bytes > long.MaxValue)
                return shape.Contains(0) ? 0 : null;
        }
        return (long)bytes;
    }

    private static void CheckCoverage(List<SafetensorsEntry> entries, long dataLength, List<string> problems)
    {
        long covered = 0;
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.End))
        {
            if (entry.End > dataLength)
                problems.Add($"{entry.Name}.data_offsets [{entry.Start}, {entry.End}] reach past the end of the data, which has {dataLength} bytes: the file is truncated or not as its header says");
            else if (entry.Start < covered)
                problems.Add($"{entry.Name}.data_offsets [{entry.Start}, {entry.End}] overlap another tensor, which ends at {covered}");
            else if (entry.Start > covered)
                problems.Add($"{entry.Name}.data_offsets start at {entry.Start}, which leaves a hole: the data before ends at {covered}");
            covered = Math.Max(covered, entry.End);
        }
        if (problems.Count == 0 && covered != dataLength)
            problems.Add($"the tensors end at byte {covered} of the data, but it has {dataLength} bytes");
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };

    private static SafetensorsException Bad(string file, string problem) => new($"{file}: {problem}");
}
