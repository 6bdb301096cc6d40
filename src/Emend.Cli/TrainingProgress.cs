using System.Diagnostics;
using Emend.Training;
using Spectre.Console;

namespace Emend.Cli;

/// <summary>Progress of a training on stderr: what runs, how far it is, how long still. A bar on a terminal, plain lines elsewhere.</summary>
internal static class TrainingProgress
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs work that reports its steps.</summary>
    public static T Show<T>(Func<IProgress<TrainingReport>, T> work)
    {
        if (Console.IsErrorRedirected)
            return work(new Lines());
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context)));
    }

    private static string Describe(TrainingReport report) =>
        $"{report.Stage}, step {report.Step} of {report.Steps}, {report.Metrics[0].Name} {report.Metrics[0].Value:G4}";

    private sealed class Bar(ProgressContext context) : IProgress<TrainingReport>
    {
        private ProgressTask? _task;

        public void Report(TrainingReport value)
        {
            _task ??= context.AddTask(Describe(value), maxValue: value.Steps);
            _task.Description = Markup.Escape(Describe(value));
            _task.Value = value.Step;
        }
    }

    private sealed class Lines : IProgress<TrainingReport>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan? _last, _firstAt;
        private int _firstStep;

        public void Report(TrainingReport value)
        {
            TimeSpan now = _clock.Elapsed;
            if (_firstAt is null)
                (_firstAt, _firstStep) = (now, value.Step);
            if (_last is { } last && now - last < BetweenLines && value.Step < value.Steps)
                return;
            _last = now;
            Console.Error.WriteLine($"{Describe(value)}{Remaining(value, now)}");
        }

        // By the pace since the first step seen, which a resumed run did not begin with.
        private string Remaining(TrainingReport value, TimeSpan now)
        {
            int done = value.Step - _firstStep;
            return done > 0 && value.Step < value.Steps ? $", {(now - _firstAt!.Value) / done * (value.Steps - value.Step):hh\\:mm\\:ss} left" : "";
        }
    }
}
