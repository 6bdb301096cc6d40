using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Emend.Judging;
using Emend.Text;

namespace Emend.Suites;

/// <summary>What a suite is run against, and where the results go.</summary>
/// <param name="Models">Model versions.</param>
/// <param name="Prompts">Prompt versions of the suite to run; all where it is empty.</param>
/// <param name="Results">A file that grows row by row and is what a run goes on from.</param>
public sealed record SuiteRunOptions(IReadOnlyList<ModelEndpoint> Models, IReadOnlyList<string> Prompts, string Results, SuiteServices Services, int Concurrency);

/// <summary>What came of a run: the results, those cases that got none, and why it ended early, if it did.</summary>
/// <param name="Kept">Results that were there before.</param>
/// <param name="Renewed">Results that were there of other models than the servers have under these names now, and so were asked again.</param>
public sealed record SuiteOutcome(SuiteResults Results, IReadOnlyList<Unanswered> Failed, string? Stopped, int Kept, int Renewed);

/// <summary>Runs a suite: each case against each version once, whatever happens in between.</summary>
public sealed class SuiteRun
{
    private readonly Suite _suite;
    private readonly SuiteRunOptions _options;

    private SuiteRun(Suite suite, SuiteRunOptions options) => (_suite, _options) = (suite, options);

    /// <summary>Asks for what the results do not have yet, and leaves the results of this suite and these versions in their order.</summary>
    /// <param name="done">Is told of each case that has a result, those that were there before too.</param>
    /// <exception cref="InvalidInputException">The suite needs what the run has not, or the results file is none.</exception>
    public static Task<SuiteOutcome> Run(Suite suite, SuiteRunOptions options, Action<CaseRow>? done, CancellationToken cancellation) => new SuiteRun(suite, options).Run(done, cancellation);

    /// <summary>The versions that a run has rows of: model, and prompt, "" for cases with messages of their own.</summary>
    /// <exception cref="InvalidInputException">The suite needs what the run has not.</exception>
    public static IReadOnlyList<(string Model, string Prompt)> Versions(Suite suite, SuiteRunOptions options)
    {
        var run = new SuiteRun(suite, options);
        run.Check();
        return [.. options.Models.SelectMany(run.Questions).Select(question => (question.Model.Options.Model, question.Prompt?.Name ?? "")).Distinct()];
    }

    private async Task<SuiteOutcome> Run(Action<CaseRow>? done, CancellationToken cancellation)
    {
        Check();
        Question[] questions = [.. _options.Models.SelectMany(Questions)];
        TokenQuestion[] tokenQuestions = [.. _options.Services.Rewards is null ? [] : _suite.Cases.Where(one => one.Edit is not null).Select(Tokens)];
        AskedAll<CaseRow> cases;
        AskedAll<TokensRow> tokens = new([], [], null);
        int kept, renewed;
        var lines = new List<byte[]>();
        using (AppendedLines file = AppendedLines.Open(_options.Results, "--output", ["{\"key\":\""], lines.Add))
        {
            SuiteResults before = SuiteResults.Of(lines, _options.Results);
            Dictionary<string, CaseRow> known = before.Cases.GroupBy(row => row.Key).ToDictionary(rows => rows.Key, rows => rows.Last());
            Dictionary<string, TokensRow> knownTokens = before.Tokens.GroupBy(row => row.Key).ToDictionary(rows => rows.Key, rows => rows.Last());
            kept = questions.Count(question => known.ContainsKey(question.Key));
            renewed = Renewed(questions, known, before.Cases) + tokenQuestions.Count(question => !knownTokens.ContainsKey(question.Key) && before.Tokens.Any(row => row.Case == question.Case.Id && row.Fingerprints != question.Fingerprints));
            cases = await AskAll.Run(questions, question => question.Name, async (question, token) => Known(known, question) ?? Keep(file, await Ask(question, token)), _options.Concurrency, (_, row) => done?.Invoke(row), cancellation);
            if (cases.Stopped is null)
                tokens = await AskAll.Run(tokenQuestions, question => question.Name, async (question, token) => knownTokens.GetValueOrDefault(question.Key) ?? Keep(file, await Ask(question, token)), _options.Concurrency, cancellation: cancellation);
        }
        var results = new SuiteResults(cases.Results, tokens.Results);
        // Only a run that came to its end may drop rows of other versions: until then they may be what the next one goes on from.
        if (cases.Stopped is null && tokens.Stopped is null)
            results.Write(_options.Results);
        return new SuiteOutcome(results, [.. cases.Failed, .. tokens.Failed], cases.Stopped ?? tokens.Stopped, kept, renewed);
    }

