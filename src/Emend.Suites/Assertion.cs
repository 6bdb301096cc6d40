using System.Collections.Immutable;
using System.Text.Json;
using Emend.Judging;
using Emend.Text;

namespace Emend.Suites;

/// <summary>Which text an assertion is about.</summary>
public enum AssertedText { Answer, Original, Edit }

/// <summary>The texts of one case under one version.</summary>
/// <param name="Conversation">What the model was asked.</param>
public sealed record CaseTexts(IReadOnlyList<ChatMessage> Conversation, string Answer, string? Original, string? Edit)
{
    /// <summary>The case's variables by name, whether or not the prompt version has them; none where the case brings its own messages.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The conversation as one text, as a reward model or a judge reads it: the contents, joined by blank lines.</summary>
    public string Prompt => string.Join("\n\n", Conversation.Select(message => message.Content));

    public string Text(AssertedText which) => which switch
    {
        AssertedText.Original => Original!,
        AssertedText.Edit => Edit!,
        _ => Answer,
    };
}

/// <summary>What an assertion may ask: a judge for rubrics, a reward model for token rewards. Null where the run has none; a suite that needs one is refused before.</summary>
public sealed record SuiteServices(ModelEndpoint? Judge, RewardService? Rewards, int Seed);

/// <summary>Whether an assertion held.</summary>
/// <param name="Passed">Null where a judge's answer could not be read: neither held nor broken.</param>
/// <param name="Detail">Why not, or what was measured, in one sentence.</param>
/// <param name="Score">The number that was compared, where there is one.</param>
public sealed record AssertionResult(string Assertion, int Line, bool? Passed, string Detail, double? Score = null);

/// <summary>One thing that must hold of a text, or of two.</summary>
/// <param name="Name">As the suite writes it.</param>
/// <param name="Line">Where it stands in the suite.</param>
/// <param name="On">The text it is about.</param>
public abstract record Assertion(string Name, int Line, AssertedText On)
{
    /// <summary>Its settings as one text, so that a changed assertion is checked again.</summary>
    public required string Definition { get; init; }

    /// <summary>Whether a judge is asked.</summary>
    public virtual bool NeedsJudge => false;

    /// <summary>Whether token rewards are asked for.</summary>
    public virtual bool NeedsRewards => false;

    /// <summary>Texts of the case that must be there.</summary>
    public virtual IEnumerable<AssertedText> Needs => On == AssertedText.Answer ? [] : [On];

    /// <summary>The variable of the case that must be there; null for none.</summary>
    public virtual string? NeedsVariable => null;

    /// <exception cref="EndpointException">A judge or a reward model did not answer.</exception>
    public abstract Task<AssertionResult> Check(CaseTexts texts, SuiteServices services, CancellationToken cancellation);

    protected AssertionResult Result(bool? passed, string detail, double? score = null) => new(Name, Line, passed, detail, score);
}

/// <summary>An assertion that looks at a text and asks nobody.</summary>
public abstract record TextAssertion(string Name, int Line, AssertedText On) : Assertion(Name, Line, On)
{
    public sealed override Task<AssertionResult> Check(CaseTexts texts, SuiteServices services, CancellationToken cancellation) => Task.FromResult(Check(texts));

    protected abstract AssertionResult Check(CaseTexts texts);

    /// <summary>A text short enough for a sentence.</summary>
    protected static string Shown(string text)
    {
        const int longest = 60;
        string line = text.ReplaceLineEndings("⏎");
        return JsonSerializer.Serialize(line.Length <= longest ? line : $"{line[..longest]}…", SuiteJson.Options);
    }
}
