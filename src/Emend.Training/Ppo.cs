using Emend.Models;
using Emend.Tensors;
using Emend.Training.Objectives;

namespace Emend.Training;

/// <summary>What one update did. Rewards are raw scores of the reward model; kl is in nats.</summary>
public sealed record PpoUpdate(int Update, IReadOnlyList<Generation> Rollouts, IReadOnlyList<(string Name, double Value)> Metrics)
{
    public double this[string name] => Metrics.First(metric => metric.Name == name).Value;
}

// Proximal policy optimization of a language model, with the reward on the last token or on every token.
// Papers:  Schulman et al. 2017, arXiv:1707.06347, eq. 7; Ouyang et al. 2022, arXiv:2203.02155, eq. 2 (KL, PPO-ptx);
//          Xu et al. 2024, arXiv:2406.02756 (token rewards); GAE: arXiv:1506.02438, eq. 16.
// We differ: 1. all means and whitening are over real tokens; AlpacaFarm's run over padding too.
//            2. rewards are centred and scaled by the reward model's calibration: under a reward that is never positive
//               a policy learns to be silent, under one that is always positive to ramble.
//            3. the value model starts as the reward model's transformer with a head of zeros, because the reward model's
//               head is on the scale of raw rewards; or it is a head of zeros on the policy itself (ActorCritic.cs).
//            4. the end-of-text token is an action like others: it gets its token reward, its KL, its advantage.
// Shapes:  B rollouts, R response tokens of the longest, M rollouts of a minibatch. Masks: 1 = a real token, 0 = padding.
public sealed partial class Ppo : IDisposable
{
    private readonly PpoOptions _options;
    private readonly LanguageModel _policy, _reference;
    private readonly RewardModel _rewardModel;
    private readonly ActorCritic _actorCritic;
    private readonly IReadOnlyList<int[]> _prompts;
    private readonly IReadOnlyList<Example> _pretraining;
    private readonly int[] _stopTokens;
    private readonly KlController _kl;
    private int _update;

    /// <summary>
    /// The policy is trained in place; reference and reward model are only read. Pretraining texts are needed for PPO-ptx alone.
    /// </summary>
    public Ppo(PpoOptions options, LanguageModel policy, LanguageModel reference, RewardModel rewardModel, IReadOnlyList<int[]> prompts, int[] stopTokens, IReadOnlyList<Example>? pretraining = null)
    {
        (_options, _policy, _reference, _rewardModel, _prompts, _stopTokens) = (options, policy, reference, rewardModel, prompts, stopTokens);
        _pretraining = pretraining ?? [];
        if (options.PretrainingCoefficient > 0 && _pretraining.Count == 0)
            throw new ArgumentException("PPO-ptx (pretrainingCoefficient above 0) needs pretraining texts");
        _actorCritic = ActorCritic.For(options, policy, rewardModel);
        _kl = new KlController(options.KlCoefficient, options.KlTarget, options.KlHorizon);
    }

