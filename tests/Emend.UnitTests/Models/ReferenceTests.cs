using System.Text.Json;
using Emend.Models;
using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Models;

/// <summary>Real checkpoints in every form they are stored in, against float64 values of the same stored weights.</summary>
public class ReferenceTests
{
    /// <summary>The F16 shards are rounded from the F32 weights, so only their own rounding keeps them from the F32 reference.</summary>
    public static TheoryData<string, string> Exact => new()
    {
        { "stories260K", "stories260K/hf" },
        { "tinystories-656k", "tinystories-656k" },
        { "tinystories-656k", "tinystories-656k-f32" },
        { "tinystories-656k.noprefix", "tinystories-656k" },
        { "tinystories-656k.noprefix", "tinystories-656k-f32" },
    };

    [Theory]
    [MemberData(nameof(Exact))]
    public void LogitsOfAStoredModelEqualTheReference(string reference, string folder)
    {
        using LanguageModel model = LanguageModel.Load(Folder(folder));
        foreach (ReferenceCase expected in ReferenceData.Read(reference).Cases)
        {
            using var scope = new TensorScope();
            using IDisposable off = Gradients.Off();
            Tensor logits = model.Logits(TokenBatch.Of([expected.Ids])).Select(0, 0);

            AssertNear(expected.LastLogits, logits.Select(0, expected.Ids.Length - 1).ToArray<float>());
            AssertNear(expected.LogSumExp, logits.LogSumExp(-1).ToArray<float>());
            Assert.Equal(expected.ArgMax, logits.ArgMax(-1).ToArray<long>().Select(id => (int)id));
            AssertNear(expected.NextLogprobs, model.Logprobs(TokenBatch.Of([expected.Ids])).ToArray<float>());
        }
    }

    [Fact]
    public void TheHalfPrecisionShardsAreTheRoundedWeightsOfTheWholeModel()
    {
        using LanguageModel whole = LanguageModel.Load(Folder("stories260K/hf")), sharded = LanguageModel.Load(Folder("stories260K/hf-sharded-f16"));

        Assert.Equal(StoredType.F16, sharded.StoredType);
        Assert.Equal(whole.ParameterNames, sharded.ParameterNames);
        for (int i = 0; i < whole.Parameters.Count; i++)
            Assert.Equal(whole.Parameters[i].ToArray<float>().Select(value => (float)(Half)value), sharded.Parameters[i].ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void ThreeAdamWStepsFollowTheReference(string reference, string folder)
    {
        JsonElement training = ReferenceData.Read(reference).Training;
        using LanguageModel model = LanguageModel.Load(Folder(folder));
        JsonElement settings = training.GetProperty("optimizer");
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions
        {
            LearningRate = settings.GetProperty("lr").GetDouble(),
            WeightDecay = settings.GetProperty("weight_decay").GetDouble(),
        });
        TokenBatch batch = TokenBatch.Of([.. training.GetProperty("input_ids").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())]);

        var losses = new List<double>();
        for (int step = 0; step < 4; step++)
        {
            using var scope = new TensorScope();
            Tensor loss = -model.FlatLogprobs(batch).Mean();
            losses.Add(loss.Item());
            optimizer.ClearGradients();
            loss.Backward();
            if (step == 0)
                AssertNorms(training.GetProperty("grad_l2_norm_step0"), model, parameter => parameter.Gradient!);
            if (step < 3)
                optimizer.Step();
        }

        double[] expected = [.. ReferenceData.Floats(training, "loss_before_each_step"), training.GetProperty("loss_after_3_steps").GetDouble()];
        for (int step = 0; step < expected.Length; step++)
            AssertRelative(expected[step], losses[step], $"loss before step {step}");
        AssertNorms(training.GetProperty("param_l2_norm_after_3_steps"), model, parameter => parameter.Alias());
    }

    private static void AssertNorms(JsonElement expected, LanguageModel model, Func<Tensor, Tensor> of)
    {
        using IDisposable off = Gradients.Off();
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            using Tensor tensor = of(model.Parameters[i]);
            double norm = Math.Sqrt(tensor.ToArray<float>().Sum(value => (double)value * value));
            AssertRelative(expected.GetProperty(model.ParameterNames[i]).GetDouble(), norm, model.ParameterNames[i]);
        }
    }

    private static void AssertRelative(double expected, double actual, string what) =>
        Assert.True(Math.Abs(actual - expected) <= Near.Loss * Math.Abs(expected), $"{what}: {actual}, but {expected} was expected");

    private static void AssertNear(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= Near.Logits, $"element {i}: {actual[i]}, but {expected[i]} was expected");
    }

    private static string Folder(string name) => SharedData.Path(["models", .. name.Split('/')]);
}
