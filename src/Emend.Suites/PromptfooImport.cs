// promptfoo's configuration files (its documentation, "Configuration reference" and "Assertions"): prompts, tests with vars and assert, defaultTest.
// Taken over is what means the same here. Everything else is refused where it stands, or left out and listed: code above all (javascript, python, ruby,
// webhook, transforms), filters in templates, measures that are others here (similar compares embeddings), weights and thresholds over several assertions.
// Prompts: PromptfooPrompts.cs; assertions: PromptfooAssertions.cs.
using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Text;

namespace Emend.Suites;

/// <summary>A suite as YAML, and what of the promptfoo file it leaves out, with lines.</summary>
public sealed record ImportedSuite(string Yaml, IReadOnlyList<string> LeftOut);

/// <summary>Turns a promptfoo file into a suite.</summary>
public sealed partial class PromptfooImport
{
    private static readonly string[] Passed = ["description", "tags", "providers", "targets", "outputPath", "sharing", "evaluateOptions", "env", "commandLineOptions", "$schema"];

    /// <summary>Cases that lists of values may make together.</summary>
    private const int MostCases = 10_000;

    private readonly List<(int Line, string Text)> _problems = [];
    private readonly StringBuilder _cases = new();
    private readonly List<string> _variables = [];
    private readonly string _file, _folder;
    private readonly List<(int Line, string Text)>? _leftOut;
    private int _count;

    private PromptfooImport(string path, bool leavesOut) => (_file, _folder, _leftOut) = (Path.GetFileName(path), Path.GetDirectoryName(Path.GetFullPath(path))!, leavesOut ? [] : null);

    /// <summary>The suite as YAML; reading it gives the cases of the file.</summary>
    /// <exception cref="InvalidInputException">Something of the file has no counterpart here: all of it, with lines.</exception>
    public static string Convert(string path) => ConvertText(SuiteReader.FileText(path, "promptfoo file"), path);

    /// <summary>The same without what has no counterpart: that is listed instead.</summary>
    /// <exception cref="InvalidInputException">It is no YAML, or nothing is left.</exception>
    public static ImportedSuite ConvertWhatIsKnown(string path) => ConvertWhatIsKnown(SuiteReader.FileText(path, "promptfoo file"), path);

    /// <summary>The same from a text; the path stands in messages, gives the suite its name, and says where files of prompts are looked for.</summary>
    public static string ConvertText(string yaml, string path) => new PromptfooImport(path, leavesOut: false).Suite(yaml, path);

    /// <inheritdoc cref="ConvertWhatIsKnown(string)"/>
    public static ImportedSuite ConvertWhatIsKnown(string yaml, string path)
    {
        var import = new PromptfooImport(path, leavesOut: true);
        return new ImportedSuite(import.Suite(yaml, path), [.. import._leftOut!.OrderBy(one => one.Line).Select(one => one.Text)]);
    }

