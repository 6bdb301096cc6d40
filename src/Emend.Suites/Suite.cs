using System.Collections.Immutable;
using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Suites;

/// <summary>A set of cases that model versions and prompt versions are run against.</summary>
/// <param name="Prompts">Prompt versions by name, in the order of the file; none where the cases bring their own messages.</param>
public sealed record Suite(string Name, string Path, SuiteSettings Settings, IReadOnlyList<SuitePrompt> Prompts, IReadOnlyList<SuiteCase> Cases)
{
    /// <summary>The first assertion that needs what a run may lack; null where none does.</summary>
    public Assertion? First(Func<Assertion, bool> needs) => Cases.SelectMany(one => one.Assertions).FirstOrDefault(needs);

    /// <summary>File and line, as messages name a place.</summary>
    public string Place(int line) => $"{Path}:{line}";
}

/// <summary>How answers are asked for, where a prompt version does not say otherwise.</summary>
public sealed record SuiteSettings
{
    public double Temperature { get; init; }
    public double TopP { get; init; } = 1;
    public int MaxTokens { get; init; } = 512;
    public int Seed { get; init; } = 1;

    /// <summary>Tokens of an original are flagged where their reward, in deviations from the mean of the policy's own responses, is below this.</summary>
    public double FlagBelow { get; init; }
}

/// <summary>A prompt version under the name that a suite gives it.</summary>
public sealed record SuitePrompt(string Name, PromptContent Content, int Line);

/// <summary>One case: what is asked, what was once answered, how a person edited that, and what must hold.</summary>
/// <param name="Variables">For the suite's prompt versions; null where the case brings its own messages.</param>
public sealed record SuiteCase(string Id, ImmutableDictionary<string, string>? Variables, IReadOnlyList<ChatMessage>? Messages, string? Original, string? Edit, IReadOnlyList<Assertion> Assertions, int Line)
{
    /// <summary>SHA-256 of the block that was injected into it; null where nothing was.</summary>
    public string? ContextHash { get; init; }

    /// <summary>The conversation under a prompt version, or the case's own.</summary>
    public IReadOnlyList<ChatMessage> Conversation(SuitePrompt? prompt) => Messages ?? PromptRenderer.Render(prompt!.Content, VariablesOf(prompt)).Chat();

    /// <summary>Those of the case's variables that a prompt version has; another version may have others.</summary>
    internal ImmutableDictionary<string, string> VariablesOf(SuitePrompt prompt) => Variables!.RemoveRange(Variables.Keys.Except(prompt.Content.Variables));
}
