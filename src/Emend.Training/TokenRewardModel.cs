using Emend.Models;
using Emend.Tensors;
using Emend.Training.Objectives;

namespace Emend.Training;

// Token-level reward model from minimal edits: every token gets a reward, a response scores their mean, and the edited
// response must score above its original.
// Papers:  Xu et al. 2024, arXiv:2406.02756, eq. 1 to 4.
// We differ: 1. the end-of-text token is scored as a token of both responses, because the policy must choose it too.
//            2. optional, off by default: changed tokens only (eq. 4); a consistency penalty on unchanged tokens (ours); a loss
//               on every token by itself (ours), for which a pair must be a whole edit; a token may be rewarded a few tokens
//               later, when the word is whole (ours): the reward is only ever read from complete responses; tokens noised
//               while training (Xie et al. 2017, arXiv:1703.02573); an implicit reward beside the head's, the
//               log-ratio of the model's language head to what it was (Rafailov et al. 2024, arXiv:2404.12358; Yuan et al. 2024,
//               arXiv:2412.01981, who have it alone).
//            3. the same loss takes any pairs (arm D: the original preferences), whose changed masks are then their diff.
// Shapes:  N pairs, T tokens of the longest response of a side. Masks: 1 = a real token, 0 = padding.
public static class TokenRewardModel
{
    /// <summary>Trains a fresh head on a copy of the backbone; the backbone itself is not touched. Calibrate it before PPO.</summary>
    public static RewardModel Train(RewardModelOptions options, LanguageModel backbone, IReadOnlyList<EditExample> examples, IProgress<TrainingReport>? progress = null)
    {
        bool hasImplicit = options.ImplicitWeight > 0;
        ScalarHeadModel model = ScalarHeadModel.From(backbone, likelihoods: hasImplicit);
        var rewardModel = new RewardModel(model, RewardModel.Uncalibrated(RewardKind.Token, options.Lookahead, options.ImplicitWeight), hasImplicit ? backbone.Clone() : null);
        int steps = options.StepsFor(examples.Count), step = 0;
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions { LearningRate = options.LearningRate, WeightDecay = options.WeightDecay });
        foreach (int[] rows in Batches.Shuffled(examples.Count, options.BatchSize, steps, options.Seed))
        {
            using var scope = new TensorScope();
            EditExample[] pairs = [.. rows.Select(row => examples[row])];
            // 1. One forward for both sides: N edited responses, then N originals.
            int[][] responses = [.. pairs.Select(pair => pair.Edited), .. pairs.Select(pair => pair.Original)];
            TokenBatch batch = TokenBatch.Of(
                [.. pairs.Select(pair => pair.Prompt), .. pairs.Select(pair => pair.Prompt)],
                options.TokenNoise > 0 ? Noised(responses, options.TokenNoise, Seeds.For(options.Seed, "token noise", step)) : responses);
            Tensor rewards = rewardModel.TokenRewards(batch), mask = batch.ResponseMask(model.Device);    // (2N, T)
            Tensor edited = rewards.Narrow(0, 0, pairs.Length), original = rewards.Narrow(0, pairs.Length, pairs.Length);
            Tensor editedMask = mask.Narrow(0, 0, pairs.Length), originalMask = mask.Narrow(0, pairs.Length, pairs.Length);

            // 2. The edited response must score above the original.
            Tensor terms = options.ChangedTokensOnly
                ? PreferenceLosses.ChangedRewardTerms(
                    edited, editedMask, Changed([.. pairs.Select(pair => pair.EditedChanged)], batch.ResponseWidth, model.Device),
                    original, originalMask, Changed([.. pairs.Select(pair => pair.OriginalChanged)], batch.ResponseWidth, model.Device))
                : PreferenceLosses.MeanRewardTerms(edited, editedMask, original, originalMask);               // (N)
            Tensor loss = options.TokenLossWeight > 0
                ? options.TokenLossWeight * TokenLoss(edited, editedMask, original, originalMask, pairs) + Ranked(terms, pairs)
                : terms.Mean();
            if (options.ConsistencyWeight > 0)
                loss += options.ConsistencyWeight * Consistency(edited, original, pairs, batch.ResponseWidth);

            // 3. Step.
            optimizer.LearningRate = options.LearningRate * Schedule.Factor(options.Decay, step, steps, options.Warmup(steps));
            double norm = Update.Take(optimizer, model.Parameters, loss, options.MaxGradientNorm);
            step++;
            double value = Update.Finite(loss.Item(), "token-reward", step);
            progress?.Report(new TrainingReport("token-reward", step, steps, [("loss", value), ("gradientNorm", norm)]));
        }
        return rewardModel;
    }

    // Copies in which that share of the tokens, the last one (end of text) aside, are drawn from all of them.
    private static int[][] Noised(int[][] responses, double share, Random random)
    {
        int[] all = [.. responses.SelectMany(response => response[..^1])];
        return [.. responses.Select(response => (int[])[.. response[..^1].Select(id => random.NextDouble() < share ? all[random.Next(all.Length)] : id), response[^1]])];
    }

    // Every token of an edited text is one that a person wrote or let stand.
    private static Tensor TokenLoss(Tensor edited, Tensor editedMask, Tensor original, Tensor originalMask, EditExample[] pairs)
    {
        Tensor known = Rows(pairs, pair => pair.Faults is not null, original.Device);                         // (N, 1)
        Tensor faults = Changed([.. pairs.Select(pair => pair.Faults ?? [])], (int)original.Size(1), original.Device);
        Tensor none = Tensor.Zeros(edited.Shape, DType.Float32, edited.Device);
        Tensor sum = PreferenceLosses.TokenTerms(original, faults, originalMask * known).Sum() + PreferenceLosses.TokenTerms(edited, none, editedMask * known).Sum();
        return sum / ((originalMask + editedMask) * known).Sum().ClampMin(1);
    }

    // The comparison of those pairs that are no whole edits, as a share of the batch: the mean over all N.
    private static Tensor Ranked(Tensor terms, EditExample[] pairs) =>
        (terms * Rows(pairs, pair => pair.Faults is null, terms.Device).Reshape(-1)).Mean();

    private static Tensor Rows(EditExample[] pairs, Func<EditExample, bool> holds, Device device) =>
        Tensor.From<float>([.. pairs.Select(pair => holds(pair) ? 1f : 0f)], [pairs.Length, 1], device);

    private static Tensor Changed(bool[][] rows, int width, Device device)
    {
        var mask = new float[rows.Length * width];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int t = 0; t < rows[row].Length; t++)
                mask[row * width + t] = rows[row][t] ? 1 : 0;
        }
        return Tensor.From<float>(mask.AsSpan(), [rows.Length, width], device);
    }

    private static Tensor Consistency(Tensor edited, Tensor original, EditExample[] pairs, int width)
    {
        List<long> left = [], right = [];
        for (int row = 0; row < pairs.Length; row++)
        {
            foreach ((int inEdited, int inOriginal) in pairs[row].Matches)
            {
                left.Add((long)row * width + inEdited);
                right.Add((long)row * width + inOriginal);
            }
        }
        return PreferenceLosses.Consistency(edited, original,
            Tensor.From<long>([.. left], [left.Count], edited.Device), Tensor.From<long>([.. right], [right.Count], edited.Device));
    }
}
