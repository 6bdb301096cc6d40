using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>
/// What one annotator said about the responses to one prompt: a ranking, and a minimal edit of the response that came
/// last, as in Xu et al. 2024 (arXiv 2406.02756), where the less preferred response of a pair is edited.
/// </summary>
/// <param name="Prompt">The prompt of all responses.</param>
/// <param name="Responses">At least two, in the order in which they were shown.</param>
/// <param name="BestFirst">Indices into <paramref name="Responses"/>, best first.</param>
/// <param name="Edit">The edit of the last ranked response.</param>
public sealed record CollectedFeedback(WorldPrompt Prompt, ImmutableArray<string> Responses, ImmutableArray<int> BestFirst,
    AnnotatorEdit Edit)
{
    /// <summary>The response that was preferred to all others.</summary>
    public string Chosen => Responses[BestFirst[0]];

    /// <summary>The response that came last, and that was edited.</summary>
    public string Rejected => Responses[BestFirst[^1]];

    /// <summary>The edited text of <see cref="Rejected"/>.</summary>
    public string Edited => Edit.Edited;

    /// <summary>Whether the edit changed anything; where not, there is no edit pair to learn from.</summary>
    public bool IsEdited => Edited != Rejected;

    /// <summary>Shows the responses to an annotator and takes down what comes back.</summary>
    public static CollectedFeedback Ask(Annotator annotator, WorldPrompt prompt, IReadOnlyList<string> responses)
    {
        if (responses.Count < 2)
            throw new ArgumentException($"{responses.Count} responses to rank; right is at least 2");
        ImmutableArray<int> bestFirst = annotator.Rank(prompt, responses);
        return new CollectedFeedback(prompt, [.. responses], bestFirst, annotator.Edit(prompt, responses[bestFirst[^1]]));
    }
}
