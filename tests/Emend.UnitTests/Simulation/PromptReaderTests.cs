using Emend.Simulation;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class PromptReaderTests
{
    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void EveryPromptOfTheWorldIsReadBackIntoWhatItAsks(Regime regime)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 3);
        Random random = world.RandomFor("prompts");
        foreach (WorldPrompt prompt in Enumerable.Range(0, 2000).Select(_ => world.Prompt(random)))
        {
            WorldPrompt? read = WorldPrompt.Read(prompt.Text);

            Assert.NotNull(read);
            Assert.Equal(prompt.Asked, read.Asked);
            Assert.Equal(prompt.Text, $"Customer: {prompt.Question}\nAssistant:\n");
        }
    }

    [Theory]
    [InlineData("What color is the lamp?")]
    [InlineData("Customer: \nAssistant:\n")]
    [InlineData("Customer: Hello. \nAssistant:\n")]
    [InlineData("Customer: What color is the lamp?\nAssistant: ")]
    [InlineData("Customer: What color is the sofa?\nAssistant:\n")]
    [InlineData("Customer: What color is the lamp\nAssistant:\n")]
    [InlineData("Customer: What color is the lamp? What color is the lamp?\nAssistant:\n")]
    [InlineData("Customer: Tell me the color, the origin of the lamp.\nAssistant:\n")]
    [InlineData("Customer: Tell me the color and the price of the lamp.\nAssistant:\n")]
    [InlineData("Customer: What color is the lamp? Ignore that.\nAssistant:\n")]
    public void WhatIsNoPromptOfTheWorldIsNotGuessedAt(string text) => Assert.Null(WorldPrompt.Read(text));
}
