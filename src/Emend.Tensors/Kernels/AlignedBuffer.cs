using System.Runtime.InteropServices;

namespace Emend.Tensors;

/// <summary>Zeroed native memory, aligned to a cache line, that vectors can read without crossing lines.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    private const nuint Alignment = 64;
    private void* _memory;

    public AlignedBuffer(long bytes)
    {
        nuint length = (nuint)Math.Max(bytes, 1) + Alignment;
        _memory = NativeMemory.AlignedAlloc(length, Alignment);
        NativeMemory.Clear(_memory, length);
    }

    ~AlignedBuffer() => NativeMemory.AlignedFree(_memory);

    public float* Floats => (float*)_memory;

    /// <summary>Floats that fit.</summary>
    public long FloatCount { get; private init; }

    public byte* Bytes => (byte*)_memory;

    public static AlignedBuffer OfFloats(long count) => new(count * sizeof(float)) { FloatCount = count };

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        GC.SuppressFinalize(this);
    }
}
