namespace Emend.Text;

/// <summary>
/// A file of lines that only grows, each on disk when it is added, as far as the operating system lives. A process that was killed while it wrote
/// leaves half a line at the end, which is cut off when the first line is added: a file that is only looked at stays as it is. One process at a time.
/// </summary>
public sealed class AppendedLines : IDisposable
{
    private readonly FileStream _file;
    private readonly FileStream? _hold;
    private readonly MadeFolders _folders;
    private readonly long _whole;
    private readonly Lock _lock = new();

    private AppendedLines(FileStream file, FileStream? hold, MadeFolders folders, long whole) => (_file, _hold, _folders, _whole) = (file, hold, folders, whole);

    /// <summary>Opens a file that nobody else reads meanwhile.</summary>
    /// <param name="option">What messages call the file.</param>
    /// <param name="openings">What a line begins with, each of them, here and in its readers.</param>
    /// <param name="each">Is given every whole line that is there, without its end.</param>
    /// <exception cref="InvalidInputException">Another process has the file, it cannot be written, or what stands behind its last line end is no half line.</exception>
    public static AppendedLines Open(string path, string option, IReadOnlyList<string> openings, Action<byte[]> each) =>
        Read(path, option, isReadable: false, openings, each);

    /// <summary>Opens a file that others may read while it grows: what keeps other writers away is a file beside it, PATH.lock, which stays.</summary>
    /// <inheritdoc cref="Open"/>
    public static AppendedLines OpenReadable(string path, string option, IReadOnlyList<string> openings, Action<byte[]> each) =>
        Read(path, option, isReadable: true, openings, each);

    /// <summary>Adds a line; from any thread.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_file.Position == _whole)
                _file.SetLength(_whole);
            _file.Write([.. line, (byte)'\n']);
            _file.Flush();
        }
    }

    /// <summary>A file that nothing was ever added to is not left behind, nor the folders that were made for it.</summary>
    public void Dispose()
    {
        // While it is still held: afterwards it may be another process's.
        bool isEmpty = _file.CanRead && _file.Length == 0;
        if (isEmpty)
            File.Delete(_file.Name);
        _file.Dispose();
        _hold?.Dispose();
        if (isEmpty)
            _folders.RemoveEmpty();
    }

    /// <summary>The whole lines of such a file, without their ends; half a line at its end is passed over.</summary>
    public static IReadOnlyList<byte[]> Read(string path)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return [.. ByteLines.Read(file).Where(line => line.IsWhole).Select(line => line.Line)];
    }

    private static AppendedLines Read(string path, string option, bool isReadable, IReadOnlyList<string> openings, Action<byte[]> each)
    {
        MadeFolders folders = FoldersOf(path, option);
        FileStream? file = null, hold = isReadable ? Hold($"{path}.lock", option, FileShare.None) : null;
        try
        {
            file = Hold(path, option, hold is null ? FileShare.None : FileShare.Read);
            long whole = 0;
            foreach ((byte[] line, bool isWhole) in ByteLines.Read(file))
            {
                if (isWhole)
                    each(line);
                else if (!openings.Any(opening => IsHalf(line, opening)))
                    throw new InvalidInputException($"{option} {path}: is another kind of file: what stands behind its last line end was not written here; give another one");
                whole += isWhole ? line.Length + 1 : 0;
            }
            file.Position = whole;
            return new AppendedLines(file, hold, folders, whole);
        }
        catch
        {
            file?.Dispose();
            hold?.Dispose();
            throw;
        }
    }

    private static bool IsHalf(byte[] tail, string opening)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(opening);
        int length = Math.Min(bytes.Length, tail.Length);
        return bytes.AsSpan(0, length).SequenceEqual(tail.AsSpan(0, length));
    }

    private static MadeFolders FoldersOf(string path, string option)
    {
        try
        {
            return MadeFolders.Above(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{option} {path}: {problem.Message}");
        }
    }

    private static FileStream Hold(string path, string option, FileShare share)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{option} {path}: {problem.Message}");
        }
    }
}
