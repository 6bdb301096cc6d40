using Emend.Models;
using Emend.Tensors;

namespace Emend.Benchmarks.Workloads;

/// <summary>64 tokens sampled from the full softmax behind prompts of 32, with their log-probabilities. The check is their mean.</summary>
internal sealed class GenerationWorkload(DType compute, int rows)
{
    private readonly LanguageModel _model = Gpt.Create(compute, seed: 1000);
    private readonly int[][] _prompts = Gpt.Tokens(2, rows, length: 32);
    private int _runs;

    public double Run()
    {
        var options = new SamplingOptions { MaxNewTokens = 64, Seed = ++_runs };
        return Generator.Generate(_model, _prompts, options).SelectMany(generation => generation.Logprobs).Average();
    }
}
