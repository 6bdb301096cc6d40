// promptfoo's configuration files (its documentation, "Configuration reference" and "Assertions"): prompts, tests with vars and assert, defaultTest.
// Taken over is what means the same here. Everything else is refused where it stands: code above all (javascript, python, ruby, webhook, file://,
// transforms), filters in templates, measures that are others here (similar compares embeddings), weights and thresholds over several assertions.
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Suites;

/// <summary>Turns a promptfoo file into a suite.</summary>
public sealed class PromptfooImport
{
    private static readonly string[] Code = ["javascript", "python", "ruby", "webhook"];
    private static readonly string[] Passed = ["description", "tags", "providers", "targets", "outputPath", "sharing", "evaluateOptions", "env", "commandLineOptions", "$schema"];
    private static readonly string[] KnownTypes = ["equals", "contains", "icontains", "contains-all", "icontains-all", "contains-any", "icontains-any", "starts-with", "regex", "is-json", "levenshtein", "is-refusal", "llm-rubric", "word-count"];

    /// <summary>Cases that lists of values may make together.</summary>
    private const int MostCases = 10_000;

    private readonly List<(int Line, string Text)> _problems = [];
    private readonly StringBuilder _cases = new();
    private readonly List<string> _variables = [];
    private readonly string _file;
    private int _count;

    private PromptfooImport(string path) => _file = Path.GetFileName(path);

    /// <summary>The suite as YAML; reading it gives the cases of the file.</summary>
    /// <exception cref="InvalidInputException">Something of the file has no counterpart here: all of it, with lines.</exception>
    public static string Convert(string path) => ConvertText(SuiteReader.FileText(path, "promptfoo file"), path);

