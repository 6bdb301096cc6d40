using Emend.Studies.Stages;

namespace Emend.Studies;

/// <summary>What a training command left behind: the folder, and the metrics of its last step.</summary>
/// <param name="Rankings">Of a reward model that learned from comparisons beside its data; else null.</param>
public sealed record TrainResult(string Stage, string Folder, int Steps, double Seconds, IReadOnlyDictionary<string, double> Metrics, DataCounts Data, DataCounts? Rankings = null);
