using Emend.Suites;
using Emend.Text;
using Xunit;

namespace Emend.JudgingTests;

/// <summary>Each assertion on texts that keep it and on texts that break it.</summary>
public sealed class AssertionTests
{
    private const string Original = "It runs for 40 hours and it is red.", Edit = "It runs for 14 hours and it is red.";

    [Theory]
    [InlineData("contains: 14 hours", "It runs 14 hours.", true)]
    [InlineData("contains: 14 Hours", "It runs 14 hours.", false)]
    [InlineData("contains: 14 Hours\n        ignoreCase: true", "It runs 14 hours.", true)]
    [InlineData("contains: [14, red]", "It runs 14 hours.", false)]
    [InlineData("contains-any: [15, '14']", "It runs 14 hours.", true)]
    [InlineData("contains-any: [15, 16]", "It runs 14 hours.", false)]
    [InlineData("not-contains: [15, red]", "It is red.", false)]
    [InlineData("equals: yes", "  yes\n", true)]
    [InlineData("not-equals: 'yes'", "yes", false)]
    [InlineData("starts-with: It", "It is", true)]
    [InlineData("not-starts-with: It", "It is", false)]
    [InlineData("regex: '^[0-9]+ hours$'", "14 hours", true)]
    [InlineData("regex: '^[0-9]+ hours$'", "14 hours!", false)]
    [InlineData("not-regex: '(a+)+$'", "b", true)]
    [InlineData("regex: '^(a+)+$'", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false)]
    [InlineData("length: {max: 3}", "one two three", true)]
    [InlineData("length: {min: 2, max: 3}", "one", false)]
    [InlineData("length: {unit: characters, max: 2}", "😀é", true)]
    [InlineData("refusal: true", "I’m sorry, but I cannot help with that.", true)]
    [InlineData("refusal: false", "I cannot provide that.", false)]
    [InlineData("refusal: false", "The lamp cannot be repaired; sorry to say.", true)]
    [InlineData("refusal: true", "It runs for 14 hours.", false)]
    [InlineData("similarity: {to: edit, min: 0.8}", "It runs for 14 hours and is red.", true)]
    [InlineData("similarity: {to: edit, min: 0.95}", "It runs for 14 hours and is red.", false)]
    [InlineData("edit-distance: {to: original, max: 1}", Edit, true)]
    [InlineData("edit-distance: {to: original, max: 1, unit: characters}", Edit, false)]
    [InlineData("edit-distance: {value: 运行四十个小时, max: 2}", "运行十四个小时", true)]
    [InlineData("edit-distance: {value: 运行四十个小时, max: 1}", "红灯十四个小时", false)]
    [InlineData("edit-distance: {value: kitten, max: 3, unit: characters}", "sitting", true)]
    [InlineData("edit-distance: {value: kitten, max: 2, unit: characters}", "sitting", false)]
    [InlineData("nearer-the-edit: true", "It runs for 14 hours and it is red.", true)]
    [InlineData("nearer-the-edit: true", Original, false)]
    [InlineData("nearer-the-edit: true", "Something else.", false)]
    [InlineData("grounded: {text: The Alva lamp runs for 14 hours., min: 1}", "The lamp runs for 14 hours.", true)]
    [InlineData("grounded: {text: The Alva lamp runs for 14 hours., min: 0.75}", "The lamp runs for 20 hours.", true)]
    [InlineData("grounded: {text: The Alva lamp runs for 14 hours., min: 0.76}", "The lamp runs for 20 hours.", false)]
    [InlineData("grounded: {text: The Alva lamp runs for 14 hours., min: 0.5, numbers: true}", "The lamp runs for 20 hours.", false)]
    [InlineData("grounded: {text: The Alva lamp runs for 14 hours., min: 0}\n        on: original", "Nothing of it.", true)]
    public async Task AnAssertionHoldsOrSaysWhyNot(string assertion, string answer, bool passes)
    {
        AssertionResult result = await Check(assertion, answer);

        Assert.True(result.Passed == passes, $"{result.Passed}: {result.Detail}");
        Assert.True(passes || result.Detail.Length > 0);
    }