    /// <summary>One update: roll out, judge, estimate advantages, improve. Updates are counted from 1.</summary>
    public PpoUpdate Step()
    {
        int update = ++_update;
        using var updateScope = new TensorScope();

        // 1. Roll out with the policy as it stands.
        IReadOnlyList<Generation> rollouts = Generator.Generate(_policy, DrawPrompts(update), new SamplingOptions
        {
            MaxNewTokens = _options.MaxNewTokens,
            Temperature = _options.Temperature,
            StopTokens = [.. _stopTokens],
            Seed = Seeds.Mix(_options.Seed, "rollout", update),
        });
        TokenBatch batch = TokenBatch.Of(rollouts);
        Tensor mask = batch.ResponseMask(_policy.Device);                                                    // (B, R)

        // 2. Judge. No gradients: these are the fixed targets of the update.
        Tensor logprobs, values, kl, rewards, advantages, returns;                                          // (B, R) each
        double score, klPerResponse;
        using (Gradients.Off())
        {
            (logprobs, values) = OldLogprobsAndValues(batch, rollouts);
            kl = Kl.PerToken(logprobs, Chunked(batch, part => _reference.Logprobs(part, _options.Temperature)), _options.KlEstimator);
            Tensor tokenRewards = Chunked(batch, _rewardModel.TokenRewards);
            score = Payment.Pay(tokenRewards, mask, _rewardModel.Calibration, RewardScaling.Raw, RewardPlacement.LastToken).Sum().Item() / batch.Rows;
            Tensor paid = Payment.Pay(tokenRewards, mask, _rewardModel.Calibration, _options.Scaling, _options.Placement);
            rewards = Kl.Penalize(paid - StopPenalties(rollouts, mask), kl, _kl.Coefficient);
            if (_options.RescaleRewards)
                rewards = Masked.Rescale(rewards, mask);
            (advantages, returns) = Advantages.Gae(rewards, values, mask, _options.Gamma, _options.Lambda);
            advantages = Masked.Standardize(advantages, mask);
            klPerResponse = kl.Sum().Item() / batch.Rows;
        }
        if (!double.IsFinite(klPerResponse) || klPerResponse > _options.MaxKl)
            throw new TrainingStoppedException($"ppo, update {update}: the divergence from the reference is {klPerResponse:F1} nats per response, over maxKl {_options.MaxKl}; raise klCoefficient or lower learningRate");

        // 3. Improve: a few epochs over the same rollouts, in shuffled minibatches of M rows.
        _actorCritic.SetLearningRates(Schedule.Factor(_options.Decay, update - 1, _options.Updates, _options.WarmupUpdates));
        var meters = new Meters();
        Random order = Seeds.For(_options.Seed, "minibatches", update);
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            int[] rows = [.. Enumerable.Range(0, batch.Rows)];
            order.Shuffle(rows);
            foreach (int[] minibatch in rows.Chunk(_options.MinibatchSize))
            {
                using var minibatchScope = new TensorScope();                                                // activations die with their minibatch
                TokenBatch part = batch.Take(minibatch);
                Tensor Of(Tensor whole) => whole.Rows(minibatch).Narrow(1, 0, part.ResponseWidth);           // (M, R)
                Tensor partMask = Of(mask), oldLogprobs = Of(logprobs);

                Tensor PolicyLoss(Tensor newLogprobs)
                {
                    Tensor loss = Masked.Mean(PpoLosses.PolicyTerms(newLogprobs, oldLogprobs, Of(advantages), _options.Clip), partMask);
                    meters.Add(newLogprobs, oldLogprobs, partMask, loss, _options.Clip);
                    return _options.PretrainingCoefficient > 0 ? loss + _options.PretrainingCoefficient * PretrainingLoss(update, epoch, minibatch.Length) : loss;
                }

                Tensor ValueLoss(Tensor newValues)
                {
                    Tensor loss = Masked.Mean(PpoLosses.ValueTerms(newValues, Of(values), Of(returns), _options.ValueClip), partMask);
                    meters.AddValue(loss);
                    return loss;
                }

                meters.PolicyNorm = _actorCritic.Improve(part, PolicyLoss, ValueLoss);
            }
        }

