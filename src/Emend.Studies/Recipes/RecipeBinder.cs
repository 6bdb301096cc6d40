using System.Globalization;
using System.Reflection;
using Emend.Text;

namespace Emend.Studies.Recipes;

/// <summary>Binds the pieces of a file to records, strictly; every problem is reported as (line, path, what is wrong).</summary>
internal sealed class RecipeBinder(Action<int, string, string> problem)
{
    // What a value that could not be bound is replaced by: its problem has been reported, and the file is refused in the end.
    private static readonly object Unbound = new();

    /// <summary>A record from a mapping. What it holds is meaningless where a problem was reported.</summary>
    public object Record(Type type, YamlMapping mapping, string path) => Fill(Activator.CreateInstance(type)!, mapping, path, isFresh: true);

    // Sets what the file says on a record of our own; keys that are not in the file keep the record's values.
    private object Fill(object record, YamlMapping mapping, string path, bool isFresh)
    {
        Type type = record.GetType();
        var keys = RecipeShape.Keys(type);
        var bound = new HashSet<string>();
        var failed = new HashSet<string>();
        foreach ((string name, int line, YamlValue node) in mapping.Entries)
        {
            RecipeShape.Key? key = keys.FirstOrDefault(key => key.Name == name);
            string place = Place(path, name);
            if (key is null)
            {
                problem(line, place, $"this key is not known{Suggestion.For(name, [.. keys.Select(key => key.Name)])}");
                continue;
            }
            bound.Add(name);
            object? value = node is YamlScalar { IsNull: true } && key.Nullable ? null
                : node is YamlMapping inner && key.Property.GetValue(record) is { } start && RecipeShape.IsRecord(key.Type) ? Fill(RecipeShape.Copy(start), inner, place, isFresh: false)
                : Value(key.Type, node, place);
            if (ReferenceEquals(value, Unbound))
                failed.Add(name);
            else
                key.Property.SetValue(record, value);
        }
        foreach (RecipeShape.Key key in keys.Where(key => isFresh && key.Required && !bound.Contains(key.Name)))
        {
            problem(mapping.Line, Place(path, key.Name), $"this key is missing; {Expected(key.Type)} is expected");
            failed.Add(key.Name);
        }
        if (failed.Count == 0 || !keys.Any(key => key.Required && failed.Contains(key.Name)))
            OwnProblems(record, mapping, path, failed);
        return record;
    }

    // A record may know rules that no type can say; its messages begin with the key they are about.
    private void OwnProblems(object record, YamlMapping mapping, string path, HashSet<string> failed)
    {
        MethodInfo? method = record.GetType().GetMethod("Problems", Type.EmptyTypes);
        if (method is null || !typeof(IEnumerable<string>).IsAssignableFrom(method.ReturnType))
            return;
        foreach (string message in (IEnumerable<string>)method.Invoke(record, null)!)
        {
            int colon = message.IndexOf(": ", StringComparison.Ordinal);
            string name = colon > 0 ? message[..colon] : "";
            bool isKey = name.Length > 0 && !name.Contains(' ', StringComparison.Ordinal);
            if (failed.Contains(name.Split('.')[0]))
                continue;
            problem(LineOf(mapping, isKey ? name : ""), isKey ? Place(path, name) : path, isKey ? message[(colon + 2)..] : message);
        }
    }

    private static int LineOf(YamlMapping mapping, string name)
    {
        string first = name.Split('.')[0];
        foreach ((string key, int line, YamlValue value) in mapping.Entries)
        {
            if (key == first)
                return value is YamlMapping inner && name.Length > first.Length ? LineOf(inner, name[(first.Length + 1)..]) : line;
        }
        return mapping.Line;
    }

    private object Value(Type type, YamlValue node, string path)
    {
        if (RecipeShape.ItemOf(type) is { } item)
            return List(type, item, node, path);
        if (RecipeShape.IsRecord(type))
            return node is YamlMapping mapping ? Record(type, mapping, path) : Wrong(type, node, path);
        if (node is not YamlScalar { IsNull: false } scalar)
            return Wrong(type, node, path);
        if (type == typeof(string))
            return scalar.Value;
        if (type.IsEnum)
            return Name(type, scalar, path);
        if (scalar.Quoted)
            return Wrong(type, node, path);
        if (type == typeof(bool))
            return scalar.Value switch { "true" => true, "false" => false, _ => Wrong(type, node, path) };
        if (type == typeof(int))
            return Whole(scalar.Value, int.MinValue, int.MaxValue) is { } number ? (int)number : Wrong(type, node, path);
        if (type == typeof(long))
            return Whole(scalar.Value, long.MinValue, long.MaxValue) is { } number ? number : Wrong(type, node, path);
        if (type == typeof(double))
            return Number(scalar.Value) is { } number ? number : Wrong(type, node, path);
        throw new ArgumentException($"{path}: a recipe has no way to write a {type.Name}");
    }

    private object List(Type type, Type item, YamlValue node, string path)
    {
        if (node is not YamlList list)
            return Wrong(type, node, path);
        object[] values = [.. list.Items.Select((value, i) => Value(item, value, $"{path}[{i}]"))];
        return values.Contains(Unbound) ? Unbound : RecipeShape.ListOf(type, item, values);
    }

    private object Name(Type type, YamlScalar scalar, string path)
    {
        var names = RecipeShape.Names(type);
        foreach ((string name, object value) in names)
        {
            if (name == scalar.Value)
                return value;
        }
        problem(scalar.Line, path, $"{PlainYaml.Describe(scalar)} is not one of {string.Join(", ", names.Select(name => name.Name))}{Suggestion.Nearest(scalar.Value, [.. names.Select(name => name.Name)])}");
        return Unbound;
    }

    private object Wrong(Type type, YamlValue node, string path)
    {
        problem(node.Line, path, $"{PlainYaml.Describe(node)} stands where {Expected(type)} is expected");
        return Unbound;
    }

    private static long? Whole(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most ? number : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : null;

    private static string Expected(Type type)
    {
        if (RecipeShape.ItemOf(type) is { } item)
            return $"a list, each item {Expected(item)},";
        if (type.IsEnum)
            return $"one of {string.Join(", ", RecipeShape.Names(type).Select(name => name.Name))}";
        if (type == typeof(bool))
            return "true or false";
        if (type == typeof(int))
            return $"a whole number from {int.MinValue} to {int.MaxValue}";
        if (type == typeof(long))
            return "a whole number";
        if (type == typeof(double))
            return "a number";
        return type == typeof(string) ? "a text" : $"a mapping with the keys {string.Join(", ", RecipeShape.Keys(type).Select(key => key.Name))}";
    }

    private static string Place(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
