using Emend.Tensors;

namespace Emend.Training.Objectives;

/// <summary>Which estimate of the divergence from the reference is charged to a token.</summary>
public enum KlEstimator
{
    /// <summary>log π − log π_ref: unbiased, of either sign (Ouyang et al. 2022).</summary>
    K1,

    /// <summary>max(0, k1), as AlpacaFarm's code does.</summary>
    ClampedK1,

    /// <summary>e^ℓ − 1 − ℓ with ℓ = log π_ref − log π: never negative, low variance (Schulman 2020, "Approximating KL Divergence").</summary>
    K3,
}

/// <summary>Per-token divergence of the sampling policy from the reference, on the tokens that were sampled.</summary>
public static class Kl
{
    /// <summary>logprobs and refLogprobs (B, T) → (B, T), in nats.</summary>
    public static Tensor PerToken(Tensor logprobs, Tensor refLogprobs, KlEstimator estimator = KlEstimator.K1)
    {
        Tensor k1 = logprobs - refLogprobs;
        return estimator switch
        {
            KlEstimator.K1 => k1,
            KlEstimator.ClampedK1 => k1.ClampMin(0),
            KlEstimator.K3 => (-k1).Exp() - 1 + k1,
            _ => throw new ArgumentOutOfRangeException(nameof(estimator)),
        };
    }

    /// <summary>Rewards after the penalty: tokenRewards − β · kl.</summary>
    public static Tensor Penalize(Tensor tokenRewards, Tensor kl, double coefficient) => tokenRewards - coefficient * kl;
}

/// <summary>
/// The KL coefficient β, fixed or steered towards a target (Ziegler et al. 2019, arXiv:1909.08593, eq. 4):
/// β ← β (1 + clip(KL / target − 1, ±0.2) · n / horizon), with n the responses of the batch.
/// </summary>
public sealed class KlController(double coefficient, double? target, double horizon)
{
    private const double ErrorLimit = 0.2;

    public double Coefficient { get; private set; } = coefficient;

    /// <summary>Takes in the divergence per response, in nats, of a batch of so many responses.</summary>
    public void Observe(double klPerResponse, int responses)
    {
        if (target is not { } wanted)
            return;
        double error = Math.Clamp(klPerResponse / wanted - 1, -ErrorLimit, ErrorLimit);
        Coefficient *= 1 + error * responses / horizon;
    }

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(double saved) => Coefficient = saved;
}
