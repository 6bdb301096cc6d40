using Emend.Models;
using Emend.Training;
using static Emend.UnitTests.Training.TinyLanguage;

namespace Emend.UnitTests.Training;

/// <summary>A language of twelve tokens, of which 0 ends a text and 1 is bad, and a model of two layers.</summary>
internal static class TinyLanguage
{
    public const int End = 0, Bad = 1, Vocabulary = 12;

    public static LanguageModel Model(bool tied = true) => LanguageModel.Create(ModelConfig.Llama(Vocabulary, 32, 64, 2, 2, 2, 64) with { TiedHead = tied }, seed: 1);

    // Responses of 3 to 8 tokens; each but the last is the bad one with the probability given.
    public static IEnumerable<Example> Responses(int count, double badShare, int seed = 1)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
            yield return new Example([2, 3], [.. Enumerable.Range(0, random.Next(3, 9)).Select(_ => random.NextDouble() < badShare ? Bad : random.Next(2, Vocabulary)), End]);
    }

    // An edit replaces one bad token by a good one.
    public static EditExample[] Pairs(int count, int seed = 1)
    {
        var random = new Random(seed + 100);
        return [.. Responses(count, badShare: 0, seed).Select(response =>
        {
            int place = random.Next(response.Response.Length - 1);
            int[] original = [.. response.Response];
            original[place] = Bad;
            bool[] changed = [.. original.Select((_, i) => i == place)];
            return new EditExample(response.Prompt, response.Response, original, changed, changed, [.. Enumerable.Range(0, original.Length).Where(i => i != place).Select(i => (i, i))]);
        })];
    }
}

/// <summary>A run of PPO on it, from fine-tuning to the trainer.</summary>
internal sealed class PpoSetup : IDisposable
{
    public required LanguageModel Policy { get; init; }
    public required LanguageModel Reference { get; init; }
    public required RewardModel RewardModel { get; init; }
    public required Ppo Ppo { get; init; }

    public static PpoSetup Make(RewardPlacement placement, Func<PpoOptions, PpoOptions>? change = null)
    {
        LanguageModel reference = Model();
        Example[] texts = [.. Responses(256, badShare: 0.3)];
        Sft.Train(new SftOptions { Epochs = 4, BatchSize = 16, LearningRate = 3e-3 }, reference, texts);
        RewardModel rewardModel = TokenRewardModel.Train(new RewardModelOptions { Steps = 60, LearningRate = 3e-3 }, reference, Pairs(256));
        rewardModel.Calibrate(texts);
        LanguageModel policy = reference.Clone();
        var options = new PpoOptions { RolloutBatch = 32, MinibatchSize = 16, LearningRate = 1e-3, MaxNewTokens = 12, Placement = placement };
        options = change?.Invoke(options) ?? options;
        return new PpoSetup
        {
            Policy = policy,
            Reference = reference,
            RewardModel = rewardModel,
            Ppo = new Ppo(options, policy, reference, rewardModel, [[2, 3], [2, 4]], [End], texts),
        };
    }

    public void Dispose()
    {
        Ppo.Dispose();
        Policy.Dispose();
        Reference.Dispose();
        RewardModel.Dispose();
    }
}
