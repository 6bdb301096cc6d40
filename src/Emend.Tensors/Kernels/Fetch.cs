using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Emend.Tensors;

/// <summary>
/// Asks for memory before it is read. The processor foresees by itself what follows within a page of 4 KiB; at each page's end it waits, and weights
/// and caches that are walked through once for every token are many pages.
/// </summary>
internal static unsafe class Fetch
{
    /// <summary>Begins to bring the cache line of an address, any address: it is never an error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
