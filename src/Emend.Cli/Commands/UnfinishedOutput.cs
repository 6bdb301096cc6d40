using System.Globalization;
using Emend.Judging;

namespace Emend.Cli.Commands;

/// <summary>Where the rows of a run go that may not have come to its end: never over the file that an earlier run has left.</summary>
internal sealed record UnfinishedOutput(string Path, bool Finished, bool OldIsKept)
{
    /// <summary>Of a run that did not do all it was asked to.</summary>
    public static int ExitCode => Signals.Interrupted ? Signals.InterruptedExitCode : 1;

    /// <summary>The file that was asked for; or FILE.part, where something was not answered and the file is there already.</summary>
    public static UnfinishedOutput Of<T>(string file, AskedAll<T> asked)
    {
        bool finished = asked.Failed.Count == 0 && asked.Stopped is null, old = !finished && File.Exists(file);
        return new UnfinishedOutput(old ? $"{file}.part" : file, finished, old);
    }

    /// <summary>What went wrong and what is kept, as one sentence on stderr.</summary>
    /// <param name="rows">Rows that were written.</param>
    public int Complain<T>(AskedAll<T> asked, int rows)
    {
        string reason = asked.Stopped ?? asked.Failed[0].Problem;
        string more = asked.Stopped is null ? string.Create(CultureInfo.InvariantCulture, $"{asked.Failed.Count} of the questions got no answer; {asked.Failed[0].Id}: ") : "";
        string kept = OldIsKept ? $", and {Path[..^".part".Length]} is as an earlier run left it" : "";
        Console.Error.WriteLine($"emend: {more}{reason}. What was answered is in {Path} ({rows} rows){kept}; with --cache the same command asks only what is left.");
        return ExitCode;
    }
}
