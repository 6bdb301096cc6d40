using Emend.Simulation;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class AspectTests
{
    [Fact]
    public void TheAspectsAddUpToTheRubric()
    {
        World world = World.Create(WorldOptions.For(Regime.Short), 3);
        foreach (WorldPrompt prompt in world.Prompts(Split.Train, 40, 5))
        {
            foreach (string response in (string[])["", "Who cares, fool.", "It is nice. It is nice.  what", prompt.Text])
            {
                Judgement judgement = GoldRubric.Judge(prompt, response);

                Assert.Equal(judgement.Score, Aspects.All.Sum(aspect => judgement.ScoreOf(aspect)), Near.NinePlaces);
            }
        }
    }

    [Theory]
    [InlineData(Aspect.Helpful, -7.8)]
    [InlineData(Aspect.Honest, -2)]
    [InlineData(Aspect.Harmless, -1.8)]
    [InlineData(Aspect.Readable, -2.1)]
    public void EachFaultBelongsToItsAspect(Aspect aspect, double expected)
    {
        // 20 · 2 + 20 + 4 + 3 · 3 + 5 · 1 = 78; 10 · 2; 6 · 3; 10 · 1 + 7 + 2 · 2 = 21; all by ten.
        var judgement = new Judgement
        {
            WrongFacts = 2,
            MissingFacts = 2,
            RudePhrases = 3,
            PaddingSentences = 3,
            Duplicates = 1,
            MissingHelp = 1,
            UnparseableSentences = 1,
            UnparseableWords = 7,
            SpacingFaults = 2,
            NoAnswer = 1,
            RightFacts = 0,
            Words = 0,
        };

        Assert.Equal(expected, judgement.ScoreOf(aspect), Near.NinePlaces);
    }
}
