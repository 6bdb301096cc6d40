using System.Text.Json;

namespace Emend.Text.Tokenization;

/// <summary>A JSON object together with its file and its path in it, so that whatever is wrong can be named.</summary>
internal sealed record JsonPlace(string File, string Path, JsonElement Element)
{
    public static JsonPlace Root(string file, JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
            ? new JsonPlace(file, "", element)
            : throw new InvalidInputException($"{file}: the file holds {Kind(element)} where an object is expected.");

    public InvalidInputException Wrong(string name, string problem) => new($"{File}: {Join(name)}: {problem}");

    public InvalidInputException Unsupported(string role, string type, string supported) =>
        new($"{File}: {Join("type")}: the {role} \"{type}\" is not supported (supported: {supported}).");

    public bool Has(string name) => Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public string Text(string name) => OptionalText(name) ?? throw Wrong(name, "is missing; a text is expected.");

    public string? OptionalText(string name)
    {
        if (!Has(name))
            return null;
        JsonElement value = Element.GetProperty(name);
        return value.ValueKind == JsonValueKind.String ? StringOf(value, name) : throw Wrong(name, $"is {Kind(value)}; a text is expected.");
    }

    public bool Flag(string name) => Flag(name, false);

    public bool Flag(string name, bool whenMissing)
    {
        if (!Has(name))
            return whenMissing;
        JsonElement value = Element.GetProperty(name);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Wrong(name, $"is {Kind(value)}; true or false is expected.");
    }

    public int Whole(string name)
    {
        if (!Has(name))
            throw Wrong(name, "is missing; a whole number is expected.");
        JsonElement value = Element.GetProperty(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0
            ? number
            : throw Wrong(name, $"is {Kind(value)}; a whole number, 0 or more, is expected.");
    }

    public JsonPlace Object(string name) => OptionalObject(name) ?? throw Wrong(name, "is missing; an object is expected.");

    public JsonPlace? OptionalObject(string name)
    {
        if (!Has(name))
            return null;
        JsonElement value = Element.GetProperty(name);
        return value.ValueKind == JsonValueKind.Object
            ? new JsonPlace(File, Join(name), value)
            : throw Wrong(name, $"is {Kind(value)}; an object is expected.");
    }

    public IEnumerable<JsonElement> Elements(string name)
    {
        if (!Has(name))
            throw Wrong(name, "is missing; an array is expected.");
        JsonElement value = Element.GetProperty(name);
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(name, $"is {Kind(value)}; an array is expected.");
    }

    public IEnumerable<JsonPlace> Items(string name)
    {
        int index = 0;
        foreach (JsonElement item in Elements(name))
        {
            string path = $"{Join(name)}[{index++}]";
            yield return item.ValueKind == JsonValueKind.Object
                ? new JsonPlace(File, path, item)
                : throw new InvalidInputException($"{File}: {path} is {Kind(item)}; an object is expected.");
        }
    }

    /// <summary>A JSON string as a .NET string; an escape that is half a surrogate pair is refused.</summary>
    public string StringOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, "holds text that is not valid Unicode (half of a surrogate pair).");
        }
    }

    public string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {Shortened(value.GetRawText())}",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private static string Shortened(string raw) => raw.Length <= 40 ? raw : raw[..40] + "…";
}
