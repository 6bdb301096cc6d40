using Emend.Significance;
using Emend.Store;

namespace Emend.Studio;

/// <summary>
/// What a test says. A test that nobody has looked at before its end shows no rate until then, since that would be a look. A pair with several votes is one, their
/// mean; once somebody looks while votes come in, the first of each.
/// </summary>
/// <param name="State">waiting: the end is not reached; else win, lose or undecided.</param>
/// <param name="Rate">Share of votes for B, ties half, 0 to 1, with its interval.</param>
/// <param name="More">How many more pairs with a vote it would take, and what the number means.</param>
/// <param name="Bound">fixed or anytime.</param>
/// <param name="Source">simulated where no person has voted; null for people, whose votes alone count as soon as there is one.</param>
/// <param name="FirstShownRate">Of the votes with a winner, the share that what was shown first won, and its exact p-value.</param>
internal sealed record AbTestResult(
    AbTestView Test, string State, int Pairs, int Votes, double? Rate, double? Low, double? High, double? PValue, int? Wins, int? Losses, int? Ties, int? More, string MoreMeans,
    double? MinimumDetectable, string Bound, string? Source, int SimulatedVotes, double? FirstShownRate, double? FirstShownPValue)
{
    public static AbTestResult Of(AbTestView test, IReadOnlyList<PairVote> all)
    {
        PairVote[] people = [.. all.Where(vote => !vote.IsSimulated)], votes = people.Length > 0 ? people : [.. all];
        double[] pairs = [.. votes.GroupBy(vote => vote.Item).Select(of => test.Looked ? of.First().ForB : of.Average(vote => vote.ForB))];
        string? source = people.Length == 0 && all.Count > 0 ? SimulatedAnnotators.Source : null;
        double detectable = Power.MinimumDetectableEffect(Power.LargestDeviation, test.Horizon, Power.DefaultLevel, Power.DefaultPower);
        var waiting = new AbTestResult(test, "waiting", pairs.Length, votes.Length, null, null, null, null, null, null, null, test.Horizon - pairs.Length, "pairs to the planned end of the test, before which nothing is decided",
            detectable, test.Looked ? "anytime" : "fixed", source, all.Count - people.Length, null, null);
        if (pairs.Length == 0 || (!test.Looked && pairs.Length < test.Horizon))
            return waiting;
        AbTest read = AbTest.Of(pairs, test.Looked ? new AbOptions { Peek = true } : new AbOptions { Horizon = test.Horizon });
        PairVote[] decided = [.. votes.Where(vote => vote.ForB != 0.5)];
        int first = decided.Count(vote => vote.SawBFirst == vote.ForB > 0.5);
        return waiting with
        {
            State = read.Verdict switch { AbVerdict.Win => "win", AbVerdict.Lose => "lose", _ => "undecided" },
            Rate = read.Rate,
            Low = read.Interval.Low,
            High = read.Interval.High,
            PValue = read.PValue,
            Wins = read.Wins,
            Losses = read.Losses,
            Ties = read.Ties,
            More = read.More,
            MoreMeans = read.MoreMeans.Replace("votes", "pairs", StringComparison.Ordinal),
            FirstShownRate = decided.Length > 0 ? (double)first / decided.Length : null,
            FirstShownPValue = decided.Length > 0 ? PairedTests.McNemar(first, decided.Length - first) : null,
        };
    }
}
