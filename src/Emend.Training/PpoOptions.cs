namespace Emend.Training;

/// <summary>Where the reward of a response is paid.</summary>
public enum RewardPlacement
{
    /// <summary>All of it at the last token, as in classical RLHF.</summary>
    LastToken,

    /// <summary>To every token its own; needs a token reward model.</summary>
    EveryToken,
}

/// <summary>What is done to raw rewards before they are paid; method.md, 3.3, has the reasons.</summary>
public enum RewardScaling
{
    /// <summary>Nothing.</summary>
    Raw,

    /// <summary>
    /// The return of a response is its score, centred and scaled by the calibration: (score − mean) / deviation. Paid per
    /// token, each gets its share of that sum, so a long response is not paid for being long.
    /// </summary>
    StandardScore,

    /// <summary>
    /// The same with the mean that the calibration's line gives a response of its length: what length alone explains of a score
    /// is not paid, neither for long responses nor for short ones (Singhal et al. 2023, arXiv:2310.03716, find how much that can be).
    /// </summary>
    LengthNeutral,

    /// <summary>Every token reward is centred and scaled by itself; the return grows with the length. Token reward models only.</summary>
    StandardToken,
}

/// <summary>What estimates the return before each token.</summary>
public enum ValueModel
{
    /// <summary>A transformer of its own, started as the reward model's (AlpacaFarm).</summary>
    Separate,

    /// <summary>A scalar head on the policy's last hidden states, trained with the policy in one step (TRL 0.7): half the work of an update.</summary>
    SharedTrunk,
}

/// <summary>Settings of PPO. One update is one batch of rollouts and the epochs over it.</summary>
public sealed record PpoOptions
{
    private const double DefaultValueCoefficient = 0.1;

    public int Updates { get; init; } = 100;

    /// <summary>Responses rolled out per update.</summary>
    public int RolloutBatch { get; init; } = 128;

    /// <summary>Responses per optimizer step; divides <see cref="RolloutBatch"/>.</summary>
    public int MinibatchSize { get; init; } = 64;

    /// <summary>Passes over each batch of rollouts.</summary>
    public int Epochs { get; init; } = 2;

    public double LearningRate { get; init; } = 1e-5;

    public ValueModel Value { get; init; } = ValueModel.Separate;

    /// <summary>Weight of the value loss in the joint loss of <see cref="ValueModel.SharedTrunk"/>; 0.1 as in TRL.</summary>
    public double ValueCoefficient { get; init; } = DefaultValueCoefficient;

    /// <summary>Learning rate of a separate value model; 0 takes <see cref="LearningRate"/>.</summary>
    public double ValueLearningRate { get; init; }

    public Decay Decay { get; init; } = Decay.Constant;
    public int WarmupUpdates { get; init; }
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Added to the root of Adam's second moment; PPO codes use 1e-5 (details #21 in method.md).</summary>
    public double AdamEpsilon { get; init; } = 1e-5;

    public double KlCoefficient { get; init; } = 0.05;

    /// <summary>Divergence per response, in nats, that an adaptive coefficient steers to; absent: fixed.</summary>
    public double? KlTarget { get; init; }

    /// <summary>Responses over which an adaptive coefficient may double or so.</summary>
    public double KlHorizon { get; init; } = 10_000;

    public Objectives.KlEstimator KlEstimator { get; init; } = Objectives.KlEstimator.K1;
    public double Gamma { get; init; } = 1;
    public double Lambda { get; init; } = 0.95;
    public double Clip { get; init; } = 0.2;
    public double ValueClip { get; init; } = 0.2;

    /// <summary>Rewards divided by their deviation over the batch, after the KL penalty (AlpacaFarm); advantages are always standardized.</summary>
    public bool RescaleRewards { get; init; }

    public RewardPlacement Placement { get; init; } = RewardPlacement.LastToken;
    public RewardScaling Scaling { get; init; } = RewardScaling.StandardScore;

