using System.Text.Json;
using Emend.Studies;
using Emend.Training;
using Emend.UnitTests;

namespace Emend.RecipeTests;

/// <summary>Recipes small enough for a test: a real model of 260K parameters, two dozen edits, a few steps.</summary>
internal static class TinyRun
{
    public static string Model => SharedData.Path("models", "stories260K", "hf");

    /// <summary>Edit rows with one or two changed words each, written into a folder.</summary>
    public static string Edits(string folder)
    {
        string[] names = ["Lily", "Tom", "Sam", "Mia", "Ben", "Sue"], places = ["park", "house", "forest", "garden"];
        var rows = from name in names
                   from place in places
                   select new
                   {
                       prompt = $"Once upon a time, {name} went to the {place}. ",
                       response = $"The {place} was bad and {name} was bad.",
                       edited = $"The {place} was big and {name} was happy.",
                   };
        return Write(folder, "edits.jsonl", rows.Select(row => JsonSerializer.Serialize(row)));
    }

    public static string Write(string folder, string name, IEnumerable<string> lines)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
        return path;
    }

    public static SftRecipe Sft(string folder, string output) => new()
    {
        About = "a test",
        Model = new ModelSection { Folder = Model, Dtype = ComputeType.Float32 },
        Data = new DataSection { Files = [Edits(folder)], Format = DataFormat.EditRows },
        Output = Path.Combine(folder, output),
        Options = new SftOptions { Epochs = 4, BatchSize = 8, LearningRate = 1e-3 },
    };

    public static RewardRecipe Reward(string folder, string output) => new()
    {
        About = "a test",
        Model = new ModelSection { Folder = Model, Dtype = ComputeType.Float32 },
        Data = new DataSection { Files = [Edits(folder)], Format = DataFormat.EditRows },
        Output = Path.Combine(folder, output),
        Options = new RewardModelOptions { Steps = 12, BatchSize = 8, LearningRate = 1e-3 },
    };

    /// <summary>Everything that a run carries from update to update is at work: two epochs, both optimizers, an adaptive coefficient, a schedule.</summary>
    public static PpoRecipe Ppo(string folder, string reward, string output) => new()
    {
        About = "a test",
        Model = new ModelSection { Folder = Model, Dtype = ComputeType.Float32 },
        Reward = reward,
        Data = new DataSection { Files = [Edits(folder)], Format = DataFormat.EditRows },
        Output = Path.Combine(folder, output),
        CheckpointEvery = 2,
        SamplesEvery = 1,
        Samples = 2,
        Options = new PpoOptions
        {
            Updates = 6,
            RolloutBatch = 8,
            MinibatchSize = 4,
            LearningRate = 1e-3,
            MaxNewTokens = 12,
            KlTarget = 0.5,
            KlHorizon = 20,
            Decay = Decay.Linear,
            Placement = RewardPlacement.EveryToken,
        },
    };

    public static double[] Column(string folder, string name) =>
        [.. Evaluation.MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")).Select(line => line.Values[name])];
}

/// <summary>Watches a training; asks it to stop when a step is done.</summary>
internal sealed class StopAfter(int step) : IProgress<TrainingReport>, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    public void Report(TrainingReport value)
    {
        if (value.Step == step)
            _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
