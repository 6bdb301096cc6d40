using Emend.Suites;
using Emend.Text;
using Xunit;

namespace Emend.JudgingTests;

public sealed class PromptfooImportTests
{
    [Fact]
    public void PromptsVariablesAndAssertionsAreTakenOver()
    {
        Suite suite = Import("""
            description: lamps
            providers: [openai:gpt-4o-mini]
            prompts:
              - "Answer: {{question}}"
              - {id: short, label: short, raw: "{{question}} In {{language}}."}
            defaultTest:
              vars: {language: English}
              assert:
                - type: not-contains
                  value: idiot
            tests:
              - description: runtime
                vars:
                  question: [How long?, How heavy?]
                assert:
                  - {type: icontains, value: HOURS}
                  - {type: contains-any, value: ['14', fourteen]}
                  - {type: regex, value: '[0-9]+'}
                  - {type: levenshtein, value: 14 hours, threshold: 20}
                  - {type: not-is-refusal}
                  - {type: llm-rubric, value: is polite}
              - vars: {question: "JSON: {}", language: French}
                assert:
                  - type: is-json
                    value: {type: object, required: [a]}
            """);

        Assert.Equal("promptfooconfig", suite.Name);
        Assert.Equal(["Answer: {{question}}", "{{question}} In {{language}}."], suite.Prompts.Select(prompt => prompt.Content.Template));
        Assert.Equal(["How long?", "How heavy?", "JSON: {}"], suite.Cases.Select(one => one.Variables!["question"]));
        Assert.Equal(["English", "English", "French"], suite.Cases.Select(one => one.Variables!["language"]));
        Assert.Equal(["not-contains", "contains", "contains-any", "regex", "edit-distance", "refusal", "judge"], suite.Cases[1].Assertions.Select(assertion => assertion.Name));
        Assert.Equal(["not-contains", "json-schema"], suite.Cases[2].Assertions.Select(assertion => assertion.Name));
        Assert.True(((ContainsAssertion)suite.Cases[0].Assertions[1]).IgnoreCase);
        Assert.False(((RefusalAssertion)suite.Cases[0].Assertions[5]).Wanted);
    }

    [Theory]
    [InlineData("a+b", true)]
    [InlineData(" a+b", false)]
    [InlineData("a+b\n", false)]
    [InlineData("aab", false)]
    public async Task EqualsIsExactAsItIsThere(string answer, bool passes)
    {
        Assertion assertion = Import("prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    assert: [{type: equals, value: a+b}]\n").Cases[0].Assertions[0];

        Assert.Equal(passes, (await assertion.Check(new CaseTexts([], answer, null, null), new SuiteServices(null, null, 1), TestContext.Current.CancellationToken)).Passed);
    }

    [Theory]
    [InlineData("- {type: javascript, value: 'output.length < 10'}", "\"javascript\" is code, and no code of a user runs here")]
    [InlineData("- {type: not-python, value: x}", "\"not-python\" is code")]
    [InlineData("- {type: webhook, value: 'https://example.com'}", "\"webhook\" is code")]
    [InlineData("- {type: contains, value: 'file://x.js'}", "\"contains\" is code from a file")]
    [InlineData("- {type: contains-any, value: [x, 'file://x.js']}", "\"contains-any\" is code from a file")]
    [InlineData("- {type: contains-all, value: [x, 'in {{question}}']}", "holds {{variables}}")]
    [InlineData("- {type: llm-rubric, value: polite, threshold: 0.8}", "threshold: has no counterpart")]
    [InlineData("- {type: similar, value: x, threshold: 0.8}", "\"similar\" compares embeddings")]
    [InlineData("- {type: latency, threshold: 5}", "\"latency\" has no counterpart here")]
    [InlineData("- {type: contains, value: x, transform: 'output.trim()'}", "transform: has no counterpart here")]
    [InlineData("- {type: contains, value: 'in {{question}}'}", "holds {{variables}}")]
    [InlineData("- {type: contains, value: x, weight: 2}", "weight: has no counterpart")]
    public void CodeAndWhatHasNoCounterpartIsRefusedByNameAndLine(string assertion, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => Import($"prompts: ['{{{{question}}}}']\ntests:\n  - vars: {{question: q}}\n    assert:\n      {assertion}\n"));

        Assert.Contains(expected, error.Message);
        Assert.Contains("promptfooconfig.yaml:5", error.Message);
    }

    [Theory]
    [InlineData("prompts: [file://prompt.js]\ntests: []", "promptfooconfig.yaml:1: prompts[0]: \"file://prompt.js\" is a file, which may be code")]
    [InlineData("prompts: ['{{q | upper}}']\ntests:\n  - vars: {q: a}", "names no variable")]
    [InlineData("prompts: ['{% if q %}x{% endif %}']\ntests: []", "holds a statement of a template language")]
    [InlineData("prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    options: {transform: 'output'}", "promptfooconfig.yaml:4: tests[0].options: transform (line 4) is code")]
    [InlineData("prompts: ['{{q}}']\ntests:\n  - vars: {q: a, r: b}", "no prompt has {{r}}")]
    [InlineData("prompts: ['{{q}}']\ndefaultTest: {asert: []}\ntests:\n  - vars: {q: a}", "promptfooconfig.yaml:2: defaultTest.asert: this key is not known")]
    [InlineData("prompts: ['{{a}}{{b}}{{c}}{{d}}{{e}}']\ntests:\n  - vars: {a: [1,2,3,4,5,6,7], b: [1,2,3,4,5,6,7], c: [1,2,3,4,5,6,7], d: [1,2,3,4,5,6,7], e: [1,2,3,4,5,6,7]}", "16807 combinations of their values make more than 10000 cases")]
    [InlineData("prompts: ['{{q}}']\nassertScoringFunction: file://x.py\ntests:\n  - vars: {q: a}", "assertScoringFunction: this key is not known")]
    public void WhatWouldRunOrIsUnknownIsRefused(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Import(yaml)).Message);

    private static Suite Import(string yaml) => SuiteReader.ReadText(PromptfooImport.ConvertText(yaml, "promptfooconfig.yaml"), "imported.yaml");
}