    /// <summary>Taken from the last token of a response that was cut before the policy ended it.</summary>
    public double MissingStopPenalty { get; init; } = 2;

    public int MaxNewTokens { get; init; } = 64;
    public double Temperature { get; init; } = 1;

    /// <summary>Weight γ of the pretraining gradients of PPO-ptx; 0 is plain PPO. A batch of pretraining texts as large as the minibatch joins each step.</summary>
    public double PretrainingCoefficient { get; init; }

    /// <summary>
    /// Whether the old log-probabilities come from a forward pass of the trainer instead of from the generator. They agree
    /// to float32 tolerance; in bfloat16 they do not, and the trainer's are taken whatever this says.
    /// </summary>
    public bool RecomputeLogprobs { get; init; }

    /// <summary>Divergence per response, in nats, past which the run stops: the policy has run away.</summary>
    public double MaxKl { get; init; } = 100;

    public int Seed { get; init; } = 1;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (Updates < 1)
            yield return $"updates: {Updates} is not at least 1";
        if (MinibatchSize < 1 || RolloutBatch < 1 || RolloutBatch % MinibatchSize != 0)
            yield return $"minibatchSize: {MinibatchSize} does not divide rolloutBatch {RolloutBatch}";
        if (Epochs < 1)
            yield return $"epochs: {Epochs} is not at least 1";
        if (Clip is <= 0 or >= 1)
            yield return $"clip: {Clip} is not between 0 and 1";
        if (ValueClip <= 0)
            yield return $"valueClip: {ValueClip} is not above 0";
        if (ValueCoefficient <= 0)
            yield return $"valueCoefficient: {ValueCoefficient} is not above 0";
        if (Value == ValueModel.Separate && ValueCoefficient > 0 && ValueCoefficient != DefaultValueCoefficient)
            yield return $"valueCoefficient: {ValueCoefficient} has no effect on a separate value model; set value: sharedTrunk or leave it out";
        if (Value == ValueModel.SharedTrunk && ValueLearningRate != 0)
            yield return $"valueLearningRate: {ValueLearningRate} has no effect where value is sharedTrunk, which has one optimizer; set valueCoefficient instead";
        if (Gamma is <= 0 or > 1)
            yield return $"gamma: {Gamma} is not above 0 and at most 1";
        if (Lambda is < 0 or > 1)
            yield return $"lambda: {Lambda} is not between 0 and 1";
        if (KlCoefficient < 0)
            yield return $"klCoefficient: {KlCoefficient} is below 0";
        if (Temperature <= 0)
            yield return $"temperature: {Temperature} is not above 0";
        if (LearningRate <= 0)
            yield return $"learningRate: {LearningRate} is not above 0";
        if (MaxNewTokens < 1)
            yield return $"maxNewTokens: {MaxNewTokens} is not at least 1";
        if (KlTarget is { } target && !(target > 0))
            yield return $"klTarget: {target} is not above 0; leave it out for a fixed coefficient";
        if (!(KlHorizon > 0))
            yield return $"klHorizon: {KlHorizon} is not above 0";
        if (!(MaxKl > 0))
            yield return $"maxKl: {MaxKl} is not above 0";
        if (WarmupUpdates < 0)
            yield return $"warmupUpdates: {WarmupUpdates} is below 0";
        if (!(ValueLearningRate >= 0))
            yield return $"valueLearningRate: {ValueLearningRate} is below 0";
        if (!(MaxGradientNorm > 0))
            yield return $"maxGradientNorm: {MaxGradientNorm} is not above 0";
        if (!(AdamEpsilon > 0))
            yield return $"adamEpsilon: {AdamEpsilon} is not above 0";
        if (!(MissingStopPenalty >= 0))
            yield return $"missingStopPenalty: {MissingStopPenalty} is below 0";
        if (!(PretrainingCoefficient >= 0))
            yield return $"pretrainingCoefficient: {PretrainingCoefficient} is below 0";
    }
}
