using Emend.Models;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Models;

public class LogitAdjustmentTests
{
    [Fact]
    public void PenaltiesCountTheResponsesTokensAndBiasesAreAdded()
    {
        LogitAdjustment adjustment = LogitAdjustment.For(new SamplingOptions { MaxNewTokens = 9, PresencePenalty = 0.5, FrequencyPenalty = 0.25, Biases = [new TokenBias(2, -3), new TokenBias(3, 4)] })!;
        foreach (int token in (int[])[0, 2, 0, 0])
            adjustment.Count(token);

        // OpenAI's formula: logit − count · frequency − [count > 0] · presence, and the bias.
        Assert.Equal([1 - 3 * 0.25f - 0.5f, 1, 1 - 0.25f - 0.5f - 3, 5], adjustment.Apply([1, 1, 1, 1]).ToArray());
    }

    [Fact]
    public void WithoutAnyThereIsNothingToDo() => Assert.Null(LogitAdjustment.For(new SamplingOptions { MaxNewTokens = 1, Temperature = 0.3 }));

    [Fact]
    public async Task BothGeneratorsAndTheServersDrawTheSameUnderThem()
    {
        using LanguageModel model = TinyModels.Create("llama");
        using var continuous = new ContinuousGenerator(model, new ContinuousOptions { Slots = 2 });
        int[][] prompts = [[1, 2, 3], [4]];
        var options = new SamplingOptions { MaxNewTokens = 20, Temperature = 0.8, Seed = 6, PresencePenalty = 1.2, FrequencyPenalty = 0.7, Biases = [new TokenBias(9, 1.5f), new TokenBias(11, -100)] };

        Generation[] engine = Generator.Generate(model, prompts, options), tensors = TensorGenerator.Generate(model, prompts, options);
        List<DrawnToken> served = await ContinuousGeneratorTests.Read(continuous.Submit(prompts[1], options, row: 1));

        Assert.Equal(engine.Select(one => one.Response), tensors.Select(one => one.Response));
        Assert.Equal(engine[1].Response, served.Select(token => token.Id));
        Assert.NotEqual(Generator.Generate(model, prompts, options with { PresencePenalty = 0, FrequencyPenalty = 0, Biases = [] })[0].Response, engine[0].Response);
        Assert.All(engine, one => Assert.DoesNotContain(11, one.Response));
    }

    [Fact]
    public void ABiasOfATokenThatIsNoneIsRefused()
    {
        using LanguageModel model = TinyModels.Create("llama");

        var refusal = Assert.Throws<InvalidInputException>(() => Generator.Generate(model, [[1]], new SamplingOptions { MaxNewTokens = 1, Biases = [new TokenBias(50, 1)] }));

        Assert.Contains("bias of token 50: ids go from 0 to 49", refusal.Message);
    }
}
