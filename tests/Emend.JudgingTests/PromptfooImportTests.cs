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
    [InlineData("- {type: contains-all, value: [x, 'in {{question | upper}}']}", "names no variable")]
    [InlineData("- {type: equals, value: '{% if question %}x{% endif %} {{question}}'}", "holds a statement of a template language")]
    [InlineData("- {type: not-contains-json}", "\"not-contains-json\" has no counterpart here")]
    [InlineData("- {type: llm-rubric, value: polite, threshold: 0.8}", "threshold: has no counterpart")]
    [InlineData("- {type: similar, value: x, threshold: 0.8}", "\"similar\" compares embeddings")]
    [InlineData("- {type: latency, threshold: 5}", "\"latency\" has no counterpart here")]
    [InlineData("- {type: contains, value: x, transform: 'output.trim()'}", "transform: has no counterpart here")]
    [InlineData("- {type: contains, value: x, weight: 2}", "weight: has no counterpart")]
    public void CodeAndWhatHasNoCounterpartIsRefusedByNameAndLine(string assertion, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => Import($"prompts: ['{{{{question}}}}']\ntests:\n  - vars: {{question: q}}\n    assert:\n      {assertion}\n"));

        Assert.Contains(expected, error.Message);
        Assert.Contains("promptfooconfig.yaml:5", error.Message);
    }

    [Theory]
    [InlineData("prompts: [prompts/ask.py]\ntests: []", "prompts[0]: \"prompts/ask.py\" is a file, which may be code; prompts are read from .txt, .md, .json")]
    [InlineData("prompts: [file://../secret.txt]\ntests: []", "\"../secret.txt\" is outside of the folder of promptfooconfig.yaml")]
    [InlineData("prompts: [file://none.txt]\ntests: []", "\"none.txt\": there is no such file beside promptfooconfig.yaml")]
    [InlineData("prompts: ['prompts/*.txt']\ntests: []", "\"prompts/*.txt\" is a pattern; name each file")]
    [InlineData("prompts: ['[{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]']\ntests: []", "is a conversation of user, assistant; a system message at most")]
    [InlineData("prompts: ['[{\"role\": \"user\", \"content\": [\"a\"]}]']\ntests: []", "is no conversation that can be read")]
    [InlineData("prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    assert: [{type: contains, value: '{{r}}'}]", "r is missing, which an assertion has")]
    [InlineData("prompts: [file://prompt.js]\ntests: []", "promptfooconfig.yaml:1: prompts[0]: \"prompt.js\" is a file, which may be code")]
    [InlineData("prompts: ['{{q | upper}}']\ntests:\n  - vars: {q: a}", "names no variable")]
    [InlineData("prompts: ['{% if q %}x{% endif %}']\ntests: []", "holds a statement of a template language")]
    [InlineData("prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    options: {transform: 'output'}", "promptfooconfig.yaml:4: tests[0].options: transform (line 4) is code")]
    [InlineData("prompts: ['{{q}}']\ntests:\n  - vars: {q: a, r: b}", "no prompt has {{r}}")]
    [InlineData("prompts: ['{{q}}']\ndefaultTest: {asert: []}\ntests:\n  - vars: {q: a}", "promptfooconfig.yaml:2: defaultTest.asert: this key is not known")]
    [InlineData("prompts: ['{{a}}{{b}}{{c}}{{d}}{{e}}']\ntests:\n  - vars: {a: [1,2,3,4,5,6,7], b: [1,2,3,4,5,6,7], c: [1,2,3,4,5,6,7], d: [1,2,3,4,5,6,7], e: [1,2,3,4,5,6,7]}", "16807 combinations of their values make more than 10000 cases")]
    [InlineData("prompts: ['{{q}}']\nassertScoringFunction: file://x.py\ntests:\n  - vars: {q: a}", "assertScoringFunction: this key is not known")]
    public void WhatWouldRunOrIsUnknownIsRefused(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Import(yaml)).Message);

    [Fact]
    public void PromptsAreReadFromTextFilesAndConversations()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend promptfoo ");
        try
        {
            string File(string name, string text)
            {
                string path = Path.Combine(folder.FullName, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                System.IO.File.WriteAllText(path, text);
                return path;
            }
            File("prompts/two.txt", "Answer: {{q}}\n---\nIn short: {{q}}\n");
            File("chat.json", """[{"role": "system", "content": "Be {{tone}}."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "{{q}}"}]""");
            string config = File("promptfooconfig.yaml", "prompts: [file://prompts/two.txt, chat.json]\ntests:\n  - vars: {q: How long?, tone: kind}\n");

            Suite suite = SuiteReader.ReadText(PromptfooImport.Convert(config), "imported.yaml");

            Assert.Equal(["prompt-1-1", "prompt-1-2", "prompt-2"], suite.Prompts.Select(prompt => prompt.Name));
            Assert.Equal(["Answer: {{q}}", "In short: {{q}}", "{{q}}"], suite.Prompts.Select(prompt => prompt.Content.Template));
            Assert.Equal(["system: Be kind.", "user: Hi", "assistant: Hello", "user: How long?"], suite.Cases[0].Conversation(suite.Prompts[2]).Select(message => $"{message.Role}: {message.Content}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task ValuesOfAssertionsAreFilledWithTheVariablesOfTheirCase()
    {
        Suite suite = Import("""
            prompts: ['Capital of {{country}}?']
            defaultTest:
              assert:
                - {type: contains, value: '{{ city }}'}
            tests:
              - vars: {country: France, city: [Paris, 'P.ris "x"']}
                assert:
                  - {type: equals, value: 'It is {{city}}.'}
                  - {type: contains-any, value: ['{{country}}', '{{city}}']}
            """);

        // A value that only assertions have is none of the prompt's.
        Assert.All(suite.Cases, one => Assert.Equal(["country"], one.Variables!.Keys));
        Assert.Equal(["Paris", "P.ris \"x\""], suite.Cases.Select(one => Assert.Single(((ContainsAssertion)one.Assertions[0]).Values)));
        Assert.Equal("+-", await Passes(suite.Cases[0].Assertions[1], "It is Paris.", "It is P.ris."));
        Assert.Equal("+-", await Passes(suite.Cases[1].Assertions[1], "It is P.ris \"x\".", "It is Paris \"x\"."));
        Assert.Equal(["France", "Paris"], ((ContainsAssertion)suite.Cases[0].Assertions[2]).Values);
    }

    // What promptfoo makes of one text with commas: parts without white space around, none empty; quotation marks hold commas.
    [Theory]
    [InlineData("contains-any", "'14, fourteen ,  many hours,,'", "14|fourteen|many hours")]
    [InlineData("icontains-any", "alone", "alone")]
    [InlineData("contains-all", """
        '"a, b" , c, "d ""e"" \"f\" \\"'
        """, """a, b|c|d "e" "f" \""")]
    [InlineData("icontains-all", "'{{both}}, x'", "p|q|x")]
    [InlineData("contains-any", "['a, b', c]", "a, b|c")]
    public void ATextWithCommasIsSplitWhereSeveralAreMeant(string type, string value, string expected)
    {
        ContainsAssertion assertion = (ContainsAssertion)Import($"prompts: ['{{{{q}}}}{{{{both}}}}']\ntests:\n  - vars: {{q: a, both: 'p, q'}}\n    assert: [{{type: {type}, value: {value.Trim()}}}]\n").Cases[0].Assertions[0];

        Assert.Equal(expected.Split('|'), assertion.Values);
    }

    [Theory]
    [InlineData("'a, \"b'", "has a quotation mark that is never closed; write a list")]
    [InlineData("'\"a\" b'", "has something other than a comma after a closing quotation mark")]
    [InlineData("' , ,'", "\" , ,\" has no text between its commas")]
    public void ATextWithCommasThatCannotBeSplitIsRefused(string value, string expected)
    {
        var error = Assert.Throws<InvalidInputException>(() => Import($"prompts: ['{{{{q}}}}']\ntests:\n  - vars: {{q: a}}\n    assert: [{{type: contains-any, value: {value}}}]\n"));

        Assert.Contains("promptfooconfig.yaml:4: tests[0].assert[0].value: ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task AnObjectInsideOfATextIsHeldAgainstASchema()
    {
        Suite suite = Import("prompts: ['{{q}}']\ntests:\n  - vars: {q: a}\n    assert:\n      - {type: contains-json}\n      - {type: contains-json, value: {type: object, required: [b]}}\n");

        Assert.Equal("++--", await Passes(suite.Cases[0].Assertions[0], "Here: {\"a\": 1} is it.", "{x} {\"b\": {}}", "none, but [1]", "{\"a\": "));
        Assert.Equal("-++-", await Passes(suite.Cases[0].Assertions[1], "Here: {\"a\": 1} is it.", "{\"a\": {\"b\": 1}} ```json\n{\"b\": {}}\n```", "{ {\"b\": 2}", "{"));
        Assert.Equal("-", await Passes(suite.Cases[0].Assertions[0], new string('{', 200_000)));
    }

    [Fact]
    public void WhatHasNoCounterpartIsLeftOutAndListedWhereThatIsAsked()
    {
        ImportedSuite imported = PromptfooImport.ConvertWhatIsKnown("""
            prompts: ['{{q}}', 'file://p.js', '{{q | upper}} {{z}}']
            scenarios: []
            defaultTest: {options: {transform: output}, assert: [{type: latency, threshold: 5}]}
            tests:
              - vars: {q: a, unused: b}
                assert: [{type: javascript, value: x}, {type: contains, value: y}]
              - vars: {q: b}
                assert: [{type: python, value: x}]
              - vars: {q: c}
                threshold: 0.5
              - vars: {q: d}
            """, "promptfooconfig.yaml");
        Suite suite = SuiteReader.ReadText(imported.Yaml, "imported.yaml");

        Assert.Equal(["{{q}}"], suite.Prompts.Select(prompt => prompt.Content.Template));
        // One whose assertions are all gone would always pass, and so is gone too.
        Assert.Equal(["a"], suite.Cases.Select(one => one.Variables!["q"]));
        Assert.Equal("contains", Assert.Single(suite.Cases[0].Assertions).Name);
        string[] expected = ["yaml:1: prompts[1]", "yaml:1: prompts[2]", "yaml:2: scenarios", "yaml:3: defaultTest.options", "yaml:3: defaultTest.assert[0].type: \"latency\"", "yaml:5: tests[0].vars.unused", "yaml:6: tests[0].assert[0].type: \"javascript\" is code",
            "yaml:8: tests[1].assert[0]", "yaml:7: tests[1]: none of its assertions is left", "yaml:10: tests[2].threshold", "yaml:11: tests[3]: none of its assertions is left"];
        Assert.All(expected, part => Assert.Contains(part, string.Join("\n", imported.LeftOut)));
        Assert.Throws<InvalidInputException>(() => PromptfooImport.ConvertWhatIsKnown("prompts: [p.js]\ntests:\n  - vars: {q: a}\n", "p.yaml"));
        Assert.Throws<InvalidInputException>(() => PromptfooImport.ConvertWhatIsKnown("a: [", "p.yaml"));
    }

    /// <summary>A sign for each answer: whether it passes.</summary>
    private static async Task<string> Passes(Assertion assertion, params string[] answers)
    {
        string passed = "";
        foreach (string answer in answers)
            passed += (await assertion.Check(new CaseTexts([], answer, null, null), new SuiteServices(null, null, 1), TestContext.Current.CancellationToken)).Passed == true ? "+" : "-";
        return passed;
    }

    private static Suite Import(string yaml) => SuiteReader.ReadText(PromptfooImport.ConvertText(yaml, "promptfooconfig.yaml"), "imported.yaml");
}
