using Emend.Feedback;
using Emend.Judging;

namespace Emend.Suites;

/// <summary>judge: a model answers a question about the text with yes or no.</summary>
public sealed record JudgeAssertion(string Name, int Line, AssertedText On, string Rubric) : Assertion(Name, Line, On)
{
    private static readonly string[] Answers = ["yes", "no"];

    public override bool NeedsJudge => true;

    public override async Task<AssertionResult> Check(CaseTexts texts, SuiteServices services, CancellationToken cancellation)
    {
        ChatAnswer answer = await services.Judge!.Ask(new ChatCall(JudgePrompt.Single(Rubric, texts.Prompt, texts.Text(On), services.Seed)) { MaxTokens = ClosedAnswer.MostTokens, Seed = services.Seed }, cancellation);
        ClosedAnswer read = ClosedAnswer.Read(answer, Answers);
        return read.Choice switch
        {
            "yes" => Result(true, "the judge says yes"),
            "no" => Result(false, "the judge says no"),
            _ => Result(null, "the judge's answer could not be read"),
        };
    }
}

/// <summary>better-than: a judge, asked in both orders, prefers the answer to another text of the case.</summary>
public sealed record BetterThanAssertion(string Name, int Line, AssertedText Than, string Rubric) : Assertion(Name, Line, AssertedText.Answer)
{
    public override bool NeedsJudge => true;

    public override IEnumerable<AssertedText> Needs => [Than];

    public override async Task<AssertionResult> Check(CaseTexts texts, SuiteServices services, CancellationToken cancellation)
    {
        var judge = new PairJudge(services.Judge!, new JudgeOptions { Rubric = Rubric, Seed = services.Seed, Alternatives = null });
        PairVerdict verdict = await judge.Judge(new ResponsePair("case", texts.Prompt, texts.Text(Than), texts.Answer), cancellation);
        return verdict.Verdict switch
        {
            null => Result(null, "the judge's answer could not be read"),
            "b" => Result(true, "the judge prefers the answer", verdict.Vote),
            "a" => Result(false, $"the judge prefers the {Than.ToString().ToLowerInvariant()}", verdict.Vote),
            _ => Result(false, "the judge sees no difference, or one that changes with the order", verdict.Vote),
        };
    }
}

/// <summary>token-reward: a floor under every token's reward, or under their mean, in deviations from the mean of the policy's own responses.</summary>
public sealed record TokenRewardAssertion(string Name, int Line, AssertedText On, double? Least, double? LeastMean) : Assertion(Name, Line, On)
{
    public override bool NeedsRewards => true;

    public override async Task<AssertionResult> Check(CaseTexts texts, SuiteServices services, CancellationToken cancellation)
    {
        RewardedText rewarded = await services.Rewards!.Of(texts.Prompt, texts.Text(On), cancellation);
        RewardedToken? worst = rewarded.Tokens.Count == 0 ? null : rewarded.Tokens.MinBy(token => token.Standardized);
        if (worst is { } low && low.Standardized < Least)
            return Result(false, FormattableString.Invariant($"\"{texts.Text(On)[low.Start..low.End]}\" at {low.Start} has {low.Standardized:0.00}, less than {Least}"), low.Standardized);
        if (rewarded.Standardized < LeastMean)
            return Result(false, FormattableString.Invariant($"the mean is {rewarded.Standardized:0.00}, less than {LeastMean}"), rewarded.Standardized);
        return Result(true, FormattableString.Invariant($"least {worst?.Standardized ?? 0:0.00}, mean {rewarded.Standardized:0.00}"), Least is null ? rewarded.Standardized : worst?.Standardized);
    }
}
