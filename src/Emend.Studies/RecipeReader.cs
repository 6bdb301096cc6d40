using Emend.Studies.Recipes;
using Emend.Text;

namespace Emend.Studies;

/// <summary>
/// Reads a recipe: a YAML (or JSON) file that is exactly one typed record. Keys are the properties in camelCase; `required` properties
/// must stand in the file, others have the default of their type. Nothing is ignored and nothing is guessed.
/// Format: docs/formats/recipes.md.
/// </summary>
public static class RecipeReader
{
    private const long LargestFile = 1 << 20;

    /// <summary>The record that a file says.</summary>
    /// <typeparam name="T">
    /// A record with init properties: strings, numbers, booleans, enums, nested records, arrays or ImmutableArrays of these, nullable or not.
    /// It may have `IEnumerable&lt;string&gt; Problems()`, whose messages begin with the key they are about.
    /// </typeparam>
    /// <exception cref="InvalidInputException">Unknown, missing or repeated keys, wrong types, broken rules: all of them, as file:line: path.to.key: what is wrong.</exception>
    public static T Read<T>(string path) where T : class =>
        ReadText<T>(PlainYaml.ReadFile(path, "recipe", LargestFile), path);

    /// <summary>The same from a text; the name stands in messages.</summary>
    public static T ReadText<T>(string yaml, string name) where T : class
    {
        string file = Path.GetFileName(name);
        var problems = new List<(int Line, string Text)>();
        void Add(int line, string path, string message) => problems.Add((line, $"{file}:{line}: {(path.Length > 0 ? path + ": " : "")}{message}"));

        YamlMapping? mapping = PlainYaml.Parse(yaml, "recipe", Add);
        object? record = mapping is null ? null : new RecipeBinder(Add).Record(typeof(T), mapping, "");
        if (problems.Count > 0)
            throw InvalidInputException.ForProblems(name, [.. problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)]);
        return (T)record!;
    }

    /// <summary>The recipe as YAML with every default spelled out; reading it gives an equal record.</summary>
    public static string ToYaml(object recipe) => RecipeWriter.Write(recipe);
}
