namespace Emend.EndToEndTests;

/// <summary>A folder for one test, gone after it. Its name has a space, as real folders do.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("emend test ").FullName;

    /// <summary>Writes a file, making its folders, and returns its full path.</summary>
    public string Write(string relative, string content)
    {
        string path = System.IO.Path.Combine(Path, relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