    private string Suite(string yaml, string path)
    {
        YamlMapping? mapping = PlainYaml.Parse(yaml.TrimStart('\uFEFF'), "promptfoo file", Add);
        string suite = mapping is null ? "" : Suite(mapping, path);
        if (_problems.Count > 0)
            throw InvalidInputException.ForProblems(path, [.. _problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)]);
        SuiteReader.ReadText(suite, path);                     // what was written can be read, or the import is wrong here and now
        return suite;
    }

    private void Add(int line, string path, string message) => _problems.Add(Told(line, path, message));

    private (int Line, string Text) Told(int line, string path, string message) => (line, $"{_file}:{line}: {(path.Length > 0 ? $"{path}: " : "")}{message}");

    /// <summary>Where it may be left out, what was reported since belongs to something that is; then true.</summary>
    private bool IsLeftOut(int since)
    {
        if (_leftOut is null || _problems.Count == since)
            return false;
        _leftOut.AddRange(_problems.Skip(since));
        _problems.RemoveRange(since, _problems.Count - since);
        return true;
    }

    private string Suite(YamlMapping mapping, string path)
    {
        var fields = new SuiteFields(mapping, "", Add);
        foreach (string key in Passed)
            fields.Find(key);
        var text = new StringBuilder();
        string name = new([.. Path.GetFileNameWithoutExtension(path).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-').Take(64)]);
        text.Append(CultureInfo.InvariantCulture, $"suite: {Json(name)}\n");
        text.Append("prompts:\n");
        IReadOnlyList<YamlValue> prompts = fields.Find("prompts") is { } value ? value is YamlList list ? list.Items : [value] : [];
        foreach ((int i, YamlValue prompt) in prompts.Index())
        {
            (int before, int variables) = (_problems.Count, _variables.Count);
            string written = Prompts(fields, prompt, i);
            if (IsLeftOut(before))
                _variables.RemoveRange(variables, _variables.Count - variables);
            else
                text.Append(written);
        }
        if (prompts.Count == 0)
            Add(mapping.Line, "prompts", "is missing; one prompt at least is expected");
        int since = _problems.Count;
        TestParts common = fields.Mapping("defaultTest") is { } defaults ? Parts(fields.Inner(defaults, "defaultTest")) : new("", [], [], 0);
        IsLeftOut(since);
        foreach ((int i, YamlValue test) in fields.List("tests").Index())
        {
            if (fields.Mapping(test, $"tests[{i}]") is { } one)
                Test(fields, one, common, i);
        }
        since = _problems.Count;
        if (fields.Find("scenarios") is { } scenarios)
            Add(scenarios.Line, "scenarios", "are not supported; write their tests out");
        fields.Finish();
        IsLeftOut(since);
        return text.Append("cases:\n").Append(_cases).ToString();
    }

    /// <summary>What a test, or the one that all share, says; its other keys are refused.</summary>
    private TestParts Parts(SuiteFields fields)
    {
        string description = fields.Text("description") ?? "";
        fields.Find("metadata");
        Refuse(fields, "options", "threshold", "provider", "assertScoringFunction");
        IReadOnlyList<YamlValue> given = fields.List("assert");
        var assertions = new List<ImportedAssertion>();
        foreach ((int j, YamlValue value) in given.Index())
        {
            int before = _problems.Count;
            ImportedAssertion? written = fields.Mapping(value, fields.Place($"assert[{j}]")) is { } mapping ? Assertion(fields.Inner(mapping, $"assert[{j}]"), mapping) : null;
            if (!IsLeftOut(before) && written is not null)
                assertions.Add(written);
        }
        List<(string, List<string>)> vars = Vars(fields);
        fields.Finish();
        return new TestParts(description, assertions, vars, given.Count);
    }

    private void Test(SuiteFields file, YamlMapping test, TestParts common, int i)
    {
        int before = _problems.Count;
        SuiteFields fields = file.Inner(test, $"tests[{i}]");
        TestParts own = Parts(fields);
        string description = own.Description.Length > 0 ? own.Description : common.Description;
        ImportedAssertion[] assertions = [.. common.Assertions, .. own.Assertions];
        (string Name, List<string> Values)[] vars = [.. common.Vars, .. own.Vars];
        string[] names = [.. vars.Select(one => one.Name).Distinct()], asserted = [.. assertions.SelectMany(assertion => assertion.Variables).Distinct()];
        if (_leftOut is not null && assertions.Length == 0 && common.Given + own.Given > 0)
            Add(fields.Line, $"tests[{i}]", "none of its assertions is left");          // a case that always passes would be worse than none
        foreach (string missing in _variables.Distinct().Except(names))
            Add(fields.Line, fields.Place("vars"), $"{missing} is missing, which a prompt has");
        foreach (string unused in names.Except(_variables).Except(asserted))
            (_leftOut ?? _problems).Add(Told(fields.Line, fields.Place($"vars.{unused}"), $"no prompt has {{{{{unused}}}}}; take it out"));
        foreach (string missing in asserted.Except(names))
            Add(fields.Line, fields.Place("vars"), $"{missing} is missing, which an assertion has");
        double combinations = vars.GroupBy(one => one.Name).Aggregate(1.0, (product, group) => product * group.Last().Values.Count);
        if (_count + combinations > MostCases)
            Add(fields.Line, fields.Place("vars"), FormattableString.Invariant($"{combinations} combinations of their values make more than {MostCases} cases; a suite has at most so many"));
        if (IsLeftOut(before) || _problems.Count > before)
            return;
        foreach (Dictionary<string, string> variables in Combinations(vars))
            Case(description, variables, assertions);
    }

    private void Case(string description, Dictionary<string, string> variables, IReadOnlyList<ImportedAssertion> assertions)
    {
        _count++;
        _cases.Append(CultureInfo.InvariantCulture, $"  - id: {Json($"test-{_count}")}\n");
        if (description != "")
            _cases.Append(CultureInfo.InvariantCulture, $"    # {description.ReplaceLineEndings(" ")}\n");
        // Of the values that only an assertion has, the suite knows nothing: they are in it.
        _cases.Append(CultureInfo.InvariantCulture, $"    variables: {JsonSerializer.Serialize(variables.Where(one => _variables.Contains(one.Key)).ToDictionary(), SuiteJson.Options)}\n");
        if (assertions.Count > 0)
            _cases.Append("    assert:\n").AppendJoin("", assertions.Select(assertion => $"      - {{{assertion.Write(variables)}}}\n"));
    }

    private void Refuse(SuiteFields fields, params string[] keys)
    {
        foreach (string key in keys)
        {
            if (fields.Find(key) is { } value)
                Add(value.Line, fields.Place(key), key == "options" && value is YamlMapping mapping && mapping.Entries.FirstOrDefault(entry => entry.Key is "transform" or "postprocess") is { Key: not null } code
                    ? $"{code.Key} (line {code.Line}) is code, and no code of a user runs here"
                    : "has no counterpart here; take it out, or say it in the suite");
        }
    }

    private List<(string Name, List<string> Values)> Vars(SuiteFields fields)
    {
        var all = new List<(string, List<string>)>();
        if (fields.Mapping("vars") is not { } vars)
            return all;
        foreach ((string name, int line, YamlValue value) in vars.Entries)
        {
            string place = fields.Place($"vars.{name}");
            List<string> values = value is YamlMapping ? [YamlJson.Text(value)] : fields.Texts(value, place);
            foreach (string text in values.Where(text => text.StartsWith("file://", StringComparison.Ordinal)))
                Add(line, place, $"\"{text}\" is a file, which may be code; put the text itself here");
            all.Add((name, values));
        }
        return all;
    }

    /// <summary>A list of values makes a case of each, all lists combined; a later variable of the same name takes the place of an earlier one.</summary>
    private static List<Dictionary<string, string>> Combinations(IReadOnlyList<(string Name, List<string> Values)> vars)
    {
        List<Dictionary<string, string>> all = [[]];
        foreach ((string name, List<string> values) in vars.GroupBy(one => one.Name).Select(group => group.Last()))
            all = [.. all.SelectMany(one => values.Select(value => new Dictionary<string, string>(one) { [name] = value }))];
        return all;
    }

    // A JSON string is a YAML one.
    private static string Json(string text) => JsonSerializer.Serialize(text, SuiteJson.Options);

    /// <summary>What a test says.</summary>
    /// <param name="Given">Assertions that the file has, those too that are left out.</param>
    private sealed record TestParts(string Description, List<ImportedAssertion> Assertions, List<(string Name, List<string> Values)> Vars, int Given);
}
