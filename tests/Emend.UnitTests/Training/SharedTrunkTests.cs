using Emend.Models;
using Emend.Tensors;
using Emend.Training;
using Emend.Training.Objectives;
using Xunit;
using static Emend.UnitTests.Training.TinyLanguage;

namespace Emend.UnitTests.Training;

/// <summary>PPO whose values are a head on the policy itself.</summary>
public class SharedTrunkTests
{
    [Fact]
    public void TheGradientOfTheJointLossIsTheSumOfItsParts()
    {
        using var scope = new TensorScope();
        using LanguageModel policy = Model();
        var options = new PpoOptions { Value = ValueModel.SharedTrunk, ValueCoefficient = 0.3, MaxGradientNorm = 1e9, LearningRate = 1e-9 };
        using ActorCritic actorCritic = ActorCritic.For(options, policy, null!);
        Tensor head = actorCritic.ValueParameters.Single();
        SetHead(head);
        Tensor[] parameters = [.. policy.Parameters, head];
        TokenBatch batch = Example.Batch([.. Responses(6, badShare: 0.3)]);
        Tensor mask = batch.ResponseMask(), zeros = Tensor.Zeros(mask.Shape), old = policy.Logprobs(batch).Detach() + 0.1;
        Tensor advantages = Tensor.RandomNormal(mask.Shape, 1, new Random(3));
        Tensor PolicyLoss(Tensor logprobs) => Masked.Mean(PpoLosses.PolicyTerms(logprobs, old, advantages, 0.2), mask);
        Tensor ValueLoss(Tensor values) => Masked.Mean(PpoLosses.ValueTerms(values, zeros, advantages, 0.2), mask);

        float[] ofPolicy = GradientsOf(parameters, () => PolicyLoss(policy.Logprobs(batch)).Backward());
        float[] ofValue = GradientsOf(parameters, () => (0.3 * ValueLoss(Outside(policy, batch, head))).Backward());
        float[] joint = GradientsOf(parameters, () => actorCritic.Improve(batch, PolicyLoss, ValueLoss));

        float largest = joint.Max(MathF.Abs);
        Assert.True(ofValue[..^32].Max(MathF.Abs) > 0.01f * largest, "the value loss reaches the trunk");
        for (int i = 0; i < joint.Length; i++)
            Assert.Equal(ofPolicy[i] + ofValue[i], joint[i], Near.Kernel * largest);
    }

    [Fact]
    public void ARunThatGoesOnFromACheckpointIsTheRunThatNeverStopped()
    {
        static PpoSetup Make() => PpoSetup.Make(RewardPlacement.EveryToken, options => options with { Value = ValueModel.SharedTrunk, KlTarget = 0.5, KlHorizon = 50 });
        string checkpoint = Path.Combine(Directory.CreateTempSubdirectory("emend-ppo").FullName, "checkpoint.safetensors");
        try
        {
            using PpoSetup whole = Make(), resumed = Make();
            whole.Ppo.Step();
            whole.Ppo.Step();
            whole.Ppo.Save(checkpoint);
            resumed.Ppo.Restore(checkpoint);

            for (int i = 0; i < 2; i++)
                Assert.Equal(whole.Ppo.Step().Metrics, resumed.Ppo.Step().Metrics);
            Assert.Equal(Values(whole.Policy.Parameters), Values(resumed.Policy.Parameters));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(checkpoint)!, recursive: true);
        }
    }

    // A reward model that sees nothing but the token itself: c for the one that ends a text, exactly 0 for the others.
    [Fact]
    public void DenseRewardWithAllMassOnTheLastTokenTrainsAsTheSparseReward()
    {
        using RewardModel atTheEnd = RewardOfTheEnd();
        Example[] texts = [.. Responses(256, badShare: 0.3)];
        using LanguageModel reference = Model();
        Sft.Train(new SftOptions { Epochs = 2, BatchSize = 16, LearningRate = 3e-3 }, reference, texts);

        var (sparse, sparseWeights) = Run(RewardPlacement.LastToken);
        var (dense, denseWeights) = Run(RewardPlacement.EveryToken);

        Assert.Equal(sparse, dense);
        Assert.Equal(sparseWeights, denseWeights);
        Assert.NotEqual(0, sparse.First(metric => metric.Name == "score").Value);

        (List<(string Name, double Value)> Metrics, float[] Weights) Run(RewardPlacement placement)
        {
            using LanguageModel policy = reference.Clone();
            var options = new PpoOptions
            {
                Value = ValueModel.SharedTrunk,
                Placement = placement,
                Scaling = RewardScaling.Raw,
                RolloutBatch = 16,
                MinibatchSize = 8,
                LearningRate = 1e-3,
                MaxNewTokens = 12,
            };
            using var ppo = new Ppo(options, policy, reference, atTheEnd, [[2, 3], [2, 4, 5]], [End]);
            List<(string, double)> metrics = [.. ppo.Step().Metrics, .. ppo.Step().Metrics];
            return (metrics, Values(policy.Parameters));
        }
    }

    private static RewardModel RewardOfTheEnd()
    {
        using LanguageModel backbone = Model();
        ScalarHeadModel model = ScalarHeadModel.From(backbone);
        using IDisposable off = Gradients.Off();
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            Span<float> values = model.Parameters[i].Span<float>();
            string name = model.ParameterNames[i];
            if (name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal))
                values.Clear();
            if (name.EndsWith("embed_tokens.weight", StringComparison.Ordinal))
            {
                for (int id = 0; id < Vocabulary; id++)
                    values[id * 32] = id == End ? 1 : 0;
            }
            if (name == "score.weight")
                values[0] = 0.5f;
        }
        return new RewardModel(model, new Calibration { Kind = RewardKind.Token, ScoreMean = 0, ScoreDeviation = 1, TokenMean = 0, TokenDeviation = 1, Responses = 1 });
    }

    // The definition: the head on the hidden state before each response token.
    private static Tensor Outside(LanguageModel policy, TokenBatch batch, Tensor head)
    {
        Tensor all = policy.Hidden(batch).Linear(head).Squeeze(-1), padded = Tensor.Zeros([batch.Rows, batch.ResponseWidth]);
        Tensor[] rows = [.. Enumerable.Range(0, batch.Rows).Select(row =>
            Tensor.Cat([all.Select(0, row).Narrow(0, batch.PromptLength(row) - 1, batch.Response(row).Length), padded.Select(0, row).Narrow(0, batch.Response(row).Length, batch.ResponseWidth - batch.Response(row).Length)], 0).Unsqueeze(0))];
        return Tensor.Cat(rows, 0);
    }

    private static void SetHead(Tensor head)
    {
        var random = new Random(5);
        foreach (ref float weight in head.Span<float>())
            weight = random.NextSingle() - 0.5f;
    }

    private static float[] GradientsOf(Tensor[] parameters, Action backward)
    {
        foreach (Tensor parameter in parameters)
            parameter.ClearGradient();
        backward();
        return [.. parameters.SelectMany(parameter => parameter.Gradient?.ToArray<float>() ?? new float[parameter.ElementCount])];
    }

    private static float[] Values(IEnumerable<Tensor> tensors) => [.. tensors.SelectMany(tensor => tensor.Detach().ToArray<float>())];
}