        // 4. Report, then steer the coefficient for the next update.
        double coefficient = _kl.Coefficient;
        _kl.Observe(klPerResponse, batch.Rows);
        return new PpoUpdate(update, rollouts,
        [
            ("score", score), ("klPerResponse", klPerResponse), ("klPerToken", Masked.MeanValue(kl, mask)), ("klCoefficient", coefficient),
            ("length", batch.ResponseTokens / (double)batch.Rows), ("stopped", rollouts.Count(rollout => rollout.Stopped) / (double)batch.Rows),
            .. meters.Report(), ("explainedVariance", ExplainedVariance(values, returns, mask)),
        ]);
    }

    // A pass over all prompts in shuffled order, then another: position decides, so that a resumed run draws the same.
    private int[][] DrawPrompts(int update)
    {
        var drawn = new int[_options.RolloutBatch][];
        long first = (long)(update - 1) * _options.RolloutBatch;
        int[] order = [];
        long shuffled = -1;
        for (int i = 0; i < drawn.Length; i++)
        {
            long pass = (first + i) / _prompts.Count;
            if (pass != shuffled)
            {
                order = [.. Enumerable.Range(0, _prompts.Count)];
                Seeds.For(_options.Seed, "prompts", (int)pass).Shuffle(order);
                shuffled = pass;
            }
            drawn[i] = _prompts[order[(first + i) % _prompts.Count]];
        }
        return drawn;
    }

    private (Tensor Logprobs, Tensor Values) OldLogprobsAndValues(TokenBatch batch, IReadOnlyList<Generation> rollouts)
    {
        if (_options.RecomputeLogprobs || _policy.Compute != DType.Float32)
        {
            Tensor[] both = Chunked(batch, _actorCritic.LogprobsAndValues);
            return (both[0], both[1]);
        }
        var logprobs = new float[batch.Rows * batch.ResponseWidth];
        for (int row = 0; row < batch.Rows; row++)
            rollouts[row].Logprobs.CopyTo(logprobs, row * batch.ResponseWidth);
        return (Tensor.From<float>(logprobs.AsSpan(), [batch.Rows, batch.ResponseWidth], _policy.Device), Chunked(batch, _actorCritic.Values));
    }

    private Tensor Chunked(TokenBatch batch, Func<TokenBatch, Tensor> compute) => Chunked(batch, part => (Tensor[])[compute(part)])[0];

    // Forward passes without gradients go through in minibatches: the memory of an update is that of one minibatch.
    private Tensor[] Chunked(TokenBatch batch, Func<TokenBatch, Tensor[]> compute)
    {
        var parts = new List<Tensor[]>();
        foreach (int[] rows in Enumerable.Range(0, batch.Rows).Chunk(_options.MinibatchSize))
        {
            using var scope = new TensorScope();
            Tensor[] part = [.. compute(batch.Take(rows)).Select(Widened)];
            scope.Keep(part);
            parts.Add(part);
        }
        return [.. Enumerable.Range(0, parts[0].Length).Select(i => Tensor.Cat([.. parts.Select(part => part[i])], 0))];

        Tensor Widened(Tensor x) => x.Size(1) == batch.ResponseWidth
            ? x
            : Tensor.Cat([x, Tensor.Zeros([x.Size(0), batch.ResponseWidth - x.Size(1)], DType.Float32, x.Device)], 1);
    }

    private Tensor StopPenalties(IReadOnlyList<Generation> rollouts, Tensor mask)
    {
        float[] penalties = [.. rollouts.Select(rollout => rollout.Stopped ? 0 : (float)_options.MissingStopPenalty)];
        return Payment.LastTokens(mask) * Tensor.From<float>(penalties.AsSpan(), [penalties.Length, 1], mask.Device);
    }

    private Tensor PretrainingLoss(int update, int epoch, int count)
    {
        Random random = Seeds.For(_options.Seed, "ptx", update * _options.Epochs + epoch);
        Example[] texts = [.. Enumerable.Range(0, count).Select(_ => _pretraining[random.Next(_pretraining.Count)])];
        return -_policy.FlatLogprobs(Example.Batch(texts)).Mean();
    }

    // 1 − Var(returns − values) / Var(returns): how much of the returns the critic foresaw. 0 where the returns do not vary.
    private static double ExplainedVariance(Tensor values, Tensor returns, Tensor mask)
    {
        using var scope = new TensorScope();
        double Variance(Tensor x) => Masked.MeanValue((x - Masked.MeanValue(x, mask)).Square(), mask);
        double variance = Variance(returns);
        return variance > 0 ? 1 - Variance(returns - values) / variance : 0;
    }

    public void Dispose() => _actorCritic.Dispose();

    /// <summary>Means over the minibatches of one update; of the very first one, how far its ratios are from 1.</summary>
    private sealed class Meters
    {
        private double _policyLoss, _valueLoss, _clipFraction, _approximateKl, _firstRatioError = double.NaN;
        private int _count, _valueCount;

        public double PolicyNorm { get; set; }

        public void Add(Tensor logprobs, Tensor oldLogprobs, Tensor mask, Tensor policyLoss, double clip)
        {
            if (_count++ == 0)
            {
                using IDisposable off = Gradients.Off();
                _firstRatioError = (((logprobs - oldLogprobs) * mask).Exp() - 1).Abs().Max().Item();
            }
            _policyLoss += policyLoss.Item();
            _clipFraction += PpoLosses.ClipFraction(logprobs, oldLogprobs, mask, clip);
            _approximateKl += PpoLosses.ApproximateKl(logprobs, oldLogprobs, mask);
        }

        public void AddValue(Tensor valueLoss)
        {
            _valueLoss += valueLoss.Item();
            _valueCount++;
        }

        public IEnumerable<(string, double)> Report() =>
        [
            ("policyLoss", _policyLoss / _count), ("valueLoss", _valueLoss / _valueCount), ("clipFraction", _clipFraction / _count),
            ("approximateKl", _approximateKl / _count), ("firstRatioError", _firstRatioError), ("policyGradientNorm", PolicyNorm),
        ];
    }
}
