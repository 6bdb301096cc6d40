using System.Diagnostics;
using System.Globalization;
using Emend.Studies;

namespace Emend.Cli.Commands;

/// <summary>What a study does now, how far it is and how long still: one line on stderr, rewritten on a terminal, otherwise printed now and then.</summary>
internal sealed class StudyProgressLine : IProgress<StudyProgress>, IDisposable
{
    private static readonly TimeSpan s_onTerminal = TimeSpan.FromMilliseconds(200), s_elsewhere = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private TimeSpan _next;
    private int _width;

    public TimeSpan Elapsed => _clock.Elapsed;

    public void Report(StudyProgress value)
    {
        lock (_lock)
        {
            if (_clock.Elapsed < _next)
                return;
            _next = _clock.Elapsed + (_terminal ? s_onTerminal : s_elsewhere);
            string left = value.Remaining is { } remaining ? $", about {Span(remaining)} left" : "";
            string line = string.Create(CultureInfo.InvariantCulture, $"{Span(_clock.Elapsed)}  {value.Doing}  ({value.Done:P0} of the arms{left})");
            if (!_terminal)
            {
                Console.Error.WriteLine(line);
                return;
            }
            Console.Error.Write($"\r{line.PadRight(_width)}");
            _width = line.Length;
        }
    }

    /// <summary>Makes room for what comes after.</summary>
    public void Clear()
    {
        if (_terminal && _width > 0)
            Console.Error.Write($"\r{new string(' ', _width)}\r");
        _width = 0;
    }

    public void Dispose() => Clear();

    private static string Span(TimeSpan time) => time.TotalHours >= 1
        ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture)
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
