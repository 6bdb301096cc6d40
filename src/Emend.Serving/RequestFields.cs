using System.Globalization;
using System.Text.Json;

namespace Emend.Serving;

/// <summary>
/// A JSON object read field by field. Problems are collected, so that one answer names them all; fields that nobody asked for are
/// problems too. Null counts as absent, as in OpenAI's API.
/// </summary>
internal sealed class RequestFields(JsonElement root, string prefix = "")
{
    private readonly HashSet<string> _known = [];
    private readonly List<(string Field, string Text)> _problems = [];

    public IReadOnlyList<(string Field, string Text)> Problems => _problems;

    public void Problem(string field, string text) => _problems.Add((prefix + field, text));

    public void Add(IEnumerable<(string Field, string Text)> problems) => _problems.AddRange(problems);

    /// <summary>Whether the field is there and not null; it stays unknown where nothing else asks for it.</summary>
    public bool Has(string field) => root.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The field's value where it is there and not null.</summary>
    public JsonElement? Find(string field)
    {
        _known.Add(field);
        return root.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public double Number(string field, double absent, double low, double high)
    {
        if (Find(field) is not { } value)
            return absent;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= low && number <= high)
            return number;
        Problem(field, string.Create(CultureInfo.InvariantCulture, $"is {Shown(value)}, not a number from {low} to {high}"));
        return absent;
    }

    public long? Integer(string field, long low, long high)
    {
        if (Find(field) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= low && number <= high)
            return number;
        Problem(field, high == long.MaxValue ? $"is {Shown(value)}, not a whole number" : $"is {Shown(value)}, not a whole number from {low} to {high}");
        return null;
    }

    public bool Boolean(string field)
    {
        if (Find(field) is not { } value)
            return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Problem(field, $"is {Shown(value)}, not true or false");
        return false;
    }

    /// <summary>A string that is valid Unicode; null where it is absent or wrong.</summary>
    public string? Text(string field) => Find(field) is { } value ? TextOf(value, field) : null;

    public string? RequiredText(string field)
    {
        if (Find(field) is null)
            Problem(field, "is missing; it must be a string");
        return Text(field);
    }

    public string? TextOf(JsonElement value, string field)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            Problem(field, $"is {Shown(value)}, not a string");
            return null;
        }
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            Problem(field, "holds text that is not valid Unicode (half of a surrogate pair, or bytes that are not UTF-8)");
            return null;
        }
    }

    /// <summary>Fields that change nothing in what comes out.</summary>
    public void Ignore(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
            _known.Add(field);
    }

    /// <summary>A field that this server does not have: only the value that means "no" is let through.</summary>
    public void Unsupported(string field, Func<JsonElement, bool> meansNo)
    {
        if (Find(field) is { } value && !meansNo(value))
            Problem(field, "is not supported by this server");
    }

    public static bool Is(JsonElement value, params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(text))
                return true;
        }
        return false;
    }

    public static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.ValueEquals(""),
        _ => value.ValueKind == JsonValueKind.False,
    };

    /// <summary>Complains of fields that nobody asked for, then of everything at once.</summary>
    public void Finish()
    {
        AddUnknown();
        if (_problems.Count > 0)
            throw ApiException.Invalid(string.Join("; ", _problems.Take(20).Select(problem => $"{problem.Field}: {problem.Text}")), _problems[0].Field);
    }

    public void AddUnknown()
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
                Problem(property.Name, "is not a field of this request");
        }
    }

    public static string Shown(JsonElement value) => Shortened(value.GetRawText());

    public static string Shortened(string text)
    {
        const int longest = 40;
        return text.Length <= longest ? text : $"{text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)]}…";
    }
}
