using System.Text.Json;
using Emend.Text;

namespace Emend.Cli;

/// <summary>One JSON object of a line, read field by field; every complaint names the place, the field and what would be right. Other fields are left alone.</summary>
internal sealed class JsonRow(JsonElement element, string source, int line)
{
    /// <summary>Source and line, as messages name them.</summary>
    public string Place => $"{source}:{line}";

    public int Line => line;

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => element.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether the field is there and says that it has no value.</summary>
    public bool IsNull(string field) => element.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    public string String(string field)
    {
        JsonElement value = Required(field, JsonValueKind.String, "a string");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Problem(field, "holds text that is not valid Unicode (half of a surrogate pair, or bytes that are not UTF-8)");
        }
    }

    /// <summary>Whether the field is there and a number.</summary>
    public bool IsNumber(string field) => element.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number;

    /// <summary>Whether the field is there and a string.</summary>
    public bool IsString(string field) => element.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String;

    public double Number(string field) => Required(field, JsonValueKind.Number, "a number").GetDouble();

    public bool Boolean(string field, bool absent)
    {
        if (!Has(field))
            return absent;
        JsonElement value = element.GetProperty(field);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Problem(field, $"is {Shown(value)}, not true or false");
    }

    /// <summary>A list of objects; each complains of the same line.</summary>
    public IReadOnlyList<JsonRow> Objects(string field)
    {
        JsonElement[] items = [.. Required(field, JsonValueKind.Array, "a list of objects").EnumerateArray()];
        int strange = Array.FindIndex(items, item => item.ValueKind != JsonValueKind.Object);
        return strange >= 0 ? throw Problem($"{field}[{strange}]", $"is {Shown(items[strange])}, not an object") : [.. items.Select(item => new JsonRow(item, source, line))];
    }

    public int[] Integers(string field)
    {
        JsonElement array = Required(field, JsonValueKind.Array, "a list of whole numbers");
        int[] numbers = new int[array.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out numbers[index]))
                throw Problem($"{field}[{index}]", $"is {Shown(item)}, not a whole number");
            index++;
        }
        return numbers;
    }

    /// <summary>Every field, each a string, over those that are given already.</summary>
    public Dictionary<string, string> Texts(IReadOnlyDictionary<string, string> given)
    {
        var texts = new Dictionary<string, string>(given);
        foreach (JsonProperty field in element.EnumerateObject())
            texts[field.Name] = String(field.Name);
        return texts;
    }

    /// <summary>An exception that names this line and the field.</summary>
    public InvalidInputException Problem(string field, string problem) => new($"{Place}: {field} {problem}");

    private JsonElement Required(string field, JsonValueKind kind, string expected)
    {
        if (!element.TryGetProperty(field, out JsonElement value))
            throw Problem(field, $"is missing; it must be {expected}");
        return value.ValueKind == kind ? value : throw Problem(field, $"is {Shown(value)}, not {expected}");
    }

    private static string Shown(JsonElement value)
    {
        const int longest = 40;
        string text = value.GetRawText();
        return text.Length <= longest ? text : $"{text[..longest]}…";
    }
}
