using System.Text.RegularExpressions;
using Emend.Judging;
using Emend.Text;

namespace Emend.Suites;

/// <summary>Reads the assertions of a case: each a mapping with the assertion's name as a key, and what goes with it.</summary>
internal sealed class AssertionReader
{
    private static readonly Dictionary<string, Func<AssertionReader, Assertion?>> Kinds = new()
    {
        ["equals"] = reader => reader.Equal(wanted: true),
        ["not-equals"] = reader => reader.Equal(wanted: false),
        ["contains"] = reader => reader.Contains(Occurrence.All),
        ["contains-any"] = reader => reader.Contains(Occurrence.Any),
        ["not-contains"] = reader => reader.Contains(Occurrence.None),
        ["starts-with"] = reader => reader.StartsWith(wanted: true),
        ["not-starts-with"] = reader => reader.StartsWith(wanted: false),
        ["regex"] = reader => reader.Pattern(wanted: true),
        ["not-regex"] = reader => reader.Pattern(wanted: false),
        ["json-schema"] = reader => new JsonSchemaAssertion(reader._name, reader._line, reader.On(), JsonSchema.Read(reader._value, reader.Place, reader.Report)) { Definition = reader._definition },
        ["contains-json"] = reader => new ContainsJsonAssertion(reader._name, reader._line, reader.On(), JsonSchema.Read(reader._value, reader.Place, reader.Report)) { Definition = reader._definition },
        ["length"] = reader => reader.Length(),
        ["refusal"] = reader => reader._fields.Flag(reader._value, reader.Place) is bool wanted ? new RefusalAssertion(reader._name, reader._line, reader.On(), wanted) { Definition = reader._definition } : null,
        ["similarity"] = reader => reader.Similarity(),
        ["edit-distance"] = reader => reader.EditDistance(),
        ["nearer-the-edit"] = reader => reader.NearerTheEdit(),
        ["grounded"] = reader => reader.Grounded(),
        ["token-reward"] = reader => reader.TokenReward(),
        ["judge"] = reader => reader.Text() is { } rubric ? new JudgeAssertion(reader._name, reader._line, reader.On(), rubric) { Definition = reader._definition } : null,
        ["better-than"] = reader => reader.BetterThan(),
    };

    /// <summary>The variable that contexts are injected as.</summary>
    private const string Injected = "context";

    private readonly SuiteFields _fields;
    private readonly string _name, _definition;
    private readonly int _line;
    private readonly YamlValue _value;

    private AssertionReader(SuiteFields fields, string name, int line, YamlValue value, string definition) => (_fields, _name, _line, _value, _definition) = (fields, name, line, value, definition);

    /// <summary>Names of the assertions there are.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Keys];

    private string Place => _fields.Place(_name);

    public static IReadOnlyList<Assertion> Read(SuiteFields one, string? original, string? edit, IReadOnlyDictionary<string, string>? variables)
    {
        var assertions = new List<Assertion>();
        foreach ((int i, YamlValue value) in one.List("assert").Index())
        {
            if (one.Mapping(value, one.Place($"assert[{i}]")) is not { } mapping || Read(one, mapping, i) is not { } assertion)
                continue;
            foreach (AssertedText text in assertion.Needs.Where(text => (text == AssertedText.Original && original is null) || (text == AssertedText.Edit && edit is null)).Distinct())
                one.Problem(assertion.Line, $"assert[{i}].{assertion.Name}", $"is about the {text.ToString().ToLowerInvariant()}, which the case has not");
            if (assertion.NeedsVariable is { } variable && variables?.ContainsKey(variable) != true)
                one.Problem(assertion.Line, $"assert[{i}].{assertion.Name}", $"is about the variable {variable}, which the case has not (in names another, text gives the text itself)");
            assertions.Add(assertion);
        }
        return assertions;
    }

    private static Assertion? Read(SuiteFields one, YamlMapping mapping, int i)
    {
        SuiteFields fields = one.Inner(mapping, $"assert[{i}]");
        (string Key, int Line, YamlValue Value)[] named = [.. mapping.Entries.Where(entry => Kinds.ContainsKey(entry.Key))];
        if (named.Length != 1)
        {
            (string unknown, int line, _) = mapping.Entries.FirstOrDefault(entry => entry.Key is not ("on" or "ignoreCase"), ("", mapping.Line, mapping));
            one.Problem(line, $"assert[{i}]", named.Length > 1
                ? $"{named[0].Key} and {named[1].Key} stand in one assertion; each has one of its own"
                : $"\"{unknown}\" is no assertion{Suggestion.Nearest(unknown, Names)}; known are {string.Join(", ", Names)}");
            return null;
        }
        fields.Find(named[0].Key);
        var reader = new AssertionReader(fields, named[0].Key, named[0].Line, named[0].Value, YamlJson.Text(mapping));
        Assertion? assertion = Kinds[named[0].Key](reader);
        fields.Finish();
        return assertion;
    }

    private void Report(int line, string path, string message) => _fields.Problem(line, path.StartsWith(Place, StringComparison.Ordinal) ? _name + path[Place.Length..] : path, message);

    private string? Text() => _fields.Text(_value, Place);

    private AssertedText On() => Which(_fields, "on") ?? AssertedText.Answer;

    private static AssertedText? Which(SuiteFields fields, string key)
    {
        if (fields.Find(key) is not { } value || fields.Text(value, fields.Place(key)) is not { } text)
            return null;
        AssertedText? which = Named(text);
        if (which is null)
            fields.Problem(value.Line, key, $"\"{text}\" is not one of answer, original, edit");
        return which;
    }

