using System.Collections.Immutable;
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>The fields of a row beyond those its format knows, in the order of the file; they are written back as they were.</summary>
public sealed class RowExtras(ImmutableArray<KeyValuePair<string, JsonElement>> fields, int line)
{
    public static RowExtras None { get; } = new([], 0);

    public ImmutableArray<KeyValuePair<string, JsonElement>> Fields => fields;

    /// <summary>A number, or null where the row has no such field.</summary>
    /// <exception cref="InvalidInputException">The field is there and not a number.</exception>
    public double? Number(string name) => Find(name) is JsonElement value
        ? value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Wrong(name, value, "a number")
        : null;

    /// <summary>A boolean, or null where the row has no such field.</summary>
    /// <exception cref="InvalidInputException">The field is there and not a boolean.</exception>
    public bool? Flag(string name) => Find(name) is JsonElement value
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false")
        : null;

    /// <summary>A string, or null where the row has no such field.</summary>
    /// <exception cref="InvalidInputException">The field is there and not a string.</exception>
    public string? Text(string name) => Find(name) is JsonElement value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, value, "a string")
        : null;

    private JsonElement? Find(string name)
    {
        foreach ((string field, JsonElement value) in fields)
        {
            if (field == name)
                return value;
        }
        return null;
    }

    private InvalidInputException Wrong(string name, JsonElement value, string expected) =>
        new($"line {line}: {name}: {RowReader.Shown(value)} is {RowReader.Kind(value)}; {expected} is expected");
}
