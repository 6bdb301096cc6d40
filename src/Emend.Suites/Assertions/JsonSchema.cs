// A part of JSON Schema (draft 2020-12), with the meaning it has there: type, enum, const, properties, required, additionalProperties, items,
// minItems, maxItems, minLength, maxLength (code points), pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, anyOf, allOf, not.
// title, description, default, examples, $schema and $comment say nothing and are passed over. Every other keyword is refused where it stands.
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emend.Text;

namespace Emend.Suites;

/// <summary>A schema that JSON values are checked against.</summary>
public sealed class JsonSchema
{
    /// <summary>Keywords that have a meaning here.</summary>
    public static readonly IReadOnlyList<string> Keywords =
        ["type", "enum", "const", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength", "pattern",
            "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "anyOf", "allOf", "not"];

    private static readonly string[] Silent = ["title", "description", "default", "examples", "$schema", "$comment"];
    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    // Each rule: null where the value keeps it, else what is wrong, with the path of the place.
    private readonly List<Func<JsonElement, string, string?>> _rules = [];
    private readonly Dictionary<string, JsonSchema> _properties = [];
    private JsonSchema? _others;

    private JsonSchema()
    {
    }

    /// <summary>Reads a schema; what is wrong with it is reported as (line, path, what is wrong).</summary>
    public static JsonSchema Read(YamlValue value, string path, Action<int, string, string> problem)
    {
        var schema = new JsonSchema();
        if (value is YamlScalar { Quoted: false, Value: "true" or "false" } constant)
        {
            if (constant.Value == "false")
                schema._rules.Add((_, place) => $"{place} is not allowed");
            return schema;
        }
        if (value is not YamlMapping mapping)
        {
            problem(value.Line, path, $"{PlainYaml.Describe(value)} stands where a schema is expected: a mapping, true or false");
            return schema;
        }
        foreach ((string key, int line, YamlValue setting) in mapping.Entries)
            schema.Add(key, line, setting, $"{path}.{key}", problem);
        return schema;
    }

    /// <summary>What is wrong with a value, with its place ($ is the whole); null where nothing is.</summary>
    /// <exception cref="RegexMatchTimeoutException">A pattern ran away.</exception>
    public string? Problem(JsonElement value, string place = "$")
    {
        foreach (Func<JsonElement, string, string?> rule in _rules)
        {
            if (rule(value, place) is { } wrong)
                return wrong;
        }
        if (value.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            JsonSchema? schema = _properties.GetValueOrDefault(property.Name) ?? _others;
            if (schema?.Problem(property.Value, $"{place}.{property.Name}") is { } wrong)
                return wrong;
        }
        return null;
    }

    private void Add(string key, int line, YamlValue setting, string path, Action<int, string, string> problem)
    {
        switch (key)
        {
            case "type":
                AddType([.. Items(setting).Select(Text)], line, path, problem);
                break;
            case "enum" or "const":
                string[] allowed = [.. (key == "enum" ? Items(setting) : [setting]).Select(item => Canonical(YamlJson.Element(item)))];
                _rules.Add((value, place) => allowed.Contains(Canonical(value)) ? null : $"{place} is {Shown(value)}, not {string.Join(" or ", allowed)}");
                break;
            case "properties" when setting is YamlMapping properties:
                foreach ((string name, _, YamlValue inner) in properties.Entries)
                    _properties[name] = Read(inner, $"{path}.{name}", problem);
                break;
            case "required":
                foreach (string name in Items(setting).Select(Text))
                    _rules.Add((value, place) => value.ValueKind != JsonValueKind.Object || value.TryGetProperty(name, out _) ? null : $"{place}.{name} is missing");
                break;
            case "additionalProperties":
                _others = Read(setting, path, problem);
                break;
            case "items":
                JsonSchema item = Read(setting, path, problem);
                _rules.Add((value, place) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select((element, i) => item.Problem(element, $"{place}[{i}]")).FirstOrDefault(wrong => wrong is not null) : null);
                break;
            case "anyOf" or "allOf":
                AddCombined(key, [.. Items(setting).Select((inner, i) => Read(inner, $"{path}[{i}]", problem))]);
                break;
            case "not":
                JsonSchema refused = Read(setting, path, problem);
                _rules.Add((value, place) => refused.Problem(value, place) is null ? $"{place} is what it must not be" : null);
                break;
            case "pattern":
                AddPattern(Text(setting), line, path, problem);
                break;
            case "minItems" or "maxItems" or "minLength" or "maxLength" or "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum":
                AddBound(key, setting, path, problem);
                break;
            default:
                if (!Silent.Contains(key))
                    problem(line, path, Keywords.Contains(key) ? $"{PlainYaml.Describe(setting)} is not what {key} takes" : $"this keyword of JSON Schema is not supported; supported are {string.Join(", ", Keywords)}");
                break;
        }
    }

    private void AddType(string[] types, int line, string path, Action<int, string, string> problem)
    {
        foreach (string type in types.Where(type => !Types.Contains(type)))
            problem(line, path, $"\"{type}\" is not a type ({string.Join(", ", Types)})");
        _rules.Add((value, place) => types.Any(type => Is(value, type)) ? null : $"{place} is {Shown(value)}, not {string.Join(" or ", types)}");
    }

    private void AddCombined(string key, JsonSchema[] schemas) => _rules.Add((value, place) =>
    {
        string?[] wrong = [.. schemas.Select(schema => schema.Problem(value, place))];
        return key == "allOf" ? wrong.FirstOrDefault(one => one is not null) : wrong.Any(one => one is null) ? null : $"{place} fits none of anyOf ({wrong[0]})";
    });

    private void AddPattern(string pattern, int line, string path, Action<int, string, string> problem)
    {
        try
        {
            var regex = new Regex(pattern, RegexOptions.CultureInvariant, RegexAssertion.Limit);
            _rules.Add((value, place) => value.ValueKind != JsonValueKind.String || regex.IsMatch(value.GetString()!) ? null : $"{place} is {Shown(value)}, which {pattern} does not match");
        }
        catch (ArgumentException exception)
        {
            problem(line, path, $"is not a regular expression: {exception.Message}");
        }
    }

    private void AddBound(string key, YamlValue setting, string path, Action<int, string, string> problem)
    {
        if (!double.TryParse(Text(setting), NumberStyles.Float, CultureInfo.InvariantCulture, out double bound))
        {
            problem(setting.Line, path, $"{PlainYaml.Describe(setting)} is not a number");
            return;
        }
        _rules.Add((value, place) =>
        {
            double? size = (key, value.ValueKind) switch
            {
                ("minItems" or "maxItems", JsonValueKind.Array) => value.GetArrayLength(),
                ("minLength" or "maxLength", JsonValueKind.String) => value.GetString()!.EnumerateRunes().Count(),
                (not ("minItems" or "maxItems" or "minLength" or "maxLength"), JsonValueKind.Number) => value.GetDouble(),
                _ => null,
            };
            bool kept = size is not double number || key switch
            {
                "exclusiveMinimum" => number > bound,
                "exclusiveMaximum" => number < bound,
                _ => key.StartsWith("min", StringComparison.Ordinal) ? number >= bound : number <= bound,
            };
            return kept ? null : FormattableString.Invariant($"{place} is {Shown(value)}, against {key} {bound}");
        });
    }

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static IEnumerable<YamlValue> Items(YamlValue value) => value is YamlList list ? list.Items : [value];

    private static string Text(YamlValue value) => (value as YamlScalar)?.Value ?? "";

    // Numbers by value (1 is 1.0), objects by their sorted fields.
    private static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.Object => $"{{{string.Join(",", value.EnumerateObject().OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => $"{JsonSerializer.Serialize(field.Name, SuiteJson.Options)}:{Canonical(field.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(",", value.EnumerateArray().Select(Canonical))}]",
        _ => JsonSerializer.Serialize(value, SuiteJson.Options),
    };

    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= 60 ? text : $"{text[..60]}…";
    }
}

