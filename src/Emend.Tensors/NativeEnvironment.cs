using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Emend.Tensors;

/// <summary>
/// The environment variables that decide how fast libtorch runs, set in the native environment before it loads.
/// With the distribution's defaults the same training step was measured five to ten times slower: an unknown processor
/// gets OpenBLAS' SSE3 kernels, half of the cores are left idle, and idle threads spin on cores that others want.
/// What the user has set is left alone.
/// </summary>
public static partial class NativeEnvironment
{
    /// <summary>Threads that libtorch uses for one operation: OMP_NUM_THREADS, else the processors this process may use.</summary>
    public static int Threads =>
        int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), CultureInfo.InvariantCulture, out int set) && set > 0
            ? set
            : Environment.ProcessorCount;

    /// <summary>Variable and value, in the order they are set; the launcher's list and this one are held equal by a test.</summary>
    public static IReadOnlyList<(string Name, string Value)> Wanted()
    {
        List<(string, string)> wanted =
        [
            ("OMP_NUM_THREADS", Threads.ToString(CultureInfo.InvariantCulture)),
            ("OMP_WAIT_POLICY", "PASSIVE"),
        ];
        if (Avx512F.IsSupported)
            wanted.AddRange([("OPENBLAS_CORETYPE", "SkylakeX"), ("ATEN_CPU_CAPABILITY", "avx512")]);
        else if (Avx2.IsSupported)
            wanted.Add(("OPENBLAS_CORETYPE", "Haswell"));
        return wanted;
    }

    /// <summary>Whether the processor multiplies bfloat16 matrices in hardware tiles (AMX), where bf16 compute is the default.</summary>
    public static bool HasAmx => ProcessorFlags.Contains("amx_bf16");

    /// <summary>Names of the processor's features as Linux lists them; empty elsewhere.</summary>
    public static IReadOnlySet<string> ProcessorFlags { get; } = ReadFlags();

    /// <summary>Sets what is wanted and not yet set. Must run before libtorch loads: later has no effect.</summary>
    internal static void Prepare()
    {
        foreach ((string name, string value) in Wanted())
        {
            // Environment.SetEnvironmentVariable changes .NET's copy only; native code reads the C library's.
            if (Environment.GetEnvironmentVariable(name) is null)
                setenv(name, value, 0);
        }
    }

    private static IReadOnlySet<string> ReadFlags()
    {
        const string path = "/proc/cpuinfo";
        string? line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal)) : null;
        return line is null ? new HashSet<string>() : line[(line.IndexOf(':') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
