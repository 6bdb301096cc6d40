using Emend.Feedback.Prompts;
using Emend.Suites;
using Emend.Text;
using Xunit;

namespace Emend.JudgingTests;

public sealed class SuiteReaderTests
{
    [Fact]
    public void AWholeSuiteIsReadWithItsLines()
    {
        Suite suite = SuiteReader.ReadText("""
            suite: lamp
            about: what the lamp's assistant must say
            settings: {temperature: 0, maxTokens: 40, seed: 7}
            prompts:
              v1: {template: "{{question}}"}
              v2:
                system: Be brief.
                template: "Q: {{question}}"
                settings: {maxTokens: 20}
            cases:
              - id: runtime
                variables: {question: How long?}
                original: It runs for 40 hours.
                edit: It runs for 14 hours.
                assert:
                  - contains: 14 hours
                  - not-contains: [40, "rude"]
                    on: edit
                  - length: {unit: characters, max: 60}
                  - nearer-the-edit: true
                  - token-reward: {min: -2}
              - messages:
                  - {role: system, content: s}
                  - {role: user, content: u}
            """, "lamp.yaml");

        Assert.Equal(("lamp", 40, 7), (suite.Name, suite.Settings.MaxTokens, suite.Settings.Seed));
        Assert.Equal(["v1", "v2"], suite.Prompts.Select(prompt => prompt.Name));
        Assert.Equal(["runtime", "case-2"], suite.Cases.Select(one => one.Id));
        Assert.Equal(["contains", "not-contains", "length", "nearer-the-edit", "token-reward"], suite.Cases[0].Assertions.Select(assertion => assertion.Name));
        Assert.Equal([16, 17, 19, 20, 21], suite.Cases[0].Assertions.Select(assertion => assertion.Line));
        Assert.Equal(AssertedText.Edit, suite.Cases[0].Assertions[1].On);
        Assert.Equal(["Be brief.", "Q: How long?"], suite.Cases[0].Conversation(suite.Prompts[1]).Select(message => message.Content));
    }

    [Fact]
    public void AVersionOfTheRegistryIsReadFromItsFileWithItsHash()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend suites ");
        var version = new PromptContent { System = "Be brief.", Template = "{{q}}", Settings = new ModelSettings { Stop = ["\n"], MaxTokens = 9 } };
        File.WriteAllText(Path.Combine(folder.FullName, "v7.json"), version.ToJson());
        const string suite = "suite: s\nprompts:\n  v7: {file: v7.json}\n  v8: {file: v8.json}\ncases:\n  - variables: {q: a}\n";
        string path = Path.Combine(folder.FullName, "suite.yaml");

        Suite read = SuiteReader.ReadText(suite.Replace("  v8: {file: v8.json}\n", ""), path);
        var error = Assert.Throws<InvalidInputException>(() => SuiteReader.ReadText(suite, path));
        folder.Delete(recursive: true);

        Assert.Equal(version.Hash(), Assert.Single(read.Prompts).Content.Hash());
        Assert.Equal(["\n"], read.Prompts[0].Content.Settings.Stop);
        Assert.Contains("suite.yaml:4: prompts.v8.file:", error.Message);
        Assert.Contains("there is no such file", error.Message);
    }

    [Theory]
    [InlineData("- contians: x", "suite.yaml:5: cases[0].assert[0]: \"contians\" is no assertion (did you mean \"contains\"?); known are equals, not-equals, contains")]
    [InlineData("- {javascript: 'x'}", "\"javascript\" is no assertion; known are")]
    [InlineData("- regex: '('", "suite.yaml:5: cases[0].assert[0].regex: is not a regular expression")]
    [InlineData("- {contains: x, on: edits}", "\"edits\" is not one of answer, original, edit")]
    [InlineData("- {contains: x, on: edit}", "is about the edit, which the case has not")]
    [InlineData("- nearer-the-edit: true", "is about the original, which the case has not")]
    [InlineData("- {contains: x, ignorecase: true}", "this key is not known (did you mean \"ignoreCase\"?)")]
    [InlineData("- {contains: x, equals: y}", "stand in one assertion")]
    [InlineData("- length: {unit: lines, max: 3}", "\"lines\" is not one of words, characters")]
    [InlineData("- length: {}", "has neither min nor max")]
    [InlineData("- grounded: {min: 0.8}", "suite.yaml:5: cases[0].assert[0].grounded: is about the variable context, which the case has not")]
    [InlineData("- grounded: {min: 0.8, in: facts}", "is about the variable facts, which the case has not")]
    [InlineData("- grounded: {text: x}", "assert[0].grounded.min: must be a number from 0 to 1")]
    [InlineData("- grounded: {text: x, min: 80}", "assert[0].grounded.min: must be a number from 0 to 1")]
    [InlineData("- grounded: {text: x, in: y, min: 1}", "assert[0].grounded.text: stands beside in")]
    [InlineData("- json-schema: {typ: object}", "cases[0].assert[0].json-schema.typ: this keyword of JSON Schema is not supported")]
    [InlineData("- json-schema: {type: map}", "\"map\" is not a type")]
    [InlineData("- contains: []", "is empty")]
    [InlineData("- contains: &a x", "is an anchor; a suite has none")]
    public void WhatIsWrongIsNamedByFileLineAndKey(string assertion, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => SuiteReader.ReadText($"suite: s\ncases:\n  - prompt: hello\n    assert:\n      {assertion}\n", "suite.yaml"));

        Assert.Contains(expected, error.Message);
        Assert.Contains("suite.yaml:5", error.Message);
    }

    [Theory]
    [InlineData("template: '{{a}} {{b}}'", "prompts.v1", "variables: b is missing, which prompt v1 has")]
    [InlineData("template: 'none'", "", "variables: a is a variable of no prompt")]
    [InlineData("template: '{{a | upper}}'", "", "suite.yaml:3: prompts.v1.template: line 1: \"{{a | upper}}\" names no variable")]
    public void VariablesMustBeThoseOfThePrompts(string template, string _, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => SuiteReader.ReadText($"suite: s\nprompts:\n  v1: {{{template}}}\ncases:\n  - variables: {{a: x}}\n", "suite.yaml"));

        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void EveryProblemIsNamedAtOnce()
    {
        var error = Assert.Throws<InvalidInputException>(() => SuiteReader.ReadText("suite: s\ntests: 1\ncases:\n  - id: a\n    prompt: x\n  - id: a\n    prompt: y\n    edit: z\n", "suite.yaml"));

        Assert.Contains("3 problems", error.Message);
        Assert.Contains("suite.yaml:2: tests: this key is not known", error.Message);
        Assert.Contains("\"a\" is already the id of line 4", error.Message);
        Assert.Contains("edit: stands without original", error.Message);
    }
}
