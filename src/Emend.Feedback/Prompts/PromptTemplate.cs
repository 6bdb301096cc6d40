using System.Collections.Immutable;
using System.Text;
using Emend.Text;

namespace Emend.Feedback.Prompts;

/// <summary>A stretch of a template: text as it is, or the name of a variable; Line counts from 1.</summary>
public readonly record struct TemplatePart(string Text, bool IsVariable, int Line);

/// <summary>
/// A text with {{variables}} and nothing else: no conditions, no loops, no calls. Before "{{" a backslash makes the braces text, and two
/// make one backslash. A value is put in once and never read again as a template.
/// </summary>
public sealed class PromptTemplate
{
    private const int LongestName = 64;
    private const int LongestShown = 40;

    private PromptTemplate(ImmutableArray<TemplatePart> parts) => Parts = parts;

    public ImmutableArray<TemplatePart> Parts { get; }

    /// <summary>Each name once, in the order in which they come.</summary>
    public IEnumerable<string> Variables => Parts.Where(part => part.IsVariable).Select(part => part.Text).Distinct();

    /// <exception cref="InvalidInputException">The braces are not in order; Problems says how.</exception>
    public static PromptTemplate Parse(string text)
    {
        var problems = new List<FieldProblem>();
        PromptTemplate template = Read("template", text, problems);
        return problems.Count == 0 ? template : throw new InvalidInputException(string.Join(" ", problems.Select(problem => $"{problem.Field}: {problem.Message}.")));
    }

    /// <summary>What is wrong with the braces of a text.</summary>
    public static IReadOnlyList<FieldProblem> Problems(string field, string text)
    {
        var problems = new List<FieldProblem>();
        Read(field, text, problems);
        return problems;
    }

    /// <summary>The text with values in the places of its variables, and where each value lies in it.</summary>
    /// <exception cref="KeyNotFoundException">A variable has no value; PromptRenderer asks before.</exception>
    public (string Text, IReadOnlyList<TextSpan> Values) Fill(IReadOnlyDictionary<string, string> values)
    {
        var text = new StringBuilder();
        var spans = new List<TextSpan>();
        foreach (TemplatePart part in Parts)
        {
            int start = text.Length;
            text.Append(part.IsVariable ? values[part.Text] : part.Text);
            if (part.IsVariable)
                spans.Add(new TextSpan(start, text.Length));
        }
        return (text.ToString(), spans);
    }

    private static PromptTemplate Read(string field, string text, List<FieldProblem> problems)
    {
        var parts = ImmutableArray.CreateBuilder<TemplatePart>();
        var literal = new StringBuilder();
        int at = 0, line = 1;
        for (int open = Next(text, 0); open >= 0; open = Next(text, at))
        {
            int backslashes = 0;
            while (open - backslashes > at && text[open - backslashes - 1] == '\\')
                backslashes++;
            literal.Append(text, at, open - backslashes - at).Append('\\', backslashes / 2);
            line += text.AsSpan(at, open - at).Count('\n');
            at = open + 2;
            if (backslashes % 2 == 1)
            {
                literal.Append("{{");
                continue;
            }
            int close = text.IndexOf("}}", at, StringComparison.Ordinal);
            if (close < 0)
            {
                problems.Add(new(field, $"line {line}: \"{{{{\" is never closed by \"}}}}\"; write \\{{{{ where the braces themselves are meant"));
                break;
            }
            string name = text[at..close].Trim(' ');
            if (IsName(name))
            {
                Flush(parts, literal, line);
                parts.Add(new TemplatePart(name, true, line));
            }
            else
            {
                string shown = text[at..close].ReplaceLineEndings(" ");
                problems.Add(new(field, $"line {line}: \"{{{{{(shown.Length <= LongestShown ? shown : shown[..LongestShown] + "…")}}}}}\" names no variable; 1 to {LongestName} letters, digits and _ are expected, or \\{{{{ where the braces themselves are meant"));
            }
            line += text.AsSpan(at, close - at).Count('\n');
            at = close + 2;
        }
        literal.Append(text, at, text.Length - at);
        Flush(parts, literal, line);
        return new PromptTemplate(parts.ToImmutable());
    }

    private static int Next(string text, int from) => text.IndexOf("{{", from, StringComparison.Ordinal);

    private static void Flush(ImmutableArray<TemplatePart>.Builder parts, StringBuilder literal, int line)
    {
        if (literal.Length > 0)
            parts.Add(new TemplatePart(literal.ToString(), false, line));
        literal.Clear();
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && !char.IsAsciiDigit(name[0]) && name.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '_');
}
