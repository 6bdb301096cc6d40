using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Emend.Studio.Runs;

/// <summary>
/// A run as a process group of its own: it outlives the studio, writes its output to files, and leaves its exit code in one. The shell
/// script is fixed, and everything that varies is an argument of it, never part of its text.
/// </summary>
internal static class RunProcess
{
    // $0 is the folder of the run, the rest the program and its arguments. The trap lets the shell live on to write the exit code.
    private const string Script = """trap : TERM INT; "$@" >"$0/stdout.log" 2>"$0/stderr.log" </dev/null; echo $? >"$0/exit.part"; mv "$0/exit.part" "$0/exit" """;
    private const int Terminate = 15, Kill = 9;

    /// <summary>Starts a program and gives the number of its process group and when it began.</summary>
    public static (int ProcessId, long Start) Start(string folder, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("setsid", ["/bin/sh", "-c", Script, folder, .. command]) { UseShellExecute = false, WorkingDirectory = folder };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("the run's process was not started");
        return (process.Id, StartOf(process.Id) ?? 0);
    }

    /// <summary>Whether that very process is there; a later one with the same number began at another time.</summary>
    public static bool IsAlive(int processId, long start) => StartOf(processId) is long began && began == start;

    /// <summary>Asks the group to end, and ends it where it has not within the patience.</summary>
    public static async Task Stop(int processId, long start, TimeSpan patience)
    {
        Signal(-processId, Terminate);
        for (long until = Environment.TickCount64 + (long)patience.TotalMilliseconds; Environment.TickCount64 < until && IsAlive(processId, start);)
            await Task.Delay(100);
        if (IsAlive(processId, start))
            Signal(-processId, Kill);
    }

    // Field 22 of /proc/N/stat; the name in field 2 may hold anything, and ends at the last parenthesis. A zombie is gone.
    private static long? StartOf(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int processId, int signal);
}
