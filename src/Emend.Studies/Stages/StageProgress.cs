using System.Diagnostics;
using Emend.Training;

namespace Emend.Studies.Stages;

/// <summary>Takes the reports of a training loop: into the run's log, on to whoever watches, and the place where an interruption takes hold.</summary>
internal sealed class StageProgress(RunFolder run, int seed, IProgress<TrainingReport>? watcher, CancellationToken interruption) : IProgress<TrainingReport>
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public TrainingReport? Last { get; private set; }

    public void Report(TrainingReport value)
    {
        Last = value;
        run.Metrics.Write(value.Stage, "", seed, value.Step, [.. value.Metrics]);
        watcher?.Report(value);
        interruption.ThrowIfCancellationRequested();
    }

    /// <summary>What the command says at the end.</summary>
    public TrainResult Result(string output, DataCounts data) =>
        new(Last?.Stage ?? "", output, Last?.Step ?? 0, _clock.Elapsed.TotalSeconds, Last?.Metrics.ToDictionary(metric => metric.Name, metric => metric.Value) ?? [], data);
}
