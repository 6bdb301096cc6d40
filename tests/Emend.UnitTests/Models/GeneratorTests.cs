using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Models;

/// <summary>Both ways of generating: the decoding engine, which Generator uses on the CPU, and libtorch with a cache.</summary>
public class GeneratorTests
{
    private const string Engine = "engine", Libtorch = "libtorch";

    private static readonly SamplingOptions Sampling = new() { MaxNewTokens = 20, Seed = 7, StopTokens = [11] };

    public static TheoryData<string, string> Ways
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string name in (string[])["llama", "qwen2", "mistral", "gpt2"])
            {
                data.Add(name, Engine);
                data.Add(name, Libtorch);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void LogprobsAreThoseOfAFullForwardPass(string name, string way)
    {
        using LanguageModel model = TinyModels.Create(name);
        foreach (double temperature in (double[])[1, 0.7])
        {
            Generation[] generations = Generate(way, model, Prompts(13), Sampling with { Temperature = temperature });
            using var scope = new TensorScope();
            float[] expected = model.FlatLogprobs(TokenBatch.Of(generations), temperature).ToArray<float>();
            float[] actual = [.. generations.SelectMany(generation => generation.Logprobs)];

            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], Near.Logits);
        }
    }

    [Theory]
    [InlineData(Engine)]
    [InlineData(Libtorch)]
    public void EveryResponseIsCountedOnce(string way)
    {
        using LanguageModel model = TinyModels.Create("llama");
        int finished = 0;

        Generation[] generations = way == Engine ? Generator.Generate(model, Prompts(13), Sampling, () => finished++) : TensorGenerator.Generate(model, Prompts(13), Sampling, () => finished++);

        Assert.Equal((13, 13), (generations.Length, finished));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void BatchMatesAndPaddingChangeNothing(string name, string way)
    {
        using LanguageModel model = TinyModels.Create(name);
        int[][] prompts = Prompts(29);
        Generation[] together = Generate(way, model, prompts, Sampling);

        for (int row = 0; row < prompts.Length; row += 7)
        {
            // Alone, but in its row: the rows before it are of no consequence.
            int[][] others = [.. prompts.Take(row).Select(_ => new[] { 1 }), prompts[row]];
            Generation alone = Generate(way, model, others, Sampling)[row];
            Assert.Equal(together[row].Response, alone.Response);
            for (int i = 0; i < alone.Logprobs.Length; i++)
                Assert.Equal(together[row].Logprobs[i], alone.Logprobs[i], way == Engine ? 0 : Near.Logits);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void SamplesOfOnePromptDifferByRowAndRepeatBySeed(string name, string way)
    {
        using LanguageModel model = TinyModels.Create(name);
        int[][] prompts = [.. Enumerable.Repeat<int[]>([4, 9, 2], 6)];

        Generation[] one = Generate(way, model, prompts, Sampling), same = Generate(way, model, prompts, Sampling), other = Generate(way, model, prompts, Sampling with { Seed = 8 });

        for (int row = 0; row < prompts.Length; row++)
            Assert.Equal(one[row].Response, same[row].Response);
        Assert.NotEqual(one[0].Response, one[1].Response);
        Assert.NotEqual(one[0].Response, other[0].Response);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void AResponseEndsWithItsStopTokenOrAtItsLength(string name, string way)
    {
        using LanguageModel model = TinyModels.Create(name);
        Generation[] generations = Generate(way, model, Prompts(40), Sampling with { StopTokens = [11, 12, 13, 14, 15, 16] });

        foreach (Generation generation in generations)
        {
            int stop = Array.FindIndex(generation.Response, token => token is >= 11 and <= 16);
            Assert.Equal(generation.Stopped, stop >= 0);
            Assert.Equal(stop >= 0 ? stop + 1 : 20, generation.Response.Length);
            Assert.Equal(generation.Response.Length, generation.Logprobs.Length);
        }
        Assert.Contains(generations, generation => generation.Stopped);
        Assert.Contains(generations, generation => !generation.Stopped);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void AResponseEndsWhereTheContextDoes(string name, string way)
    {
        using LanguageModel model = TinyModels.Create(name);
        int context = model.Config.ContextLength;
        int[][] prompts = [[.. Enumerable.Range(0, context - 3).Select(i => i % 50)], [.. Enumerable.Range(0, context - 1).Select(i => i % 50)], [1]];

        Generation[] generations = Generate(way, model, prompts, Sampling with { MaxNewTokens = 100, StopTokens = [] });

        Assert.Equal([3, 1, context - 1], generations.Select(generation => generation.Response.Length));
    }

    [Theory]
    [InlineData("stories260K", "stories260K/hf")]
    [InlineData("tinystories-656k", "tinystories-656k")]
    [InlineData("tinystories-656k", "tinystories-656k-f32")]
    [InlineData("tinystories-656k.noprefix", "tinystories-656k")]
    public void GreedyIdsEqualTheReference(string reference, string folder)
    {
        using LanguageModel model = LanguageModel.Load(SharedData.Path(["models", .. folder.Split('/')]));
        ReferenceData data = ReferenceData.Read(reference);
        ReferenceCase[] cases = [.. data.Cases];
        foreach (string way in (string[])[Engine, Libtorch])
        {
            Generation[] generations = Generate(way, model, [.. cases.Select(one => one.Ids)], new SamplingOptions
            {
                Temperature = 0,
                MaxNewTokens = cases.Max(one => one.GreedyIds.Length),
                StopTokens = [.. data.StopTokens],
            });
            for (int i = 0; i < cases.Length; i++)
                Assert.Equal(cases[i].GreedyIds, generations[i].Response[..cases[i].GreedyIds.Length]);
        }
    }

    [Theory]
    [InlineData("stories260K", "stories260K/hf")]
    [InlineData("tinystories-656k", "tinystories-656k")]
    public void TheEnginesLogitsEqualTheReference(string reference, string folder)
    {
        using LanguageModel model = LanguageModel.Load(SharedData.Path(["models", .. folder.Split('/')]));
        foreach (ReferenceCase expected in ReferenceData.Read(reference).Cases)
        {
            float[] logits = model.DecodeEngine().Logits(expected.Ids);
            float[] last = logits[^expected.LastLogits.Length..];
            for (int i = 0; i < last.Length; i++)
                Assert.Equal(expected.LastLogits[i], last[i], Near.Logits);
        }
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void TheEngineWithRoundedWeightsIsNearTheExactOne(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        int[] ids = Prompts(1)[0];
        float[] exact = model.DecodeEngine().Logits(ids), rounded = model.In(DType.BFloat16).DecodeEngine().Logits(ids);

        Assert.NotEqual(exact, rounded);
        for (int i = 0; i < exact.Length; i++)
            Assert.Equal(exact[i], rounded[i], Near.BFloat16Logprobs);
    }

    [Fact]
    public void TheEngineSeesParametersThatHaveChanged()
    {
        using LanguageModel model = TinyModels.Create("llama");
        int[][] prompts = Prompts(3);
        Generation[] before = Generator.Generate(model, prompts, Sampling);
        model.Parameter("model.layers.1.mlp.down_proj.weight").Span<float>().Reverse();

        Assert.NotEqual(before.Select(generation => generation.Logprobs[0]), Generator.Generate(model, prompts, Sampling).Select(generation => generation.Logprobs[0]));
    }

    [Fact]
    public void BadPromptsAreRefusedTogether()
    {
        using LanguageModel model = TinyModels.Create("gpt2");

        string message = Assert.Throws<InvalidInputException>(
            () => Generator.Generate(model, [[], new int[64], [99], [1]], Sampling with { TopP = 0 })).Message;

        Assert.Contains("4 problems", message);
        Assert.Contains("top-p: 0", message);
        Assert.Contains("prompt 0 is empty", message);
        Assert.Contains("prompt 1 has 64 tokens; the model's context of 64 leaves room for at most 63", message);
        Assert.Contains("prompt 2 holds the token id 99", message);
    }

    [Fact]
    public void ATemperatureThatNothingCanBeDividedByIsRefused()
    {
        using LanguageModel model = TinyModels.Create("llama");

        Assert.Contains("temperature: 1E-300 is too near 0 to divide by; 0 takes the most likely token, otherwise at least 1E-06",
            Assert.Throws<InvalidInputException>(() => Generator.Generate(model, Prompts(9), Sampling with { Temperature = 1e-300 })).Message);
        Assert.Equal(Generator.Generate(model, Prompts(9), Sampling with { Temperature = 0 }).Select(one => one.Response[0]),
            Generator.Generate(model, Prompts(9), Sampling with { Temperature = SamplingOptions.LowestTemperature }).Select(one => one.Response[0]));
    }

    [Fact]
    public void ADivergedModelIsAnErrorAndNoHang()
    {
        using LanguageModel model = TinyModels.Create("llama");
        model.Parameters[0].Span<float>().Fill(float.NaN);

        Assert.Contains("not finite", Assert.Throws<InvalidOperationException>(() => Generator.Generate(model, Prompts(9), Sampling)).Message);
    }

    private static Generation[] Generate(string way, LanguageModel model, IReadOnlyList<int[]> prompts, SamplingOptions options) =>
        way == Engine ? Generator.Generate(model, prompts, options) : TensorGenerator.Generate(model, prompts, options);

    /// <summary>Prompts of 1 to 30 tokens, some of them the same.</summary>
    private static int[][] Prompts(int count)
    {
        var random = new Random(3);
        int[][] different = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, random.Next(1, 31)).Select(_ => random.Next(50)).ToArray())];
        return [.. different.Select((prompt, row) => row % 5 == 1 ? different[row - 1] : prompt)];
    }
}
