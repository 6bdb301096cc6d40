using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Models;

public class LanguageModelTests
{
    private static readonly int[] First = [3, 1, 4, 1, 5, 9, 2, 6], Second = [5, 3], Third = [8, 9, 7, 9, 3];

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void BatchMatesAndPaddingChangeNothing(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var scope = new TensorScope();
        Tensor together = model.Logprobs(TokenBatch.Of([First, Second, Third]));
        int[][] rows = [First, Second, Third];

        for (int row = 0; row < rows.Length; row++)
        {
            float[] alone = model.Logprobs(TokenBatch.Of([rows[row]])).ToArray<float>();
            float[] padded = together.Select(0, row).ToArray<float>();
            Assert.Equal(alone.Length, rows[row].Length - 1);
            AssertNear(alone, padded[..alone.Length]);
            Assert.All(padded[alone.Length..], value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void LogprobsAtResponsePositionsAreThoseOfTheFullLogits(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([First, Third], [Second, First]);
        Tensor full = model.Logits(batch).LogSoftmax(-1);

        Tensor logprobs = model.Logprobs(batch);

        float[] mask = batch.ResponseMask().ToArray<float>();
        for (int row = 0; row < 2; row++)
        {
            int prompt = batch.PromptLength(row);
            for (int i = 0; i < batch.Response(row).Length; i++)
            {
                double expected = full.Select(0, row).Select(0, prompt + i - 1).Select(0, batch.Response(row)[i]).Item();
                Assert.Equal(expected, logprobs.Select(0, row).Select(0, i).Item(), Near.Float32);
                Assert.Equal(1, mask[row * batch.ResponseWidth + i]);
            }
        }
        Assert.Equal(batch.ResponseTokens, mask.Sum());
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void OnePassGivesTheLogprobsAndTheHeadOnTheStatesBeforeTheirTokens(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([First, Third], [Second, First]);
        Tensor head = Tensor.RandomNormal([1, model.Config.HiddenSize], 1, new Random(2));
        float[] everywhere = model.Hidden(batch).Linear(head).Squeeze(-1).ToArray<float>();         // (2, 13)

        var (logprobs, values) = model.LogprobsAndValues(batch, head, temperature: 0.7);

        AssertNear(model.Logprobs(batch, temperature: 0.7).ToArray<float>(), logprobs.ToArray<float>());
        float[] expected = [.. everywhere[7..9], 0, 0, 0, 0, 0, 0, .. everywhere[17..25]];
        AssertNear(expected, values.ToArray<float>());
        AssertNear(expected, model.Values(batch, head).ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void TheFutureIsInvisible(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var scope = new TensorScope();
        int[] changed = [.. First[..^1], 0];

        Tensor one = model.Hidden(TokenBatch.Of([First])), other = model.Hidden(TokenBatch.Of([changed]));

        AssertNear(one.Narrow(1, 0, First.Length - 1).Contiguous().ToArray<float>(), other.Narrow(1, 0, First.Length - 1).Contiguous().ToArray<float>());
        Assert.NotEqual(one.ToArray<float>(), other.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void EveryParameterReceivesAGradient(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var scope = new TensorScope();

        (-model.FlatLogprobs(TokenBatch.Of([First, Second])).Mean()).Backward();

        for (int i = 0; i < model.Parameters.Count; i++)
            Assert.True(model.Parameters[i].Gradient?.Abs().Sum().Item() > 0, model.ParameterNames[i]);
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void BFloat16IsNearFloat32(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([First, Second, Third]);

        float[] exact = model.Logprobs(batch).ToArray<float>(), rounded = model.In(DType.BFloat16).Logprobs(batch).ToArray<float>();

        for (int i = 0; i < exact.Length; i++)
            Assert.Equal(exact[i], rounded[i], Near.BFloat16Logprobs);
        Assert.NotEqual(exact, rounded);
    }

    [Fact]
    public void TheSameSeedGivesTheSameWeights()
    {
        using LanguageModel one = TinyModels.Create("llama", seed: 5), same = TinyModels.Create("llama", seed: 5), other = TinyModels.Create("llama", seed: 6);

        Assert.Equal(one.Parameters[0].ToArray<float>(), same.Parameters[0].ToArray<float>());
        Assert.NotEqual(one.Parameters[0].ToArray<float>(), other.Parameters[0].ToArray<float>());
    }

    [Fact]
    public void ACloneHasItsOwnParameters()
    {
        using LanguageModel model = TinyModels.Create("qwen2"), clone = model.Clone();
        model.Parameters[0].Span<float>()[0] += 1;

        Assert.NotEqual(model.Parameters[0].ToArray<float>()[0], clone.Parameters[0].ToArray<float>()[0]);
        clone.CopyFrom(model);
        Assert.Equal(model.Parameters[0].ToArray<float>(), clone.Parameters[0].ToArray<float>());
    }

    [Fact]
    public void ASequenceLongerThanTheContextIsRefused()
    {
        using LanguageModel model = TinyModels.Create("gpt2");

        var error = Assert.Throws<InvalidInputException>(() => model.Logits(TokenBatch.Of([new int[model.Config.ContextLength + 1]])));

        Assert.Contains($"{model.Config.ContextLength + 1} tokens; the model's context is {model.Config.ContextLength}", error.Message);
    }

    [Fact]
    public void AnIdOutsideTheVocabularyIsRefused()
    {
        using LanguageModel model = TinyModels.Create("llama");

        Assert.Contains("token id 999", Assert.Throws<InvalidInputException>(() => model.Logits(TokenBatch.Of([[1, 999]]))).Message);
        Assert.Contains("token id -1", Assert.Throws<InvalidInputException>(() => model.Logits(TokenBatch.Of([[1, -1]]))).Message);
    }

    [Fact]
    public void AScalarHeadScoresEachTokenAndStartsAtZero()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using ScalarHeadModel scores = ScalarHeadModel.From(model);
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([Second, Third], [Third, First]);
        Assert.All(scores.TokenScores(batch).ToArray<float>(), value => Assert.Equal(0, value));

        Tensor head = scores.Parameters[^1];
        head.Span<float>().Fill(0.5f);
        Tensor hidden = model.Hidden(batch), tokens = scores.TokenScores(batch), values = scores.Values(batch), last = scores.LastScores(batch);

        double At(int row, int column) => hidden.Select(0, row).Select(0, column).Sum().Item() / 2;
        Assert.Equal(At(0, Second.Length), tokens.Select(0, 0).Select(0, 0).Item(), Near.Float32);
        Assert.Equal(At(0, Second.Length - 1), values.Select(0, 0).Select(0, 0).Item(), Near.Float32);
        Assert.Equal(At(1, Third.Length + First.Length - 1), last.Select(0, 1).Item(), Near.Float32);
        Assert.Equal(0, tokens.Select(0, 0).Select(0, Third.Length).Item());
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], Near.Float32);
    }
}
