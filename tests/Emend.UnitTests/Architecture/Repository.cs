using Xunit;

namespace Emend.UnitTests.Architecture;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["bin", "obj", "build", "runs", ".git", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>Files under a folder of the checkout with one of the extensions, relative to the root with forward slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> Files(string folder, params string[] extensions)
    {
        string start = Path.Combine(Root, folder);
        Assert.True(Directory.Exists(start), $"{folder}/ is missing from the checkout");
        return [.. Directory.EnumerateFiles(start, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Generated.Contains))
            .Where(path => extensions.Contains(Path.GetExtension(path)))
            .Order(StringComparer.Ordinal)];
    }

    public static string[] Lines(string relative) => File.ReadAllLines(Path.Combine(Root, relative));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Emend.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"no Emend.slnx above {AppContext.BaseDirectory}");
    }
}
