using Emend.Models;
using Emend.Tensors;
using Emend.Training.Objectives;

namespace Emend.Training;

// Reward model from rankings: one score per response.
// Papers:  Ouyang et al. 2022, arXiv:2203.02155, eq. 1; Stiennon et al. 2020, arXiv:2009.01325, section 3.4.
// We differ: 1. the score is read at the last token, which is the end-of-text token where the response has one.
// Shapes:  S = all responses of the batch's prompts, each forwarded once.
public static class SequenceRewardModel
{
    /// <summary>Trains a fresh head on a copy of the backbone; the backbone itself is not touched. Calibrate it before PPO.</summary>
    public static RewardModel Train(RewardModelOptions options, LanguageModel backbone, IReadOnlyList<RankedExample> examples, IProgress<TrainingReport>? progress = null)
    {
        ScalarHeadModel model = ScalarHeadModel.From(backbone);
        int steps = options.StepsFor(examples.Count), step = 0;
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions { LearningRate = options.LearningRate, WeightDecay = options.WeightDecay });
        foreach (int[] rows in Batches.Shuffled(examples.Count, options.BatchSize, steps, options.Seed))
        {
            using var scope = new TensorScope();
            RankedExample[] prompts = [.. rows.Select(row => examples[row])];
            TokenBatch batch = TokenBatch.Of(
                [.. prompts.SelectMany(prompt => prompt.Responses.Select(_ => prompt.Prompt))],
                [.. prompts.SelectMany(prompt => prompt.Responses)]);
            Tensor scores = model.LastScores(batch);                                                         // (S)
            Tensor loss = RankingLoss(scores, prompts);

            optimizer.LearningRate = options.LearningRate * Schedule.Factor(options.Decay, step, steps, options.Warmup(steps));
            double norm = Update.Take(optimizer, model.Parameters, loss, options.MaxGradientNorm);
            step++;
            double value = Update.Finite(loss.Item(), "reward", step);
            progress?.Report(new TrainingReport("reward", step, steps, [("loss", value), ("gradientNorm", norm)]));
        }
        return new RewardModel(model, RewardModel.Uncalibrated(RewardKind.Sequence));
    }

    // All pairs of a prompt are one element of the batch: their mean, then the mean over prompts.
    private static Tensor RankingLoss(Tensor scores, RankedExample[] prompts)
    {
        if (prompts.All(prompt => prompt.Responses.Length == 2 && prompt.Ranks[0] != prompt.Ranks[1]))
        {
            // The same number with two gathers instead of two per prompt.
            int[] better = [.. prompts.Select((prompt, i) => 2 * i + (prompt.Ranks[0] < prompt.Ranks[1] ? 0 : 1))];
            return PreferenceLosses.BradleyTerryTerms(scores.Rows(better), scores.Rows([.. better.Select(row => row ^ 1)])).Mean();
        }
        var losses = new List<Tensor>();
        for (int i = 0, start = 0; i < prompts.Length; start += prompts[i].Responses.Length, i++)
            losses.Add(PreferenceLosses.Ranking(scores.Narrow(0, start, prompts[i].Responses.Length), prompts[i].Ranks));
        return Tensor.Stack([.. losses]).Mean();
    }
}
