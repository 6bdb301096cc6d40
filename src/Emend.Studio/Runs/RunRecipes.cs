using Emend.Store;

namespace Emend.Studio.Runs;

/// <summary>A recipe that runs may be started from.</summary>
public sealed record RecipeView(string Name, string Text);

/// <summary>The recipes below one folder: YAML files, named by their path in it. A run names one of this list and nothing else.</summary>
public sealed class RunRecipes(string? folder)
{
    private const int LongestFile = 64 << 10;
    private const int MostFiles = 200;

    public IReadOnlyList<RecipeView> List() => folder is null || !Directory.Exists(folder) ? [] :
        [.. Files().Select(file => new RecipeView(NameOf(file), file.Length <= LongestFile ? File.ReadAllText(file.FullName) : "(too long to show)"))];

    /// <summary>The file of a recipe.</summary>
    /// <exception cref="RefusedException">The list has no such name.</exception>
    public string Find(string name) => folder is not null && Directory.Exists(folder) && Files().FirstOrDefault(file => NameOf(file) == name) is FileInfo found ? found.FullName
        : throw RefusedException.Invalid(new Feedback.FieldProblem("recipe", $"\"{name}\" is none of the recipes"));

    private string NameOf(FileInfo file) => Path.GetRelativePath(folder!, file.FullName).Replace('\\', '/');

    private IEnumerable<FileInfo> Files() => new DirectoryInfo(folder!)
        .EnumerateFiles("*.yaml", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden })
        .OrderBy(file => file.FullName, StringComparer.Ordinal).Take(MostFiles);
}
