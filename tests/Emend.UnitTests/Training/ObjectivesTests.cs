using Emend.Tensors;
using Emend.Training.Objectives;
using Xunit;

namespace Emend.UnitTests.Training;

/// <summary>Formulas against numbers worked out by hand from the papers' equations, and against their defining properties.</summary>
public class ObjectivesTests
{
    private static readonly float[] s_logprobs = [-1, -2, -0.5f, -1.5f], s_refLogprobs = [-1.2f, -1.9f, -0.9f, -1.5f];
    private static readonly float[] s_tokenRewards = [0.3f, -0.2f, 0.5f, 0.1f], s_clampedRewards = [0.296f, -0.2f, 0.492f, 0.1f];
    private static readonly float[] s_values = [0.1f, 0.2f, 0, -0.1f];

    [Fact]
    public void TheKlPenaltyIsTheLogRatioTimesItsCoefficient()
    {
        using var scope = new TensorScope();
        Tensor kl = Kl.PerToken(Row(s_logprobs), Row(s_refLogprobs));

        Close([0.2f, -0.1f, 0.4f, 0], kl);
        Close([0.296f, -0.198f, 0.492f, 0.1f], Kl.Penalize(Row(s_tokenRewards), kl, 0.02));
    }

    [Fact]
    public void TheClampedKlNeverPaysForLikelierTokens()
    {
        using var scope = new TensorScope();
        Tensor kl = Kl.PerToken(Row(s_logprobs), Row(s_refLogprobs), KlEstimator.ClampedK1);

        Close(s_clampedRewards, Kl.Penalize(Row(s_tokenRewards), kl, 0.02));
    }

    [Fact]
    public void K3IsNeverNegative()
    {
        using var scope = new TensorScope();
        float[] k3 = Kl.PerToken(Row(s_logprobs), Row(s_refLogprobs), KlEstimator.K3).ToArray<float>();

        Assert.All(k3, value => Assert.True(value >= 0));
        Assert.Equal(Math.Exp(-0.2) - 1 + 0.2, k3[0], Near.Float32Places);
    }

    [Theory]
    [InlineData(1.0, new[] { 0.588f, 0.192f, 0.592f, 0.2f }, new[] { 0.688f, 0.392f, 0.592f, 0.1f })]
    [InlineData(0.95, new[] { 0.541255f, 0.1529f, 0.582f, 0.2f }, new[] { 0.641255f, 0.3529f, 0.582f, 0.1f })]
    public void AdvantagesOfDenseRewards(double lambda, float[] advantages, float[] returns)
    {
        using var scope = new TensorScope();
        var (a, g) = Advantages.Gae(Row(s_clampedRewards), Row(s_values), Row([1, 1, 1, 1]), gamma: 1, lambda);

        Close(advantages, a);
        Close(returns, g);
    }

    [Theory]
    [InlineData(1.0, new[] { 0.588f, 0.492f, 0.692f, 0.8f })]
    [InlineData(0.95, new[] { 0.49443f, 0.4194f, 0.652f, 0.8f })]
    public void AdvantagesOfTheSameTotalAtTheLastToken(double lambda, float[] advantages)
    {
        using var scope = new TensorScope();
        Tensor rewards = Row([-0.004f, 0, -0.008f, 0.7f]);

        Close(advantages, Advantages.Gae(rewards, Row(s_values), Row([1, 1, 1, 1]), gamma: 1, lambda).Advantages);
    }

    [Fact]
    public void WhatLiesUnderThePaddingChangesNothing()
    {
        using var scope = new TensorScope();
        Tensor mask = Row([1, 1, 0, 0]), rewards = Row([0.3f, -0.2f, float.NaN, 7]), values = Row([0.1f, 0.2f, 5, float.PositiveInfinity]);

        var (padded, _) = Advantages.Gae(rewards, values, mask, gamma: 1, lambda: 0.95);
        var (bare, _) = Advantages.Gae(Row([0.3f, -0.2f]), Row([0.1f, 0.2f]), Row([1, 1]), gamma: 1, lambda: 0.95);

        Close([.. bare.ToArray<float>(), 0, 0], padded);
        Assert.Equal(0.05, Masked.MeanValue(rewards, mask), Near.Float32Places);
        Close([1, -1, 0, 0], Masked.Standardize(rewards, mask));
    }

    [Fact]
    public void WhiteningGivesMeanZeroAndDeviationOne()
    {
        using var scope = new TensorScope();
        Close([0.98972f, -1.020173f, 1.010022f, -0.979569f], Masked.Standardize(Row([0.588f, 0.192f, 0.592f, 0.2f]), Row([1, 1, 1, 1])));
        Close([0.657116f, -1.283347f, 1.423912f, -0.10968f], Masked.Rescale(Row(s_clampedRewards), Row([1, 1, 1, 1])));
    }

