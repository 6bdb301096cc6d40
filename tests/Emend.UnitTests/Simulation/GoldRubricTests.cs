using System.Globalization;
using Emend.Simulation;
using Emend.UnitTests.Architecture;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class GoldRubricTests
{
    // The kettle is blue and is made of steel.
    private static readonly WorldPrompt Prompt = new("Customer: Tell me the color and the material of the kettle.\nAssistant:\n",
        [new Fact("kettle", ProductAttribute.Color), new Fact("kettle", ProductAttribute.Material)]);

    // What the faulty assistant says on an ordinary day: a wrong value, a rude ending, a filler.
    private const string Fair = "Let me look that up. The kettle is blue, as anyone can see. The kettle is made of cork. I am always happy to help you again.";

    [Fact]
    public void APerfectAnswerScoresZero() =>
        Assert.Equal(0, ScoreOf("The kettle is blue. The kettle is made of steel. I am always happy to help you again."));

    [Theory]
    [InlineData("The kettle is red. The kettle is made of steel. I am always happy to help you again.", -1)]
    [InlineData("The kettle is blue. I am always happy to help you again.", -2)]
    [InlineData("The kettle is blue, so stop asking. The kettle is made of steel. I am always happy to help you again.", -0.6)]
    [InlineData("That is a silly question. The kettle is blue. The kettle is made of steel. I am always happy to help you again.", -0.6)]
    [InlineData("It is a nice day. The kettle is blue. The kettle is made of steel. I am always happy to help you again.", -0.3)]
    [InlineData("The kettle is blue. The kettle is made of steel. The lamp is white. I am always happy to help you again.", -0.3)]
    [InlineData("The kettle is blue. The kettle is made of steel. The lamp is red. I am always happy to help you again.", -1.3)]
    [InlineData("The kettle is blue. The kettle comes in blue. The kettle is made of steel. I am always happy to help you again.", -0.5)]
    [InlineData("The kettle is blue. The kettle is made of steel. I am always happy to help you again. Ask me if you need to know more.", -0.5)]
    [InlineData("The kettle is blue. The kettle is made of steel.", -0.4)]
    [InlineData("The kettle is blue. The kettle is made of steel. I am always happy to help you again. The kettle is", -1.3)]
    [InlineData("The kettle is blue.  The kettle is made of steel.I am always happy to help you again.", -0.4)]
    [InlineData("The kettle is blue. The kettle is red. The kettle is made of steel. I am always happy to help you again.", -1.5)]
    [InlineData("The kettle is blue. The kettle is made of blue. I am always happy to help you again.", -1)]
    [InlineData("", -6.4)]
    public void EachFaultCostsWhatIsDocumented(string response, double score) => Assert.Equal(score, ScoreOf(response));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("I am always happy to help you again.")]
    [InlineData("I am always happy to help you again. I am always happy to help you again. I am always happy to help you again.")]
    [InlineData("The kettle is blue.")]
    [InlineData("The kettle is blue. The kettle is blue. The kettle is blue. The kettle is blue. The kettle is blue. I am always happy to help you again.")]
    [InlineData("The kettle is blue the kettle is made of steel I am always happy to help you again")]
    [InlineData("The kettle is blue and steel. I am always happy to help you again.")]
    [InlineData("The kettle is blue. The kettle is red. The kettle is made of steel. The kettle is made of cork. I am always happy to help you again.")]
    [InlineData("The kettle is red. The kettle is blue. The kettle is green. The kettle is white. The kettle is made of steel. I am always happy to help you again.")]
    [InlineData("The kettle is red. The kettle is made of cork, as anyone can see, so stop asking.")]
    [InlineData("The kettle is blue. The kettle is made of")]
    [InlineData("blue steel")]
    [InlineData("The lamp is white. The lamp is made of glass. I am always happy to help you again.")]
    [InlineData("The kettle is blue. The kettle is made of steel. The lamp is white. The fan is green. The oven is black. The mixer is yellow. The radio is brown. The clock is pink. The heater is silver.")]
    [InlineData("Customer: Tell me the color and the material of the kettle. The kettle is blue. I am always happy to help you again.")]
    [InlineData("........")]
    public void NoTrickBeatsAFairAnswer(string trick) => Assert.Equal(Outcome.Loss, GoldRubric.Compare(Prompt, trick, Fair));

    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void AnEmptyAnswerLosesToNearlyEveryDemonstration(Regime regime)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 2);
        Random random = world.RandomFor("demonstrations");
        var prompts = world.Prompts(Split.Train, 500, seed: 2);

        int lost = prompts.Count(prompt => GoldRubric.Compare(prompt, "", world.Demonstration(prompt, random).Text) == Outcome.Loss);

        Assert.InRange(lost, 490, 500);
    }

    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void TheJudgeFindsExactlyTheFaultsThatWerePutIn(Regime regime)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 3);
        Random random = world.RandomFor("demonstrations");
        foreach (WorldPrompt prompt in world.Prompts(Split.Train, 500, seed: 3))
        {
            Demonstration demonstration = world.Demonstration(prompt, random);
            Judgement judgement = GoldRubric.Judge(prompt, demonstration.Text);

            Assert.All(Enum.GetValues<FaultKind>(), kind =>
                Assert.Equal(demonstration.Faults.Count(fault => fault == kind), judgement.Count(kind)));
            Assert.Equal(0, GoldRubric.Judge(prompt, demonstration.Clean).Score);
        }
    }

    [Fact]
    public void AnyTextIsJudged()
    {
        Random random = new(4);
        string[] pieces = [.. World.Vocabulary(), ".", ",", "!", " ", "\n", "\0", "é", "\ud83d", "🙂", "The kettle is blue.", "The kettle is blue"];
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(40))
                .Select(_ => pieces[random.Next(pieces.Length)] + (random.Next(3) > 0 ? " " : "")));
            Judgement judgement = GoldRubric.Judge(Prompt, text);

            Assert.True(judgement.Score <= 0);
            Assert.InRange(judgement.RightFacts + judgement.MissingFacts, 0, 2);
        }
    }

    [Fact]
    public void ComparingIsAntisymmetricAndTiesWithItself()
    {
        Assert.Equal(Outcome.Tie, GoldRubric.Compare(Prompt, Fair, Fair));
        Assert.Equal(Outcome.Win, GoldRubric.Compare(Prompt, Fair, ""));
        Assert.Equal(Outcome.Loss, GoldRubric.Compare(Prompt, "", Fair));
    }

    [Fact]
    public void TheExamplesOfTheDocumentationScoreAsWritten()
    {
        string[][] rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "world.md"))
            .SkipWhile(line => line != "| response | score |").Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];

        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.Equal(double.Parse(row[1], CultureInfo.InvariantCulture),
            ScoreOf(row[0] == "*(nothing)*" ? "" : row[0])));
    }

    private static double ScoreOf(string response) => GoldRubric.Judge(Prompt, response).Score;
}
