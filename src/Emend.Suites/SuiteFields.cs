using System.Globalization;
using Emend.Text;

namespace Emend.Suites;

/// <summary>The keys of a mapping by name. What is missing or of the wrong type is reported and reads as null; keys that nobody asks for are refused by Finish.</summary>
internal sealed class SuiteFields(YamlMapping mapping, string path, Action<int, string, string> problem)
{
    private readonly List<string> _known = [];

    public int Line => mapping.Line;

    public YamlValue? Find(string key)
    {
        _known.Add(key);
        YamlValue? value = mapping.Entries.FirstOrDefault(entry => entry.Key == key).Value;
        return value is YamlScalar { IsNull: true } ? null : value;
    }

    public void Problem(int line, string key, string message) => problem(line, key.Length == 0 ? path : Place(key), message);

    public string Place(string key) => path.Length == 0 ? key : $"{path}.{key}";

    public string? Text(string key) => Find(key) is { } value ? Text(value, Place(key)) : null;

    public string? Text(YamlValue value, string place)
    {
        if (value is YamlScalar { IsNull: false } scalar)
            return scalar.Value;
        problem(value.Line, place, $"{PlainYaml.Describe(value)} stands where a text is expected");
        return null;
    }

    public string? RequiredText(string key)
    {
        if (Find(key) is { } value)
            return Text(value, Place(key));
        problem(mapping.Line, Place(key), "is missing; a text is expected");
        return null;
    }

    /// <summary>A text, or several.</summary>
    public List<string> Texts(YamlValue value, string place)
    {
        List<string> texts = [.. (value is YamlList list ? list.Items : [value]).Select(item => Text(item, place)).OfType<string>()];
        if (value is YamlList { Items.Count: 0 })
            problem(value.Line, place, "is empty; one text at least is expected");
        return texts;
    }

    public double? Number(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is YamlScalar { Quoted: false } scalar && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
            return number;
        problem(value.Line, Place(key), $"{PlainYaml.Describe(value)} is not a number");
        return null;
    }

    public int? Integer(string key)
    {
        if (Number(key) is not double number)
            return null;
        if (number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue)
            return (int)number;
        problem(Find(key)!.Line, Place(key), FormattableString.Invariant($"{number} is not a whole number"));
        return null;
    }

    public bool? Flag(string key) => Find(key) is { } value ? Flag(value, Place(key)) : null;

    public bool? Flag(YamlValue value, string place)
    {
        if (value is YamlScalar { Quoted: false, Value: "true" or "false" } scalar)
            return scalar.Value == "true";
        problem(value.Line, place, $"{PlainYaml.Describe(value)} is neither true nor false");
        return null;
    }

    public YamlMapping? Mapping(string key) => Find(key) is { } value ? Mapping(value, Place(key)) : null;

    public YamlMapping? Mapping(YamlValue value, string place)
    {
        if (value is YamlMapping found)
            return found;
        problem(value.Line, place, $"{PlainYaml.Describe(value)} stands where a mapping of keys to values is expected");
        return null;
    }

    public IReadOnlyList<YamlValue> List(string key)
    {
        if (Find(key) is not { } value)
            return [];
        if (value is YamlList list)
            return list.Items;
        problem(value.Line, Place(key), $"{PlainYaml.Describe(value)} stands where a list is expected");
        return [];
    }

    public SuiteFields Inner(YamlMapping inner, string key) => new(inner, Place(key), problem);

    /// <summary>Refuses every key that was not asked for.</summary>
    public void Finish()
    {
        foreach ((string key, int line, _) in mapping.Entries)
        {
            if (!_known.Contains(key))
                problem(line, Place(key), $"this key is not known{Suggestion.For(key, _known)}");
        }
    }
}
