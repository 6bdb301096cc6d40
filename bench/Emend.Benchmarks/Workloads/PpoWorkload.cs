using Emend.Models;
using Emend.Tensors;
using Emend.Training;

namespace Emend.Benchmarks.Workloads;

/// <summary>
/// One PPO update as <see cref="Ppo"/> runs it: 64 responses of 64 tokens behind prompts of 32, four epochs in minibatches of
/// 16, with values from a head on the policy or from a model of their own. The check is the divergence from the reference in nats per token.
/// </summary>
internal sealed class PpoWorkload
{
    private readonly Ppo _ppo;

    public PpoWorkload(DType compute, ValueModel value)
    {
        LanguageModel policy = Gpt.Create(compute, seed: 1000), reference = Gpt.Create(compute, seed: 1000);
        ScalarHeadModel scorer = ScalarHeadModel.From(Gpt.Create(compute, seed: 2000));
        using (Gradients.Off())
        using (new TensorScope())
            scorer.Parameters[^1].CopyFrom(Tensor.From<float>(Gpt.Uniform(3001, (int)scorer.Parameters[^1].ElementCount, 0.06), scorer.Parameters[^1].Shape));
        var calibration = new Calibration { Kind = RewardKind.Sequence, ScoreMean = 0, ScoreDeviation = 1, TokenMean = 0, TokenDeviation = 1, Responses = 0 };
        var options = new PpoOptions
        {
            Updates = 1000,
            RolloutBatch = 64,
            MinibatchSize = 16,
            Epochs = 4,
            MaxNewTokens = 64,
            LearningRate = 1e-5,
            Value = value,
            MissingStopPenalty = 0,
        };
        _ppo = new Ppo(options, policy, reference, new RewardModel(scorer, calibration), Gpt.Tokens(3, rows: 64, length: 32), stopTokens: []);
    }

    public double Run() => _ppo.Step()["klPerToken"];
}
