using Emend.Judging;
using Emend.Serving;
using Emend.Suites;
using Emend.Text;
using Xunit;

namespace Emend.JudgingTests;

/// <summary>Suites against scripted endpoints and against the tiny model that Emend serves.</summary>
public sealed class SuiteRunTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend suites ");

    private string Results => Path.Combine(_folder.FullName, "results.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task EveryCaseIsRunAgainstEveryVersionOnceAndKept()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[^1].Contains("two") ? "2" : "1");
        Suite suite = Suite("""
            prompts:
              v1: {template: "{{q}}"}
              v2: {template: "Q: {{q}}"}
            cases:
              - {id: a, variables: {q: one}, assert: [{equals: '1'}]}
              - {id: b, variables: {q: two}, assert: [{equals: '1'}]}
              - {id: c, prompt: alone, assert: [{equals: '1'}]}
            """);

        SuiteOutcome first = await Run(suite, server), again = await Run(suite, server);

        // The case with messages of its own is the same under both prompts.
        Assert.Equal([("a", "v1", true), ("b", "v1", false), ("c", "", true), ("a", "v2", true), ("b", "v2", false)], first.Results.Cases.Select(row => (row.Case, row.Prompt, row.Passed!.Value)));
        Assert.Equal((5, 5), (server.Requests.Count, again.Kept));
        Assert.Equal("the text is not \"1\"", first.Results.Cases[1].Assertions[0].Detail);
        Assert.Equal(first.Results.Cases.Select(row => row.Key), SuiteResults.Read(Results).Cases.Select(row => row.Key));
    }

    [Fact]
    public async Task AChangedCaseAloneIsRunAgain()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "1");
        await Run(Suite("cases:\n  - {id: a, prompt: one, assert: [{equals: '1'}]}\n  - {id: b, prompt: two, assert: [{equals: '1'}]}"), server);
        SuiteOutcome changed = await Run(Suite("cases:\n  - {id: a, prompt: one, assert: [{equals: '1'}]}\n  - {id: b, prompt: two, assert: [{equals: '2'}]}\n  - {id: c, prompt: three}"), server);

        // The answer to b is in the cache; its assertion is not what it was.
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal([true, false, true], changed.Results.Cases.Select(row => row.Passed!.Value));
        Assert.Equal(1, changed.Kept);
    }

    [Fact]
    public async Task AnEndpointThatFailsInBetweenLosesNothing()
    {
        bool broken = true;
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) => broken && ScriptedEndpoint.Contents(body)[0] == "q3"
            ? ScriptedEndpoint.Json(context, new { error = new { message = "odd" } }, 401)
            : ScriptedEndpoint.Say(context, "1"));
        Suite suite = Suite("cases:\n" + string.Concat(Enumerable.Range(0, 6).Select(i => $"  - {{prompt: q{i}}}\n")));

        SuiteOutcome first = await Run(suite, server);
        broken = false;
        SuiteOutcome second = await Run(suite, server);

        Assert.Contains("status 401", first.Stopped);
        Assert.Equal((3, 3), (first.Results.Cases.Count, second.Kept));
        Assert.Equal(6, second.Results.Cases.Count);
        Assert.Equal(7, server.Requests.Count);
    }

    [Fact]
    public async Task AJudgeThatCannotBeReadLeavesACaseUndecided()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => !contents[0].StartsWith("You check", StringComparison.Ordinal) ? "hello" : contents[0].Contains("polite") ? "Yes." : contents[0].Contains("rude") ? "no" : "perhaps");
        Suite suite = Suite("cases:\n  - {prompt: a, assert: [{judge: is it polite?}]}\n  - {prompt: b, assert: [{judge: is it rude?}]}\n  - {prompt: c, assert: [{judge: is it new?}]}");

        SuiteOutcome outcome = await Run(suite, server, judge: true);

        Assert.Equal([true, false, null], outcome.Results.Cases.Select(row => row.Passed));
    }

    [Fact]
    public async Task WhatASuiteNeedsIsAskedForByItsLine()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "1");

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Run(Suite("cases:\n  - prompt: a\n    assert:\n      - judge: is it?\n      - token-reward: {min: 0}"), server));

        Assert.Contains("suite.yaml:5: judge needs a judge (--judge-model)", error.Message);
        Assert.Contains("suite.yaml:6: token-reward needs a reward model", error.Message);
    }

    [Fact]
    public async Task RegressionsAreShownCaseByCaseWithTheirDiff()
    {
        string answer = "It runs for 14 hours.";
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[0] == "b" ? "I cannot help." : answer);
        Suite suite = Suite("cases:\n  - {id: a, prompt: a, assert: [{contains: 14 hours}]}\n  - {id: b, prompt: b, assert: [{refusal: false}]}\n  - {id: c, prompt: c, assert: [{contains: runs}]}");
        SuiteResults before = (await Run(suite, server)).Results;
        answer = "It runs for 41 hours.";
        File.Delete(Results);
        SuiteResults now = (await Run(suite, server, cached: false)).Results;

        SuiteComparison comparison = Assert.Single(SuiteComparison.Of(before, now, "before.jsonl"));

        Assert.Equal([CaseChange.Regressed, CaseChange.StillFails, CaseChange.StillPasses], comparison.Cases.Select(one => one.Change));
        Assert.False(comparison.Passed);
        Assert.Equal("It runs for [-14-]{+41+} hours.", comparison.Cases[0].Diff());
        Assert.True(Assert.Single(SuiteComparison.Of(now, before, "now.jsonl")).Passed);
    }

    [Fact]
    public async Task ASuiteRunsAgainstTheModelThatEmendServes()
    {
        string model = Path.Combine(_folder.FullName, "model");
        Directory.CreateDirectory(model);
        ServingTests.ScriptedModel.Save(model, contextLength: 400);
        await using Server server = await Server.Start(new ServingOptions { Model = model, Url = "http://127.0.0.1:0", MaxConcurrent = 4 }, TextWriter.Null);
        Suite suite = Suite($"cases:\n  - {{prompt: 'Who?', assert: [{{equals: '{ServingTests.ScriptedModel.Response}'}}, {{length: {{max: 2}}}}]}}\n  - {{prompt: 'What?', assert: [{{starts-with: Fox}}]}}");

        SuiteOutcome outcome = await Run(suite, server.Url + "/v1", server.ModelName);

        Assert.Equal([true, false], outcome.Results.Cases.Select(row => row.Passed!.Value));
    }

    [Fact]
    public async Task TokenRewardsAreFloorsAndPointAtWhatPeopleEdited()
    {
        // The server rewards a word by its length, a long one badly; "It runs forever" has three tokens and the end of the text.
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, body) =>
        {
            if (!context.Request.Path.Value!.EndsWith("/rewards", StringComparison.Ordinal))
                return ScriptedEndpoint.Say(context, "It runs forever");
            string response = body["response"]!.GetValue<string>();
            var tokens = TextUnits.Words(response).Spans.Select(span => new { start = span.Start, end = span.End, reward = 0.0, standardized = 3.0 - span.Length }).Append(new { start = response.Length, end = response.Length, reward = 0.0, standardized = 0.0 });
            return ScriptedEndpoint.Json(context, new { offset_unit = "utf-16", score = 0.0, standardized = -0.5, tokens });
        });
        Suite suite = Suite("""
            cases:
              - {prompt: How long?, original: It runs forever, edit: It runs long, assert: [{token-reward: {min: -4}}, {token-reward: {mean: -1}}]}
              - {prompt: How far?, assert: [{token-reward: {min: -3.5}}]}
              - {prompt: How far?, assert: [{token-reward: {mean: 0}}]}
            """);

        SuiteOutcome first = await Run(suite, server, rewards: true);
        int asked = server.Requests.Count;
        SuiteOutcome again = await Run(suite, server, rewards: true);

        Assert.Equal([true, false, false], first.Results.Cases.Select(row => row.Passed!.Value));
        Assert.Equal("\"forever\" at 8 has -4.00, less than -3.5", first.Results.Cases[1].Assertions[0].Detail);
        Assert.Equal("the mean is -0.50, less than 0", first.Results.Cases[2].Assertions[0].Detail);
        Assert.Equal([new EditedToken(1, false), new EditedToken(-1, false), new EditedToken(-4, true)], Assert.Single(first.Results.Tokens).Tokens);
        TokenFlags flags = TokenFlags.Of(first.Results.Tokens, suite.Settings.FlagBelow)!;
        Assert.Equal((0.5, 1.0, 1.0), (flags.Precision!.Value, flags.Recall!.Value, flags.Auc!.Value));
        Assert.Equal((asked, 3, 1), (server.Requests.Count, again.Kept, again.Results.Tokens.Count));
    }

    [Fact]
    public async Task VersionsThatAskTheSameKeepResultsOfTheirOwn()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "1");
        Suite suite = Suite("prompts:\n  v1: {template: '{{q}}'}\n  v2: {template: '{{q}}'}\n  v3: {template: '{{q}}', settings: {temperature: 0}}\ncases:\n  - {id: a, variables: {q: one}}\n");

        SuiteOutcome first = await Run(suite, server), again = await Run(suite, server);

        Assert.Equal(["v1", "v2", "v3"], again.Results.Cases.Select(row => row.Prompt));
        Assert.Equal(first.Results.Cases.Select(row => row.PromptHash), again.Results.Cases.Select(row => row.PromptHash));
    }

    [Fact]
    public async Task AnAnswerIsHeldAgainstTheContextOfItsCaseWhicheverPromptVersionHasIt()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(contents => contents[^1].Contains("14 hours") ? "The lamp runs for 14 hours." : contents[^1].Contains("empty") ? "No." : "The boat sinks within 20 minutes.");
        string Yaml(string context) => $$$"""
            prompts:
              plain: {template: "{{q}}"}
              injected: {template: "{{context}} {{q}}"}
            cases:
              - {id: a, variables: {q: how long?, context: "{{{context}}}"}, assert: [{grounded: {min: 0.8, numbers: true}}]}
              - {id: b, variables: {q: empty?, context: nothing}, assert: [{grounded: {min: 0.8}}]}
            """;

        SuiteOutcome first = await Run(Suite(Yaml("A lamp runs for 14 hours.")), server), changed = await Run(Suite(Yaml("The boat sinks within 20 minutes.")), server);

        // An answer without a word to measure is neither grounded nor made up.
        Assert.Equal([false, null, true, null], first.Results.Cases.Select(row => row.Passed));
        Assert.Equal("0 of the content words stand in {{context}}; the numbers 20 do not", first.Results.Cases[0].Assertions[0].Detail);
        // The plain version asks the same, and is held against the new text nevertheless.
        Assert.Equal([true, null, true, null], changed.Results.Cases.Select(row => row.Passed));
        Assert.Equal(2, changed.Kept);
    }

    [Fact]
    public async Task AResultThatIsThereIsShownWithTheLinesOfTheSuiteAsItIsNow()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start(_ => "1");
        await Run(Suite("cases:\n  - id: a\n    prompt: one\n    assert:\n      - equals: '2'\n"), server);

        CaseRow moved = Assert.Single((await Run(Suite("# a line more\ncases:\n  - id: a\n    prompt: one\n    assert:\n      - equals: '2'\n"), server)).Results.Cases);

        Assert.Equal((4, 7), (moved.Line, moved.Assertions[0].Line));
    }

    [Fact]
    public async Task TheTokensOfAnEditAreThoseOfItsCharactersWhereAScriptPutsNoSpaces()
    {
        // A token for each character of the original: 十 and 四 change places, "好" is gone; the full stop and the English word's comma stay.
        const string original = "可用四十小时好。Yes, it is", edit = "可用十四小时。Yes it is";
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => !context.Request.Path.Value!.EndsWith("/rewards", StringComparison.Ordinal)
            ? ScriptedEndpoint.Say(context, "1")
            : ScriptedEndpoint.Json(context, new { offset_unit = "utf-16", score = 0.0, standardized = 0.0, tokens = original.Select((_, i) => new { start = i, end = i + 1, reward = 0.0, standardized = 0.0 }) }));

        SuiteOutcome outcome = await Run(Suite($"cases:\n  - {{prompt: a, original: '{original}', edit: '{edit}'}}\n"), server, rewards: true);

        bool[] edited = [.. Assert.Single(outcome.Results.Tokens).Tokens.Select(token => token.Edited)];
        Assert.True(edited[6] && edited[11]);                  // 好 and the comma
        Assert.InRange(edited.Count(one => one), 3, 4);
        Assert.False(edited[0] || edited[7] || edited[8] || edited[10]);
    }

    [Fact]
    public async Task AnEditThatIsTooFarAwayToAlignGivesNoTokensAndEndsNothing()
    {
        string original = string.Join(' ', Enumerable.Range(0, 12_000)), edit = string.Join(' ', Enumerable.Range(100_000, 12_000).Select(i => $"x{i}"));
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => !context.Request.Path.Value!.EndsWith("/rewards", StringComparison.Ordinal)
            ? ScriptedEndpoint.Say(context, "1")
            : ScriptedEndpoint.Json(context, new { offset_unit = "utf-16", score = 0.0, standardized = 0.0, tokens = new[] { new { start = 0, end = 1, reward = 0.0, standardized = 0.0 } } }));

        SuiteOutcome outcome = await Run(Suite($"cases:\n  - {{prompt: a, original: '{original}', edit: '{edit}'}}\n"), server, rewards: true);

        Assert.Null(outcome.Stopped);
        Assert.Empty(Assert.Single(outcome.Results.Tokens).Tokens);
        Assert.Null(TokenFlags.Of(outcome.Results.Tokens, 0));
    }

    [Theory]
    [InlineData("""{"offset_unit": "utf-16", "tokens": [{"start": 0, "end": 99, "reward": 0, "standardized": 0}], "score": 0, "standardized": 0}""", "a token is not within the response")]
    [InlineData("""{"offset_unit": "utf-16", "tokens": [{"start": "0"}], "score": 0, "standardized": 0}""", "of another type")]
    [InlineData("""{"offset_unit": "utf-16", "tokens": [{"start": 0, "end": 1, "reward": 1e999, "standardized": 0}], "score": 0, "standardized": 0}""", "reward is not finite")]
    [InlineData("""{"tokens": [], "score": 0, "standardized": 0}""", "a field is missing")]
    [InlineData("""{"offset_unit": "utf-8", "tokens": [], "score": 0, "standardized": 0}""", "offset_unit")]
    [InlineData("[]", "of another type")]
    public async Task RewardsThatAreNoneAreASentence(string garbage, string why)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, System.Text.Json.JsonElement.Parse(garbage)));
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = server.Url, Model = "rewards" }, AnswerCache.Open(null));

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => new RewardService(endpoint, "r").Of("p", "response", TestContext.Current.CancellationToken));

        Assert.Contains("/rewards: answered something that is no list of token rewards", error.Message);
        Assert.Contains(why, error.Message);
    }

    private static Suite Suite(string yaml) => SuiteReader.ReadText($"suite: test\n{yaml}\n", "suite.yaml");

    private Task<SuiteOutcome> Run(Suite suite, ScriptedEndpoint server, bool judge = false, bool cached = true, bool rewards = false) => Run(suite, server.Url, "scripted", judge, cached, rewards);

    private async Task<SuiteOutcome> Run(Suite suite, string url, string name, bool judge = false, bool cached = true, bool rewards = false)
    {
        using AnswerCache cache = AnswerCache.Open(cached ? Path.Combine(_folder.FullName, "answers") : null);
        using ModelEndpoint model = ModelEndpoint.Open(new EndpointOptions { Url = url, Model = name, Attempts = 2, FirstPause = TimeSpan.FromMilliseconds(5) }, cache);
        return await SuiteRun.Run(suite, new SuiteRunOptions([model], [], Results, new SuiteServices(judge ? model : null, rewards ? new RewardService(model, "scripted rewards") : null, 1), Concurrency: 1), null, TestContext.Current.CancellationToken);
    }
}
