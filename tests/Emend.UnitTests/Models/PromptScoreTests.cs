using Emend.Models;
using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Models;

/// <summary>Log-probabilities of a prompt's own tokens, and hidden states, against a full forward pass in libtorch.</summary>
public class PromptScoreTests
{
    /// <summary>More than one forward pass of 96 rows.</summary>
    private const int Long = 120;

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public async Task TheScoresOfATextAreThoseOfAFullForwardPass(string name)
    {
        using LanguageModel model = TinyModels.Create(name, contextLength: 128);
        using var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = 4, Threads = 2 });
        var random = new Random(3);
        int[][] texts = [.. new[] { Long, 2, 17, 128, 60, 1 }.Select(length => (int[])[.. Enumerable.Range(0, length).Select(_ => random.Next(50))])];

        RunningGeneration[] running = [.. texts.Select(text => generator.Score(text, alternatives: 3))];

        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Empty(await ContinuousGeneratorTests.Read(running[i]));
            Check(model, texts[i], running[i].Prompt);
        }
    }

    [Fact]
    public async Task APromptIsScoredBesideTheResponseThatFollowsIt()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = 2, Threads = 1 });
        int[] prompt = [5, 3, 8, 1, 9];
        var options = new SamplingOptions { MaxNewTokens = 6, Temperature = 1.3, Seed = 4 };

        RunningGeneration scored = generator.Submit(prompt, options, 0, new TokenReport { Alternatives = 3, Prompt = true });
        List<DrawnToken> tokens = await ContinuousGeneratorTests.Read(scored);

        Assert.Equal(Generator.Generate(model, [prompt], options)[0].Response, tokens.Select(token => token.Id));
        Check(model, [.. prompt, .. tokens.Select(token => token.Id)], [.. scored.Prompt, .. tokens]);
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public async Task TheMeanOfTheHiddenStatesIsThatOfAFullForwardPass(string name)
    {
        using LanguageModel model = TinyModels.Create(name, contextLength: 128);
        var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = 3, Threads = 2 });
        int[][] texts = [[.. Enumerable.Range(0, Long).Select(i => i % 50)], [7], [1, 2, 3]];

        float[][] means;
        using (generator)
            means = await Task.WhenAll(texts.Select(text => generator.MeanHidden(text, from: text.Length / 4, TestContext.Current.CancellationToken)));

        for (int i = 0; i < texts.Length; i++)
        {
            using var scope = new TensorScope();
            float[] hidden = model.Hidden(TokenBatch.Of([texts[i]])).ToArray<float>();
            int size = model.Config.HiddenSize;
            for (int d = 0; d < size; d++)
                Assert.Equal(Enumerable.Range(texts[i].Length / 4, texts[i].Length - texts[i].Length / 4).Average(t => (double)hidden[t * size + d]), means[i][d], Near.Logits);
        }
        Assert.Equal(0, generator.Running + generator.Waiting);          // whole when the threads have ended
    }

    [Fact]
    public void ATextOfTheWholeContextCanBeScoredAndALongerOneIsRefusedWithItsLength()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = 1, ContextLength = 10 });

        Assert.Empty(generator.ScoreProblems(new int[10]));
        Assert.Equal(["the prompt has 11 tokens; the context of 10 leaves room for at most 10"], generator.ScoreProblems(new int[11]));
    }

    private static void Check(LanguageModel model, int[] text, IReadOnlyList<DrawnToken> scores)
    {
        Assert.Equal(text[1..], scores.Select(score => score.Id));
        if (text.Length < 2)
            return;
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([text]);
        float[] logprobs = model.FlatLogprobs(batch).ToArray<float>(), logits = model.ResponseLogits(batch).ToArray<float>();
        int width = model.Config.VocabularySize;
        for (int t = 0; t < scores.Count; t++)
        {
            float[] row = logits[(t * width)..((t + 1) * width)];
            Assert.Equal(logprobs[t], scores[t].Logprob, Near.Logits);
            Assert.Equal(Enumerable.Range(0, width).OrderByDescending(id => row[id]).Take(3), scores[t].Alternatives.Select(one => one.Id));
        }
    }
}