    private static AssertedText? Named(string text) => text switch
    {
        "answer" => AssertedText.Answer,
        "original" => AssertedText.Original,
        "edit" => AssertedText.Edit,
        _ => null,
    };

    private bool IgnoreCase() => _fields.Flag("ignoreCase") ?? false;

    private ContainsAssertion? Contains(Occurrence wanted) =>
        _fields.Texts(_value, Place) is { Count: > 0 } texts ? new ContainsAssertion(_name, _line, On(), texts, wanted, IgnoreCase()) { Definition = _definition } : null;

    private EqualsAssertion? Equal(bool wanted) => Text() is { } text ? new EqualsAssertion(_name, _line, On(), text, wanted, IgnoreCase()) { Definition = _definition } : null;

    private StartsWithAssertion? StartsWith(bool wanted) => Text() is { } text ? new StartsWithAssertion(_name, _line, On(), text, wanted, IgnoreCase()) { Definition = _definition } : null;

    private RegexAssertion? Pattern(bool wanted)
    {
        if (Text() is not { } pattern)
            return null;
        RegexOptions options = RegexOptions.CultureInvariant | (IgnoreCase() ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new RegexAssertion(_name, _line, On(), new Regex(pattern, options, RegexAssertion.Limit), wanted) { Definition = _definition };
        }
        catch (ArgumentException exception)
        {
            _fields.Problem(_line, _name, $"is not a regular expression: {exception.Message}");
            return null;
        }
    }

    private SuiteFields? Settings() => _fields.Mapping(_value, Place) is { } mapping ? _fields.Inner(mapping, _name) : null;

    private TextMeasure Unit(SuiteFields settings)
    {
        if (settings.Find("unit") is not { } value || settings.Text(value, settings.Place("unit")) is not { } name)
            return TextMeasure.Words;
        TextMeasure? unit = TextMeasure.All.FirstOrDefault(measure => measure.Name == name);
        if (unit is null)
            settings.Problem(value.Line, "unit", $"\"{name}\" is not one of {string.Join(", ", TextMeasure.All.Select(measure => measure.Name))}");
        return unit ?? TextMeasure.Words;
    }

    private LengthAssertion? Length()
    {
        if (Settings() is not { } settings)
            return null;
        (TextMeasure unit, double? least, double? most) = (Unit(settings), settings.Number("min"), settings.Number("max"));
        if (least is null && most is null)
            settings.Problem(_line, "", "has neither min nor max");
        settings.Finish();
        return new LengthAssertion(_name, _line, On(), unit, least, most) { Definition = _definition };
    }

    private SimilarityAssertion? Similarity()
    {
        if (Settings() is not { } settings)
            return null;
        (AssertedText to, TextMeasure unit, double? least) = (Which(settings, "to") ?? AssertedText.Edit, Unit(settings), settings.Number("min"));
        if (!(least is >= 0 and <= 1))
            settings.Problem(_line, "min", "must be a number from 0 to 1");
        settings.Finish();
        return new SimilarityAssertion(_name, _line, On(), to, unit, least ?? 0) { Definition = _definition };
    }

    private EditDistanceAssertion? EditDistance()
    {
        if (Settings() is not { } settings)
            return null;
        (string? value, AssertedText to, TextMeasure unit, double? most) = (settings.Text("value"), Which(settings, "to") ?? AssertedText.Edit, Unit(settings), settings.Number("max"));
        if (!(most >= 0))
            settings.Problem(_line, "max", "must be a number from 0");
        settings.Finish();
        return new EditDistanceAssertion(_name, _line, On(), to, value, unit, most ?? 0) { Definition = _definition };
    }

    private NearerTheEditAssertion? NearerTheEdit()
    {
        if (_fields.Flag(_value, Place) is false)
            _fields.Problem(_line, _name, "is false; leave it out where nearness does not matter");
        return new NearerTheEditAssertion(_name, _line) { Definition = _definition };
    }

    private GroundedAssertion? Grounded()
    {
        if (Settings() is not { } settings)
            return null;
        (string? variable, string? text, double? least, bool? numbers) = (settings.Text("in"), settings.Text("text"), settings.Number("min"), settings.Flag("numbers"));
        if (!(least is >= 0 and <= 1))
            settings.Problem(_line, "min", "must be a number from 0 to 1: the share of the content words");
        if (variable is not null && text is not null)
            settings.Problem(_line, "text", "stands beside in; one of the two says where the words must stand");
        settings.Finish();
        return new GroundedAssertion(_name, _line, On(), text is null ? variable ?? Injected : null, text, least ?? 0, numbers ?? false) { Definition = _definition };
    }

    private TokenRewardAssertion? TokenReward()
    {
        if (Settings() is not { } settings)
            return null;
        (double? least, double? mean) = (settings.Number("min"), settings.Number("mean"));
        if (least is null && mean is null)
            settings.Problem(_line, "", "has neither min, a floor under every token, nor mean, a floor under their mean");
        settings.Finish();
        return new TokenRewardAssertion(_name, _line, On(), least, mean) { Definition = _definition };
    }

    private BetterThanAssertion? BetterThan()
    {
        if (Text() is not { } name)
            return null;
        string rubric = _fields.Text("rubric") ?? JudgePrompt.DefaultRubric;
        AssertedText? than = Named(name);
        if (than is null or AssertedText.Answer)
            _fields.Problem(_line, _name, $"\"{name}\" is not one of original, edit");
        return new BetterThanAssertion(_name, _line, than ?? AssertedText.Original, rubric) { Definition = _definition };
    }
}
