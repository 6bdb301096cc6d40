namespace Emend.EndToEndTests;

/// <summary>
/// A copy of the launcher in a folder of its own, with stand-ins for everything it calls: dotnet, cmake, apt-get and dpkg-query
/// only write down their calls and make the files that the real ones would. So missing packages, failed builds and
/// concurrent first runs can be tested in milliseconds on any machine.
/// </summary>
internal sealed class LauncherStage : IDisposable
{
    private static readonly string[] RealTools =
    [
        "bash", "cat", "dirname", "env", "find", "flock", "grep", "head", "mkdir", "nproc", "readlink", "rm", "sed", "sha256sum", "sleep", "sort", "tail", "timeout", "touch", "uniq",
    ];

    private readonly TemporaryFolder folder = new();

    public LauncherStage()
    {
        CopyFromCheckout("emend");
        foreach (string script in Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "launcher")))
            CopyFromCheckout($"launcher/{System.IO.Path.GetFileName(script)}");
        folder.Write("src/Program.cs", "first");
        folder.Write("native/CMakeLists.txt", "first");
        foreach (string name in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json"])
            folder.Write(name, "");

        foreach (string tool in RealTools)
            File.CreateSymbolicLink(Tool(tool, makeFolder: true), Which(tool));
        Fake("g++", "");
        Fake("make", "");
        Fake("id", "echo 0");
        Fake("dpkg-query", """echo "install ok installed" """);
        Fake("apt-get", "");
        Fake("cmake", """mkdir -p native/build; touch native/build/libemend_native.so""");
        Fake("dotnet", """
            case $1 in
                --list-sdks) echo "10.0.100 [/sdk]" ;;
                build) mkdir -p src/Emend.Cli/bin/Release/net10.0; touch src/Emend.Cli/bin/Release/net10.0/emend.dll ;;
                *) shift; printf '<%s>' "$@"; echo; echo "threads $OMP_NUM_THREADS, waiting $OMP_WAIT_POLICY" ;;
            esac
            """);
    }

    public string Path => folder.Path;

    /// <summary>Every call of a stand-in so far, in order, as "tool arguments".</summary>
    public string[] Calls => File.Exists(CallsFile) ? File.ReadAllLines(CallsFile) : [];

    private string CallsFile => System.IO.Path.Combine(Path, "calls");

    public string Write(string relative, string content) => folder.Write(relative, content);

    /// <summary>Puts a stand-in into PATH: it notes its call, then runs the script in the stage's folder.</summary>
    public void Fake(string tool, string script)
    {
        string path = folder.Write($"tools/{tool}", $"#!/bin/bash\nprintf '%s\\n' \"{tool} $*\" >>'{CallsFile}'\ncd '{Path}'\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Remove(string tool) => File.Delete(Tool(tool));

    public Finished Launch(params string[] arguments) => Launch(System.IO.Path.Combine(Path, "emend"), arguments);

    public Finished Launch(string launcher, string[] arguments, string? inFolder = null, params (string Name, string? Value)[] environment)
    {
        (string, string?)[] machine =
        [
            ("PATH", System.IO.Path.Combine(Path, "tools")), ("HOME", Path), ("DOTNET_ROOT", null), ("LIBTORCH", null),
            ("OMP_NUM_THREADS", null), ("OMP_WAIT_POLICY", null),
        ];
        return Finished.Run(launcher, arguments, "", inFolder ?? System.IO.Path.GetTempPath(), [.. machine, .. environment]);
    }

    public void Dispose() => folder.Dispose();

    private string Tool(string name, bool makeFolder = false)
    {
        if (makeFolder)
            Directory.CreateDirectory(System.IO.Path.Combine(Path, "tools"));
        return System.IO.Path.Combine(Path, "tools", name);
    }

    private void CopyFromCheckout(string relative)
    {
        string target = System.IO.Path.Combine(Path, relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        File.Copy(System.IO.Path.Combine(Repository.Root, relative), target);
    }

    private static string Which(string tool) =>
        new[] { "/usr/bin", "/bin", "/usr/local/bin" }.Select(place => System.IO.Path.Combine(place, tool)).First(File.Exists);
}
