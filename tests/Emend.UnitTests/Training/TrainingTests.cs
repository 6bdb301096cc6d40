using Emend.Models;
using Emend.Tensors;
using Emend.Training;
using Xunit;
using static Emend.UnitTests.Training.TinyLanguage;

namespace Emend.UnitTests.Training;

/// <summary>The algorithms on the tiny language.</summary>
public class TrainingTests
{
    [Fact]
    public void FineTuningLowersTheLossOnTheResponseAlone()
    {
        using LanguageModel model = Model();
        Example[] examples = [.. Responses(64, badShare: 0.3)];
        double before = Sft.Loss(model, examples);

        Sft.Train(new SftOptions { Epochs = 4, BatchSize = 16, LearningRate = 3e-3 }, model, examples);

        Assert.True(Sft.Loss(model, examples) < before - 0.1);
    }

    [Fact]
    public void TheSequenceModelLearnsARanking()
    {
        using LanguageModel model = Model();
        RankedExample[] pairs = [.. Pairs(256).Select(pair => RankedExample.Pair(pair.Prompt, pair.Edited, pair.Original))];
        using RewardModel rewardModel = SequenceRewardModel.Train(new RewardModelOptions { Steps = 40, LearningRate = 3e-3 }, model, pairs);

        Assert.True(Accuracy(rewardModel, Pairs(100, seed: 9)) > 0.95);
    }