    [Theory]
    [InlineData("""{"a": 1, "b": "x"}""", null)]
    [InlineData("""{"a": 1.5, "b": "x"}""", "$.a is 1.5, not integer")]
    [InlineData("""{"b": "x"}""", "$.a is missing")]
    [InlineData("""{"a": 1, "b": "xyz"}""", "$.b is \"xyz\", against maxLength 2")]
    [InlineData("""{"a": 1, "b": "😀😀"}""", null)]
    [InlineData("""{"a": 1, "c": 2}""", "$.c is not allowed")]
    [InlineData("""{"a": 11}""", "$.a is 11, against maximum 10")]
    [InlineData("""{"a": 1, "d": ["p", "q"]}""", null)]
    [InlineData("""{"a": 1, "d": ["p", "r"]}""", "$.d[1] is \"r\", not \"p\" or \"q\"")]
    [InlineData("""{"a": 1, "d": []}""", "$.d is [], against minItems 1")]
    [InlineData("""{"a": 1, "e": null}""", null)]
    [InlineData("""{"a": 1, "e": 0}""", "$.e fits none of anyOf")]
    [InlineData("""{"a": 1} and more""", "the text is not JSON")]
    [InlineData("""[1]""", "$ is [1], not object")]
    [InlineData("""{"a": 1, "b": "\ud83d"}""", "the text is not whole Unicode")]
    [InlineData("""{"a": 1, "\ud83d": "x"}""", "the text is not whole Unicode")]
    public async Task ASchemaSaysWhereAValueDoesNotFit(string answer, string? problem)
    {
        AssertionResult result = await Check("""
            json-schema:
                      type: object
                      required: [a]
                      additionalProperties: false
                      properties:
                        a: {type: integer, maximum: 10}
                        b: {type: string, maxLength: 2}
                        d: {type: array, minItems: 1, items: {enum: [p, q]}}
                        e: {anyOf: [{type: 'null'}, {type: string, pattern: '^x'}]}
            """, answer);

        Assert.Equal(problem is null, result.Passed);
        Assert.StartsWith(problem ?? "", result.Detail);
    }

    [Fact]
    public void FlaggedTokensAreMeasuredAgainstThoseThatPeopleEdited()
    {
        // Ten tokens, four edited; three flagged, two of them edited.
        (double Reward, bool Edited)[] tokens = [(-3, true), (-1, true), (-0.5, false), (0.5, true), (1, true), (1, false), (2, false), (2, false), (3, false), (4, false)];

        TokenFlags flags = TokenFlags.Of([new TokensRow("k", "s", "c", [.. tokens.Select(token => new EditedToken(token.Reward, token.Edited))])], below: 0)!;

        Assert.Equal((10, 4, 3), (flags.Tokens, flags.Edited, flags.Flagged));
        Assert.Equal(2.0 / 3, flags.Precision!.Value, Near.Float64);
        Assert.Equal(0.5, flags.Recall!.Value, Near.Float64);
        Assert.Equal(4.0 / 7, flags.F1!.Value, Near.Float64);
        // Of 24 pairs (edited, kept) the edited one is lower in 6 + 6 + 5 + 4.5.
        Assert.Equal(21.5 / 24, flags.Auc!.Value, Near.Float64);
        double P(double reward) => 1 / (1 + Math.Exp(reward));
        double[] expected = [Math.Abs(P(-3) - 1), Math.Abs(P(-1) - 1), Math.Abs(P(-0.5)), Math.Abs(P(0.5) - 1), 2 * Math.Abs(P(1) - 0.5), 2 * P(2), P(3) + P(4)];
        Assert.Equal(expected.Sum() / 10, flags.CalibrationError, Near.Float64);
        Assert.Null(TokenFlags.Of([], 0));
    }

    private static Task<AssertionResult> Check(string assertion, string answer)
    {
        Suite suite = SuiteReader.ReadText($"suite: s\ncases:\n  - prompt: hello\n    original: {Original}\n    edit: {Edit}\n    assert:\n      - {assertion}\n", "suite.yaml");
        var texts = new CaseTexts([new ChatMessage("user", "hello")], answer, Original, Edit);
        return suite.Cases[0].Assertions[0].Check(texts, new SuiteServices(null, null, 1), TestContext.Current.CancellationToken);
    }
}