    /// <summary>Questions that have results, all of them of other models.</summary>
    private static int Renewed(Question[] questions, Dictionary<string, CaseRow> known, IReadOnlyList<CaseRow> before)
    {
        ILookup<(string, string, string, string), CaseRow> rows = before.ToLookup(row => (row.Case, row.Model, row.Prompt, row.PromptHash));
        return questions.Count(question => !known.ContainsKey(question.Key)
            && rows[(question.Case.Id, question.Model.Options.Model, question.Prompt?.Name ?? "", question.Prompt?.Content.Hash() ?? "")].ToArray() is { Length: > 0 } others
            && others.All(row => row.Fingerprints != question.Fingerprints));
    }

    private void Check()
    {
        var problems = new List<string>();
        if (_options.Services.Judge is null && _suite.First(assertion => assertion.NeedsJudge) is { } judged)
            problems.Add($"{_suite.Place(judged.Line)}: {judged.Name} needs a judge (--judge-model)");
        if (_options.Services.Rewards is null && _suite.First(assertion => assertion.NeedsRewards) is { } rewarded)
            problems.Add($"{_suite.Place(rewarded.Line)}: {rewarded.Name} needs a reward model (--reward or --rewards-url)");
        foreach (string prompt in _options.Prompts.Where(name => _suite.Prompts.All(version => version.Name != name)))
            problems.Add($"--prompt {prompt}: is none of the suite's ({string.Join(", ", _suite.Prompts.Select(version => version.Name))})");
        foreach (IGrouping<string, ModelEndpoint> models in _options.Models.GroupBy(model => model.Options.Model).Where(group => group.Count() > 1))
            problems.Add($"--model {models.Key}: {models.Count()} models have this name; results tell versions apart by it");
        if (problems.Count > 0)
            throw new InvalidInputException(string.Join("; ", problems));
    }

    private IEnumerable<Question> Questions(ModelEndpoint model)
    {
        SuitePrompt[] prompts = [.. _suite.Prompts.Where(prompt => _options.Prompts.Count == 0 || _options.Prompts.Contains(prompt.Name))];
        foreach (SuitePrompt? prompt in prompts.Length == 0 ? [null] : prompts.Cast<SuitePrompt?>())
        {
            foreach (SuiteCase one in _suite.Cases)
            {
                // A case with messages of its own is the same under every prompt version.
                if (one.Messages is null || ReferenceEquals(prompt, prompts.FirstOrDefault()))
                    yield return Of(model, one.Messages is null ? prompt : null, one);
            }
        }
    }

    private Question Of(ModelEndpoint model, SuitePrompt? prompt, SuiteCase one)
    {
        SuiteSettings settings = _suite.Settings;
        var call = new ChatCall(one.Conversation(prompt))
        {
            Temperature = prompt?.Content.Settings.Temperature ?? settings.Temperature,
            TopP = prompt?.Content.Settings.TopP ?? settings.TopP,
            MaxTokens = prompt?.Content.Settings.MaxTokens ?? settings.MaxTokens,
            Seed = prompt?.Content.Settings.Seed ?? settings.Seed,
            Stop = prompt?.Content.Settings.Stop ?? [],
        };
        // A variable that an assertion is about need not be one of the prompt version, and then the call does not know it.
        string[] checks = [.. one.Assertions.Select(assertion => assertion.Definition), .. one.Assertions.Select(assertion => assertion.NeedsVariable).OfType<string>().Select(variable => one.Variables![variable])];
        string judge = one.Assertions.Any(assertion => assertion.NeedsJudge) ? $"{Identity(_options.Services.Judge!)} {_options.Services.Seed}" : "";
        string rewards = one.Assertions.Any(assertion => assertion.NeedsRewards) ? _options.Services.Rewards!.Identity : "";
        string key = Hash([_suite.Name, one.Id, prompt?.Name ?? "", prompt?.Content.Hash() ?? "", call.Key(Identity(model), model.Options.Model), one.Original ?? "", one.Edit ?? "", judge, rewards, .. checks]);
        var fingerprints = Fingerprints.Of(model.Options.Fingerprint, judge == "" ? null : _options.Services.Judge!.Options.Fingerprint, rewards == "" ? null : _options.Services.Rewards!.Fingerprint);
        return new Question(key, model, prompt, one, call, fingerprints);
    }

