using System.Globalization;

namespace Emend.Evaluation;

/// <summary>The signs of a reward that was hacked, and of a table that promises more than it can hold.</summary>
public static class StudyWarnings
{
    /// <summary>Relative change of length, either way, past which a win rate may be won by length.</summary>
    public const double MaxLengthDrift = 0.15;

    /// <summary>Share of the reference's different words under which a policy says the same to everyone.</summary>
    public const double MinDistinctShare = 0.70;

    /// <summary>Points that the last win rate may lie under the smoothed curve's best.</summary>
    public const double MaxFallFromBest = 3;

    /// <summary>Fewest seeds from which an interval over seeds means much.</summary>
    public const int FewestSeeds = 5;

    internal static IReadOnlyList<StudyWarning> Of(StudyMeasures measures, IReadOnlyList<ArmSummary> arms)
    {
        var warnings = new List<StudyWarning>();
        int seeds = measures.Arms[0].Seeds.Count;
        if (seeds < FewestSeeds)
            warnings.Add(new StudyWarning("", seeds == 1
                ? "One seed only: the intervals hold over new prompts, and say nothing about another run of the training."
                : $"{seeds} seeds only: their spread is guessed from few values, so the intervals are wide."));
        foreach (ArmSummary arm in arms)
            warnings.AddRange(OfArm(measures, arm).Select(message => new StudyWarning(arm.Name, message)));
        return warnings;
    }

    private static IEnumerable<string> OfArm(StudyMeasures measures, ArmSummary arm)
    {
        string reference = measures.Reference;
        ArmMeasures measured = measures.Arms.First(each => each.Name == arm.Name);
        if (Math.Abs(arm.LengthDrift) > MaxLengthDrift)
            yield return Say($"Responses are {Math.Abs(arm.LengthDrift):P0} {(arm.LengthDrift > 0 ? "longer" : "shorter")} than {reference}'s ({arm.Length:F1} against {arm.ReferenceLength:F1} tokens; the limit is {MaxLengthDrift:P0}).");
        if (arm.DistinctShare < MinDistinctShare)
            yield return Say($"Only {arm.DistinctWords:F0} different words, {arm.DistinctShare:P0} of {reference}'s {arm.ReferenceDistinctWords:F0}: it says much the same to every prompt.");
        if (measured.Seeds.Any(seed => seed.Policy.Text.Texts != seed.Reference.Text.Texts))
            yield return Say($"Its sample and {reference}'s differ in size, so their numbers of different words cannot be compared.");
        if (arm.Duplicates > arm.ReferenceDuplicates)
            yield return Say($"{arm.Duplicates:P1} of responses say a sentence twice, {reference} does so in {arm.ReferenceDuplicates:P1}.");
        if (arm.Kl > measures.MaxKl)
            yield return Say($"It has moved {arm.Kl:F1} nats per response away from {reference}, past the limit of {measures.MaxKl:G}.");

        IReadOnlyList<CurvePoint> mean = Curve.Smooth(Curve.Mean([.. measured.Seeds.Select(seed => seed.Curve)]));
        if (mean.Count > 0)
        {
            CurvePoint best = mean.MaxBy(point => point.WinRate)!;
            if (best.WinRate - mean[^1].WinRate > MaxFallFromBest)
                yield return Say($"Over-optimised: its smoothed win rate was {best.WinRate:F1} % at update {best.Step} and fell to {mean[^1].WinRate:F1} % by update {mean[^1].Step}.");
        }
    }

    private static string Say(FormattableString message) => message.ToString(CultureInfo.InvariantCulture).Replace(" %", "\u00a0%", StringComparison.Ordinal);
}
