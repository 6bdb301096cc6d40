using System.Globalization;
using System.Text.Json;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Suites;

// Prompts of a promptfoo file: texts, conversations as JSON, and text files with either, below the folder of the file.
public sealed partial class PromptfooImport
{
    private const int LargestPrompt = 1 << 20;
    private static readonly string[] TextFiles = [".txt", ".md", ".json"];
    private static readonly string[] OtherFiles = [".js", ".cjs", ".mjs", ".ts", ".py", ".yaml", ".yml", ".csv", ".j2"];

    /// <summary>The prompt versions that an entry gives, as YAML: of a text file, one for each part between lines of "---".</summary>
    private string Prompts(SuiteFields fields, YamlValue value, int i)
    {
        string place = $"prompts[{i}]", name = $"prompt-{i + 1}";
        string? text = value is YamlMapping mapping ? Raw(fields.Inner(mapping, place)) : fields.Text(value, place);
        if (text is null)
            return "";
        if (FileOf(text) is not { } file)
            return Prompt(value.Line, place, name, text);
        if (FileText(value.Line, place, file) is not { } content)
            return "";
        string[] parts = file.EndsWith(".json", StringComparison.Ordinal) ? [content] : [.. Split(content)];
        return string.Concat(parts.Select((part, n) => Prompt(value.Line, $"{place}: {file}", parts.Length == 1 ? name : $"{name}-{n + 1}", part)));
    }

    /// <summary>The file that an entry names, with or without file://; null where it is the prompt itself.</summary>
    private static string? FileOf(string text)
    {
        const string scheme = "file://";
        if (text.StartsWith(scheme, StringComparison.Ordinal))
            return text[scheme.Length..];
        return TextFiles.Concat(OtherFiles).Any(end => text.EndsWith(end, StringComparison.Ordinal)) && !text.Any(char.IsWhiteSpace) ? text : null;
    }

    private string? FileText(int line, string place, string file)
    {
        string path = Path.GetFullPath(Path.Combine(_folder, file));
        if (!TextFiles.Contains(Path.GetExtension(file)))
            Add(line, place, $"\"{file}\" is a file, which may be code; prompts are read from {string.Join(", ", TextFiles)}, or put the text itself here");
        else if (Path.GetRelativePath(_folder, path) is var from && (Path.IsPathRooted(from) || from.StartsWith("..", StringComparison.Ordinal)))
            Add(line, place, $"\"{file}\" is outside of the folder of {_file}; a file beside or below it is expected");
        else if (file.Contains('*') || !File.Exists(path))
            Add(line, place, file.Contains('*') ? $"\"{file}\" is a pattern; name each file" : $"\"{file}\": there is no such file beside {_file}");
        else
        {
            try
            {
                return PlainYaml.ReadFile(path, "prompt", LargestPrompt);
            }
            catch (InvalidInputException problem)
            {
                Add(line, place, problem.Message);
            }
        }
        return null;
    }

    private static IEnumerable<string> Split(string content) => content.ReplaceLineEndings("\n").Split("\n---\n").Select(part => part.Trim('\n')).Where(part => part.Length > 0);

    private string Prompt(int line, string place, string name, string text)
    {
        if (text.TrimStart().StartsWith('[') && text.Contains("\"role\"", StringComparison.Ordinal))
            return Conversation(line, place, name, text);
        Check(line, place, text);
        return string.Create(CultureInfo.InvariantCulture, $"  {Json(name)}:\n    template: {Json(text)}\n");
    }

    /// <summary>A system message where there is one, turns of user and assistant as examples, and the user's message as the template.</summary>
    private string Conversation(int line, string place, string name, string text)
    {
        const string expected = "a system message at most, then turns of user and assistant, the user's last, are expected";
        List<(string Role, string Content)> messages = [];
        try
        {
            foreach (JsonElement message in JsonElement.Parse(text).EnumerateArray())
                messages.Add((message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            Add(line, place, $"is no conversation that can be read (a list of role and content, both texts): {expected}");
            return "";
        }
        string system = messages is [("system", var first), ..] ? first : "";
        (string Role, string Content)[] turns = [.. messages.Skip(system == "" ? 0 : 1)];
        if (turns.Length % 2 == 0 || turns.Where((turn, n) => turn.Role != (n % 2 == 0 ? "user" : "assistant")).Any())
        {
            Add(line, place, $"is a conversation of {string.Join(", ", messages.Select(message => message.Role))}; {expected}");
            return "";
        }
        if (turns.SkipLast(1).Any(turn => turn.Content.Contains("{{", StringComparison.Ordinal)))
            Add(line, place, "has {{variables}} in an earlier turn, which an example cannot have; only the system message and the last one can");
        Check(line, place, system);
        Check(line, place, turns[^1].Content);
        string examples = turns.Length == 1 ? "" : "    examples:\n" + string.Concat(Enumerable.Range(0, turns.Length / 2).Select(n => $"      - {{input: {Json(turns[2 * n].Content)}, output: {Json(turns[2 * n + 1].Content)}}}\n"));
        return $"  {Json(name)}:\n{(system == "" ? "" : $"    system: {Json(system)}\n")}    template: {Json(turns[^1].Content)}\n{examples}";
    }

    /// <summary>Reports what is more than {{variables}}, and takes those that there are.</summary>
    private void Check(int line, string place, string template)
    {
        int before = _problems.Count;
        if (template.Contains("{%", StringComparison.Ordinal) || template.Contains("{#", StringComparison.Ordinal))
            Add(line, place, "holds a statement of a template language ({% … %}); only {{variables}} are filled");
        foreach (FieldProblem problem in PromptTemplate.Problems("", template))
            Add(line, place, problem.Message);
        if (_problems.Count == before)
            _variables.AddRange(PromptTemplate.Parse(template).Variables);
    }

    private static string? Raw(SuiteFields fields)
    {
        fields.Find("label");
        fields.Find("id");
        string? raw = fields.RequiredText("raw");
        fields.Finish();
        return raw;
    }
}
