using Emend.Tensors;

namespace Emend.Cli;

/// <summary>Which instruction sets decide the speed of the engine's kernels.</summary>
internal sealed record CpuFeatures(int Cores, bool Avx2, bool Avx512, bool Avx512Bf16, bool AmxBf16);

/// <summary>The libtorch that was loaded: its version, the folder it came from, and whether it can use a GPU.</summary>
internal sealed record LoadedLibtorch(string Version, string Folder, bool Cuda);

/// <summary>What this machine offers to the engine, and what to do about what is missing. Problem says why the engine did not load, if so.</summary>
internal sealed record Machine(
    string Dotnet, LoadedLibtorch? Libtorch, string? Problem, string? NativeLibrary, int Threads, string WaitPolicy, string BlasCoreType,
    string Allocator, CpuFeatures Cpu, string[] Gpus, string? DataFolder, string[] Advice)
{
    /// <summary>Loads the engine, then looks at what came with it.</summary>
    public static Machine Inspect()
    {
        CpuFeatures cpu = InspectCpu();
        (LoadedLibtorch? libtorch, string? problem) = LoadLibtorch();
        var found = new Machine(
            Environment.Version.ToString(),
            libtorch,
            problem,
            libtorch is null ? null : Torch.NativeLibraryPath,
            libtorch is null ? NativeEnvironment.Threads : Torch.Threads,
            InEffect("OMP_WAIT_POLICY"),
            InEffect("OPENBLAS_CORETYPE"),
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
            yield return "the engine is missing: run ./emend as root or with sudo so that it installs libtorch-dev, or set LIBTORCH to a libtorch or pip torch folder.";
        if (WaitPolicy != "PASSIVE")
            yield return $"OMP_WAIT_POLICY is {WaitPolicy} in your environment: beside another busy process a training step can take ten times as long; unset it.";
        if (Threads != Cpu.Cores)
            yield return $"{Threads} thread(s) on {Cpu.Cores} cores: unset OMP_NUM_THREADS to use them all.";
        if (Cpu.Avx512 && BlasCoreType is "Prescott" or "Nehalem" or "Sandybridge" or "Haswell" or "Zen")
            yield return $"OPENBLAS_CORETYPE is {BlasCoreType} in your environment, but this CPU has AVX-512: unset it for the faster kernels.";
        if (Allocator == "glibc")
            yield return "tcmalloc is not loaded, so large tensors cost page faults: install libtcmalloc-minimal4 and start through ./emend.";
        if (Gpus.Length > 0 && Libtorch is { Cuda: false })
            yield return $"{Gpus[0]} is here, but this libtorch has no CUDA: set LIBTORCH to a CUDA build to use it.";
    }

    private static CpuFeatures InspectCpu()
    {
        IReadOnlySet<string> flags = NativeEnvironment.ProcessorFlags;
        return new CpuFeatures(Environment.ProcessorCount,
            flags.Contains("avx2"), flags.Contains("avx512f"), flags.Contains("avx512_bf16"), NativeEnvironment.HasAmx);
    }

    private static (LoadedLibtorch? Libtorch, string? Problem) LoadLibtorch()
    {
        try
        {
            // The version comes first: it loads the library, and only then is there a place to name.
            string version = Torch.Version;
            return (new LoadedLibtorch(version, FolderOfLoaded("libtorch_cpu.so") ?? "unknown", Torch.HasCuda), null);
        }
        catch (Exception exception)
        {
            return (null, (exception.InnerException ?? exception).Message);
        }
    }

    private static string InspectAllocator() =>
        ((string[])["tcmalloc", "jemalloc", "mimalloc"]).FirstOrDefault(name => FolderOfLoaded($"lib{name}") is not null) ?? "glibc";

    // The last column of /proc/self/maps is the file that is mapped.
    private static string? FolderOfLoaded(string library)
    {
        const string maps = "/proc/self/maps";
        string? line = File.Exists(maps) ? File.ReadLines(maps).FirstOrDefault(line => line.Contains($"/{library}", StringComparison.Ordinal)) : null;
        return line is null ? null : Path.GetDirectoryName(line[line.IndexOf('/', StringComparison.Ordinal)..]);
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

    // The native environment is prepared in the C library's copy, which .NET's does not show: what the user has not set is as wanted.
    private static string InEffect(string name) =>
        Variable(name) ?? NativeEnvironment.Wanted().FirstOrDefault(wanted => wanted.Name == name).Value ?? "not set";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
