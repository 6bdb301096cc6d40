using System.Diagnostics;

namespace Emend.Cli;

/// <summary>How far a long command is, on stderr, at most once a second. Called by one thread at a time.</summary>
internal sealed class ProgressCount(string what, int total)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private long _shown = Stopwatch.GetTimestamp();
    private int _count;

    public void Step()
    {
        _count++;
        if (Stopwatch.GetElapsedTime(_shown) < Rest)
            return;
        _shown = Stopwatch.GetTimestamp();
        Console.Error.WriteLine($"{_count} of {total} {what}");
    }
}
