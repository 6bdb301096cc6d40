using System.Text.Json;
using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class PreferencePairsTests
{
    private const PreferenceFormat Trainer = PreferenceFormat.PromptChosenRejected;
    private const PreferenceFormat Farm = PreferenceFormat.AlpacaFarm;
    private const PreferenceFormat Dialogues = PreferenceFormat.HhRlhf;

    [Fact]
    public void RealDialoguesAreSplitWithoutLosingACharacter()
    {
        string path = SharedData.Path("datasets", "hh-rlhf-harmless", "pairs.upstream.jsonl");
        IReadOnlyList<Preference> pairs = PreferencePairs.Read(path, Dialogues);
        Assert.Equal(604, pairs.Count);
        foreach ((Preference pair, string line) in pairs.Zip(File.ReadLines(path)))
        {
            JsonElement source = JsonElement.Parse(line);
            Assert.Equal(source.GetProperty("chosen").GetString(), pair.Prompt.Text + pair.Chosen.Text);
            Assert.Equal(source.GetProperty("rejected").GetString(), pair.Prompt.Text + pair.Rejected.Text);
            Assert.EndsWith("\n\nAssistant:", pair.Prompt.Text);
            Assert.Equal("user", pair.Prompt.Turns[^1].Role);
            Assert.False(pair.PartsEarly);
            Assert.DoesNotContain("\n\nHuman:", pair.Chosen.Text);
        }
    }

    [Fact]
    public void DialoguesThatPartEarlyKeepTheirLaterTurnsInTheResponses()
    {
        Preference pair = Assert.Single(Read(Dialogues, """
            {"chosen": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d", "rejected": "\n\nHuman: a\n\nAssistant: x\n\nHuman: c\n\nAssistant: d"}
            """));
        Assert.True(pair.PartsEarly);
        Assert.Equal("\n\nHuman: a\n\nAssistant:", pair.Prompt.Text);
        Assert.Equal((" b\n\nHuman: c\n\nAssistant: d", " x\n\nHuman: c\n\nAssistant: d"), (pair.Chosen.Text, pair.Rejected.Text));
    }

    [Fact]
    public void DialoguesThatPartInAHumanTurnAreCutBeforeTheAnswerInFrontOfIt()
    {
        Preference pair = Assert.Single(Read(Dialogues, """
            {"chosen": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d", "rejected": "\n\nHuman: a\n\nAssistant: b\n\nHuman: no\n\nAssistant: d"}
            """));
        Assert.True(pair.PartsEarly);
        Assert.Equal("\n\nHuman: a\n\nAssistant:", pair.Prompt.Text);
        Assert.Equal(" b\n\nHuman: no\n\nAssistant: d", pair.Rejected.Text);
    }

    [Fact]
    public void ADialogueOfOneTurnMoreThanTheOtherPartsEarly()
    {
        Preference pair = Assert.Single(Read(Dialogues, """
            {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d"}
            """));
        Assert.True(pair.PartsEarly);
        Assert.Equal((" b", " b\n\nHuman: c\n\nAssistant: d"), (pair.Chosen.Text, pair.Rejected.Text));
    }

    [Fact]
    public void TheTurnsOfADialogueAreThereForTemplates()
    {
        Preference pair = Assert.Single(Read(Dialogues, """
            {"chosen": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d", "rejected": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: e"}
            """));
        Assert.Equal([new Turn("user", "a"), new Turn("assistant", "b"), new Turn("user", "c")], pair.Prompt.Turns);
        Assert.Equal("a", pair.Group);
    }

    [Theory]
    [InlineData("""{"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: x\n\nAssistant: b"}""",
        "rejected: parts from chosen before the first assistant turn; two dialogues that begin alike are expected")]
    [InlineData("""{"chosen": "a", "rejected": "\n\nHuman: x\n\nAssistant: b"}""", "chosen: does not begin with \"\\n\\nHuman:\"")]
    [InlineData("""{"chosen": "\n\nHuman: x\n\nAssistant: b\n\nHuman: c", "rejected": "\n\nHuman: x\n\nAssistant: b"}""", "chosen: ends with a Human turn")]
    [InlineData("""{"chosen": "\n\nHuman: x\n\nAssistant: b"}""", "rejected: is missing; a string is expected")]
    public void ABadDialogueIsNamed(string bad, string problem) => AssertProblem(Dialogues, bad, problem);

    [Fact]
    public void FarmPairsPutThePreferredOutputFirst()
    {
        IReadOnlyList<Preference> pairs = Read(Farm, """
            [
             {"instruction": "do", "input": "", "output_1": "x", "output_2": "y", "preference": 2},
             {"instruction": "do", "input": "this", "output_1": "x\r\nz", "output_2": "y", "preference": 1.0}
            ]
            """);
        Assert.Equal(("do", "y", "x", 2), (pairs[0].Prompt.Text, pairs[0].Chosen.Text, pairs[0].Rejected.Text, pairs[0].Line));
        Assert.Equal(("do\n\nthis", "x\nz", "y", 1), (pairs[1].Prompt.Text, pairs[1].Chosen.Text, pairs[1].Rejected.Text, pairs[1].NewlinesNormalized));
    }

    [Theory]
    [InlineData("3", "preference: 3 is not 1 (output_1 is better) or 2 (output_2 is better)")]
    [InlineData("1.5", "preference: 1.5 is not 1")]
    [InlineData("\"1\"", "preference: \"1\" is not 1")]
    [InlineData("null", "preference: null is not 1")]
    [InlineData("0", "preference: 0 is not 1")]
    public void AnUnknownPreferenceIsNamed(string value, string problem) =>
        AssertProblem(Farm, $$"""{"instruction": "i", "input": "", "output_1": "a", "output_2": "b", "preference": {{value}}}""", problem);

    [Fact]
    public void APromptIsTakenAsItIs()
    {
        Preference pair = Assert.Single(Read(Trainer, """{"prompt": "p", "chosen": "a b", "rejected": "a c", "margin": 0.5}"""));
        Assert.Equal(("p", "a b", "a c", 0.5), (pair.Prompt.Text, pair.Chosen.Text, pair.Rejected.Text, pair.Margin));
    }

    [Theory]
    [InlineData("The sky is blue.", "The sky is green.", "The sky is")]
    [InlineData("The sky is blue.", "The sky is black.", "The sky is")]
    [InlineData("yes", "no", "")]
    [InlineData("a\n\nb", "a\n\nc", "a\n\n")]
    [InlineData("same", "same thing", "same")]
    [InlineData("😀", "😁", "")]
    public void WithoutAPromptItIsTheCommonBeginning(string chosen, string rejected, string prompt)
    {
        Preference pair = Assert.Single(Read(Trainer, JsonSerializer.Serialize(new { chosen, rejected })));
        Assert.Equal(prompt, pair.Prompt.Text);
        Assert.Equal((chosen, rejected), (pair.Prompt.Text + pair.Chosen.Text, pair.Prompt.Text + pair.Rejected.Text));
    }

    [Fact]
    public void ListsOfMessagesShareTheirPrompt()
    {
        Preference pair = Assert.Single(Read(Trainer, """
            {"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "good"}], "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "bad"}]}
            """));
        Assert.Equal(("q", "good", "bad"), (pair.Prompt.Text, pair.Chosen.Text, pair.Rejected.Text));
        Assert.Equal([new Turn("user", "q")], pair.Prompt.Turns);
    }

    [Theory]
    [InlineData("""{"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}], "chosen": [{"role": "assistant", "content": "x"}], "rejected": [{"role": "assistant", "content": "y"}]}""",
        "\n\nSystem: s\n\nHuman: q\n\nAssistant:")]
    [InlineData("""{"prompt": "q", "chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}], "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "y"}]}""", "q")]
    [InlineData("""{"prompt": [{"role": "user", "content": "q"}], "chosen": "x", "rejected": "y"}""", "q")]
    public void APromptBesideMessagesIsNotRepeated(string row, string prompt)
    {
        Preference pair = Assert.Single(Read(Trainer, row));
        Assert.Equal((prompt, "x", "y"), (pair.Prompt.Text, pair.Chosen.Text, pair.Rejected.Text));
    }

    [Theory]
    [InlineData("""{"prompt": "p", "chosen": "a"}""", "rejected: is missing; a string or a list of messages is expected")]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": 3}""", "rejected: 3 is a number; a string is expected")]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": []}""", "rejected: is an array while chosen is a string; the same kind is expected")]
    [InlineData("""{"chosen": "a", "rejected": "a"}""", "prompt: is missing, and cannot be told from chosen and rejected")]
    [InlineData("""{"prompt": "p", "margin": "x", "chosen": "a", "rejected": "b"}""", "margin: \"x\" is a string; a number is expected")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "bot", "content": "x"}], "rejected": [{"role": "assistant", "content": "y"}]}""",
        "chosen[0].role: \"bot\" is not a role (system, user, assistant, tool)")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "assistant"}], "rejected": [{"role": "assistant", "content": "y"}]}""", "chosen[0].content: is missing")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "user", "content": "x"}], "rejected": [{"role": "assistant", "content": "y"}]}""",
        "chosen: has [user] after the prompt; one assistant message is expected")]
    public void ABadPairIsNamed(string bad, string problem) => AssertProblem(Trainer, bad, problem);

    private static IReadOnlyList<Preference> Read(PreferenceFormat format, string content)
    {
        using var file = new TemporaryFile(content);
        return PreferencePairs.Read(file.Path, format);
    }

    private static void AssertProblem(PreferenceFormat format, string row, string problem) =>
        Assert.Contains($"rows.jsonl:3: {problem}", Assert.Throws<InvalidInputException>(() => Read(format, "\n\n" + row)).Message);
}
