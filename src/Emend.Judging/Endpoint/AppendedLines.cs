using Emend.Text;

namespace Emend.Judging;

/// <summary>
/// A file of lines that only grows, each on disk when it is added, as far as the operating system lives. A process that was killed while it wrote
/// leaves half a line at the end, which is cut off when the first line is added: a file that is only looked at stays as it is. One process at a time.
/// </summary>
public sealed class AppendedLines : IDisposable
{
    private const int PieceBytes = 1 << 16;

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

    /// <summary>A file that nothing was ever added to is not left behind.</summary>
    public void Dispose()
    {
        bool isEmpty = _file.Length == 0;
        _file.Dispose();
        if (isEmpty)
            File.Delete(_file.Name);
    }

    /// <summary>The whole lines of such a file, without their ends; half a line at its end is passed over.</summary>
    public static IReadOnlyList<byte[]> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Whole(file).Lines;
    }

    // Piece by piece: a cache may be larger than the largest array.
    private static (List<byte[]> Lines, long Length) Whole(FileStream file)
    {
        var lines = new List<byte[]>();
        long whole = 0;
        var line = new MemoryStream();
        byte[] piece = new byte[PieceBytes];
        for (int count; (count = file.Read(piece)) > 0;)
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(piece, (byte)'\n', start, count - start)) >= 0; start = end + 1)
            {
                line.Write(piece, start, end - start);
                lines.Add(line.ToArray());
                whole += line.Length + 1;
                line.SetLength(0);
            }
            line.Write(piece, start, count - start);
        }
        return (lines, whole);
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
