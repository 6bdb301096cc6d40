using Emend.Significance;

namespace Emend.Store;

/// <summary>
/// What a test says. One that was planned to be read once says nothing before its end, since that would be a look; looked at or stopped early, it is read by the bound
/// that holds at every look. A pair with several votes is one, their mean; under that bound, the first of each.
/// </summary>
/// <param name="State">running; finished: its end was reached; stopped: somebody ended it before.</param>
/// <param name="Verdict">win: B is better; lose; "not enough data"; null where nothing may be read yet.</param>
/// <param name="Reading">How the test was planned and is therefore read, as a sentence.</param>
/// <param name="Rate">Share of votes for B, ties half, 0 to 1, with its interval.</param>
/// <param name="More">How many more pairs with a vote it would take, and what the number means.</param>
/// <param name="Bound">"fixed horizon" or "always valid".</param>
/// <param name="Source">simulated where no person has voted; null for people, whose votes alone count as soon as there is one.</param>
/// <param name="FirstShownRate">Of the votes with a winner, the share that what was shown first won, and its exact p-value.</param>
/// <param name="Metric">Under which name the two versions have their shares of the votes, once the test is over; null where A and B are one version.</param>
public sealed record AbTestResult(
    AbTestView Test, string State, string? Verdict, string Reading, int Pairs, int Votes, double? Rate, double? Low, double? High, double? PValue, int? Wins, int? Losses, int? Ties, int? More, string MoreMeans,
    double MinimumDetectable, string Bound, string? Source, int SimulatedVotes, double? FirstShownRate, double? FirstShownPValue, string? Metric)
{
    public static AbTestResult Of(AbTestView test, IReadOnlyList<PairVote> all)
    {
        PairVote[] people = [.. all.Where(vote => !vote.IsSimulated)], votes = people.Length > 0 ? people : [.. all];
        bool over = test.EndedAt is not null, stopped = test.StopReason is not null, anytime = test.Looks || test.Looked || stopped;
        AbOptions options = anytime ? new AbOptions { Peek = true, Unit = "pairs" } : new AbOptions { Horizon = test.Horizon, Unit = "pairs" };
        double[] pairs = [.. votes.GroupBy(vote => vote.Item).Select(of => anytime ? of.First().ForB : of.Average(vote => vote.ForB))];
        string reading = HowOf(test, stopped, pairs.Length);
        var waiting = new AbTestResult(test, !over ? "running" : stopped ? "stopped" : "finished", null, reading, pairs.Length, votes.Length, null, null, null, null, null, null, null,
            over ? null : test.Horizon - pairs.Length, over ? "" : anytime ? "pairs to the planned end of the test" : AbTest.BeforeTheEnd(options.Unit),
            AbReport.Detectable(test.Horizon, options), AbReport.BoundOf(options), people.Length == 0 && all.Count > 0 ? SimulatedAnnotators.Source : null, all.Count - people.Length, null, null, over && pairs.Length > 0 ? MetricOf(test) : null);
        if (pairs.Length == 0 || (!anytime && pairs.Length < test.Horizon))
            return waiting;
        AbReport report = AbReport.Of(pairs, votes.Select(vote => new AbVote(vote.ForB, vote.SawBFirst)), options);
        AbTest read = report.Test;
        return waiting with
        {
            Verdict = report.Verdict,
            Rate = read.Rate,
            Low = read.Interval.Low,
            High = read.Interval.High,
            PValue = read.PValue,
            Wins = read.Wins,
            Losses = read.Losses,
            Ties = read.Ties,
            More = read.More,
            MoreMeans = over && anytime && read.More is not null ? $"{read.MoreMeans}; this test takes none any more" : read.MoreMeans,
            FirstShownRate = report.FirstShown?.Rate,
            FirstShownPValue = report.FirstShown?.PValue,
        };
    }

    private static string HowOf(AbTestView test, bool stopped, int pairs) => test switch
    {
        { Looks: true } => "Planned with looks: read by the bound that holds at every look.",
        { Looked: true } => $"Planned to be read once, after {test.Horizon} pairs, and looked at before: read by the bound that holds at every look.",
        _ when stopped => $"Planned to be read once, after {test.Horizon} pairs, and stopped after {pairs}. The interval of a planned end holds at that end alone, so the test is read by the bound that holds at every look.",
        { EndedAt: null } when pairs < test.Horizon => $"Read once, after {test.Horizon} pairs. Until then nothing is shown, so that nobody stops at a lucky moment.",
        _ => $"Read once, after {test.Horizon} pairs, as planned.",
    };

    private static string? MetricOf(AbTestView test) => test.A.Version == test.B.Version ? null : AbTests.MetricOf(test.Name);
}