    /// <summary>A result that is there already, with the lines as they are in the suite now.</summary>
    private static CaseRow? Known(Dictionary<string, CaseRow> known, Question question) => known.GetValueOrDefault(question.Key) is not { } row ? null : row with
    {
        Line = question.Case.Line,
        Assertions = [.. row.Assertions.Zip(question.Case.Assertions, (result, assertion) => result with { Line = assertion.Line })],
    };

    private TokenQuestion Tokens(SuiteCase one)
    {
        // The original was an answer to the case, under whichever prompt version; the first one stands for them.
        string prompt = string.Join("\n\n", one.Conversation(_suite.Prompts.Count == 0 ? null : _suite.Prompts[0]).Select(message => message.Content));
        return new TokenQuestion(Hash(["tokens", one.Id, prompt, one.Original!, one.Edit!, _options.Services.Rewards!.Identity]), one, prompt, Fingerprints.Of(null, null, _options.Services.Rewards.Fingerprint));
    }

    private async Task<CaseRow> Ask(Question question, CancellationToken cancellation)
    {
        ChatAnswer answer = await question.Model.Ask(question.Call, cancellation);
        var texts = new CaseTexts(question.Call.Messages, answer.Text, question.Case.Original, question.Case.Edit) { Variables = question.Case.Variables ?? ImmutableDictionary<string, string>.Empty };
        var results = new List<AssertionResult>();
        foreach (Assertion assertion in question.Case.Assertions)
            results.Add(await assertion.Check(texts, _options.Services, cancellation));
        bool? passed = results.Any(result => result.Passed == false) ? false : results.Any(result => result.Passed is null) ? null : true;
        return new CaseRow(question.Key, _suite.Name, question.Case.Id, question.Case.Line, question.Model.Options.Model, question.Model.Options.Identity is null ? question.Model.Options.Host : "served here",
            question.Prompt?.Name ?? "", question.Prompt?.Content.Hash() ?? "", answer.Text, answer.Finish, passed, results)
        {
            Original = question.Case.Original,
            Edit = question.Case.Edit,
            ContextHash = question.Case.ContextHash,
            Fingerprints = question.Fingerprints,
        };
    }

    private async Task<TokensRow> Ask(TokenQuestion question, CancellationToken cancellation)
    {
        RewardedText rewarded = await _options.Services.Rewards!.Of(question.Prompt, question.Case.Original!, cancellation);
        // A token was edited where the person's edit replaced or removed any of its characters; the token that ends a text has none.
        if (Changed(question.Case.Original!, question.Case.Edit!) is not { } changed)
            return new TokensRow(question.Key, _suite.Name, question.Case.Id, []) { Fingerprints = question.Fingerprints };
        return new TokensRow(question.Key, _suite.Name, question.Case.Id,
            [.. rewarded.Tokens.Where(token => token.End > token.Start).Select(token => new EditedToken(token.Standardized, changed.Any(span => span.Overlaps(new TextSpan(token.Start, token.End)))))])
        {
            Fingerprints = question.Fingerprints,
        };
    }

    /// <summary>Where an edit replaced or removed something; null where the texts are too far apart to say.</summary>
    private static TextSpan[]? Changed(string original, string edit)
    {
        try
        {
            return [.. TextEdits.Compute(TextPieces.Cut(original), TextPieces.Cut(edit)).Hunks.Select(hunk => hunk.Span).Where(span => span.Length > 0)];
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    private static T Keep<T>(AppendedLines file, T row)
    {
        file.Add(JsonSerializer.SerializeToUtf8Bytes(row, SuiteJson.Options));
        return row;
    }

    private static string Identity(ModelEndpoint model) => model.Options.Identity ?? $"{model.Options.Url} {model.Options.Model}{(model.Options.Fingerprint is { } fingerprint ? $" {fingerprint}" : "")}";

    private static string Hash(IReadOnlyList<string> parts) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Serialize(parts, SuiteJson.Options))));

    private sealed record Question(string Key, ModelEndpoint Model, SuitePrompt? Prompt, SuiteCase Case, ChatCall Call, Fingerprints? Fingerprints)
    {
        public string Name => Prompt is null ? $"{Case.Id} ({Model.Options.Model})" : $"{Case.Id} ({Model.Options.Model} {Prompt.Name})";
    }

    private sealed record TokenQuestion(string Key, SuiteCase Case, string Prompt, Fingerprints? Fingerprints)
    {
        public string Name => $"{Case.Id} (token rewards)";
    }
}
