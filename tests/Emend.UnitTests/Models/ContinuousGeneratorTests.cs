using Emend.Models;
using Emend.Models.Decoding;
using Emend.Tensors;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Models;

public class ContinuousGeneratorTests
{
    /// <summary>Lanes of three and of two slots.</summary>
    private static readonly ContinuousOptions FiveSlots = new() { Slots = 5, Threads = 2 };

    private static readonly ContinuousOptions FourSlots = new() { Slots = 4, Threads = 2 };

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public async Task AResponseIsTheOneOfTheGeneratorWhateverRunsBesideIt(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        using var generator = new ContinuousGenerator(model, FiveSlots);
        Assert.Equal(5, generator.Slots);
        var random = new Random(5);
        (int[] Prompt, SamplingOptions Options, int Row)[] requests = [.. Enumerable.Range(0, 24).Select(i => (
            i % 5 == 4 ? [7, 7, 7] : Prompt(random, 1 + random.Next(40)),
            new SamplingOptions { MaxNewTokens = 1 + random.Next(20), Temperature = i % 3 * 0.6, TopP = i % 4 == 1 ? 0.8 : 1, Seed = i, StopTokens = [11] },
            i % 3))];

        var running = new List<RunningGeneration>();
        foreach ((int[] prompt, SamplingOptions options, int row) in requests)
        {
            running.Add(generator.Submit(prompt, options, row));
            if (running.Count % 6 == 0)
                await Task.Delay(2, TestContext.Current.CancellationToken);
        }

        for (int i = 0; i < requests.Length; i++)
        {
            (int[] prompt, SamplingOptions options, int row) = requests[i];
            int[][] alone = [.. Enumerable.Repeat(new[] { 1 }, row), prompt];
            Generation expected = Generator.Generate(model, alone, options)[row];
            List<DrawnToken> tokens = await Read(running[i]);
            Assert.Equal(expected.Response, tokens.Select(token => token.Id));
            Assert.Equal(expected.Stopped ? SequenceEnd.StopToken : SequenceEnd.Length, tokens[^1].End);
            Assert.All(tokens.SkipLast(1), token => Assert.Null(token.End));
        }
        Assert.Equal(0, generator.Waiting);
    }

    [Fact]
    public async Task LogprobsAreTheModelsOwnAtAnyTemperatureWithTheMostLikelyTokensBesideThem()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, FourSlots);
        int[] prompt = [3, 1, 4];

        List<DrawnToken> tokens = await Read(generator.Submit(prompt, new SamplingOptions { MaxNewTokens = 6, Temperature = 1.7, TopK = 9, Seed = 3 }, row: 0, new TokenReport { Alternatives = 5 }));

        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([prompt], [[.. tokens.Select(token => token.Id)]]);
        float[] logprobs = model.FlatLogprobs(batch).ToArray<float>();
        float[] logits = model.ResponseLogits(batch).ToArray<float>();
        for (int t = 0; t < tokens.Count; t++)
        {
            float[] row = logits[(t * 50)..((t + 1) * 50)];
            double normalizer = Math.Log(row.Sum(logit => Math.Exp(logit)));
            int[] expected = [.. Enumerable.Range(0, 50).OrderByDescending(id => row[id]).Take(5)];
            Assert.Equal(logprobs[t], tokens[t].Logprob, Near.Logits);
            Assert.Equal(expected, tokens[t].Alternatives.Select(one => one.Id));
            Assert.All(tokens[t].Alternatives, one => Assert.Equal(row[one.Id] - normalizer, one.Logprob, Near.Logits));
        }
    }

    [Theory]
    [InlineData(0, 40)]
    [InlineData(3600, 2)]
    public async Task TokensThatComeWithinTheIntervalAreReportedTogetherAndTheFirstAtOnce(int seconds, int reports)
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, FourSlots);

        RunningGeneration running = generator.Submit([3], new SamplingOptions { MaxNewTokens = 40, Seed = 2 }, row: 0, new TokenReport { Interval = TimeSpan.FromSeconds(seconds) });
        List<DrawnToken[]> all = await running.Tokens.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal((reports, 1, 40), (all.Count, all[0].Length, all.Sum(some => some.Length)));
    }

    [Fact]
    public async Task ACancelledResponseLeavesItsSlotToTheNext()
    {
        using LanguageModel model = TinyModels.Create("gpt2");
        using var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = 1, Threads = 1 });
        var endless = new SamplingOptions { MaxNewTokens = 60, Temperature = 0 };
        RunningGeneration first = generator.Submit([1], endless, row: 0), second = generator.Submit([1], endless, row: 0), third = generator.Submit([2], endless, row: 0);
        first.Cancel();
        second.Cancel();

        List<DrawnToken> tokens = await Read(third);

        Assert.Equal(60, tokens.Count);
        Assert.Equal(0, generator.Waiting);
    }

    [Fact]
    public async Task SamplesOfOnePromptGoOnWhenTheOneThatReadsThePromptIsCancelled()
    {
        using LanguageModel model = TinyModels.Create("qwen2");
        int[] prompt = [.. Enumerable.Range(0, 40)];
        var options = new SamplingOptions { MaxNewTokens = 8, Seed = 2 };
        Generation[] expected = Generator.Generate(model, [prompt, prompt, prompt], options);
        for (int attempt = 0; attempt < 20; attempt++)
        {
            using var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = 4, Threads = 1 });
            RunningGeneration[] running = [.. Enumerable.Range(0, 3).Select(row => generator.Submit(prompt, options, row))];
            running[0].Cancel();
            for (int row = 1; row < 3; row++)
                Assert.Equal(expected[row].Response, (await Read(running[row])).Select(token => token.Id));
        }
    }

    [Fact]
    public async Task WhatRunsAtTheEndOfTheGeneratorFailsAndDoesNotHang()
    {
        using LanguageModel model = TinyModels.Create("llama");
        var generator = new ContinuousGenerator(model, FourSlots);
        RunningGeneration[] running = [.. Enumerable.Range(0, 200).Select(row => generator.Submit([1], new SamplingOptions { MaxNewTokens = 60 }, row))];
        generator.Dispose();

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            foreach (RunningGeneration one in running)
                await Read(one);
        });
    }

    [Fact]
    public void ACacheThatDoesNotFitIsRefusedWithItsSize()
    {
        using LanguageModel model = TinyModels.Create("llama");

        var refusal = Assert.Throws<InvalidInputException>(() => new ContinuousGenerator(model, FourSlots with { CacheBytes = 1000 }));

        Assert.Contains("4 responses of 64 tokens", refusal.Message);
    }

    [Fact]
    public void AShorterContextIsKept()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, FourSlots with { ContextLength = 10 });

        Assert.Equal(["the prompt has 10 tokens; the context of 10 leaves room for at most 9"], generator.Problems(new int[10], new SamplingOptions { MaxNewTokens = 1 }));
    }

    private static int[] Prompt(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(50))];

    internal static async Task<List<DrawnToken>> Read(RunningGeneration running)
    {
        var tokens = new List<DrawnToken>();
        await foreach (DrawnToken[] some in running.Tokens.ReadAllAsync(TestContext.Current.CancellationToken))
            tokens.AddRange(some);
        return tokens;
    }
}
