using Emend.Models;
using Emend.Tensors;

namespace Emend.Training;

/// <summary>Settings of supervised fine-tuning.</summary>
public sealed record SftOptions
{
    public double Epochs { get; init; } = 3;

    /// <summary>Examples per optimizer step.</summary>
    public int BatchSize { get; init; } = 32;

    public double LearningRate { get; init; } = 2e-5;
    public double WeightDecay { get; init; }
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Share of the steps in which the rate rises.</summary>
    public double WarmupShare { get; init; } = 0.03;

    public Decay Decay { get; init; } = Decay.Cosine;

    /// <summary>Adam's second decay; the first is 0.9.</summary>
    public double Beta2 { get; init; } = 0.999;

    public int Seed { get; init; } = 1;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (Epochs <= 0)
            yield return $"epochs: {Epochs} is not above 0";
        if (BatchSize < 1)
            yield return $"batchSize: {BatchSize} is not at least 1";
        if (LearningRate <= 0)
            yield return $"learningRate: {LearningRate} is not above 0";
        if (WarmupShare is < 0 or >= 1)
            yield return $"warmupShare: {WarmupShare} is not between 0 and 1";
        if (!(WeightDecay >= 0))
            yield return $"weightDecay: {WeightDecay} is below 0";
        if (!(MaxGradientNorm > 0))
            yield return $"maxGradientNorm: {MaxGradientNorm} is not above 0";
        if (Beta2 is not (> 0 and < 1))
            yield return $"beta2: {Beta2} is not between 0 and 1";
    }
}

// Supervised fine-tuning: next-token cross-entropy on the response, none on the prompt.
// Papers:  Ouyang et al. 2022, arXiv:2203.02155, section 3.5. Pretraining is the same with an (almost) empty prompt.
// We differ: 1. the mean is over the response tokens of the whole batch, so long responses weigh more than short ones.
// Shapes:  B examples, N response tokens of all of them.
public static class Sft
{
    /// <summary>Trains the model in place and reports loss, gradient norm and learning rate of every step.</summary>
    public static void Train(SftOptions options, LanguageModel model, IReadOnlyList<Example> examples, IProgress<TrainingReport>? progress = null, string stage = "sft")
    {
        int steps = Batches.Count(examples.Count, options.BatchSize, options.Epochs), warmup = (int)(options.WarmupShare * steps);
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions { LearningRate = options.LearningRate, WeightDecay = options.WeightDecay, Beta2 = options.Beta2 });
        int step = 0;
        foreach (int[] rows in Batches.Shuffled(examples.Count, options.BatchSize, steps, options.Seed))
        {
            using var scope = new TensorScope();
            TokenBatch batch = Example.Batch([.. rows.Select(row => examples[row])]);
            Tensor loss = -model.FlatLogprobs(batch).Mean();                                                 // (N) → scalar

            optimizer.LearningRate = options.LearningRate * Schedule.Factor(options.Decay, step, steps, warmup);
            double norm = Update.Take(optimizer, model.Parameters, loss, options.MaxGradientNorm);
            step++;
            double value = Update.Finite(loss.Item(), stage, step);
            progress?.Report(new TrainingReport(stage, step, steps, [("loss", value), ("gradientNorm", norm), ("learningRate", optimizer.LearningRate)]));
        }
    }

    /// <summary>Mean cross-entropy per response token, in nats, without training.</summary>
    public static double Loss(LanguageModel model, IReadOnlyList<Example> examples, int batchSize = 32)
    {
        using IDisposable off = Gradients.Off();
        double sum = 0;
        long tokens = 0;
        foreach (Example[] chunk in examples.Chunk(batchSize))
        {
            using var scope = new TensorScope();
            TokenBatch batch = Example.Batch(chunk);
            sum -= model.FlatLogprobs(batch).Sum().Item();
            tokens += batch.ResponseTokens;
        }
        return sum / Math.Max(1, tokens);
    }
}

/// <summary>One optimizer step, the same in every algorithm.</summary>
internal static class Update
{
    /// <summary>Backward, clip, step; returns the gradient norm before clipping.</summary>
    public static double Take(AdamW optimizer, IReadOnlyList<Tensor> parameters, Tensor loss, double maxGradientNorm)
    {
        optimizer.ClearGradients();
        loss.Backward();
        double norm = Gradients.ClipNorm(parameters, maxGradientNorm);
        optimizer.Step();
        return norm;
    }

    public static double Finite(double value, string stage, int step) => double.IsFinite(value)
        ? value
        : throw new TrainingStoppedException($"{stage}, step {step}: the loss is {value}; a lower learning rate is the usual cure");
}
