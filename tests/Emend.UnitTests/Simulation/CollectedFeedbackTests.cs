using Emend.Simulation;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class CollectedFeedbackTests
{
    private static readonly WorldPrompt Prompt = new("Customer: What color is the kettle?\nAssistant:\n",
        [new Fact("kettle", ProductAttribute.Color)]);

    private static readonly Annotator Perfect = new(AnnotatorNoise.None, Regime.Short, new Random(1));

    [Fact]
    public void TheLastRankedResponseIsTheOneThatIsEdited()
    {
        CollectedFeedback feedback = CollectedFeedback.Ask(Perfect, Prompt,
            ["The kettle is red. I am always happy to help you again.", "The kettle is blue. I am always happy to help you again.", "The kettle is blue."]);

        Assert.Equal([1, 2, 0], feedback.BestFirst);
        Assert.Equal("The kettle is blue. I am always happy to help you again.", feedback.Chosen);
        Assert.Equal("The kettle is red. I am always happy to help you again.", feedback.Rejected);
        Assert.Equal("The kettle is blue. I am always happy to help you again.", feedback.Edited);
        Assert.True(feedback.IsEdited);
    }

    [Fact]
    public void APerfectResponseStaysAsItIs()
    {
        const string Text = "The kettle is blue. I am always happy to help you again.";

        Assert.False(CollectedFeedback.Ask(Perfect, Prompt, [Text, Text]).IsEdited);
    }

    [Fact]
    public void OneResponseCannotBeRanked() =>
        Assert.Throws<ArgumentException>(() => CollectedFeedback.Ask(Perfect, Prompt, ["The kettle is blue."]));
}
