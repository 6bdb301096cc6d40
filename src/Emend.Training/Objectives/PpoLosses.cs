using Emend.Tensors;

namespace Emend.Training.Objectives;

/// <summary>The clipped losses of PPO (Schulman et al. 2017, arXiv:1707.06347, eq. 7 and 9), means over real tokens.</summary>
public static class PpoLosses
{
    /// <summary>
    /// Per token max(−A ρ, −A clip(ρ, 1 ± ε)) with ρ = exp(logprobs − oldLogprobs). All (M, T); no mean is taken.
    /// </summary>
    public static Tensor PolicyTerms(Tensor logprobs, Tensor oldLogprobs, Tensor advantages, double clip)
    {
        Tensor ratio = (logprobs - oldLogprobs).Exp();
        Tensor unclipped = -advantages * ratio;
        Tensor clipped = -advantages * ratio.Clamp(1 - clip, 1 + clip);
        return Tensor.Maximum(unclipped, clipped);
    }

    /// <summary>Per token ½ max((V − G)², (clip(V, V_old ± ε) − G)²). All (M, T); no mean is taken.</summary>
    public static Tensor ValueTerms(Tensor values, Tensor oldValues, Tensor returns, double clip)
    {
        Tensor clipped = oldValues + (values - oldValues).Clamp(-clip, clip);
        return 0.5 * Tensor.Maximum((values - returns).Square(), (clipped - returns).Square());
    }

    /// <summary>Share of real tokens whose ratio lies outside 1 ± ε.</summary>
    public static double ClipFraction(Tensor logprobs, Tensor oldLogprobs, Tensor mask, double clip)
    {
        using var scope = new TensorScope();
        using IDisposable off = Gradients.Off();
        Tensor outside = ((logprobs - oldLogprobs).Exp() - 1).Abs().GreaterThan(clip);
        return Masked.MeanValue(outside.To(DType.Float32), mask);
    }

    /// <summary>½ mean (Δ log π)²: how far the update has moved the policy (Schulman 2020).</summary>
    public static double ApproximateKl(Tensor logprobs, Tensor oldLogprobs, Tensor mask)
    {
        using var scope = new TensorScope();
        using IDisposable off = Gradients.Off();
        return 0.5 * Masked.MeanValue((logprobs - oldLogprobs).Square(), mask);
    }
}
