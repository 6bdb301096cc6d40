using Emend.Feedback;

namespace Emend.Judging;

/// <summary>How far a judge says what people say, on pairs that both judged.</summary>
/// <param name="Pairs">Pairs with a person's verdict and a readable one of the judge.</param>
/// <param name="Rate">Share of them with the same verdict (a, b or tie); null where there are none.</param>
/// <param name="Kappa">The same beyond chance (Cohen), each pair counted with its responses in both places: which of two is called b says nothing.</param>
public sealed record HumanAgreement(int Pairs, double? Rate, AgreementValue Kappa)
{
    /// <summary>Pairs below which agreement counts as not measured: with fewer, the rate is uncertain by more than 18 points either way.</summary>
    public const int LeastPairs = 30;

    /// <summary>Agreement below which a judge decides no better than chance would.</summary>
    public const double LeastKappa = 0.2;

    /// <summary>What has to be said beside verdicts of a judge where nothing measures how far people agree with it.</summary>
    public const string NotMeasuredHere = "agreement of this judge with people is not measured here; emend judge measures it, with --human FILE";

    private static readonly string[] Verdicts = ["a", "tie", "b"];

    /// <summary>Of the verdicts on pairs with a person's; a pair that comes twice (in the pairs and in --human) counts once.</summary>
    public static HumanAgreement Of(IEnumerable<PairVerdict> verdicts) => Of(verdicts.Where(verdict => verdict.Pair.Human is not null && verdict.Verdict is not null)
        .DistinctBy(verdict => (verdict.Pair.Prompt, verdict.Pair.A, verdict.Pair.B)).Select(verdict => (verdict.Pair.Human!, verdict.Verdict!)));

    /// <summary>Of verdicts side by side, each "a", "tie" or "b": a person's and the judge's.</summary>
    public static HumanAgreement Of(IEnumerable<(string Human, string Judge)> verdicts)
    {
        (int First, int Second)[] judged = [.. verdicts.Select(pair => (Array.IndexOf(Verdicts, pair.Human), Array.IndexOf(Verdicts, pair.Judge)))];
        // Edit rows all have the better response second. Of verdicts that are all "b" chance would explain everything, however good the judge is.
        (int, int)[] bothWays = [.. judged, .. judged.Select(pair => (Verdicts.Length - 1 - pair.First, Verdicts.Length - 1 - pair.Second))];
        return new HumanAgreement(judged.Length, judged.Length == 0 ? null : judged.Count(pair => pair.First == pair.Second) / (double)judged.Length, Feedback.Kappa.Cohen(bothWays));
    }

    /// <summary>What has to be said beside every number of this judge; null once agreement is measured and above chance.</summary>
    public string? Warning => WarningFor("human in the pairs, or --human FILE");

    /// <summary>The same, where what people said comes from elsewhere.</summary>
    /// <param name="where">Where people's verdicts are to be given.</param>
    public string? WarningFor(string where) => Pairs < LeastPairs
        ? $"agreement of this judge with people is not measured: {Pairs} pairs have a person's verdict, and {LeastPairs} are needed ({where})"
        : Kappa.Value is double kappa && kappa < LeastKappa
            ? FormattableString.Invariant($"this judge hardly agrees with people beyond chance (kappa {kappa:0.00} on {Pairs} pairs): its numbers say little about what people prefer")
            : Kappa.Value is null ? $"agreement of this judge with people is not defined: {Kappa.Undefined}" : null;
}
