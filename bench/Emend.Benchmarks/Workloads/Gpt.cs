using Emend.Models;
using Emend.Tensors;

namespace Emend.Benchmarks.Workloads;

/// <summary>
/// The model of the comparison, a GPT-2 type with d 256, 6 layers, 4 heads and a vocabulary of 4096, with weights and tokens
/// that torch/gpt.py draws too: both sides start at the same loss, which is how they are known to compute the same thing.
/// </summary>
internal static class Gpt
{
    public const int Vocabulary = 4096;

    private const int Width = 256, Layers = 6, Heads = 4, Context = 256;

    public static LanguageModel Create(DType compute, int seed)
    {
        LanguageModel model = LanguageModel.Create(ModelConfig.Gpt2(Vocabulary, Width, Layers, Heads, Context), seed: 1, compute);
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            // Matrices are drawn, gains stay at 1 and biases at 0; every parameter takes a seed.
            Tensor parameter = model.Parameters[i];
            if (parameter.Dimensions == 2)
                parameter.CopyFrom(Tensor.From<float>(Uniform(seed + 1 + i, (int)parameter.ElementCount, 0.02), parameter.Shape));
        }
        return model;
    }

    /// <summary>Uniform values with mean 0 and the deviation given.</summary>
    public static float[] Uniform(int seed, int count, double deviation)
    {
        float range = (float)(deviation * Math.Sqrt(12));
        return [.. Enumerable.Range(0, count).Select(i => ((Splitmix(seed, i) >> 40) * (1f / (1 << 24)) - 0.5f) * range)];
    }

    /// <summary>Rows of random token ids.</summary>
    public static int[][] Tokens(int seed, int rows, int length) =>
        [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, length).Select(t => (int)(Splitmix(seed, row * length + t) % Vocabulary)).ToArray())];

    private static ulong Splitmix(int seed, int index)
    {
        ulong z = unchecked(((ulong)(index + 1) + ((ulong)seed << 32)) * 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
