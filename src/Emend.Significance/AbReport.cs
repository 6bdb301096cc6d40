namespace Emend.Significance;

/// <summary>A vote between A and B: 1 for B, 0 for A, 0.5 for neither; and whether B's side was shown first, where that is known.</summary>
public readonly record struct AbVote(double ForB, bool? BFirst = null);

/// <summary>Of the votes with a winner whose order is known, the share, 0 to 1, that what was shown first won, and McNemar's exact p-value of an even chance.</summary>
public sealed record FirstShown(double Rate, double PValue)
{
    /// <summary>Null where no vote says which side was first.</summary>
    public static FirstShown? Of(IEnumerable<AbVote> votes)
    {
        AbVote[] decided = [.. votes.Where(vote => vote.BFirst is not null && vote.ForB != 0.5)];
        int wins = decided.Count(vote => vote.BFirst == vote.ForB > 0.5);
        return decided.Length > 0 ? new FirstShown((double)wins / decided.Length, PairedTests.McNemar(wins, decided.Length - wins)) : null;
    }
}

/// <summary>A test with all that is said of one, by the command line and by the studio alike.</summary>
/// <param name="Bound">"fixed horizon" or "always valid".</param>
/// <param name="MinimumDetectable">Smallest distance of the rate from 0.5 that a test of this size finds with the power wanted.</param>
public sealed record AbReport(AbTest Test, string Bound, double MinimumDetectable, FirstShown? FirstShown)
{
    public const string Fixed = "fixed horizon", Always = "always valid";

    /// <summary>"win", "lose" or "not enough data".</summary>
    public string Verdict => Test.Verdict switch
    {
        AbVerdict.Win => "win",
        AbVerdict.Lose => "lose",
        _ => "not enough data",
    };

    /// <param name="outcomes">What is tested, 0 to 1, in the order in which they came: the votes, or what stands for several of them.</param>
    /// <param name="votes">The votes themselves.</param>
    public static AbReport Of(IReadOnlyList<double> outcomes, IEnumerable<AbVote> votes, AbOptions options) =>
        new(AbTest.Of(outcomes, options), BoundOf(options), Detectable(options.Horizon ?? outcomes.Count, options), FirstShown.Of(votes));

    public static string BoundOf(AbOptions options) => options.Peek ? Always : Fixed;

    public static double Detectable(int outcomes, AbOptions options) => Power.MinimumDetectableEffect(Power.LargestDeviation, outcomes, options.Level, options.WantedPower);
}
