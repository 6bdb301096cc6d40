using Emend.Feedback;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback;

public sealed class AspectPromptsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void PromptsComeWithTheirAspectsAndTheirLines() => Assert.Equal(
        [("mine", "honest", "p", 1), ("line-3", "kind", "q", 3)],
        Read("""{"id": "mine", "aspect": "honest", "prompt": "p", "else": 1}""", "", """{"aspect": "kind", "prompt": "q"}""").Select(row => (row.Id, row.Aspect!, row.Prompt.Text, row.Line)));

    [Fact]
    public void PromptsNeedNoAspect() => Assert.Null(Assert.Single(Read("""{"prompt": "p"}""")).Aspect);

    [Fact]
    public void EveryPromptNamesItsAspectOrNoneDoes() =>
        Assert.Contains(":2: aspect: is missing, where the prompt of line 1 has one", Refused("""{"prompt": "p", "aspect": "kind"}""", """{"prompt": "q"}"""));

    [Fact]
    public void EveryProblemIsNamed()
    {
        string problems = Refused("""{"prompt": 1, "aspect": "kind"}""", """{"id": "a", "prompt": "p", "aspect": "all"}""", """{"id": "a", "prompt": "p", "aspect": ""}""");

        Assert.Contains(":1: prompt: 1 is a number", problems);
        Assert.Contains(":2: aspect: \"all\" stands for all prompts together", problems);
        Assert.Contains(":3: aspect: has 0 characters", problems);
        Assert.Contains(":3: id: \"a\" is already the id of line 2", problems);
    }

    private string Refused(params string[] lines) => Assert.Throws<InvalidInputException>(() => Read(lines)).Message;

    private IReadOnlyList<AspectPrompt> Read(params string[] lines)
    {
        File.WriteAllLines(_file, lines);
        return AspectPrompts.Read(_file);
    }
}
