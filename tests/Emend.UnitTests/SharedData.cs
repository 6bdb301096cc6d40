using Xunit;

namespace Emend.UnitTests;

/// <summary>The folder of real models, tokenizers and data that lies beside a developer's checkout, and nowhere else.</summary>
internal static class SharedData
{
    /// <summary>Path of a file or folder under shared/data; skips the calling test, with the reason, where it is absent.</summary>
    public static string Path(params string[] parts)
    {
        string? root = Environment.GetEnvironmentVariable("EMEND_SHARED_DATA") ?? FindBesideCheckout();
        string path = root is null ? "" : System.IO.Path.Combine([root, .. parts]);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path),
            $"shared data is not on this machine: {string.Join('/', parts)} (set EMEND_SHARED_DATA to its folder)");
        return path;
    }

    private static string? FindBesideCheckout()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
