using Emend.Evaluation;
using Emend.Models;
using Emend.Text;

namespace Emend.Studies;

/// <summary>A response that a person ranked above another, or made of it: a whole edit is the other after all that the person changed.</summary>
public sealed record TextPair(string Prompt, string Preferred, string Dispreferred, bool IsWholeEdit = false);

/// <summary>A response and what a person made of it.</summary>
public sealed record TextEditPair(string Prompt, string Response, string Edited);

/// <summary>What people said, for training or held out. Gold pairs are ranked by the judge itself and only ever held out.</summary>
public sealed record FeedbackSet(IReadOnlyList<TextPair> Original, IReadOnlyList<TextEditPair> Edits, IReadOnlyList<TextPair> Gold);

/// <summary>
/// What a study compares arms on: a policy to improve, prompts, people's feedback, and a judge that no reward model sees.
/// </summary>
public sealed record StudyTask
{
    public required string Name { get; init; }
    public required string About { get; init; }
    public required string Judge { get; init; }
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>The SFT model: where every arm starts, what KL is measured against, what win rates are against.</summary>
    public required LanguageModel Policy { get; init; }

    /// <summary>Ids that open every prompt (may be empty) and the id that ends every response.</summary>
    public required int[] Opening { get; init; }
    public required int StopToken { get; init; }

    public required int MaxNewTokens { get; init; }
    public required IReadOnlyList<string> TrainingPrompts { get; init; }
    public required IReadOnlyList<string> EvaluationPrompts { get; init; }

    /// <summary>Score of a response to an evaluation prompt (by its index); higher is better, equal is a tie.</summary>
    public required Func<int, string, double> Score { get; init; }

    /// <summary>Feedback for training under a seed, and held-out feedback of the same kind.</summary>
    public required Func<int, FeedbackSet> Feedback { get; init; }
    public required Func<int, FeedbackSet> HeldOut { get; init; }

    /// <summary>Measures of the task's own over a sample of responses.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<Measure>> Extra { get; init; } = _ => [];

    /// <summary>Prompt ids, with the opening.</summary>
    public int[] EncodePrompt(string prompt) => [.. Opening, .. Tokenizer.Encode(prompt)];

    /// <summary>Response ids, with the end. Prompt and response are cut apart before they are encoded, here and everywhere.</summary>
    public int[] EncodeResponse(string response) => [.. Tokenizer.Encode(response), StopToken];

    /// <summary>The text of generated ids, without the end.</summary>
    public string Decode(int[] response) => Tokenizer.Decode(response is [.. var body, var last] && last == StopToken ? body : response, skipSpecialTokens: true);
}
