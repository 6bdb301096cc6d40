namespace Emend.Studio.Runs;

/// <summary>What a run can be: a stage of training, or a study of many arms.</summary>
public enum RunStage
{
    Sft,
    Reward,
    TokenReward,
    Ppo,
    Study,
}

/// <summary>How a run stands.</summary>
public enum RunState
{
    Running,
    Finished,

    /// <summary>Somebody stopped it.</summary>
    Stopped,

    /// <summary>It ended by itself with an exit code other than 0.</summary>
    Failed,

    /// <summary>It is not there any more and left no exit code: the machine was restarted, or it was killed.</summary>
    Lost,
}

/// <summary>What a project gave to a run: a data set as it was at one moment.</summary>
public sealed record RunData(string Dataset, int Rows, string Sha256);

/// <summary>The file run.json of a run that the studio started.</summary>
/// <param name="ProjectId">The project from whose page it was started.</param>
/// <param name="Arguments">What the program was called with, one argument each.</param>
/// <param name="ProcessId">Process group of the run.</param>
/// <param name="ProcessStart">When that process began, in ticks of the system since it started: a later process with the same number is another one.</param>
public sealed record RunRecord(
    RunStage Stage, string Recipe, long ProjectId, string StartedBy, DateTime StartedAt, IReadOnlyList<string> Arguments, RunData? Data, int ProcessId, long ProcessStart);

/// <summary>What somebody asks to be run. Recipe, data set and other runs are named from closed lists.</summary>
/// <param name="Dataset">A data set of the project to learn from, instead of the recipe's data.</param>
/// <param name="Model">A finished run whose model it starts from.</param>
/// <param name="Reward">A finished run whose reward model PPO learns from.</param>
public sealed record RunRequest(string Name, RunStage Stage, string Recipe, string? Dataset = null, string? Model = null, string? Reward = null);

/// <summary>A run as lists show it. Stage, recipe and who are null where the command line started it.</summary>
public sealed record RunSummary(string Name, RunState State, RunStage? Stage, string? Recipe, long? ProjectId, string? StartedBy, DateTime? StartedAt, DateTime? ChangedAt, long MetricsBytes);
