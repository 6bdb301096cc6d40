using Emend.Text;

namespace Emend.Judging;

/// <summary>
/// A file of lines that only grows, each on disk when it is added, as far as the operating system lives. A process that was killed while it wrote
/// leaves half a line at the end, which is cut off when the first line is added: a file that is only looked at stays as it is. One process at a time.
/// </summary>
public sealed class AppendedLines : IDisposable
{
    /// <summary>What every line begins with, here and in its readers.</summary>
    private static readonly byte[] Opening = "{\"key\":\""u8.ToArray();

    private readonly FileStream _file;
    private readonly long _whole;

    private AppendedLines(FileStream file, IReadOnlyList<byte[]> existing, long whole) => (_file, Existing, _whole) = (file, existing, whole);

    /// <summary>The whole lines that were there when the file was opened, without their ends.</summary>
    public IReadOnlyList<byte[]> Existing { get; }

    /// <param name="option">What messages call the file.</param>
    /// <exception cref="InvalidInputException">Another process has the file, it cannot be written, or what stands behind its last line end is no half line.</exception>
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
            (List<byte[]> lines, long whole) = Whole(file);
            return HalfLine(file, whole)
                ? new AppendedLines(file, lines, whole)
                : throw new InvalidInputException($"{option} {path}: is another kind of file: what stands behind its last line end was not written here; give another one");
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
        if (_file.Position == _whole)
            _file.SetLength(_whole);
        _file.Write([.. line, (byte)'\n']);
        _file.Flush();
    }

    public void Dispose() => _file.Dispose();

    private static (List<byte[]> Lines, long Length) Whole(FileStream file)
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
        return (lines, start);
    }

    /// <summary>Whether what stands behind the whole lines is nothing, or the beginning of a line.</summary>
    private static bool HalfLine(FileStream file, long whole)
    {
        byte[] tail = new byte[(int)Math.Min(Opening.Length, file.Length - whole)];
        file.Position = whole;
        file.ReadExactly(tail);
        file.Position = whole;
        return Opening.AsSpan().StartsWith(tail);
    }
}