    [Fact]
    public void RankingsOfThreeTrainAsTheirPairs()
    {
        using LanguageModel model = Model();
        RankedExample[] rankings = [.. Pairs(128).Select(pair => new RankedExample(pair.Prompt, [pair.Original, pair.Edited, [.. pair.Original[..^1], Bad, End]], [2, 1, 3]))];
        using RewardModel rewardModel = SequenceRewardModel.Train(new RewardModelOptions { Steps = 40, LearningRate = 3e-3 }, model, rankings);

        Assert.True(Accuracy(rewardModel, Pairs(100, seed: 9)) > 0.95);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 0.1)]
    public void TheTokenModelScoresTheTokenThatPeopleRemoveBelowThoseBeforeIt(bool changedOnly, double consistency)
    {
        using LanguageModel model = Model();
        var options = new RewardModelOptions { Steps = 60, LearningRate = 3e-3, ChangedTokensOnly = changedOnly, ConsistencyWeight = consistency };
        using RewardModel rewardModel = TokenRewardModel.Train(options, model, Pairs(256));
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([[2, 3]], [[4, 5, Bad, 6, End]]);

        float[] rewards = rewardModel.TokenRewards(batch).ToArray<float>();

        // Not below those after it: they follow a bad token in every original, so the exact loss blames them too.
        Assert.True(rewards[2] < rewards[..2].Min());
    }

    [Fact]
    public void WithALossOnEveryTokenOnlyTheOneThatPeopleRemoveIsBad()
    {
        using LanguageModel model = Model();
        EditExample[] edits = [.. Pairs(256).Select(pair => pair with { Faults = pair.OriginalChanged })];
        using RewardModel rewardModel = TokenRewardModel.Train(new RewardModelOptions { Steps = 60, LearningRate = 3e-3, TokenLossWeight = 1 }, model, edits);
        using var scope = new TensorScope();

        float[] rewards = rewardModel.TokenRewards(TokenBatch.Of([[2, 3]], [[4, 5, Bad, 6, End]])).ToArray<float>();

        Assert.All(rewards.Index(), token => Assert.Equal(token.Index == 2, token.Item < 0));
    }

    [Fact]
    public void NoisedTokensLeaveWhatPeopleRemovedToBeFoundAndDependOnTheSeedAlone()
    {
        using LanguageModel model = Model();
        EditExample[] edits = [.. Pairs(256).Select(pair => pair with { Faults = pair.OriginalChanged })];
        var options = new RewardModelOptions { Steps = 60, LearningRate = 3e-3, TokenLossWeight = 1, TokenNoise = 0.1 };
        using RewardModel first = TokenRewardModel.Train(options, model, edits), again = TokenRewardModel.Train(options, model, edits),
            without = TokenRewardModel.Train(options with { TokenNoise = 0 }, model, edits);
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([[2, 3]], [[4, 5, Bad, 6, End]]);

        float[] rewards = first.TokenRewards(batch).ToArray<float>();

        Assert.Equal(2, Array.IndexOf(rewards, rewards.Min()));
        Assert.Equal(again.TokenRewards(batch).ToArray<float>(), rewards);
        Assert.NotEqual(without.TokenRewards(batch).ToArray<float>(), rewards);
    }

    [Fact]
    public void PairsThatAreNoWholeEditsAreComparedAsEver()
    {
        using LanguageModel model = Model();
        var options = new RewardModelOptions { Steps = 5, LearningRate = 3e-3 };
        using RewardModel with = TokenRewardModel.Train(options with { TokenLossWeight = 1 }, model, Pairs(32)), without = TokenRewardModel.Train(options, model, Pairs(32));
        using var scope = new TensorScope();
        TokenBatch batch = Example.Batch([.. Responses(8, 0.3)]);

        Assert.Equal(without.TokenRewards(batch).ToArray<float>(), with.TokenRewards(batch).ToArray<float>());
    }

    [Fact]
    public void ALookaheadReadsATokenLaterAndNeverPastTheEnd()
    {
        using LanguageModel model = Model();
        using RewardModel rewardModel = TokenRewardModel.Train(new RewardModelOptions { Steps = 5, LearningRate = 3e-3, Lookahead = 2 }, model, Pairs(32));
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([[2, 3], [2]], [[4, 5, Bad, 6, End], [7, End]]);

        float[] rewards = rewardModel.FlatTokenRewards(batch).ToArray<float>(), own = rewardModel.Model.FlatTokenScores(batch).ToArray<float>();

        Assert.Equal(2, rewardModel.Calibration.Lookahead);
        Assert.Equal([own[2], own[3], own[4], own[4], own[4], own[6], own[6]], rewards);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnImplicitRewardIsTheLogRatioOfTheLanguageHeadToWhatItWas(bool tied)
    {
        using LanguageModel model = Model(tied);
        EditExample[] edits = [.. Pairs(256).Select(pair => pair with { Faults = pair.OriginalChanged })];
        var options = new RewardModelOptions { Steps = 60, LearningRate = 3e-3, TokenLossWeight = 1, ImplicitWeight = 2 };
        using RewardModel untrained = TokenRewardModel.Train(options with { LearningRate = 1e-30 }, model, edits), trained = TokenRewardModel.Train(options, model, edits);
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([[2, 3]], [[4, 5, Bad, 6, End]]);
        string folder = Directory.CreateTempSubdirectory("emend-reward").FullName;
        trained.Save(folder);
        using RewardModel again = RewardModel.Load(folder);
        using ScalarHeadModel value = trained.Model.Clone();

        Assert.All(untrained.FlatTokenRewards(batch).ToArray<float>(), reward => Assert.Equal(0, reward, Near.Float32));
        float[] rewards = trained.FlatTokenRewards(batch).ToArray<float>(), likelihoods = trained.Model.FlatTokenScores(batch, 0, 2).ToArray<float>(), before = model.FlatLogprobs(batch).ToArray<float>();
        Assert.All(rewards.Index(), token => Assert.Equal(likelihoods[token.Index] - 2 * before[token.Index], token.Item, Near.Float32));
        Assert.All(rewards.Index(), token => Assert.Equal(token.Index == 2, token.Item < 0));
        // The language head has learned with the rest: the reward is not the score alone.
        Assert.True(Math.Abs(rewards[2] - trained.Model.FlatTokenScores(batch).ToArray<float>()[2]) > 0.1);
        Assert.Equal(rewards, again.FlatTokenRewards(batch).ToArray<float>());
        Assert.DoesNotContain("lm_head.weight", value.ParameterNames);
    }

    [Fact]
    public void TheCalibrationHasTheLineOfScoresOverLengths()
    {
        using LanguageModel model = Model();
        using RewardModel rewardModel = TokenRewardModel.Train(new RewardModelOptions { Steps = 5, LearningRate = 3e-3 }, model, Pairs(32));
        Example[] responses = [.. Responses(40, badShare: 0.3).Select((example, i) => new Example(example.Prompt, example.Response[..Math.Min(example.Response.Length, 1 + i % 5)]))];
        using var scope = new TensorScope();
        double[] scores = [.. rewardModel.Scores(Example.Batch(responses)).ToArray<float>().Select(score => (double)score)];
        (double start, double slope) = MathNet.Numerics.Fit.Line([.. responses.Select(response => (double)response.Response.Length)], scores);

        rewardModel.Calibrate(responses, batchSize: 16);

        Assert.Equal(slope, rewardModel.Calibration.ScorePerToken, Near.Float32);
        Assert.Equal(start, rewardModel.Calibration.ScoreMean - slope * rewardModel.Calibration.LengthMean, Near.Float32);
        Assert.True(Math.Abs(slope) > 1e-4);
    }

    [Fact]
    public void ARewardModelKeepsItsCalibrationInItsFolder()
    {
        using LanguageModel model = Model();
        using RewardModel rewardModel = TokenRewardModel.Train(new RewardModelOptions { Steps = 5, LearningRate = 3e-3, Lookahead = 1 }, model, Pairs(32));
        rewardModel.Calibrate([.. Responses(50, badShare: 0.3)]);
        string folder = Directory.CreateTempSubdirectory("emend-reward").FullName;
        try
        {
            rewardModel.Save(folder);
            using RewardModel again = RewardModel.Load(folder);
            using var scope = new TensorScope();
            TokenBatch batch = Example.Batch([.. Responses(8, 0.3)]);

            Assert.Equal(rewardModel.Calibration, again.Calibration);
            Assert.Equal(rewardModel.TokenRewards(batch).ToArray<float>(), again.TokenRewards(batch).ToArray<float>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void AScoreIsTheSameAloneAndInAnyBatch()
    {
        using LanguageModel model = Model();
        using RewardModel rewardModel = TokenRewardModel.Train(new RewardModelOptions { Steps = 5, LearningRate = 3e-3 }, model, Pairs(32));
        using var scope = new TensorScope();
        Example[] examples = [.. Responses(5, 0.3)];

        float[] together = rewardModel.Scores(Example.Batch(examples)).ToArray<float>();

        for (int i = 0; i < examples.Length; i++)
            Assert.Equal(rewardModel.Scores(Example.Batch([examples[i]])).ToArray<float>()[0], together[i], Near.Float32);
    }

    [Theory]
    [InlineData(RewardScaling.Raw)]
    [InlineData(RewardScaling.StandardScore)]
    [InlineData(RewardScaling.LengthNeutral)]
    [InlineData(RewardScaling.StandardToken)]
    public void TheReturnOfAResponseDoesNotDependOnThePlacement(RewardScaling scaling)
    {
        using var scope = new TensorScope();
        Tensor rewards = Tensor.From([1f, 2, 3, 4, 5, 99], 2, 3), mask = Tensor.From([1f, 1, 1, 1, 1, 0], 2, 3);
        var calibration = new Calibration { Kind = RewardKind.Token, ScoreMean = 1, ScoreDeviation = 2, TokenMean = 0.5, TokenDeviation = 4, LengthMean = 2, ScorePerToken = 0.25, Responses = 1 };

        Tensor dense = Payment.Pay(rewards, mask, calibration, scaling, RewardPlacement.EveryToken);
        float[] sparse = Payment.Pay(rewards, mask, calibration, scaling, RewardPlacement.LastToken).ToArray<float>();

        float[] returns = dense.Sum(-1).ToArray<float>();
        Assert.Equal([0, 0, returns[0], 0, returns[1], 0], sparse);
        float expected = scaling switch { RewardScaling.Raw => 2, RewardScaling.StandardScore => (2 - 1) / 2f, RewardScaling.LengthNeutral => (2 - 1 - 0.25f) / 2, _ => (6 - 1.5f) / 4 };
        Assert.Equal(expected, returns[0], Near.Float32);
    }

    [Fact]
    public void WhatLengthExplainsOfAScoreIsNotPaidWhereItIsTakenOut()
    {
        using var scope = new TensorScope();
        // Scores 3, 2 and 1 of responses of 1, 2 and 3 tokens: the line through them explains all of it.
        Tensor mask = Tensor.From([1f, 0, 0, 1, 1, 0, 1, 1, 1], 3, 3), rewards = Tensor.From([3f, 9, 9, 1, 3, 9, 1, 1, 1], 3, 3);
        var calibration = new Calibration { Kind = RewardKind.Token, ScoreMean = 2, ScoreDeviation = 1, TokenMean = 0, TokenDeviation = 1, LengthMean = 2, ScorePerToken = -1, Responses = 3 };

        float[] returns = Payment.Pay(rewards, mask, calibration, RewardScaling.LengthNeutral, RewardPlacement.EveryToken).Sum(-1).ToArray<float>();

        Assert.All(returns, value => Assert.Equal(0, value, Near.Float32));
        Assert.Throws<ArgumentException>(() => Payment.Pay(rewards, mask, calibration with { LengthMean = 0 }, RewardScaling.LengthNeutral, RewardPlacement.EveryToken));
    }

    [Fact]
    public void DenseRewardWithAllMassOnTheLastTokenIsTheSparseReward()
    {
        using var scope = new TensorScope();
        Tensor mask = Tensor.From([1f, 1, 1, 1, 1, 0], 2, 3), atTheEnd = Tensor.From([0f, 0, 3, 0, 5, 0], 2, 3);
        var token = new Calibration { Kind = RewardKind.Token, ScoreMean = 0, ScoreDeviation = 1, TokenMean = 0, TokenDeviation = 1, Responses = 1 };

        float[] dense = Payment.Pay(atTheEnd, mask, token, RewardScaling.StandardToken, RewardPlacement.EveryToken).ToArray<float>();

        Assert.Equal(Payment.Pay(atTheEnd, mask, token with { Kind = RewardKind.Sequence }, RewardScaling.Raw, RewardPlacement.LastToken).ToArray<float>(), dense);
    }

    [Theory]
    [InlineData(ValueModel.Separate, false)]
    [InlineData(ValueModel.Separate, true)]
    [InlineData(ValueModel.SharedTrunk, false)]
    [InlineData(ValueModel.SharedTrunk, true)]
    public void TheFirstMinibatchHasRatioOne(ValueModel value, bool recompute)
    {
        using PpoSetup setup = PpoSetup.Make(RewardPlacement.EveryToken, options => options with { Value = value, RecomputeLogprobs = recompute });

        Assert.True(setup.Ppo.Step()["firstRatioError"] < Near.Ratio);
    }

    [Theory]
    [InlineData(RewardPlacement.LastToken, ValueModel.Separate)]
    [InlineData(RewardPlacement.EveryToken, ValueModel.Separate)]
    [InlineData(RewardPlacement.LastToken, ValueModel.SharedTrunk)]
    [InlineData(RewardPlacement.EveryToken, ValueModel.SharedTrunk)]
    public void ThePolicyLearnsToAvoidTheBadToken(RewardPlacement placement, ValueModel value)
    {
        using PpoSetup setup = PpoSetup.Make(placement, options => options with { Value = value });
        static double BadShare(PpoUpdate update) => update.Rollouts.Average(rollout => rollout.Response.Count(id => id == Bad) / (double)rollout.Response.Length);
        double first = BadShare(setup.Ppo.Step()), last = 0;
        for (int i = 0; i < 14; i++)
            last = BadShare(setup.Ppo.Step());

        Assert.True(last < 0.5 * first, $"share of the bad token: {first:F3} before, {last:F3} after");
    }

    [Fact]
    public void TheSameSeedGivesTheSameNumbers()
    {
        using PpoSetup one = PpoSetup.Make(RewardPlacement.EveryToken), two = PpoSetup.Make(RewardPlacement.EveryToken);

        for (int i = 0; i < 2; i++)
            Assert.Equal(one.Ppo.Step().Metrics, two.Ppo.Step().Metrics);
    }

    [Fact]
    public void ARunawayPolicyIsStoppedByName()
    {
        using PpoSetup setup = PpoSetup.Make(RewardPlacement.EveryToken, options => options with { MaxKl = 1e-3, LearningRate = 1e-2, KlCoefficient = 0 });
        setup.Ppo.Step();

        var error = Assert.Throws<TrainingStoppedException>(() => { for (int i = 0; i < 5; i++) setup.Ppo.Step(); });

        Assert.Contains("over maxKl", error.Message);
    }

    [Fact]
    public void PretrainingGradientsHoldThePolicyToItsTexts()
    {
        using PpoSetup plain = PpoSetup.Make(RewardPlacement.EveryToken), mixed = PpoSetup.Make(RewardPlacement.EveryToken, options => options with { PretrainingCoefficient = 5 });
        Example[] texts = [.. Responses(64, badShare: 0.3)];
        for (int i = 0; i < 5; i++)
        {
            plain.Ppo.Step();
            mixed.Ppo.Step();
        }

        Assert.True(Sft.Loss(mixed.Policy, texts) < Sft.Loss(plain.Policy, texts));
    }

    private static double Accuracy(RewardModel rewardModel, EditExample[] pairs)
    {
        using var scope = new TensorScope();
        float[] edited = rewardModel.Scores(TokenBatch.Of([.. pairs.Select(pair => pair.Prompt)], [.. pairs.Select(pair => pair.Edited)])).ToArray<float>();
        float[] original = rewardModel.Scores(TokenBatch.Of([.. pairs.Select(pair => pair.Prompt)], [.. pairs.Select(pair => pair.Original)])).ToArray<float>();
        return edited.Zip(original, (better, worse) => better > worse ? 1.0 : 0).Average();
    }
}
