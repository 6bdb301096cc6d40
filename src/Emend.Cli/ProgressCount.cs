using System.Diagnostics;
using System.Globalization;

namespace Emend.Cli;

/// <summary>How far a long command is and how long it still takes, on stderr, at most once a second. Called by one thread at a time.</summary>
internal sealed class ProgressCount(string what, int total)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shown = Stopwatch.GetTimestamp();
    private int _count;

    /// <summary>Counts from none on.</summary>
    /// <returns>What is to be called for each.</returns>
    public static Action Begin(string what, int total) => new ProgressCount(what, total).Step;

    public void Step()
    {
        _count++;
        if (Stopwatch.GetElapsedTime(_shown) < Rest)
            return;
        _shown = Stopwatch.GetTimestamp();
        TimeSpan left = Stopwatch.GetElapsedTime(_started) / _count * (total - _count);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_count} of {total} {what}, about {left:h\\:mm\\:ss} left"));
    }
}
