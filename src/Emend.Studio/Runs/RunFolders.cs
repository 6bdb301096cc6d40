using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emend.Store;

namespace Emend.Studio.Runs;

/// <summary>
/// The runs below one folder, read from their files alone: what a run left is there whether the studio, the command line or nobody any more
/// is behind it. Runs of the studio have run.json, the logs and output/; others are the folder that the command line made.
/// </summary>
public sealed partial class RunFolders(string? root)
{
    private const int MostRuns = 500;
    private const int LongestChunk = 1 << 20;
    private const int ErrorLines = 40;
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(2);

    /// <summary>The folder, or a refusal where the studio was started without one.</summary>
    public string Root => root is null ? throw new RefusedException(Refusal.NotFound, "no-runs", "The studio was started without a folder of runs (--runs DIR).") : Path.GetFullPath(root);

    /// <summary>Runs of one project, or all (null), newest first.</summary>
    public IReadOnlyList<RunSummary> List(long? projectId) => !Directory.Exists(Root) ? [] :
        [.. new DirectoryInfo(Root).EnumerateDirectories().Where(folder => folder.LinkTarget is null && Names().IsMatch(folder.Name) && IsRun(folder.FullName))
            .Select(folder => Summary(folder.Name)).Where(run => projectId is null || run.ProjectId == projectId)
            .OrderByDescending(run => run.StartedAt ?? run.ChangedAt).Take(MostRuns)];

    /// <summary>The folder of a run, of that project or any (null). Names lead nowhere but to folders right below the root.</summary>
    public string Find(string name, long? projectId)
    {
        string folder = Path.Combine(Root, name);
        if (!Names().IsMatch(name) || !Directory.Exists(folder) || new DirectoryInfo(folder).LinkTarget is not null || !IsRun(folder) || (projectId is not null && Record(folder)?.ProjectId != projectId))
            throw RefusedException.NotFound("run");
        return folder;
    }

    public RunSummary Summary(string name)
    {
        string folder = Path.Combine(Root, name);
        RunRecord? record = Record(folder);
        FileInfo? metrics = MetricsOf(folder) is string file ? new FileInfo(file) : null;
        return new RunSummary(name, StateOf(folder, record, metrics), record?.Stage, record?.Recipe, record?.ProjectId, record?.StartedBy, record?.StartedAt, metrics?.LastWriteTimeUtc, metrics?.Length ?? 0);
    }

    /// <summary>What the studio wrote of a run; null where the command line started it.</summary>
    public static RunRecord? Record(string folder)
    {
        string file = Path.Combine(folder, "run.json");
        return File.Exists(file) ? StoreJson.Read<RunRecord>(File.ReadAllText(file)) : null;
    }

    /// <summary>Where the results lie: output of a run of the studio, while it trains output.unfinished; else the folder itself.</summary>
    public static string OutputOf(string folder) => ((string[])[Path.Combine(folder, "output"), Path.Combine(folder, "output.unfinished")]).FirstOrDefault(Directory.Exists) ?? folder;

    /// <summary>
    /// Lines of metrics.jsonl from an offset in bytes: whole lines only, and the offset to go on from. A file that is shorter than the
    /// offset was begun anew: then from its beginning.
    /// </summary>
    public static (string Lines, long Next, bool Restarted) Metrics(string folder, long from)
    {
        if (MetricsOf(folder) is not string file)
            return ("", 0, from > 0);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        bool restarted = stream.Length < from;
        stream.Seek(restarted ? 0 : from, SeekOrigin.Begin);
        byte[] bytes = new byte[Math.Min(LongestChunk, stream.Length - stream.Position)];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false), whole = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        return (Encoding.UTF8.GetString(bytes, 0, whole), (restarted ? 0 : from) + whole, restarted);
    }

    /// <summary>The last lines that a run wrote to its error output, without the counters of its progress.</summary>
    public static IReadOnlyList<string> LastErrors(string folder)
    {
        string file = Path.Combine(folder, "stderr.log");
        if (!File.Exists(file))
            return [];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(Math.Max(0, stream.Length - (64 << 10)), SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        // A progress line is written over itself: what stands behind its last carriage return is what would be seen.
        string[] lines = [.. reader.ReadToEnd().Split('\n').Select(line => Codes().Replace(line.TrimEnd('\r').Split('\r')[^1], "")).Where(line => line.Trim().Length > 0)];
        return lines.Length <= ErrorLines ? lines : lines[^ErrorLines..];
    }

    /// <summary>The exit code of a run of the studio, once it has ended.</summary>
    public static int? ExitCode(string folder)
    {
        string file = Path.Combine(folder, "exit");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.Integer, CultureInfo.InvariantCulture, out int code) ? code : null;
    }

    /// <summary>A result file as it is; null where there is none yet, or it is no JSON.</summary>
    public static JsonElement? Result(string folder)
    {
        string file = Path.Combine(OutputOf(folder), "result.json");
        try
        {
            return File.Exists(file) ? JsonElement.Parse(File.ReadAllBytes(file)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, "run.json")) || MetricsOf(folder) is not null || File.Exists(Path.Combine(folder, "result.json"));

    private static string? MetricsOf(string folder) =>
        ((string[])[Path.Combine(folder, "output", "metrics.jsonl"), Path.Combine(folder, "output.unfinished", "metrics.jsonl"), Path.Combine(folder, "metrics.jsonl")]).FirstOrDefault(File.Exists);

    private static RunState StateOf(string folder, RunRecord? record, FileInfo? metrics)
    {
        if (record is null)
        {
            bool whole = !folder.EndsWith(".unfinished", StringComparison.Ordinal) && (File.Exists(Path.Combine(folder, "result.json")) || File.Exists(Path.Combine(folder, "resolved-recipe.yaml")));
            return whole ? RunState.Finished : metrics is not null && DateTime.UtcNow - metrics.LastWriteTimeUtc < Quiet ? RunState.Running : RunState.Lost;
        }
        if (ExitCode(folder) is int code)
            return code == 0 ? RunState.Finished : File.Exists(Path.Combine(folder, "stopped")) ? RunState.Stopped : RunState.Failed;
        return RunProcess.IsAlive(record.ProcessId, record.ProcessStart) ? RunState.Running : File.Exists(Path.Combine(folder, "stopped")) ? RunState.Stopped : RunState.Lost;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    internal static partial Regex Names();

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Codes();
}
