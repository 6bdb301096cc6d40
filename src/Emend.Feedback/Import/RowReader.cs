using System.Text.Json;

namespace Emend.Feedback;

/// <summary>
/// The fields of one row by name. What is missing or of the wrong type becomes a problem and reads as null, so that a row is read to
/// its end and all its problems are told. CR LF in texts becomes LF, and is counted.
/// </summary>
internal sealed class RowReader(JsonRow row, Problems problems)
{
    private const int ShownLength = 60;
    private readonly HashSet<string> _read = [];

    public int Line => row.Line;

    /// <summary>What a row without an id is called: after its line, and after its place on it where it is not the first.</summary>
    public string DefaultId => row.Before == 0 ? $"line-{row.Line}" : $"line-{row.Line}-{row.Before + 1}";

    /// <summary>CR LF pairs replaced so far.</summary>
    public int NewlinesNormalized { get; private set; }

    public bool Has(string field) => row.Object.TryGetProperty(field, out _);

    public void Problem(string field, string message) => problems.Add(row.Line, field, message);

    /// <summary>The field, or null with a problem where it is missing.</summary>
    public JsonElement? Required(string field, string expected)
    {
        _read.Add(field);
        if (row.Object.TryGetProperty(field, out JsonElement value))
            return value;
        Problem(field, $"is missing; {expected} is expected");
        return null;
    }

    /// <summary>The field, or null where it is missing or JSON's null.</summary>
    public JsonElement? Optional(string field)
    {
        _read.Add(field);
        return row.Object.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public string? Text(string field) => Required(field, "a string") is JsonElement value ? Text(field, value) : null;

    public string? OptionalText(string field) => Optional(field) is JsonElement value ? Text(field, value) : null;

    public string? Text(string path, JsonElement value) => RawText(path, value) is string text ? Normalized(text) : null;

    /// <summary>A string as it is in the file, with its CR LF.</summary>
    public string? RawText(string path, JsonElement value)
    {
        if (!Is(value, JsonValueKind.String, path, "a string"))
            return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            Problem(path, "holds half of a surrogate pair or bytes that are not UTF-8; whole Unicode characters are expected");
            return null;
        }
    }

    public string Normalized(string text)
    {
        string normalized = text.Replace("\r\n", "\n");
        NewlinesNormalized += text.Length - normalized.Length;
        return normalized;
    }

    public int? Integer(string path, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number))
            return number;
        Problem(path, $"{Shown(value)} is {(value.ValueKind == JsonValueKind.Number ? "not a whole number" : Kind(value))}; a whole number is expected");
        return null;
    }

    /// <summary>The elements of an array with their paths, or none with a problem.</summary>
    public IEnumerable<(string Path, JsonElement Value)> Elements(string path, JsonElement value) =>
        Is(value, JsonValueKind.Array, path, "an array")
            ? value.EnumerateArray().Select((element, i) => ($"{path}[{i}]", element))
            : [];

    /// <summary>A field of an object inside the row, or null with a problem where it, or the object, is not there.</summary>
    public JsonElement? Member(string path, JsonElement value, string field, string expected)
    {
        if (!Is(value, JsonValueKind.Object, path, "an object"))
            return null;
        if (value.TryGetProperty(field, out JsonElement member))
            return member;
        Problem($"{path}.{field}", $"is missing; {expected} is expected");
        return null;
    }

    public bool Is(JsonElement value, JsonValueKind kind, string path, string expected)
    {
        if (value.ValueKind == kind)
            return true;
        Problem(path, $"{Shown(value)} is {Kind(value)}; {expected} is expected");
        return false;
    }

    /// <summary>The fields that nobody has asked for, as they are.</summary>
    public RowExtras Rest()
    {
        KeyValuePair<string, JsonElement>[] rest = [.. row.Object.EnumerateObject()
            .Where(field => !_read.Contains(field.Name)).Select(field => KeyValuePair.Create(field.Name, field.Value))];
        foreach ((string name, JsonElement value) in rest)
            CheckTexts(name, value);
        return new RowExtras([.. rest], row.Line);
    }

    private void CheckTexts(string path, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
            RawText(path, value);
        else if (value.ValueKind == JsonValueKind.Array)
            foreach ((string inner, JsonElement element) in Elements(path, value))
                CheckTexts(inner, element);
        else if (value.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty field in value.EnumerateObject())
                CheckTexts($"{path}.{field.Name}", field.Value);
    }

    public static string Shown(JsonElement value)
    {
        string raw = value.GetRawText().ReplaceLineEndings(" ");
        return raw.Length <= ShownLength ? raw : raw[..ShownLength] + "…";
    }

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "no value",
    };
}