    /// <summary>The same from a text; the path stands in messages and gives the suite its name.</summary>
    public static string ConvertText(string yaml, string path)
    {
        var import = new PromptfooImport(path);
        YamlMapping? mapping = PlainYaml.Parse(yaml.TrimStart('\uFEFF'), "promptfoo file", import.Add);
        string suite = mapping is null ? "" : import.Suite(mapping, path);
        if (import._problems.Count > 0)
            throw InvalidInputException.ForProblems(path, [.. import._problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)]);
        SuiteReader.ReadText(suite, path);                     // what was written can be read, or the import is wrong here and now
        return suite;
    }

    private void Add(int line, string path, string message) => _problems.Add((line, $"{_file}:{line}: {(path.Length > 0 ? $"{path}: " : "")}{message}"));

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
            Prompt(fields, text, prompt, i);
        if (prompts.Count == 0)
            Add(mapping.Line, "prompts", "is missing; one prompt at least is expected");
        (string Description, List<string> Assertions, List<(string, List<string>)> Vars) common = fields.Mapping("defaultTest") is { } defaults ? Parts(fields.Inner(defaults, "defaultTest")) : ("", [], []);
        foreach ((int i, YamlValue test) in fields.List("tests").Index())
        {
            if (fields.Mapping(test, $"tests[{i}]") is { } one)
                Test(fields, one, common, i);
        }
        if (fields.Find("scenarios") is { } scenarios)
            Add(scenarios.Line, "scenarios", "are not supported; write their tests out");
        fields.Finish();
        return text.Append("cases:\n").Append(_cases).ToString();
    }

    private void Prompt(SuiteFields fields, StringBuilder text, YamlValue value, int i)
    {
        string place = $"prompts[{i}]";
        string? template = value is YamlMapping mapping ? Raw(fields.Inner(mapping, place)) : fields.Text(value, place);
        if (template is null)
            return;
        if (template.StartsWith("file://", StringComparison.Ordinal) || template.EndsWith(".js", StringComparison.Ordinal) || template.EndsWith(".py", StringComparison.Ordinal))
            Add(value.Line, place, $"\"{template}\" is a file, which may be code; put the text itself here");
        if (template.TrimStart().StartsWith('[') && template.Contains("\"role\"", StringComparison.Ordinal))
            Add(value.Line, place, "is a conversation as JSON; write its system message and template into the suite after the import, and here the user's message alone");
        if (template.Contains("{%", StringComparison.Ordinal) || template.Contains("{#", StringComparison.Ordinal))
            Add(value.Line, place, "holds a statement of a template language ({% … %}); only {{variables}} are filled");
        foreach (FieldProblem problem in PromptTemplate.Problems("", template))
            Add(value.Line, place, problem.Message);
        if (PromptTemplate.Problems("", template).Count == 0)
            _variables.AddRange(PromptTemplate.Parse(template).Variables);
        text.Append(CultureInfo.InvariantCulture, $"  {Json($"prompt-{i + 1}")}:\n    template: {Json(template)}\n");
    }

    private static string? Raw(SuiteFields fields)
    {
        fields.Find("label");
        fields.Find("id");
        string? raw = fields.RequiredText("raw");
        fields.Finish();
        return raw;
    }

    /// <summary>What a test, or the one that all share, says; its other keys are refused.</summary>
    private (string Description, List<string> Assertions, List<(string Name, List<string> Values)> Vars) Parts(SuiteFields fields)
    {
        string description = fields.Text("description") ?? "";
        fields.Find("metadata");
        Refuse(fields, "options", "threshold", "provider", "assertScoringFunction");
        var assertions = new List<string>();
        foreach ((int j, YamlValue value) in fields.List("assert").Index())
        {
            if (fields.Mapping(value, fields.Place($"assert[{j}]")) is { } mapping && Assertion(fields.Inner(mapping, $"assert[{j}]"), mapping) is { } written)
                assertions.Add(written);
        }
        List<(string, List<string>)> vars = Vars(fields);
        fields.Finish();
        return (description, assertions, vars);
    }

    private void Test(SuiteFields file, YamlMapping test, (string Description, List<string> Assertions, List<(string Name, List<string> Values)> Vars) common, int i)
    {
        SuiteFields fields = file.Inner(test, $"tests[{i}]");
        (string description, List<string> own, List<(string Name, List<string> Values)> ownVars) = Parts(fields);
        description = description.Length > 0 ? description : common.Description;
        string[] assertions = [.. common.Assertions, .. own];
        (string Name, List<string> Values)[] vars = [.. common.Vars, .. ownVars];
        string[] names = [.. vars.Select(one => one.Name).Distinct()];
        foreach (string unused in names.Except(_variables))
            Add(fields.Line, fields.Place($"vars.{unused}"), $"no prompt has {{{{{unused}}}}}; take it out");
        foreach (string missing in _variables.Distinct().Except(names))
            Add(fields.Line, fields.Place("vars"), $"{missing} is missing, which a prompt has");
        double combinations = vars.GroupBy(one => one.Name).Aggregate(1.0, (product, group) => product * group.Last().Values.Count);
        if (_count + combinations > MostCases)
        {
            Add(fields.Line, fields.Place("vars"), FormattableString.Invariant($"{combinations} combinations of their values make more than {MostCases} cases; a suite has at most so many"));
            return;
        }
        foreach (Dictionary<string, string> variables in Combinations(vars))
        {
            _count++;
            _cases.Append(CultureInfo.InvariantCulture, $"  - id: {Json($"test-{_count}")}\n");
            if (description != "")
                _cases.Append(CultureInfo.InvariantCulture, $"    # {description.ReplaceLineEndings(" ")}\n");
            _cases.Append(CultureInfo.InvariantCulture, $"    variables: {JsonSerializer.Serialize(variables, SuiteJson.Options)}\n");
            if (assertions.Length > 0)
                _cases.Append("    assert:\n").AppendJoin("", assertions.Select(assertion => $"      - {assertion}\n"));
        }
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

    /// <summary>One assertion as a line of the suite; null where it has no counterpart, which is reported.</summary>
    private string? Assertion(SuiteFields fields, YamlMapping mapping)
    {
        string? type = fields.RequiredText("type");
        fields.Find("metric");
        if (type is null)
            return null;
        Refuse(fields, "transform", "weight", "provider", "rubricPrompt", "config");
        bool negated = type.StartsWith("not-", StringComparison.Ordinal);
        string bare = negated ? type[4..] : type;
        YamlValue? value = fields.Find("value");
        double? threshold = bare == "levenshtein" ? fields.Number("threshold") : null;
        if (bare != "levenshtein" && KnownTypes.Contains(bare))
            Refuse(fields, "threshold");
        fields.Find("threshold");
        fields.Finish();
        string[] texts = [.. (value is YamlList list ? list.Items : value is null ? [] : [value]).OfType<YamlScalar>().Select(scalar => scalar.Value)];
        int line = mapping.Entries.First(entry => entry.Key == "type").Line;
        if (Code.Contains(bare) || texts.Any(text => text.StartsWith("file://", StringComparison.Ordinal)))
        {
            Add(line, fields.Place("type"), $"\"{type}\" is code{(Code.Contains(bare) ? "" : " from a file")}, and no code of a user runs here; say it with the assertions that there are");
            return null;
        }
        if (!KnownTypes.Contains(bare))
        {
            Add(line, fields.Place("type"), bare is "similar" ? "\"similar\" compares embeddings, which a suite does not have; use similarity, of words, in the suite" : $"\"{type}\" has no counterpart here; those with one are {string.Join(", ", KnownTypes)}");
            return null;
        }
        if (texts.Any(text => text.Contains("{{", StringComparison.Ordinal)))
        {
            Add(value!.Line, fields.Place("value"), "holds {{variables}}, which assertions here do not have; write the value out");
            return null;
        }
        string? written = Written(bare, negated, fields, value, threshold, line);
        return written is null ? null : $"{{{written}}}";
    }

    private string? Written(string type, bool negated, SuiteFields fields, YamlValue? value, double? threshold, int line)
    {
        string Text() => Json(value is null ? "" : fields.Text(value, fields.Place("value")) ?? "");
        string Texts() => JsonSerializer.Serialize(value is null ? [] : fields.Texts(value, fields.Place("value")), SuiteJson.Options);
        string lower = type.StartsWith('i') && type.Contains("contains", StringComparison.Ordinal) ? ", ignoreCase: true" : "";
        if (value is null && type is not ("is-json" or "is-refusal"))
        {
            Add(line, fields.Place("value"), "is missing");
            return null;
        }
        switch (type, negated)
        {
            case ("equals", _):
                // Exactly this text: equals of a suite looks past white space at both ends.
                return $"{(negated ? "not-" : "")}regex: {Json($"\\A{Regex.Escape(value is null ? "" : fields.Text(value, fields.Place("value")) ?? "")}\\z")}";
            case ("starts-with" or "regex", _):
                return $"{(negated ? "not-" : "")}{type}: {Text()}";
            case ("contains" or "icontains", _):
                return $"{(negated ? "not-" : "")}contains: {Text()}{lower}";
            case ("contains-all" or "icontains-all", false):
                return $"contains: {Texts()}{lower}";
            case ("contains-any" or "icontains-any", _):
                return $"{(negated ? "not-contains" : "contains-any")}: {Texts()}{lower}";
            case ("is-json", false):
                return $"json-schema: {(value is null ? "true" : YamlJson.Text(value))}";
            case ("levenshtein", false):
                return string.Create(CultureInfo.InvariantCulture, $"edit-distance: {{value: {Text()}, unit: characters, max: {threshold ?? 5}}}");
            case ("is-refusal", _):
                return $"refusal: {(negated ? "false" : "true")}";
            case ("llm-rubric", false):
                return $"judge: {Text()}";
            case ("word-count", false) when value is YamlMapping bounds:
                return $"length: {YamlJson.Text(bounds)}";
            case ("word-count", false):
                return $"length: {{min: {Text().Trim('"')}, max: {Text().Trim('"')}}}";
            default:
                Add(line, fields.Place("type"), $"\"not-{type}\" has no counterpart here");
                return null;
        }
    }

    // A JSON string is a YAML one.
    private static string Json(string text) => JsonSerializer.Serialize(text, SuiteJson.Options);
}
