using System.Reflection;
using System.Runtime.InteropServices;

namespace Emend.Tensors;

/// <summary>The C functions of native/emend_native.h, and where their library is found.</summary>
internal static unsafe partial class Native
{
    private const string Library = "emend_native";

    static Native()
    {
        NativeEnvironment.Prepare();
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);
        emend_keep_freed_memory();
        // libtorch takes half of the processors for threads of one core; NativeEnvironment has decided better.
        emend_set_threads(NativeEnvironment.Threads);
    }

    /// <summary>Path of the shim, or null where it has not been built: EMEND_NATIVE, else native/build beside or above the program.</summary>
    public static string? LibraryPath()
    {
        const string name = "libemend_native.so";
        if (Environment.GetEnvironmentVariable("EMEND_NATIVE") is { Length: > 0 } named)
            return File.Exists(named) ? named : null;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string beside = Path.Combine(folder.FullName, name), built = Path.Combine(folder.FullName, "native", "build", name);
            if (File.Exists(beside))
                return beside;
            if (File.Exists(built))
                return built;
        }
        return null;
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        if (library != Library)
            return 0;
        string found = LibraryPath() ?? throw new TensorException(
            "the native library libemend_native.so is not built; './emend doctor' builds it and says what is missing");
        return NativeLibrary.Load(found);
    }

    /// <summary>The message of the last failure on this thread, its first sentence only.</summary>
    public static string Error()
    {
        string message = Marshal.PtrToStringUTF8((nint)emend_error()) ?? "";
        int end = message.IndexOf("\nException raised from", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).Trim();
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Info
    {
        public int DType;
        public int Device;
        public int Dimensions;
        public int Contiguous;
        public long Elements;
        public long* Shape;
    }

    [LibraryImport(Library)] private static partial byte* emend_error();
    [LibraryImport(Library)] public static partial byte* emend_version();
    [LibraryImport(Library)] public static partial byte* emend_description();
    [LibraryImport(Library)] private static partial void emend_keep_freed_memory();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint emend_operator(string name, string overload);
    [LibraryImport(Library)] public static partial int emend_call(nint op, Argument* arguments, int count, Argument* results, int capacity);
    [LibraryImport(Library)] public static partial void emend_free(nint tensor);
    [LibraryImport(Library)] public static partial int emend_info(nint tensor, Info* info);
    [LibraryImport(Library)] public static partial void* emend_data(nint tensor);
    [LibraryImport(Library)] public static partial nint emend_from_host(void* data, int dtype, long* shape, int dimensions, int device);
    [LibraryImport(Library)] public static partial int emend_to_host(nint tensor, void* data, long bytes);
    [LibraryImport(Library)] public static partial int emend_require_gradient(nint tensor, int required);
    [LibraryImport(Library)] public static partial int emend_requires_gradient(nint tensor);
    [LibraryImport(Library)] public static partial nint emend_gradient(nint tensor);
    [LibraryImport(Library)] public static partial int emend_set_gradient(nint tensor, nint gradient);
    [LibraryImport(Library)] public static partial int emend_gradients_recorded();
    [LibraryImport(Library)] public static partial void emend_record_gradients(int enabled);
    [LibraryImport(Library)] public static partial int emend_threads();
    [LibraryImport(Library)] public static partial void emend_set_threads(int threads);
    [LibraryImport(Library)] public static partial void emend_seed(ulong seed);
    [LibraryImport(Library)] public static partial int emend_has_cuda();
    [LibraryImport(Library)]
    public static partial int emend_attach(nint output, nint* inputs, int count,
        delegate* unmanaged<nint, nint*, int, nint*, int, int> backward, delegate* unmanaged<nint, void> release, nint context);
}
