using Emend.Evaluation;
using Emend.Models;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>What an arm left behind under one seed: its measures, and responses to show, its own and the reference's, scored by its reward model.</summary>
public sealed record ArmOutcome(string Arm, SeedMeasures Measures, IReadOnlyList<SampleResponse> Samples, IReadOnlyList<SampleResponse> ReferenceSamples);

/// <summary>One reward model and the arms that it rewards, under one seed, on one thread. Progress is what is done, in trainings of a reward model.</summary>
internal sealed class ArmRun(StudyTask task, StudyRecipe recipe, PpoOptions ppo, int seed, MetricsLog log, Action<string, double> progress)
{
    /// <summary>How long a PPO run takes, in trainings of a reward model: about.</summary>
    public const double PpoWork = 2;

    private const int SamplesShown = 6;
    private double _done;

    /// <summary>Trains the reward model that these arms share, then each arm's policy.</summary>
    public IEnumerable<ArmOutcome> Run(IReadOnlyList<Arm> arms, FeedbackSet feedback, FeedbackSet heldOut, IReadOnlyList<Example> policyResponses, JudgedSample reference)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using RewardModel rewardModel = TrainRewardModel(arms[0], feedback, policyResponses);
        RewardMeasures reward = RewardEvaluation.Measure(task, rewardModel, heldOut);
        double rewardSeconds = clock.Elapsed.TotalSeconds;
        _done = 1;
        foreach (Arm arm in arms)
        {
            clock.Restart();
            (SeedMeasures measures, JudgedSample sample) = TrainPolicy(arm, rewardModel, reference);
            _done += PpoWork;
            yield return new ArmOutcome(arm.Name,
                measures with { Reward = reward, Seconds = rewardSeconds + clock.Elapsed.TotalSeconds },
                Show(arm.Name, rewardModel, sample), Show("SFT", rewardModel, reference));
        }
    }

    private RewardModel TrainRewardModel(Arm arm, FeedbackSet feedback, IReadOnlyList<Example> policyResponses)
    {
        List<TextPair> pairs = RewardExamples.Pairs(task, feedback, arm.Pairs);
        if (pairs.Count == 0)
            throw new InvalidInputException($"{task.Name}: there is no pair to train the reward model of arm {arm.Name} on");
        RewardModelOptions options = recipe.Reward with { Seed = Seeds.Mix(seed, "reward") };
        if (arm.TokenLoss)
            options = options with { TokenLossWeight = recipe.TokenLoss.Weight, Lookahead = recipe.TokenLoss.Lookahead, TokenNoise = recipe.TokenLoss.Noise };
        if (arm.Implicit)
            options = options with { ImplicitWeight = 1 };        // log-ratios and log odds have one scale
        var report = new LogProgress(log, arm.RewardModelName, seed, step => progress($"{arm.Name}: reward model", step));
        RewardModel rewardModel = arm.Kind == RewardKind.Sequence
            ? SequenceRewardModel.Train(options, task.Policy, RewardExamples.Ranked(task, pairs), report)
            : TokenRewardModel.Train(options, task.Policy, RewardExamples.Edits(task, pairs), report);
        rewardModel.Calibrate(policyResponses);
        return rewardModel;
    }

    private (SeedMeasures, JudgedSample) TrainPolicy(Arm arm, RewardModel rewardModel, JudgedSample reference)
    {
        PpoOptions options = ppo with { Placement = arm.Placement, Scaling = arm.LengthNeutral ? RewardScaling.LengthNeutral : ppo.Scaling, Seed = Seeds.Mix(seed, "ppo"), MaxNewTokens = task.MaxNewTokens };
        using LanguageModel policy = task.Policy.Clone();
        using var trainer = new Ppo(options, policy, task.Policy, rewardModel, [.. task.TrainingPrompts.Select(task.EncodePrompt)], [task.StopToken], []);
        var curve = new List<CurvePoint>();
        JudgedSample sample = Judge(policy, options);
        curve.Add(Point(0, sample, reference, rewardModel, options));
        while (curve[^1].Step < options.Updates)
        {
            int next = recipe.Evaluation.Updates.Where(update => update > curve[^1].Step && update < options.Updates).Append(options.Updates).Min();
            for (int update = curve[^1].Step; update < next; update++)
            {
                PpoUpdate done = trainer.Step();
                log.Write($"ppo/{task.Name}", arm.Name, seed, done.Update, [.. done.Metrics]);
                progress($"{arm.Name}: PPO", _done + PpoWork * done.Update / options.Updates);
            }
            sample = Judge(policy, options);
            curve.Add(Point(next, sample, reference, rewardModel, options));
            CurvePoint point = curve[^1];
            log.Write($"evaluation/{task.Name}", arm.Name, seed, next, ("winRate", point.WinRate), ("kl", point.Kl), ("score", point.Reward), ("length", point.Length), ("duplicates", point.Duplicates ?? double.NaN));
        }
        (double kl, double perplexity) = PolicyEvaluation.Divergence(sample, task.Policy, options.Temperature);
        // Distinct words grow with the sample: the reference's are counted on as many responses.
        JudgedSample likeSized = reference.First(sample.PerPrompt);
        return (new SeedMeasures
        {
            Seed = seed,
            Outcomes = PolicyEvaluation.Outcomes(sample, reference),
            Policy = new PolicyMeasures(sample.MeanTokens, TextDiagnostics.Of(sample.Texts), perplexity, task.Extra(sample.Texts)),
            Reference = new PolicyMeasures(likeSized.MeanTokens, TextDiagnostics.Of(likeSized.Texts), PolicyEvaluation.Divergence(likeSized, task.Policy, options.Temperature).Perplexity, task.Extra(likeSized.Texts)),
            Curve = curve,
            Kl = kl,
        }, sample);
    }

    private JudgedSample Judge(LanguageModel policy, PpoOptions options) =>
        PolicyEvaluation.Sample(task, policy, task.EvaluationPrompts.Count, recipe.Evaluation.Samples, options.Temperature, seed);

    private CurvePoint Point(int step, JudgedSample sample, JudgedSample reference, RewardModel rewardModel, PpoOptions options)
    {
        double score = PolicyEvaluation.Scores(rewardModel, sample.Generations.Select(generation => new Example(generation.Prompt, generation.Response))).Average();
        return new CurvePoint(step, 100 * PolicyEvaluation.Outcomes(sample, reference).Average(),
            step == 0 ? 0 : PolicyEvaluation.Divergence(sample, task.Policy, options.Temperature).Kl,
            score, sample.MeanTokens, TextDiagnostics.Of(sample.Texts).TextsWithDuplicates);
    }

    private List<SampleResponse> Show(string source, RewardModel rewardModel, JudgedSample sample)
    {
        int[] shown = [.. Enumerable.Range(0, Math.Min(SamplesShown, sample.Scores.Length)).Select(prompt => prompt * sample.PerPrompt)];
        float[][] rewards = rewardModel.Calibration.Kind == RewardKind.Token
            ? PolicyEvaluation.TokenRewards(rewardModel, [.. shown.Select(i => new Example(sample.Generations[i].Prompt, sample.Generations[i].Response))])
            : [.. shown.Select(_ => Array.Empty<float>())];
        return [.. shown.Zip(rewards, (i, row) => new SampleResponse(source, sample.Texts[i], TokenScores.Of(task, rewardModel.Calibration, sample.Texts[i], row),
            Note: $"gold {sample.Scores[i / sample.PerPrompt][0]:0.0}"))];
    }

    /// <summary>Training reports into the metrics log, every so many steps.</summary>
    private sealed class LogProgress(MetricsLog log, string stage, int seed, Action<double> progress) : IProgress<TrainingReport>
    {
        private const int Every = 20;

        public void Report(TrainingReport value)
        {
            if (value.Step % Every == 0 || value.Step == value.Steps)
                log.Write(stage, "", seed, value.Step, [.. value.Metrics]);
            progress(value.Step / (double)value.Steps);
        }
    }
}

/// <summary>Token rewards with their places in a text, for people to look at.</summary>
internal static class TokenScores
{
    /// <summary>Standardized by the calibration. Empty where the text does not encode to the tokens that were scored.</summary>
    public static IReadOnlyList<ScoredToken> Of(StudyTask task, Calibration calibration, string text, float[] rewards)
    {
        Encoding encoding = task.Tokenizer.EncodeWithSpans(text);
        if (rewards.Length < encoding.Ids.Length || rewards.Length > encoding.Ids.Length + 1)
            return [];
        return [.. encoding.Spans.Select((span, i) => new ScoredToken(span.Start, span.End, (rewards[i] - calibration.TokenMean) / calibration.TokenDeviation))];
    }
}