/// <summary>json-schema: the text is JSON and nothing else, and fits a schema.</summary>
public sealed record JsonSchemaAssertion(string Name, int Line, AssertedText On, JsonSchema Schema) : TextAssertion(Name, Line, On)
{
    protected override AssertionResult Check(CaseTexts texts)
    {
        try
        {
            return Schema.Problem(JsonElement.Parse(texts.Text(On))) is { } wrong ? Result(false, wrong) : Result(true, "");
        }
        catch (JsonException)
        {
            return Result(false, "the text is not JSON");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            return Result(false, "the text is not whole Unicode: it holds half of a surrogate pair");
        }
        catch (RegexMatchTimeoutException)
        {
            return Result(false, "a pattern of the schema was not done in its time");
        }
    }
}

/// <summary>contains-json: somewhere in the text stands a JSON object that fits a schema.</summary>
public sealed record ContainsJsonAssertion(string Name, int Line, AssertedText On, JsonSchema Schema) : TextAssertion(Name, Line, On)
{
    /// <summary>Braces after which no further object is looked for: each may be read to the end of the text.</summary>
    private const int MostBraces = 1000;

    protected override AssertionResult Check(CaseTexts texts)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(texts.Text(On));
        string? first = null;
        int at = -1;
        try
        {
            for (int braces = 0; braces < MostBraces && text.AsSpan(at + 1).IndexOf((byte)'{') is >= 0 and int next; braces++)
            {
                at += 1 + next;
                if (Value(text.AsSpan(at)) is not (JsonElement value, int length))
                    continue;
                if (Schema.Problem(value) is not { } wrong)
                    return Result(true, "");
                first ??= wrong;
                at += length - 1;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return Result(false, "a pattern of the schema was not done in its time");
        }
        return Result(false, first ?? "there is no JSON object in the text");
    }

    /// <summary>The value that a text begins with, and its length in bytes; null where it begins with none.</summary>
    private static (JsonElement Value, int Length)? Value(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            JsonElement value = JsonElement.ParseValue(ref reader);
            return (value, (int)reader.BytesConsumed);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
