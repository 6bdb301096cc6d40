using Emend.Models;
using Emend.Tensors;

namespace Emend.Training;

/// <summary>
/// A policy with its estimate of the return, and the step that moves both. Shapes: M rollouts, R response tokens of the longest;
/// log-probabilities and values are (M, R) float32 with zeros as padding. The policy belongs to the caller, all else to this object.
/// </summary>
internal abstract class ActorCritic : IDisposable
{
    /// <summary>The parameters that estimate values and are not the policy's.</summary>
    public abstract IReadOnlyList<Tensor> ValueParameters { get; }

    /// <summary>Every optimizer under the name that a checkpoint gives it.</summary>
    public abstract IReadOnlyList<(string Name, AdamW Optimizer)> Optimizers { get; }

    public static ActorCritic For(PpoOptions options, LanguageModel policy, RewardModel rewardModel) => options.Value switch
    {
        ValueModel.Separate => new SeparateCritic(options, policy, rewardModel),
        ValueModel.SharedTrunk => new SharedTrunk(options, policy),
        _ => throw new ArgumentOutOfRangeException(nameof(options), $"value: {options.Value} is not known"),
    };

    /// <summary>The value before each response token.</summary>
    public abstract Tensor Values(TokenBatch batch);

    /// <summary>Log-probabilities of the response tokens, and the values before them.</summary>
    public abstract Tensor[] LogprobsAndValues(TokenBatch batch);

    /// <summary>
    /// One step on a minibatch, given each loss as a function of what the model says now. Returns the norm, before clipping, of the
    /// gradients that the policy was moved by.
    /// </summary>
    public abstract double Improve(TokenBatch batch, Func<Tensor, Tensor> policyLoss, Func<Tensor, Tensor> valueLoss);

    /// <summary>Sets the rates of an update, given as a factor on those of the options.</summary>
    public abstract void SetLearningRates(double factor);

    public virtual void Dispose()
    {
        foreach (var (_, optimizer) in Optimizers)
            optimizer.Dispose();
    }

    protected static AdamW Adam(IReadOnlyList<Tensor> parameters, PpoOptions options) =>
        new(parameters, new AdamWOptions { LearningRate = options.LearningRate, Epsilon = options.AdamEpsilon });
}

/// <summary>A value model of its own with an optimizer of its own; of the two graphs one is alive at a time.</summary>
internal sealed class SeparateCritic : ActorCritic
{
    private readonly PpoOptions _options;
    private readonly LanguageModel _policy;
    private readonly ScalarHeadModel _critic;
    private readonly AdamW _policyOptimizer, _valueOptimizer;

    public SeparateCritic(PpoOptions options, LanguageModel policy, RewardModel rewardModel)
    {
        (_options, _policy, _critic) = (options, policy, rewardModel.Model.Clone());
        using (Gradients.Off())
            _critic.Parameters[^1].MultiplyInPlace(0);
        _policyOptimizer = Adam(policy.Parameters, options);
        _valueOptimizer = Adam(_critic.Parameters, options);
    }

    public override IReadOnlyList<Tensor> ValueParameters => _critic.Parameters;

    public override IReadOnlyList<(string Name, AdamW Optimizer)> Optimizers => [("policy", _policyOptimizer), ("value", _valueOptimizer)];

    public override Tensor Values(TokenBatch batch) => _critic.Values(batch);

    public override Tensor[] LogprobsAndValues(TokenBatch batch) => [_policy.Logprobs(batch, _options.Temperature), _critic.Values(batch)];

    public override double Improve(TokenBatch batch, Func<Tensor, Tensor> policyLoss, Func<Tensor, Tensor> valueLoss)
    {
        double norm = Update.Take(_policyOptimizer, _policy.Parameters, policyLoss(_policy.Logprobs(batch, _options.Temperature)), _options.MaxGradientNorm);
        Update.Take(_valueOptimizer, _critic.Parameters, valueLoss(_critic.Values(batch)), _options.MaxGradientNorm);
        return norm;
    }

    public override void SetLearningRates(double factor)
    {
        _policyOptimizer.LearningRate = _options.LearningRate * factor;
        _valueOptimizer.LearningRate = (_options.ValueLearningRate > 0 ? _options.ValueLearningRate : _options.LearningRate) * factor;
    }

    public override void Dispose()
    {
        base.Dispose();
        _critic.Dispose();
    }
}

/// <summary>A head (1, D), zeros at first, on the policy's own hidden states: one forward pass, one backward pass and one step for both losses.</summary>
internal sealed class SharedTrunk : ActorCritic
{
    private readonly PpoOptions _options;
    private readonly LanguageModel _policy;
    private readonly Tensor _head;
    private readonly Tensor[] _parameters;
    private readonly AdamW _optimizer;

    public SharedTrunk(PpoOptions options, LanguageModel policy)
    {
        (_options, _policy) = (options, policy);
        _head = Tensor.Zeros([1, policy.Config.HiddenSize], DType.Float32, policy.Device).Own().RequireGradient();
        _parameters = [.. policy.Parameters, _head];
        _optimizer = Adam(_parameters, options);
    }

    public override IReadOnlyList<Tensor> ValueParameters => [_head];

    public override IReadOnlyList<(string Name, AdamW Optimizer)> Optimizers => [("policy", _optimizer)];

    public override Tensor Values(TokenBatch batch) => _policy.Values(batch, _head);

    public override Tensor[] LogprobsAndValues(TokenBatch batch)
    {
        var (logprobs, values) = _policy.LogprobsAndValues(batch, _head, _options.Temperature);
        return [logprobs, values];
    }

    public override double Improve(TokenBatch batch, Func<Tensor, Tensor> policyLoss, Func<Tensor, Tensor> valueLoss)
    {
        var (logprobs, values) = _policy.LogprobsAndValues(batch, _head, _options.Temperature);
        Tensor loss = policyLoss(logprobs) + _options.ValueCoefficient * valueLoss(values);
        return Update.Take(_optimizer, _parameters, loss, _options.MaxGradientNorm);
    }

    public override void SetLearningRates(double factor) => _optimizer.LearningRate = _options.LearningRate * factor;

    public override void Dispose()
    {
        base.Dispose();
        _head.Dispose();
    }
}
