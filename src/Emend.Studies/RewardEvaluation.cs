using Emend.Evaluation;
using Emend.Significance;
using Emend.Training;

namespace Emend.Studies;

/// <summary>How a reward model does on feedback that it was not trained on.</summary>
internal static class RewardEvaluation
{
    /// <summary>Accuracies on the three kinds of pairs and, of a token model, the areas under the curve for edited tokens.</summary>
    public static RewardMeasures Measure(StudyTask task, RewardModel rewardModel, FeedbackSet heldOut)
    {
        List<TextPair> edited = RewardExamples.Pairs(task, heldOut, PairSource.Edited);
        var measures = new RewardMeasures
        {
            OriginalPairs = Accuracy(task, rewardModel, RewardExamples.Pairs(task, heldOut, PairSource.Original)),
            EditedPairs = Accuracy(task, rewardModel, edited),
            GoldPairs = Accuracy(task, rewardModel, heldOut.Gold),
        };
        if (rewardModel.Calibration.Kind == RewardKind.Sequence)
            return measures;
        List<EditExample> examples = RewardExamples.Edits(task, edited);
        return measures with
        {
            // People removed or replaced a token of the original: its reward should be low. They wrote one: high.
            TokenAucOriginal = Area(rewardModel, [.. examples.Select(example => new Example(example.Prompt, example.Original))], [.. examples.Select(example => example.OriginalChanged)], -1),
            TokenAucEdited = Area(rewardModel, [.. examples.Select(example => new Example(example.Prompt, example.Edited))], [.. examples.Select(example => example.EditedChanged)], 1),
        };
    }

    private static PairAccuracy? Accuracy(StudyTask task, RewardModel rewardModel, IReadOnlyList<TextPair> pairs) => PairAccuracy.Of(
        PolicyEvaluation.Scores(rewardModel, pairs.Select(pair => new Example(task.EncodePrompt(pair.Prompt), task.EncodeResponse(pair.Preferred)))),
        PolicyEvaluation.Scores(rewardModel, pairs.Select(pair => new Example(task.EncodePrompt(pair.Prompt), task.EncodeResponse(pair.Dispreferred)))));

    // The end-of-text token is left out: no person can change it.
    private static double? Area(RewardModel rewardModel, IReadOnlyList<Example> responses, IReadOnlyList<bool[]> changed, int sign)
    {
        float[][] rewards = PolicyEvaluation.TokenRewards(rewardModel, responses);
        return TokenAuc.Of(
            [.. rewards.SelectMany(row => row[..^1]).Select(reward => (double)sign * reward)],
            [.. changed.SelectMany(row => row[..^1])]);
    }
}
