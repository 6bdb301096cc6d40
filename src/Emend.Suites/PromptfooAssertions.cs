using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Suites;

// Assertions of a promptfoo file.
public sealed partial class PromptfooImport
{
    private static readonly string[] Code = ["javascript", "python", "ruby", "webhook"];
    private static readonly string[] KnownTypes = ["equals", "contains", "icontains", "contains-all", "icontains-all", "contains-any", "icontains-any", "starts-with", "regex", "is-json", "contains-json", "levenshtein", "is-refusal", "llm-rubric", "word-count"];

    /// <summary>One assertion as a line of the suite; null where it has no counterpart, which is reported.</summary>
    private ImportedAssertion? Assertion(SuiteFields fields, YamlMapping mapping)
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
        string[] variables = [.. texts.SelectMany(text => Variables(text, value!.Line, fields.Place("value"))).Distinct()];
        string? written = Written(bare, negated, fields, value, threshold, line, text => text);
        return written is null ? null : new ImportedAssertion(variables, values => variables.Length == 0 ? written
            : Written(bare, negated, fields, value, threshold, line, text => PromptTemplate.Parse(text).Fill(values).Text)!);
    }

    /// <summary>Names of the {{variables}} in a value; what is more than that is reported.</summary>
    private IEnumerable<string> Variables(string text, int line, string place)
    {
        if (!text.Contains("{{", StringComparison.Ordinal))
            return [];
        if (text.Contains("{%", StringComparison.Ordinal))
            Add(line, place, "holds a statement of a template language ({% … %}); only {{variables}} are filled");
        IReadOnlyList<FieldProblem> problems = PromptTemplate.Problems("", text);
        foreach (FieldProblem problem in problems)
            Add(line, place, problem.Message);
        return problems.Count > 0 ? [] : PromptTemplate.Parse(text).Variables;
    }

    /// <param name="fill">Puts the values of a case into a text.</param>
    private string? Written(string type, bool negated, SuiteFields fields, YamlValue? value, double? threshold, int line, Func<string, string> fill)
    {
        string Plain() => fill(value is null ? "" : fields.Text(value, fields.Place("value")) ?? "");
        string Text() => Json(Plain());
        string Texts() => JsonSerializer.Serialize(value is YamlScalar ? Between(Plain(), fields, line) : fields.Texts(value!, fields.Place("value")).Select(fill), SuiteJson.Options);
        string lower = type.StartsWith('i') && type.Contains("contains", StringComparison.Ordinal) ? ", ignoreCase: true" : "";
        if (value is null && type is not ("is-json" or "contains-json" or "is-refusal"))
        {
            Add(line, fields.Place("value"), "is missing");
            return null;
        }
        switch (type, negated)
        {
            case ("equals", _):
                // Exactly this text: equals of a suite looks past white space at both ends.
                return $"{(negated ? "not-" : "")}regex: {Json($"\\A{Regex.Escape(Plain())}\\z")}";
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
            case ("contains-json", false):
                return $"contains-json: {(value is null ? "true" : YamlJson.Text(value))}";
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

    /// <summary>
    /// The texts between the commas of a single one, without white space around them and without empty ones. In quotation marks a text may hold commas, and
    /// quotation marks that are doubled or follow a backslash.
    /// </summary>
    private List<string> Between(string text, SuiteFields fields, int line)
    {
        int before = _problems.Count;
        var texts = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == ','))
                at++;
            if (at == text.Length)
                break;
            bool isQuoted = text[at] == '"';
            int comma = text.IndexOf(',', at);
            int end = isQuoted ? Quoted(text, at, texts) : comma < 0 ? text.Length : comma;
            if (!isQuoted)
                texts.Add(text[at..end].Trim());
            while (end >= 0 && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (end < 0 || end < text.Length && text[end] != ',')
            {
                Add(line, fields.Place("value"), $"{Json(text)} has {(end < 0 ? "a quotation mark that is never closed" : "something other than a comma after a closing quotation mark")}; write a list");
                break;
            }
            at = end;
        }
        if (texts.Count == 0 && _problems.Count == before)
            Add(line, fields.Place("value"), $"{Json(text)} has no text between its commas");
        return texts;
    }

    /// <summary>Adds the text that begins with this quotation mark; where it ends, -1 where it does not.</summary>
    private static int Quoted(string text, int start, List<string> texts)
    {
        var made = new StringBuilder();
        for (int at = start + 1; at < text.Length; at++)
        {
            char? next = at + 1 < text.Length ? text[at + 1] : null;
            if (text[at] == '"' && next != '"')
            {
                texts.Add(made.ToString());
                return at + 1;
            }
            if (text[at] == '"' || text[at] == '\\' && next is '"' or '\\')
                at++;
            made.Append(text[at]);
        }
        return -1;
    }

    /// <summary>An assertion that has a counterpart.</summary>
    /// <param name="Variables">Names that its value has.</param>
    /// <param name="Write">It with the values of a case, as the inside of a YAML mapping.</param>
    private sealed record ImportedAssertion(IReadOnlyList<string> Variables, Func<Dictionary<string, string>, string> Write);
}
