using System.Runtime.InteropServices;

namespace Emend.Tensors;

/// <summary>What the loaded libtorch says of itself.</summary>
public static unsafe class Torch
{
    /// <summary>Path of the shim that will be or was loaded; null where none is built.</summary>
    public static string? NativeLibraryPath => Native.LibraryPath();

    public static string Version => Marshal.PtrToStringUTF8((nint)Native.emend_version()) ?? "";

    /// <summary>libtorch's own description of its processor features, BLAS and threads; several lines.</summary>
    public static string Description => Marshal.PtrToStringUTF8((nint)Native.emend_description()) ?? "";

    public static bool HasCuda => Native.emend_has_cuda() != 0;

    /// <summary>Threads for one operation that is started from the calling thread: each thread has a setting of its own.</summary>
    public static int Threads
    {
        get => Kernels.Threads;
        set
        {
            Kernels.Threads = value;
            Native.emend_set_threads(value);
        }
    }

    /// <summary>Seeds libtorch's own generators. Emend draws its random numbers in C#; this is for operators that draw their own.</summary>
    public static void Seed(ulong seed) => Native.emend_seed(seed);
}
