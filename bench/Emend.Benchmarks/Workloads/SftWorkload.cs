using Emend.Models;
using Emend.Tensors;

namespace Emend.Benchmarks.Workloads;

/// <summary>One training step on 16 texts of 128 tokens: loss on every next token, clipped gradients, AdamW. The check is the loss.</summary>
internal sealed class SftWorkload
{
    private readonly LanguageModel _model;
    private readonly AdamW _optimizer;
    private readonly TokenBatch _batch = TokenBatch.Of(Gpt.Tokens(1, rows: 16, length: 128));

    public SftWorkload(DType compute)
    {
        _model = Gpt.Create(compute, seed: 1000);
        _optimizer = new AdamW(_model.Parameters, new AdamWOptions { LearningRate = 1e-4 });
    }

    public double Run()
    {
        using var scope = new TensorScope();
        _optimizer.ClearGradients();
        Tensor loss = -_model.FlatLogprobs(_batch).Mean();
        loss.Backward();
        Gradients.ClipNorm(_model.Parameters, 1);
        _optimizer.Step();
        return loss.Item();
    }
}
