using Emend.Simulation;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class AnnotatorTests
{
    private static readonly WorldPrompt Prompt = new("Customer: Tell me the color and the material of the kettle.\nAssistant:\n",
        [new Fact("kettle", ProductAttribute.Color), new Fact("kettle", ProductAttribute.Material)]);

    [Theory]
    [InlineData("The kettle is red. The kettle is made of steel. I am always happy to help you again.", "The kettle is blue. The kettle is made of steel. I am always happy to help you again.")]
    [InlineData("The kettle is blue, so stop asking. The kettle is made of steel. I am always happy to help you again.", "The kettle is blue. The kettle is made of steel. I am always happy to help you again.")]
    [InlineData("That is a silly question. The kettle is blue. The kettle is made of steel. I am always happy to help you again.", "The kettle is blue. The kettle is made of steel. I am always happy to help you again.")]
    [InlineData("The kettle is blue. The lamp is red. The kettle is made of steel. I am always happy to help you again. I am", "The kettle is blue. The kettle is made of steel. I am always happy to help you again.")]
    [InlineData("The kettle is red. The kettle is made of steel. The kettle is blue. I am always happy to help you again.", "The kettle is made of steel. The kettle is blue. I am always happy to help you again.")]
    [InlineData("The kettle is blue. The kettle is made of steel. I am always happy to help you again.", "The kettle is blue. The kettle is made of steel. I am always happy to help you again.")]
    public void APerfectAnnotatorChangesOnlyWhatIsWrong(string response, string edited) =>
        Assert.Equal(edited, Perfect(Regime.Short).Edit(Prompt, response).Edited);

    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void APerfectEditIsTheDemonstrationWithoutItsFaults(Regime regime)
    {
        foreach ((WorldPrompt prompt, Demonstration demonstration) in Demonstrations(regime, 500, seed: 4))
        {
            string edited = Perfect(regime).Edit(prompt, demonstration.Text).Edited;
            string[] sentences = edited.Split(". "), clean = demonstration.Clean.Split(". ");
            int inserted = demonstration.Faults.Count(fault => fault is FaultKind.MissingFact or FaultKind.MissingHelp);

            Assert.Equal(0, GoldRubric.Judge(prompt, edited).Score);
            Assert.Equal(clean.Length, sentences.Length);     // an inserted sentence may have other words, at the same place
            Assert.InRange(clean.Zip(sentences).Count(pair => pair.First != pair.Second), 0, inserted);
        }
    }

    [Fact]
    public void FixingAnyOneFaultRaisesTheScore()
    {
        foreach ((WorldPrompt prompt, Demonstration demonstration) in Demonstrations(Regime.Long, 200, seed: 5))
        {
            // Annotators who miss nearly everything: most of their edits are one fix.
            Annotator annotator = new(AnnotatorNoise.None with { MissedFault = 0.8 }, Regime.Long, new Random(prompt.Text.Length));
            AnnotatorEdit edit = annotator.Edit(prompt, demonstration.Text);
            Outcome outcome = GoldRubric.Compare(prompt, edit.Edited, demonstration.Text);

            Assert.Equal(edit.Fixed.IsEmpty ? Outcome.Tie : Outcome.Win, outcome);
        }
    }

    [Fact]
    public void AMissingFactFollowsTheOneAskedBeforeIt()
    {
        string edited = Perfect(Regime.Short).Edit(Prompt, "The kettle is blue. I am always happy to help you again.").Edited;

        Assert.StartsWith("The kettle is blue. ", edited);
        Assert.EndsWith(". I am always happy to help you again.", edited);
        Assert.Equal(0, GoldRubric.Judge(Prompt, edited).Score);
    }

    [Fact]
    public void AGarbledSentenceGivesWayToTheFactItMeant()
    {
        string edited = Perfect(Regime.Short)
            .Edit(Prompt, "The kettle is made of steel. The kettle of blue is. I am always happy to help you again.").Edited;

        Assert.StartsWith("The kettle is made of steel. ", edited);
        Assert.EndsWith(". I am always happy to help you again.", edited);
        Assert.Equal(0, GoldRubric.Judge(Prompt, edited).Score);
    }

    [Fact]
    public void AnyTextIsEditedToAPerfectOneWithoutNoise()
    {
        Random random = new(6);
        string[] pieces = [.. World.Vocabulary(), ".", ",", "!", "\n", "🙂", "The kettle is blue.", "The kettle is made of red, so stop asking.", "Customer:"];
        for (int i = 0; i < 1000; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, random.Next(30)).Select(_ => pieces[random.Next(pieces.Length)]));

            Assert.Equal(0, GoldRubric.Judge(Prompt, Perfect(Regime.Short).Edit(Prompt, text).Edited).Score);
        }
    }

    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void DefaultNoiseMissesSpoilsAndRewordsAsOftenAsDocumented(Regime regime)
    {
        int done = 0, missed = 0, misfixed = 0, unneeded = 0, faultless = 0;
        Annotator annotator = new(AnnotatorNoise.For(regime), regime, new Random(7));
        foreach ((WorldPrompt prompt, Demonstration demonstration) in Demonstrations(regime, 1500, seed: 7))
        {
            AnnotatorEdit edit = annotator.Edit(prompt, demonstration.Text);
            (done, missed, misfixed) = (done + edit.Fixed.Length, missed + edit.Missed.Length, misfixed + edit.Misfixed.Length);
            (unneeded, faultless) = (unneeded + edit.UnneededEdits, faultless + GoldRubric.Judge(prompt, demonstration.Text).RightFacts);
        }
        double faults = done + missed + misfixed;

        Assert.InRange(missed / faults, 0.13, 0.17);
        Assert.InRange(misfixed / faults, 0.04, 0.06);
        Assert.InRange((double)unneeded / faultless, 0.02, 0.06);    // sentences of right facts, some rude, plus help
    }

    [Theory]
    [InlineData(Regime.Short)]
    [InlineData(Regime.Long)]
    public void DefaultNoiseFlipsAPreferenceAboutOneTimeInFive(Regime regime)
    {
        World world = World.Create(WorldOptions.For(regime), seed: 8);
        Random random = world.RandomFor("demonstrations");
        Annotator annotator = new(AnnotatorNoise.For(regime), regime, new Random(8));
        int flips = 0, pairs = 0;
        foreach (WorldPrompt prompt in world.Prompts(Split.Train, 3000, seed: 8))
        {
            string one = world.Demonstration(prompt, random).Text, other = world.Demonstration(prompt, random).Text;
            Outcome outcome = GoldRubric.Compare(prompt, one, other);
            if (outcome == Outcome.Tie)
                continue;
            pairs++;
            flips += annotator.Rank(prompt, [one, other])[0] == (outcome == Outcome.Win ? 0 : 1) ? 0 : 1;
        }

        Assert.InRange((double)flips / pairs, 0.17, 0.23);
    }

    [Fact]
    public void AFlipIsLogisticInTheDifferenceOfTheScores()
    {
        Annotator annotator = new(new AnnotatorNoise { RankScale = 1 }, Regime.Short, new Random(9));
        const string Perfect = "The kettle is blue. The kettle is made of steel. I am always happy to help you again.";
        const string Wrong = "The kettle is red. The kettle is made of steel. I am always happy to help you again.";

        int flips = Enumerable.Range(0, 20_000).Count(_ => annotator.Rank(Prompt, [Perfect, Wrong])[0] == 1);

        Assert.InRange(flips / 20_000.0, 0.26, 0.28);                // 1 / (1 + e) = 0.269
    }

    [Fact]
    public void APerfectAnnotatorRanksByTheRubric()
    {
        string[] responses = ["", "The kettle is blue. The kettle is made of steel. I am always happy to help you again.", "The kettle is blue."];

        Assert.Equal([1, 2, 0], Perfect(Regime.Short).Rank(Prompt, responses));
    }

    private static Annotator Perfect(Regime regime) => new(AnnotatorNoise.None, regime, new Random(1));

    private static IEnumerable<(WorldPrompt, Demonstration)> Demonstrations(Regime regime, int count, int seed)
    {
        World world = World.Create(WorldOptions.For(regime), seed);
        Random random = world.RandomFor("demonstrations");
        return world.Prompts(Split.Train, count, seed).Select(prompt => (prompt, world.Demonstration(prompt, random)));
    }
}
