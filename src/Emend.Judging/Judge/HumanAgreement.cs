using Emend.Feedback;

namespace Emend.Judging;

/// <summary>How far a judge says what people say, on pairs that both judged.</summary>
/// <param name="Pairs">Pairs with a person's verdict and a readable one of the judge.</param>
/// <param name="Rate">Share of them with the same verdict (a, b or tie); null where there are none.</param>
/// <param name="Kappa">The same beyond chance (Cohen).</param>
public sealed record HumanAgreement(int Pairs, double? Rate, AgreementValue Kappa)
{
    /// <summary>Pairs below which agreement counts as not measured: with fewer, the rate is uncertain by more than 18 points either way.</summary>
    public const int LeastPairs = 30;

    /// <summary>Agreement below which a judge decides no better than chance would.</summary>
    public const double LeastKappa = 0.2;

    private static readonly string[] Verdicts = ["a", "tie", "b"];

    public static HumanAgreement Of(IEnumerable<PairVerdict> verdicts)
    {
        (int First, int Second)[] judged = [.. verdicts.Where(verdict => verdict.Pair.Human is not null && verdict.Verdict is not null)
            .Select(verdict => (Array.IndexOf(Verdicts, verdict.Pair.Human), Array.IndexOf(Verdicts, verdict.Verdict)))];
        return new HumanAgreement(judged.Length, judged.Length == 0 ? null : judged.Count(pair => pair.First == pair.Second) / (double)judged.Length, Feedback.Kappa.Cohen(judged));
    }

    /// <summary>What has to be said beside every number of this judge; null once agreement is measured and above chance.</summary>
    public string? Warning => Pairs < LeastPairs
        ? $"agreement of this judge with people is not measured: {Pairs} pairs have a person's verdict, and {LeastPairs} are needed (human in the pairs, or --human FILE)"
        : Kappa.Value is double kappa && kappa < LeastKappa
            ? FormattableString.Invariant($"this judge hardly agrees with people beyond chance (kappa {kappa:0.00} on {Pairs} pairs): its numbers say little about what people prefer")
            : Kappa.Value is null ? $"agreement of this judge with people is not defined: {Kappa.Undefined}" : null;
}
