using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>How far simulated annotators are from perfect. The defaults are chosen to be like real people; see docs/world.md.</summary>
public sealed record AnnotatorNoise
{
    /// <summary>
    /// Scale of the logistic noise on a comparison, in points of the rubric: of two responses whose scores differ by d,
    /// the worse is preferred with probability 1 / (1 + exp(d / RankScale)).
    /// </summary>
    public double RankScale { get; init; } = 0.7;

    /// <summary>Probability that a fault is not seen.</summary>
    public double MissedFault { get; init; } = 0.15;

    /// <summary>Probability that a fault is seen and replaced by another one of its kind.</summary>
    public double WrongFix { get; init; } = 0.05;

    /// <summary>Probability that a faultless sentence is reworded.</summary>
    public double UnneededEdit { get; init; } = 0.03;

    /// <summary>The preset of a regime: of two demonstrations the worse is preferred about one time in five.</summary>
    public static AnnotatorNoise For(Regime regime) =>
        regime == Regime.Short ? new AnnotatorNoise() : new AnnotatorNoise { RankScale = 1.1 };

    /// <summary>Annotators who always rank by the rubric and fix every fault.</summary>
    public static AnnotatorNoise None { get; } = new() { RankScale = 0, MissedFault = 0, WrongFix = 0, UnneededEdit = 0 };
}

/// <summary>A response after an annotator's minimal edit.</summary>
/// <param name="Edited">The edited text; equal to the response where nothing was changed.</param>
/// <param name="Fixed">Faults that were fixed.</param>
/// <param name="Missed">Faults that were not seen.</param>
/// <param name="Misfixed">Faults that were replaced by another fault.</param>
/// <param name="UnneededEdits">Faultless sentences that were reworded.</param>
public sealed record AnnotatorEdit(string Edited, ImmutableArray<FaultKind> Fixed, ImmutableArray<FaultKind> Missed,
    ImmutableArray<FaultKind> Misfixed, int UnneededEdits);

/// <summary>
/// A simulated annotator, who reads any text through the parser of the rubric, ranks responses and edits one
/// minimally: a wrong value is replaced, rude endings, superfluous, repeated and unparseable sentences are deleted,
/// missing facts and a missing offer of help are inserted. Everything else is left as it is, but for white space between
/// sentences, which becomes one space.
/// </summary>
public sealed class Annotator(AnnotatorNoise noise, Regime regime, Random random)
{
    /// <summary>Indices of the responses, best first. Equal scores are ordered by chance.</summary>
    public ImmutableArray<int> Rank(WorldPrompt prompt, IReadOnlyList<string> responses)
    {
        // The Plackett-Luce model: sorting by score plus Gumbel noise makes every pair a logistic comparison.
        (double Utility, double Tie)[] keys = [.. responses.Select(response =>
            (GoldRubric.Judge(prompt, response).Score + noise.RankScale * Gumbel(), random.NextDouble()))];
        return [.. Enumerable.Range(0, keys.Length).OrderByDescending(i => keys[i].Utility).ThenBy(i => keys[i].Tie)];
    }

    /// <summary>The response as this annotator would leave it.</summary>
    public AnnotatorEdit Edit(WorldPrompt prompt, string response) =>
        new EditSession(noise, regime, random, prompt, response).Run();

    private double Gumbel() => -Math.Log(-Math.Log(1 - random.NextDouble() * (1 - 1e-12) - 1e-13));
}
