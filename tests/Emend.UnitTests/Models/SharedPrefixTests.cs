using Emend.Models;
using Emend.Models.Decoding;
using Xunit;

namespace Emend.UnitTests.Models;

/// <summary>Prompts that begin alike are read once; nothing of what comes out may show it.</summary>
public class SharedPrefixTests
{
    private static readonly ContinuousOptions OneLane = new() { Slots = 3, Threads = 1, PrefixBytes = 1 << 20 };

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public async Task ALaterPromptThatBeginsLikeAnEarlierOneIsReadFromWhereItDiffersAndAnsweredBitForBitTheSame(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        var generator = new ContinuousGenerator(model, OneLane);
        var without = new ContinuousGenerator(model, OneLane with { PrefixBytes = 0 });
        int[] common = [.. Enumerable.Range(0, 20)];

        // The counters are whole when the threads have ended.
        using (generator)
        using (without)
        {
            for (int i = 0; i < 6; i++)
            {
                int[] prompt = [.. common, 30 + i, 7];
                var report = new TokenReport { Alternatives = 2 };
                var options = new SamplingOptions { MaxNewTokens = 9, Temperature = i % 2, Seed = i };
                RunningGeneration shared = generator.Submit(prompt, options, 0, report), alone = without.Submit(prompt, options, 0, report);
                List<DrawnToken> expected = await ContinuousGeneratorTests.Read(alone), tokens = await ContinuousGeneratorTests.Read(shared);

                Assert.Equal(expected.Select(token => (token.Id, token.Logprob)), tokens.Select(token => (token.Id, token.Logprob)));
                Assert.Equal(i == 0 ? 0 : 20, shared.Reused);
                Assert.Equal(0, alone.Reused);
            }
        }
        Assert.Equal(5 * 20, generator.Reused);
        Assert.Equal(without.Rows - 5 * 20, generator.Rows);
    }

    [Fact]
    public async Task AConversationGoesOnBehindItsOwnResponse()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, OneLane);
        int[] first = [.. Enumerable.Range(0, 12)];
        var options = new SamplingOptions { MaxNewTokens = 10, Seed = 1 };
        int[] response = [.. (await ContinuousGeneratorTests.Read(generator.Submit(first, options, 0))).Select(token => token.Id)];

        int[] second = [.. first, .. response, 41, 42];
        RunningGeneration running = generator.Submit(second, options, 0);
        List<DrawnToken> tokens = await ContinuousGeneratorTests.Read(running);

        // The last token of a response is drawn and never read.
        Assert.Equal(first.Length + response.Length - 1, running.Reused);
        Assert.Equal(Assert.Single(Generator.Generate(model, [second], options)).Response, tokens.Select(token => token.Id));
    }

    [Fact]
    public async Task WhatWasUsedLeastRecentlyMakesRoom()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var generator = new ContinuousGenerator(model, OneLane with { PrefixBytes = 1 });
        int[] a = [.. Enumerable.Repeat(1, 10)], b = [.. Enumerable.Repeat(2, 10)], c = [.. Enumerable.Repeat(3, 10)];

        var reused = new List<int>();
        foreach (int[] prompt in (int[][])[a, b, c, b, a, b, c])
        {
            RunningGeneration running = generator.Submit(prompt, new SamplingOptions { MaxNewTokens = 1 }, 0);
            await ContinuousGeneratorTests.Read(running);
            reused.Add(running.Reused);
        }

        // Three slots: the second b is copied over a, which is the oldest; the second a then takes the place of c.
        Assert.Equal([0, 0, 0, 9, 0, 9, 0], reused);
    }

    [Fact]
    public void PromptsThatArriveTogetherReadTheirCommonBeginningOnce()
    {
        using LanguageModel model = TinyModels.Create("gpt2");
        int[][] prompts = [.. Enumerable.Range(0, 6).Select(i => (int[])[.. Enumerable.Range(0, 40), i])];
        var options = new SamplingOptions { MaxNewTokens = 5, Seed = 9 };
        using var weights = new DecodeWeights(model.Config, DecodePrecision.Float32);
        weights.Read(model.Values);
        using var lane = new DecodeLane(weights, new RotaryTable(model.Config), 6, 64);
        var queue = new PromptQueue(prompts, options);
        var sampler = new Sampler(options, model.Config.VocabularySize);
        var scheduler = new LaneScheduler(lane, 6, keeps: false, 64, () => queue.Take(sampler));

        int first = scheduler.Step(), second = scheduler.Step();
        scheduler.Run();

        // The first reads its 41 tokens while the others wait; then its next token, and of each other the one token that is its own.
        Assert.Equal((41, 6), (first, second));
        Assert.Equal(5 * 40, scheduler.TakeReused());
        Assert.Equal(prompts.Select((prompt, row) => Generator.Generate(model, [.. prompts[..row], prompt], options)[row].Response), queue.Results.Select(result => result.Response));
    }

    [Fact]
    public async Task AScoredTextIsReadWholeAndLeavesItsBeginningToOthers()
    {
        using LanguageModel model = TinyModels.Create("qwen2");
        using var generator = new ContinuousGenerator(model, OneLane);
        int[] text = [.. Enumerable.Range(0, 30)];

        foreach (int _ in Enumerable.Range(0, 2))
        {
            RunningGeneration scored = generator.Score(text, alternatives: 1);
            Assert.Empty(await ContinuousGeneratorTests.Read(scored));
            Assert.Equal((29, 0), (scored.Prompt.Count, scored.Reused));
        }
        RunningGeneration drawn = generator.Submit(text, new SamplingOptions { MaxNewTokens = 1 }, 0);
        await ContinuousGeneratorTests.Read(drawn);

        Assert.Equal(29, drawn.Reused);
    }
}
