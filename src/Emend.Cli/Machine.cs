using System.Runtime.InteropServices;

namespace Emend.Cli;

/// <summary>Which instruction sets decide the speed of the engine's kernels.</summary>
internal sealed record CpuFeatures(int Cores, bool Avx2, bool Avx512, bool Avx512Bf16, bool AmxBf16);

/// <summary>Where libtorch was found, and its version as its files say.</summary>
internal sealed record LibtorchFound(string Version, string Folder, bool Cuda);

/// <summary>What this machine offers to the engine, and what to do about what is missing.</summary>
internal sealed record Machine(
    string Dotnet, LibtorchFound? Libtorch, string? NativeLibrary, int Threads, string WaitPolicy, string BlasCoreType, string Allocator,
    CpuFeatures Cpu, string[] Gpus, string? DataFolder, string[] Advice)
{
    private const string NativeLibraryName = "libemend_native.so";

    /// <summary>Looks at files and environment variables only, so that it also works where the engine cannot be loaded.</summary>
    public static Machine Inspect()
    {
        CpuFeatures cpu = InspectCpu();
        var found = new Machine(
            Environment.Version.ToString(),
            FindLibtorch(),
            FindUpwards(Path.Combine("native", "build", NativeLibraryName)),
            int.TryParse(Variable("OMP_NUM_THREADS"), out int threads) ? threads : cpu.Cores,
            Variable("OMP_WAIT_POLICY") ?? "not set (waiting threads spin)",
            Variable("OPENBLAS_CORETYPE") ?? "not set (OpenBLAS guesses)",
            InspectAllocator(),
            cpu,
            InspectGpus(),
            Variable("EMEND_SHARED_DATA") ?? FindUpwards(Path.Combine("shared", "data")),
            []);
        return found with { Advice = [.. found.WhatToDo()] };
    }

    private IEnumerable<string> WhatToDo()
    {
        if (Libtorch is null)
            yield return "libtorch is missing: run ./emend as root or with sudo so that it installs libtorch-dev, or set LIBTORCH to a libtorch or pip torch folder.";
        if (NativeLibrary is null)
            yield return $"{NativeLibraryName} is not built: run ./emend once.";
        if (Variable("OMP_WAIT_POLICY") is not "PASSIVE")
            yield return "OMP_WAIT_POLICY is not PASSIVE: with another busy process a training step can take ten times as long; start through ./emend.";
        if (Threads != Cpu.Cores)
            yield return $"OMP_NUM_THREADS is {Threads} on {Cpu.Cores} cores: unset it to use them all.";
        if (Cpu.Avx512 && Variable("OPENBLAS_CORETYPE") is "Prescott" or "Nehalem" or "Sandybridge" or "Haswell" or "Zen")
            yield return $"OPENBLAS_CORETYPE is {BlasCoreType} in your environment, but this CPU has AVX-512: unset it for about twice the speed of float32 products.";
        if (Allocator == "glibc")
            yield return "tcmalloc is not loaded: apt-get install libtcmalloc-minimal4 saves about a quarter of a training step.";
        if (Gpus.Length > 0 && Libtorch is { Cuda: false })
            yield return $"{Gpus[0]} is here, but this libtorch has no CUDA: set LIBTORCH to a CUDA build to use it.";
    }

    private static CpuFeatures InspectCpu()
    {
        string[] flags = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? []
            : [];
        return new CpuFeatures(Environment.ProcessorCount,
            flags.Contains("avx2"), flags.Contains("avx512f") && flags.Contains("avx512vl"), flags.Contains("avx512_bf16"), flags.Contains("amx_bf16"));
    }

    private static LibtorchFound? FindLibtorch()
    {
        string? given = Variable("LIBTORCH");
        IEnumerable<string> folders = given is null
            ? [$"/usr/lib/{Architecture}-linux-gnu", "/usr/lib64", "/usr/local/lib", "/usr/lib"]
            : [Path.Combine(given, "lib"), Path.Combine(given, "torch", "lib"), Path.Combine(given, "libtorch", "lib")];
        string? folder = folders.FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, "libtorch_cpu.so")));
        if (folder is null)
            return null;
        return new LibtorchFound(VersionOf(folder), folder, File.Exists(Path.Combine(folder, "libtorch_cuda.so")));
    }

    // Downloads carry a build-version file, pip a version.py; the distribution's library has its version in its file name.
    private static string VersionOf(string folder)
    {
        string buildVersion = Path.Combine(folder, "..", "build-version");
        if (File.Exists(buildVersion))
            return File.ReadAllText(buildVersion).Trim();
        string versionFile = Path.Combine(folder, "..", "version.py");
        if (File.Exists(versionFile) && File.ReadLines(versionFile).FirstOrDefault(line => line.StartsWith("__version__", StringComparison.Ordinal)) is string line)
            return line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim(' ', '\'', '"');
        string target = File.ResolveLinkTarget(Path.Combine(folder, "libtorch_cpu.so"), returnFinalTarget: true)?.Name ?? "";
        int suffix = target.IndexOf(".so.", StringComparison.Ordinal);
        return suffix < 0 ? "unknown" : target[(suffix + ".so.".Length)..];
    }

    private static string InspectAllocator()
    {
        string[] known = ["tcmalloc", "jemalloc", "mimalloc"];
        if (!File.Exists("/proc/self/maps"))
            return "unknown";
        string maps = File.ReadAllText("/proc/self/maps");
        return known.FirstOrDefault(name => maps.Contains(name, StringComparison.Ordinal)) ?? "glibc";
    }

    private static string[] InspectGpus()
    {
        const string driver = "/proc/driver/nvidia/gpus";
        if (!Directory.Exists(driver))
            return [];
        return [.. from folder in Directory.GetDirectories(driver).Order(StringComparer.Ordinal)
                   from line in File.ReadLines(Path.Combine(folder, "information"))
                   where line.StartsWith("Model:", StringComparison.Ordinal)
                   select line["Model:".Length..].Trim()];
    }

    private static string? FindUpwards(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, relative);
            if (Path.Exists(candidate))
                return candidate;
        }
        return null;
    }

    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
