using Emend.Models;
using Emend.Text;

namespace Emend.Training;

/// <summary>A prompt and the response to learn, as token ids. The end-of-text id, where the model should learn to stop, is part of the response.</summary>
public sealed record Example(int[] Prompt, int[] Response)
{
    /// <summary>Examples as a model reads them.</summary>
    public static TokenBatch Batch(IReadOnlyList<Example> examples) =>
        TokenBatch.Of([.. examples.Select(example => example.Prompt)], [.. examples.Select(example => example.Response)]);
}

/// <summary>Responses to one prompt with their ranks, 1 = best; equal ranks are ties.</summary>
public sealed record RankedExample(int[] Prompt, int[][] Responses, int[] Ranks)
{
    /// <summary>The ranking of two.</summary>
    public static RankedExample Pair(int[] prompt, int[] preferred, int[] dispreferred) => new(prompt, [preferred, dispreferred], [1, 2]);
}

/// <summary>
/// An edited response (preferred) and its original (dispreferred). The masks say which tokens of each side the edit
/// changed; matches are the index pairs of unchanged tokens. The end-of-text ids are part of both sides.
/// </summary>
public sealed record EditExample(
    int[] Prompt, int[] Edited, int[] Original, bool[] EditedChanged, bool[] OriginalChanged, (int Edited, int Original)[] Matches)
{
    /// <summary>
    /// The tokens of the original that the person found fault with (<see cref="EditScript.OriginalFaults"/>); all others were
    /// left as they are, knowingly. Null where that is not known of single tokens: in a pair of two samples that were
    /// ranked, and in a text with only one of several hunks applied.
    /// </summary>
    public bool[]? Faults { get; init; }

    /// <summary>Aligns two responses by the diff of their ids. isWholeEdit: the first is the second after all that a person changed in it.</summary>
    public static EditExample Of(int[] prompt, int[] edited, int[] original, bool isWholeEdit)
    {
        EditScript script = SequenceDiff.Compute(original, edited);
        return new EditExample(prompt, edited, original, script.EditedChanged(), script.OriginalChanged(),
            [.. script.Matches().Select(match => (match.Edited, match.Original))])
        {
            Faults = isWholeEdit ? script.OriginalFaults() : null,
        };
    }
}

/// <summary>What a training stage says of its progress: a step counted from 1, of how many, and the numbers of that step.</summary>
public sealed record TrainingReport(string Stage, int Step, int Steps, IReadOnlyList<(string Name, double Value)> Metrics);

/// <summary>Training went wrong in a way that going on would hide: a loss that is no number, a policy that ran away.</summary>
public sealed class TrainingStoppedException(string message) : Exception(message);
