using System.Security.Cryptography;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Feedback.Prompts;

public class PromptContentTests
{
    private const string Full = """{"system":"Be brief, “please”.","template":"Q: {{question}}","examples":[{"input":"a","output":"b"}],"settings":{"model":"m","temperature":0.7,"topP":1,"maxTokens":64,"seed":7,"stop":["\n"]}}""";

    [Fact]
    public void TheCanonicalFormIsTheSameHoweverTheFileWasWritten()
    {
        string spread = Full.Replace(",\"", ",\r\n  \"").Replace("\"topP\":1,", "").Replace("\"seed\":7", "\"topP\": 1.0, \"seed\": 7");

        Assert.Equal(Full, PromptContent.Parse(spread, "p.json").ToJson());
    }

    [Fact]
    public void TheHashIsSha256OfTheCanonicalForm() =>
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("""{"template":"Hi","settings":{}}"""u8)), new PromptContent { Template = "Hi" }.Hash());

    [Fact]
    public void LineEndsDoNotChangeTheHash() =>
        Assert.Equal(new PromptContent { Template = "a\nb" }.Hash(), new PromptContent { Template = "a\r\nb" }.Normalized().Hash());

    [Theory]
    [InlineData("""{"template": "a", "settings": {"topP": 0}}""", "settings.topP: 0 is not above 0")]
    [InlineData("""{"template": "a", "settings": {"temperature": -1}}""", "settings.temperature: -1 is not between 0 and 10")]
    [InlineData("""{"template": "a", "settings": {"stop": [""]}}""", "settings.stop")]
    [InlineData("""{"template": " "}""", "template: is empty")]
    [InlineData("""{"template": "one\ntwo {{a b}}"}""", "template: line 2: \"{{a b}}\" names no variable")]
    [InlineData("""{"template": "x", "system": "{{a"}""", "system: line 1: \"{{\" is never closed")]
    [InlineData("""{"template": 3}""", "p.json:1: template: is not a text; an object with template")]
    [InlineData("""{"template": "a", "settings": {"temperature": "hot"}}""", "settings.temperature: is not a number;")]
    [InlineData("""{"template": "a", "settings": {"maxTokens": 1.5}}""", "settings.maxTokens: is not a whole number;")]
    [InlineData("""{"template": "a", "settings": {"stop": "x"}}""", "settings.stop: is not a list;")]
    [InlineData("""{"template": "a", "examples": {"input": "x"}}""", "examples: is not a list;")]
    [InlineData("""{"template": "a", "settings": 3}""", "settings: is not an object with the fields that are expected;")]
    [InlineData("""{"template": "a", "system": null}""", "null stands where a value is expected;")]
    [InlineData("""{"template": "a", "temperature": 1}""", "\"temperature\" is no field of it;")]
    [InlineData("""{"template": "a", "template": "b"}""", "\"template\" stands in it twice;")]
    [InlineData("""{"system": "a"}""", "\"template\" is missing;")]
    [InlineData("null", "holds null")]
    public void WhatIsWrongIsNamed(string json, string part)
    {
        var refused = Assert.Throws<InvalidInputException>(() => PromptContent.Parse(json, "p.json"));

        Assert.StartsWith("p.json", refused.Message);
        Assert.Contains(part, refused.Message);
        Assert.DoesNotContain("System.", refused.Message);
        Assert.DoesNotContain("Emend.", refused.Message);
    }

    [Fact]
    public void EveryProblemIsNamedAtOnce()
    {
        FieldProblem[] problems = [.. new PromptContent { Template = "{{", System = "{{1}}", Settings = new ModelSettings { MaxTokens = 0 } }.Problems()];

        Assert.Equal(["system", "template", "settings.maxTokens"], problems.Select(problem => problem.Field));
    }

    [Fact]
    public void VariablesComeInTheOrderOfSystemMessageAndTemplate() =>
        Assert.Equal(["tone", "question", "context"], new PromptContent { System = "{{tone}} {{question}}", Template = "{{context}} {{ question }}" }.Variables);
}
