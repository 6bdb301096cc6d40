using Emend.Tensors;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>The launcher on machines that differ from this one.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly LauncherStage stage = new();

    public void Dispose() => stage.Dispose();

    private int Builds => stage.Calls.Count(call => call.StartsWith("dotnet build", StringComparison.Ordinal));

    private int NativeBuilds => stage.Calls.Count(call => call.StartsWith("cmake --build", StringComparison.Ordinal));

    [Fact]
    public void TheFirstRunBuildsAndTheSecondDoesNot()
    {
        stage.Launch("doctor").Succeeded();
        stage.Launch("doctor").Succeeded();

        Assert.Equal((1, 1), (NativeBuilds, Builds));
    }

    [Fact]
    public void AChangedOrDeletedSourceIsBuiltAgain()
    {
        string extra = stage.Write("src/Extra.cs", "");
        stage.Launch("doctor").Succeeded();
        stage.Write("src/Program.cs", "second");
        stage.Launch("doctor").Succeeded();
        File.Delete(extra);
        stage.Launch("doctor").Succeeded();

        Assert.Equal((1, 3), (NativeBuilds, Builds));
    }

    [Fact]
    public void AChangedNativeSourceBuildsOnlyTheNativeLibrary()
    {
        stage.Launch("doctor").Succeeded();
        stage.Write("native/CMakeLists.txt", "second");
        stage.Launch("doctor").Succeeded();

        Assert.Equal((2, 1), (NativeBuilds, Builds));
    }

    [Fact]
    public void SeveralFirstRunsAtOnceBuildOnce()
    {
        stage.Fake("cmake", "sleep 0.3; mkdir -p native/build; touch native/build/libemend_native.so");

        Parallel.For(0, 4, _ => stage.Launch("doctor").Succeeded());

        Assert.Equal((1, 1), (NativeBuilds, Builds));
    }

    [Fact]
    public void ArgumentsPassUnchangedThroughASymbolicLinkFromAnotherFolder()
    {
        string link = Path.Combine(stage.Path, "a link");
        File.CreateSymbolicLink(link, Path.Combine(stage.Path, "emend"));

        Finished finished = stage.Launch(link, ["generate", "--prompt", "two words", ""]).Succeeded();

        Assert.Equal("<generate><--prompt><two words><>", finished.Lines[0]);
    }

    [Fact]
    public void WhatIsMissingIsInstalledAndNothingElse()
    {
        stage.Fake("dpkg-query", """[[ $* != *libdnnl-dev* ]] && echo "install ok installed" """);

        Finished finished = stage.Launch("doctor").Succeeded();

        Assert.Contains("apt-get install -y --no-install-recommends libdnnl-dev", stage.Calls);
        Assert.Contains("installing libdnnl-dev", finished.Error);
    }

    [Fact]
    public void WithoutTheRightToInstallTheExactCommandIsPrinted()
    {
        stage.Fake("id", "echo 1000");
        stage.Fake("dpkg-query", "exit 1");

        Finished finished = stage.Launch("doctor");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("sudo apt-get install --no-install-recommends libtorch-dev", finished.Error);
        Assert.DoesNotContain(stage.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
    }

    [Fact]
    public void AFailedInstallationNamesItsLog()
    {
        stage.Fake("dpkg-query", "exit 1");
        stage.Fake("apt-get", "echo 'E: no network'; exit 100");

        Finished finished = stage.Launch("doctor");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("E: no network", finished.Error);
        Assert.Contains("build/setup.log", finished.Error);
    }

    [Fact]
    public void WithLibtorchGivenNoneIsInstalled()
    {
        stage.Fake("dpkg-query", "exit 1");
        string libtorch = Path.Combine(stage.Path, "pip torch");
        stage.Write("pip torch/lib/libtorch_cpu.so", "");
        stage.Write("pip torch/include/README", "");

        stage.Launch(Path.Combine(stage.Path, "emend"), ["doctor"], environment: ("LIBTORCH", libtorch)).Succeeded();

        Assert.DoesNotContain(stage.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
        Assert.Contains(stage.Calls, call => call.Contains($"-DLIBTORCH={libtorch}", StringComparison.Ordinal));
    }

    [Fact]
    public void AFolderWithoutLibtorchIsRefused()
    {
        Finished finished = stage.Launch(Path.Combine(stage.Path, "emend"), ["doctor"], environment: ("LIBTORCH", "/nowhere"));

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("LIBTORCH is /nowhere", finished.Error);
    }

    [Fact]
    public void WithoutDotnetItSaysWhereToGetIt()
    {
        stage.Remove("dotnet");

        Finished finished = stage.Launch("doctor");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("the .NET SDK 10 is missing", finished.Error);
    }

    [Fact]
    public void AnOldSdkIsNamed()
    {
        stage.Fake("dotnet", """echo "8.0.404 [/sdk]" """);

        Finished finished = stage.Launch("doctor");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("8.0.404", finished.Error);
    }

    [Fact]
    public void AFailedBuildShowsItsFirstErrorAndIsTriedAgain()
    {
        stage.Fake("cmake", "echo 'x.cpp:1: error: no such header'; exit 1");

        Finished finished = stage.Launch("doctor");
        stage.Fake("cmake", "mkdir -p native/build; touch native/build/libemend_native.so");

        Assert.Equal(1, finished.ExitCode);
        Assert.Contains("x.cpp:1: error: no such header", finished.Error);
        stage.Launch("doctor").Succeeded();
    }

    [Fact]
    public void TheNativeEnvironmentIsSetButNotOverTheUsers()
    {
        Finished plain = stage.Launch("doctor").Succeeded();
        Finished own = stage.Launch(Path.Combine(stage.Path, "emend"), ["doctor"], environment: ("OMP_NUM_THREADS", "7")).Succeeded();

        Assert.Equal($"threads {Environment.ProcessorCount}, waiting PASSIVE", plain.Lines[1]);
        Assert.Equal("threads 7, waiting PASSIVE", own.Lines[1]);
    }

    [Fact]
    public void TheLauncherAndTheNativeDoorWantTheSameEnvironment()
    {
        (string Name, string Value)[] wanted = [.. NativeEnvironment.Wanted()];
        // The number of threads stays as it is set here, if so: both sides honour it.
        (string, string?)[] unset = [.. wanted.Where(variable => variable.Name != "OMP_NUM_THREADS").Select(variable => (variable.Name, (string?)null))];

        Finished finished = Finished.Run("bash", ["-c", "source launcher/environment.sh; set_native_environment; env"], folder: Repository.Root, environment: unset).Succeeded();

        Assert.All(wanted, variable => Assert.Contains($"{variable.Name}={variable.Value}", finished.Lines));
    }
}
