using Emend.Tensors;

namespace Emend.Training.Objectives;

/// <summary>Generalized advantage estimation (Schulman et al. 2016, arXiv:1506.02438, eq. 16).</summary>
public static class Advantages
{
    /// <summary>
    /// δ_t = r_t + γ V_{t+1} − V_t, A_t = Σ_l (γλ)^l δ_{t+l}, returns = A + V. All (B, T) float32 with the real tokens at
    /// the front of each row; after the last real token the value is 0 (the episode ended). Padding of the results is 0.
    /// </summary>
    public static (Tensor Advantages, Tensor Returns) Gae(Tensor rewards, Tensor values, Tensor mask, double gamma, double lambda)
    {
        long rows = rewards.Size(0), width = rewards.Size(1);
        float[] reward = rewards.ToArray<float>(), value = values.ToArray<float>(), real = mask.ToArray<float>();
        float[] advantages = new float[reward.Length], returns = new float[reward.Length];
        for (long row = 0; row < rows; row++)
        {
            double nextAdvantage = 0, nextValue = 0;
            for (long t = width - 1; t >= 0; t--)
            {
                long i = row * width + t;
                if (real[i] == 0)
                    continue;
                double delta = reward[i] + gamma * nextValue - value[i];
                nextAdvantage = delta + gamma * lambda * nextAdvantage;
                nextValue = value[i];
                advantages[i] = (float)nextAdvantage;
                returns[i] = (float)(nextAdvantage + value[i]);
            }
        }
        return (Tensor.From(advantages.AsSpan(), [rows, width], rewards.Device), Tensor.From(returns.AsSpan(), [rows, width], rewards.Device));
    }
}