    [Fact]
    public void WhiteningOneElementIsZeroAndNotNaN()
    {
        using var scope = new TensorScope();
        Close([0], Masked.Standardize(Row([3]), Row([1])));
    }

    [Theory]
    [InlineData(1, 1.3, -1.2)]
    [InlineData(1, 0.7, -0.7)]
    [InlineData(-1, 1.3, 1.3)]
    [InlineData(-1, 0.7, 0.8)]
    public void ThePolicyLossIsThePessimisticOne(float advantage, double ratio, float expected)
    {
        using var scope = new TensorScope();
        Close([expected], PpoLosses.PolicyTerms(Row([(float)Math.Log(ratio)]), Row([0]), Row([advantage]), clip: 0.2));
    }

    [Fact]
    public void TheValueLossIsThePessimisticOne()
    {
        using var scope = new TensorScope();
        Close([0.245f], PpoLosses.ValueTerms(Row([0.5f]), Row([0.1f]), Row([1]), clip: 0.2));
    }

    [Fact]
    public void TheTokenRewardLossComparesMeans()
    {
        using var scope = new TensorScope();
        Tensor preferred = Tensor.From([0.2f, 0.5f, 1], 1, 3).RequireGradient(), dispreferred = Tensor.From([0.1f, -0.3f, 9], 1, 3).RequireGradient();
        Tensor loss = PreferenceLosses.MeanRewardTerms(preferred, Row([1, 1, 1]), dispreferred, Row([1, 1, 0]));
        loss.Sum().Backward();

        Close([0.414370f], loss);
        Close([-0.113081f, -0.113081f, -0.113081f], preferred.Gradient!);
        Close([0.169622f, 0.169622f, 0], dispreferred.Gradient!);
    }

    [Fact]
    public void WithEveryTokenChangedTheChangedLossIsTheExactOne()
    {
        using var scope = new TensorScope();
        Tensor preferred = Row([0.2f, 0.5f, 1]), dispreferred = Row([0.1f, -0.3f]), three = Row([1, 1, 1]), two = Row([1, 1]);

        Close(PreferenceLosses.MeanRewardTerms(preferred, three, dispreferred, two).ToArray<float>(),
            PreferenceLosses.ChangedRewardTerms(preferred, three, three, dispreferred, two, two));
    }

    [Fact]
    public void TheTokenTermIsTheLogLossOfTheOddsThatATokenIsLeft()
    {
        using var scope = new TensorScope();

        // ln(1 + e^-0.5) = 0.474077 for a kept token, ln(1 + e^0.5) = 0.974077 for a fault, nothing for a token of which nothing is known.
        Close([0.474077f, 0.974077f, 0], PreferenceLosses.TokenTerms(Row([0.5f, 0.5f, 0.5f]), Row([0, 1, 1]), Row([1, 1, 0])));
    }

    [Fact]
    public void ARankingOfTwoIsThePairwiseLoss()
    {
        using var scope = new TensorScope();
        Tensor scores = Tensor.From([0.3f, 1.1f]);

        Close(PreferenceLosses.BradleyTerryTerms(Tensor.From([1.1f]), Tensor.From([0.3f])).ToArray<float>(),
            PreferenceLosses.Ranking(scores, [2, 1]).Reshape(1));
    }

    [Fact]
    public void ARankingIsTheMeanOverItsPairsAndTiesGiveNone()
    {
        using var scope = new TensorScope();
        double Term(double better, double worse) => Math.Log(1 + Math.Exp(worse - better));
        double expected = (Term(2, 0.5) + Term(2, 0.1)) / 2;

        Close([(float)expected], PreferenceLosses.Ranking(Tensor.From([0.5f, 2, 0.1f]), [2, 1, 2]).Reshape(1));
        Assert.Throws<ArgumentException>(() => PreferenceLosses.Ranking(Tensor.From([1f, 2f]), [1, 1]));
    }

    [Fact]
    public void TheAdaptiveCoefficientMovesTowardsItsTargetByAtMostAFifth()
    {
        var controller = new KlController(0.1, target: 6, horizon: 1000);
        controller.Observe(klPerResponse: 60, responses: 100);
        Assert.Equal(0.1 * (1 + 0.2 * 0.1), controller.Coefficient, 12);
        controller.Observe(klPerResponse: 5.4, responses: 1000);
        Assert.Equal(0.102 * 0.9, controller.Coefficient, 12);

        var constant = new KlController(0.1, target: null, horizon: 1000);
        constant.Observe(60, 100);
        Assert.Equal(0.1, constant.Coefficient);
    }

    private static Tensor Row(float[] values) => Tensor.From(values, 1, values.Length);

    private static void Close(float[] expected, Tensor actual)
    {
        float[] values = actual.ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], Near.Float32);
    }
}
