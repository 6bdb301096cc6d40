using Emend.Text;

namespace Emend.Judging;

/// <summary>
/// A file of lines that only grows, each on disk when it is added, as far as the operating system lives. A process that was killed while it wrote
/// leaves half a line at the end, which is cut off when the file is opened again. One process at a time.
/// </summary>
public sealed class AppendedLines : IDisposable
{
    private readonly FileStream _file;

    private AppendedLines(FileStream file, IReadOnlyList<byte[]> existing) => (_file, Existing) = (file, existing);

    /// <summary>The whole lines that were there when the file was opened, without their ends.</summary>
    public IReadOnlyList<byte[]> Existing { get; }

    /// <param name="option">What messages call the file.</param>
    /// <exception cref="InvalidInputException">Another process has the file, or it cannot be written.</exception>
    public static AppendedLines Open(string path, string option)
    {
        FileStream file;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{option} {path}: {problem.Message}");
        }
        try
        {
            return new AppendedLines(file, Whole(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Adds a line; the caller sees to it that one does at a time.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        _file.Write([.. line, (byte)'\n']);
        _file.Flush();
    }

    public void Dispose() => _file.Dispose();

    private static List<byte[]> Whole(FileStream file)
    {
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var lines = new List<byte[]>();
        int start = 0, end;
        while ((end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0)
        {
            lines.Add(bytes[start..end]);
            start = end + 1;
        }
        file.SetLength(start);
        file.Position = start;
        return lines;
    }
}
