// Format: docs/formats/suites.md.
using System.Collections.Immutable;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Suites;

/// <summary>Reads a suite: a YAML (or JSON) file. Nothing is ignored and nothing is guessed; every problem is named by file, line and key.</summary>
public sealed class SuiteReader
{
    private const long LargestFile = 32 << 20;
    private readonly List<(int Line, string Text)> _problems = [];
    private readonly string _file;
    private readonly string? _injected;

    private SuiteReader(string path, string? injected) => (_file, _injected) = (Path.GetFileName(path), injected);

    /// <exception cref="InvalidInputException">The file is no suite: all problems at once.</exception>
    public static Suite Read(string path) => ReadText(FileText(path, "suite"), path);

    /// <summary>A suite whose cases get values from elsewhere, or are to fill other prompt versions than those in the file.</summary>
    /// <param name="versions">Null: those in the file.</param>
    /// <param name="injected">The variable that is filled later, in all cases with variables, and is empty until then; null: there is none.</param>
    /// <exception cref="InvalidInputException">The file is no suite, or a case does not fit a version: all problems at once.</exception>
    public static Suite Read(string path, IReadOnlyList<SuitePrompt>? versions, string? injected) => ReadText(FileText(path, "suite"), path, versions, injected);

    /// <summary>The same from a text; the path stands in messages.</summary>
    public static Suite ReadText(string yaml, string path, IReadOnlyList<SuitePrompt>? versions = null, string? injected = null)
    {
        var reader = new SuiteReader(path, injected);
        YamlMapping? mapping = PlainYaml.Parse(yaml, "suite", reader.Add);
        Suite? suite = mapping is null ? null : reader.Suite(mapping, path, versions);
        if (reader._problems.Count > 0)
            throw InvalidInputException.ForProblems(path, [.. reader._problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)]);
        return suite!;
    }

    internal static string FileText(string path, string what) => PlainYaml.ReadFile(path, what, LargestFile);

    private void Add(int line, string path, string message) => _problems.Add((line, $"{_file}:{line}: {(path.Length > 0 ? $"{path}: " : "")}{message}"));

    private Suite Suite(YamlMapping mapping, string path, IReadOnlyList<SuitePrompt>? given)
    {
        var fields = new SuiteFields(mapping, "", Add);
        string name = fields.RequiredText("suite") ?? "";
        if (name.Length > 64 || name.Any(letter => !(char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')))
            fields.Problem(mapping.Line, "suite", "is not a name of at most 64 letters, digits, \"-\", \"_\" and \".\"");
        fields.Text("about");
        SuiteSettings settings = fields.Mapping("settings") is { } found ? Settings(fields.Inner(found, "settings")) : new SuiteSettings();
        IReadOnlyList<SuitePrompt> prompts = fields.Mapping("prompts") is { } versions ? [.. versions.Entries.Select(entry => Prompt(fields, entry, path)).OfType<SuitePrompt>()] : [];
        prompts = given ?? prompts;
        IReadOnlyList<YamlValue> list = fields.List("cases");
        var cases = new List<SuiteCase>();
        var lines = new Dictionary<string, int>();
        foreach ((int i, YamlValue value) in list.Index())
        {
            if (fields.Mapping(value, $"cases[{i}]") is { } one && Case(fields.Inner(one, $"cases[{i}]"), prompts, i) is { } read)
            {
                if (!lines.TryAdd(read.Id, read.Line))
                    fields.Problem(read.Line, $"cases[{i}].id", $"\"{read.Id}\" is already the id of line {lines[read.Id]}; an id of its own is expected");
                cases.Add(read);
            }
        }
        if (list.Count == 0)
            fields.Problem(mapping.Line, "cases", "has no case; one at least is expected");
        fields.Finish();
        return new Suite(name, path, settings, prompts, cases);
    }

    private static SuiteSettings Settings(SuiteFields fields)
    {
        var start = new SuiteSettings();
        var settings = new SuiteSettings
        {
            Temperature = fields.Number("temperature") ?? start.Temperature,
            TopP = fields.Number("topP") ?? start.TopP,
            MaxTokens = fields.Integer("maxTokens") ?? start.MaxTokens,
            Seed = fields.Integer("seed") ?? start.Seed,
            FlagBelow = fields.Number("flagBelow") ?? start.FlagBelow,
        };
        if (!(settings.Temperature is >= 0 and <= 10))
            fields.Problem(fields.Line, "temperature", FormattableString.Invariant($"{settings.Temperature} is not between 0 and 10"));
        if (!(settings.TopP is > 0 and <= 1))
            fields.Problem(fields.Line, "topP", FormattableString.Invariant($"{settings.TopP} is not above 0 and at most 1"));
        if (settings.MaxTokens < 1)
            fields.Problem(fields.Line, "maxTokens", $"{settings.MaxTokens} is not positive");
        fields.Finish();
        return settings;
    }

    private static SuitePrompt? Prompt(SuiteFields suite, (string Key, int Line, YamlValue Value) entry, string path)
    {
        string place = $"prompts.{entry.Key}";
        if (suite.Mapping(entry.Value, place) is not { } mapping)
            return null;
        SuiteFields fields = suite.Inner(mapping, place);
        if (fields.Text("file") is { } file)
            return FromFile(fields, entry.Key, entry.Line, file, path);
        string? template = fields.RequiredText("template");
        var examples = new List<PromptExample>();
        foreach ((int i, YamlValue value) in fields.List("examples").Index())
        {
            if (fields.Mapping(value, $"{place}.examples[{i}]") is not { } example)
                continue;
            SuiteFields inner = fields.Inner(example, $"examples[{i}]");
            (string? input, string? output) = (inner.RequiredText("input"), inner.RequiredText("output"));
            inner.Finish();
            examples.Add(new PromptExample(input ?? "", output ?? ""));
        }
        var content = new PromptContent { System = fields.Text("system") ?? "", Template = template ?? "", Examples = examples, Settings = PromptSettings(fields) };
        fields.Finish();
        foreach (FieldProblem problem in template is null ? [] : content.Problems())
            fields.Problem(entry.Line, problem.Field, problem.Message);
        return new SuitePrompt(entry.Key, content.Normalized(), entry.Line);
    }

    /// <summary>A version as the registry gives it: a JSON file, named from where the suite is.</summary>
    private static SuitePrompt? FromFile(SuiteFields fields, string name, int line, string file, string path)
    {
        fields.Finish();
        string place = Path.Combine(Path.GetDirectoryName(path) ?? "", file);
        try
        {
            return new SuitePrompt(name, PromptContent.Parse(FileText(place, "prompt version"), place), line);
        }
        catch (InvalidInputException exception)
        {
            fields.Problem(line, "file", exception.Message.ReplaceLineEndings(" "));
            return null;
        }
    }

    private static ModelSettings PromptSettings(SuiteFields prompt)
    {
        if (prompt.Mapping("settings") is not { } mapping)
            return new ModelSettings();
        SuiteFields fields = prompt.Inner(mapping, "settings");
        var settings = new ModelSettings
        {
            Temperature = fields.Number("temperature"),
            TopP = fields.Number("topP"),
            MaxTokens = fields.Integer("maxTokens"),
            Seed = fields.Integer("seed"),
            Stop = fields.Find("stop") is { } stop ? fields.Texts(stop, fields.Place("stop")) : [],
        };
        fields.Finish();
        return settings;
    }

    private SuiteCase? Case(SuiteFields fields, IReadOnlyList<SuitePrompt> prompts, int index)
    {
        string id = fields.Text("id") ?? $"case-{index + 1}";
        ImmutableDictionary<string, string>? variables = fields.Mapping("variables") is { } given ? Variables(fields, given) : null;
        IReadOnlyList<ChatMessage>? messages = Messages(fields);
        if (_injected is not null && messages is null)
        {
            variables ??= ImmutableDictionary<string, string>.Empty;
            if (variables.ContainsKey(_injected))
                fields.Problem(fields.Line, $"variables.{_injected}", "is filled from the documents (--inject); take the value out");
            variables = variables.SetItem(_injected, "");
        }
        string? original = fields.Text("original"), edit = fields.Text("edit");
        IReadOnlyList<Assertion> assertions = AssertionReader.Read(fields, original, edit, variables);
        if (messages is null && prompts.Count == 0)
            fields.Problem(fields.Line, "", "has neither prompt nor messages, and the suite has no prompts whose variables it could fill");
        else if (messages is not null && variables is not null)
            fields.Problem(fields.Line, "variables", "stand beside a prompt of the case's own, which has none");
        else if (messages is null)
        {
            variables ??= ImmutableDictionary<string, string>.Empty;
            CheckVariables(fields, prompts, variables);
        }
        if (edit is not null && original is null)
            fields.Problem(fields.Line, "edit", "stands without original: what was edited");
        fields.Finish();
        return new SuiteCase(id, variables, messages, original, edit, assertions, fields.Line);
    }

    private void CheckVariables(SuiteFields fields, IReadOnlyList<SuitePrompt> prompts, ImmutableDictionary<string, string> variables)
    {
        SuitePrompt[] whole = [.. prompts.Where(prompt => !PromptTemplate.Problems("", prompt.Content.System).Concat(PromptTemplate.Problems("", prompt.Content.Template)).Any())];
        foreach (SuitePrompt prompt in whole)
        {
            foreach (string missing in prompt.Content.Variables.Except(variables.Keys))
                fields.Problem(fields.Line, "variables", $"{missing} is missing, which prompt {prompt.Name} has");
        }
        string[] known = [.. whole.SelectMany(prompt => prompt.Content.Variables).Distinct()];
        foreach (string unknown in variables.Keys.Except(known).Where(name => whole.Length == prompts.Count && name != _injected).Order(StringComparer.Ordinal))
            fields.Problem(fields.Line, "variables", $"{unknown} is a variable of no prompt{Suggestion.Nearest(unknown, known)}");
    }

    private static ImmutableDictionary<string, string> Variables(SuiteFields fields, YamlMapping given) => given.Entries
        .Select(entry => KeyValuePair.Create(entry.Key, fields.Text(entry.Value, fields.Place($"variables.{entry.Key}")) ?? "")).ToImmutableDictionary();

    private static List<ChatMessage>? Messages(SuiteFields fields)
    {
        string? prompt = fields.Text("prompt");
        IReadOnlyList<YamlValue> list = fields.List("messages");
        if (prompt is not null && list.Count > 0)
            fields.Problem(fields.Line, "messages", "stand beside prompt; one of the two is expected");
        if (prompt is not null)
            return [new ChatMessage("user", prompt)];
        if (list.Count == 0)
            return null;
        var messages = new List<ChatMessage>();
        foreach ((int i, YamlValue value) in list.Index())
        {
            if (fields.Mapping(value, fields.Place($"messages[{i}]")) is not { } mapping)
                continue;
            SuiteFields inner = fields.Inner(mapping, $"messages[{i}]");
            string? role = inner.RequiredText("role"), content = inner.RequiredText("content");
            if (role is not (null or "system" or "user" or "assistant"))
                inner.Problem(mapping.Line, "role", $"\"{role}\" is not a role (system, user, assistant)");
            inner.Finish();
            messages.Add(new ChatMessage(role ?? "", content ?? ""));
        }
        return messages;
    }
}
