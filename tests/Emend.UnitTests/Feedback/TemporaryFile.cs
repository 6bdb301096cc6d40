namespace Emend.UnitTests.Feedback;

/// <summary>A file with the given content in a folder of its own, gone at the end of the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emend-").FullName;

    public TemporaryFile(string content, string name = "rows.jsonl")
        : this(System.Text.Encoding.UTF8.GetBytes(content), name)
    {
    }

    public TemporaryFile(byte[] content, string name = "rows.jsonl")
    {
        Path = System.IO.Path.Combine(_folder, name);
        File.WriteAllBytes(Path, content);
    }

    public string Path { get; }

    public string[] FilesBeside => [.. Directory.GetFiles(_folder).Select(file => System.IO.Path.GetFileName(file))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
