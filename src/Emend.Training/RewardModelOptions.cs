namespace Emend.Training;

/// <summary>Settings that both kinds of reward model share; those of the token kind alone say so.</summary>
public sealed record RewardModelOptions
{
    /// <summary>Optimizer steps; 0 takes them from <see cref="Epochs"/>. Arms that are to be compared take the same number.</summary>
    public int Steps { get; init; }

    public double Epochs { get; init; } = 1;

    /// <summary>Prompts with their responses per step (pairs, where two are compared).</summary>
    public int BatchSize { get; init; } = 16;

    public double LearningRate { get; init; } = 3e-6;
    public double WeightDecay { get; init; }
    public double MaxGradientNorm { get; init; } = 1;
    public double WarmupShare { get; init; } = 0.03;
    public Decay Decay { get; init; } = Decay.Cosine;

    /// <summary>Token kind: compare changed tokens only (Xu et al. 2024, eq. 4) instead of whole means.</summary>
    public bool ChangedTokensOnly { get; init; }

    /// <summary>Token kind: weight of the penalty on unchanged tokens that are rewarded differently on the two sides; 0 is the paper's loss.</summary>
    public double ConsistencyWeight { get; init; }

    /// <summary>
    /// Token kind: weight of the loss that takes each token by itself, what people changed against what they left. Whole edits
    /// have it in place of the comparison of the two texts; all other pairs are compared. 0 is the paper's loss for all pairs.
    /// </summary>
    public double TokenLossWeight { get; init; }

    /// <summary>
    /// Token kind: tokens of the response that are read behind a token before it is rewarded; 0 is the paper's reward. A word is
    /// often several tokens, and the first one rarely tells what it will be.
    /// </summary>
    public int Lookahead { get; init; }

    /// <summary>
    /// Token kind: share of the response tokens that are replaced, while training, by others drawn from the responses of the batch
    /// (unigram noising, Xie et al. 2017, arXiv:1703.02573), so that a small model does not learn a few thousand edits by heart.
    /// </summary>
    public double TokenNoise { get; init; }

    /// <summary>
    /// Token kind: weight of the implicit reward beside the score, the log-ratio of the probability that the model's own language head
    /// gives the token to what it gave it before training; 0 is the paper's. A language model holds facts and manners where it predicts
    /// the next token, so that a few edits move all of a kind; a fresh head has to learn each anew. Without feedback it is 0.
    /// </summary>
    public double ImplicitWeight { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (Steps < 0)
            yield return $"steps: {Steps} is below 0";
        if (Steps == 0 && Epochs <= 0)
            yield return $"epochs: {Epochs} is not above 0";
        if (BatchSize < 1)
            yield return $"batchSize: {BatchSize} is not at least 1";
        if (LearningRate <= 0)
            yield return $"learningRate: {LearningRate} is not above 0";
        if (!(WeightDecay >= 0))
            yield return $"weightDecay: {WeightDecay} is below 0";
        if (!(MaxGradientNorm > 0))
            yield return $"maxGradientNorm: {MaxGradientNorm} is not above 0";
        if (WarmupShare is not (>= 0 and < 1))
            yield return $"warmupShare: {WarmupShare} is not between 0 and 1";
        if (ConsistencyWeight < 0)
            yield return $"consistencyWeight: {ConsistencyWeight} is below 0";
        if (Lookahead < 0)
            yield return $"lookahead: {Lookahead} is below 0";
        if (TokenLossWeight < 0)
            yield return $"tokenLossWeight: {TokenLossWeight} is below 0";
        if (!(ImplicitWeight >= 0 && double.IsFinite(ImplicitWeight)))
            yield return $"implicitWeight: {ImplicitWeight} is not 0 or above";
        if (TokenNoise is not (>= 0 and < 1))
            yield return $"tokenNoise: {TokenNoise} is not at least 0 and below 1";
    }

    internal int StepsFor(int examples) => Steps > 0 ? Steps : Batches.Count(examples, BatchSize, Epochs);

    internal int Warmup(int steps) => (int)(WarmupShare * steps);
}
