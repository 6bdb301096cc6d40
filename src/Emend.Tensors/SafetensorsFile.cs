using System.Collections.Frozen;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;

namespace Emend.Tensors;

/// <summary>
/// A safetensors file, mapped into memory and open for reading until disposed. The header has been checked as a whole
/// before the first byte of data can be read, so every entry's bytes lie inside the file.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;
    private readonly FrozenDictionary<string, SafetensorsEntry> byName;
    private bool disposed;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, SafetensorsHeader header)
    {
        Path = path;
        this.map = map;
        this.view = view;
        data = start + header.DataStart;
        Entries = header.Entries;
        Metadata = header.Metadata;
        byName = header.Entries.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>All tensors, sorted by name (ordinal).</summary>
    public ImmutableArray<SafetensorsEntry> Entries { get; }

    /// <summary>The free-form strings under __metadata__; empty where there are none.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>Maps the file and checks its header. Throws <see cref="SafetensorsException"/> that names every problem found.</summary>
    public static SafetensorsFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new SafetensorsException($"{path}: this is a folder; a safetensors file was expected");
        if (!File.Exists(path))
            throw new SafetensorsException($"{path}: there is no such file");
        using FileStream stream = OpenStream(path);
        long length = stream.Length;
        if (length == 0)
            throw new SafetensorsException($"{path}: the file is empty; a safetensors file starts with 8 bytes of header length");

        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var head = new ReadOnlySpan<byte>(start, (int)Math.Min(length, int.MaxValue));
            return new SafetensorsFile(path, map, view, start, SafetensorsHeader.Read(path, head, length));
        }
        catch
        {
            if (start is not null)
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            map?.Dispose();
            throw;
        }
    }

    /// <summary>The entry of that name, or null.</summary>
    public SafetensorsEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The bytes of a tensor of this file, row-major and little-endian, valid until this file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry)
    {
        if (entry.ByteLength > int.MaxValue)
            throw new SafetensorsException($"{Path}: {entry.Name} has {entry.ByteLength} bytes, more than a span can hold; read it by its pointer");
        return new ReadOnlySpan<byte>(Pointer(entry), (int)entry.ByteLength);
    }

    /// <summary>Address of a tensor's first byte (not necessarily aligned), valid until this file is disposed.</summary>
    public byte* Pointer(SafetensorsEntry entry)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!ReferenceEquals(Find(entry.Name), entry))
            throw new SafetensorsException($"{Path}: {entry.Name} is an entry of another file");
        return data + entry.Start;
    }

    /// <summary>Unmaps the file; spans and pointers into it are dead from here on.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }

    private static FileStream OpenStream(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException($"{path}: cannot be opened: {e.Message}");
        }
    }
}
