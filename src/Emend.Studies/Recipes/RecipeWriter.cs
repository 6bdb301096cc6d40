using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Emend.Studies.Recipes;

/// <summary>Writes a record as YAML, every key in the order of the source, so that a run folder holds what was really done.</summary>
internal static partial class RecipeWriter
{
    public static string Write(object recipe)
    {
        var text = new StringBuilder();
        WriteRecord(text, recipe, "");
        return text.ToString();
    }

    private static void WriteRecord(StringBuilder text, object record, string indent)
    {
        foreach (RecipeShape.Key key in RecipeShape.Keys(record.GetType()))
            WriteValue(text.Append(indent).Append(key.Name).Append(':'), key.Property.GetValue(record), indent + "  ");
    }

    // What stands behind "key:", up to and including the end of the line.
    private static void WriteValue(StringBuilder text, object? value, string indent)
    {
        if (value is IEnumerable items and not string)
        {
            object?[] all = IsDefault(value) ? [] : [.. items.Cast<object?>()];
            if (all.Length == 0 || !RecipeShape.IsRecord(all[0]!.GetType()))
                text.Append(" [").AppendJoin(", ", all.Select(Scalar)).Append("]\n");
            else
            {
                text.Append('\n');
                foreach (object? item in all)
                    WriteItem(text, item!, indent);
            }
        }
        else if (value is not null && RecipeShape.IsRecord(value.GetType()))
            WriteRecord(text.Append('\n'), value, indent);
        else
            text.Append(' ').Append(Scalar(value)).Append('\n');
    }

    // "- " takes the place of the first line's indentation.
    private static void WriteItem(StringBuilder text, object item, string indent)
    {
        int start = text.Length;
        WriteRecord(text, item, indent + "  ");
        text[start + indent.Length] = '-';
    }

    private static bool IsDefault(object list) => list.GetType().GetProperty("IsDefault")?.GetValue(list) is true;

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        Enum name => RecipeShape.CamelCase(name.ToString()),
        string text => PlainText().IsMatch(text) && !ReservedWord().IsMatch(text) ? text : Quoted(text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"a recipe has no way to write a {value.GetType().Name}"),
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            quoted.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                '\u0085' or '\u2028' or '\u2029' or '\uFEFF' or < ' ' or >= '\u007F' and < '\u00A0' => $"\\u{(int)letter:X4}",
                _ => letter.ToString(),
            });
        }
        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^[A-Za-z./][A-Za-z0-9_./+-]*( [A-Za-z0-9_./+-]+)*\z")]
    private static partial Regex PlainText();

    [GeneratedRegex(@"^(true|false|yes|no|on|off|y|n|null|\.inf|\.nan|[.+-]*[0-9].*)\z", RegexOptions.IgnoreCase)]
    private static partial Regex ReservedWord();
}
