using Emend.Evaluation;
using Emend.Feedback;
using Emend.Significance;
using Emend.Studies;

namespace Emend.Cli.Commands;

/// <summary>One version in one aspect, and against the first version on the same prompts.</summary>
/// <param name="Faultless">Percent of responses with nothing wrong, where scores are points off for faults.</param>
/// <param name="WinRate">Percent of the prompts that it wins against the first version, ties half; null for the first.</param>
/// <param name="PHolm">Of being equal to the first, by sign flips of the paired scores, corrected for all aspects and versions; null for the first.</param>
internal sealed record AspectRow(string Aspect, int Prompts, Estimate Mean, double Faultless, Estimate? WinRate, double? PHolm)
{
    private const double Rounding = 1e-9;

    /// <summary>For each version a row for each aspect, and one for all of them together.</summary>
    /// <param name="seed">Of resampling and drawn signs.</param>
    public static AspectRow[][] Of(IReadOnlyList<VersionScores> versions, ResponseJudge judge, int seed)
    {
        (string Name, Func<JudgedResponse, double?> Score)[] aspects =
        [
            .. judge.Aspects.Where(aspect => aspect != AspectPrompts.All).Select((aspect, i) => (aspect, new Func<JudgedResponse, double?>(judged => judged.Scores[i]))),
            (AspectPrompts.All, judged => judged.Scores.Sum()),
        ];
        double[][][] scores = [.. versions.Select(version => aspects.Select(aspect => version.Judged.Select(aspect.Score).OfType<double>().ToArray()).ToArray())];
        double[] pValues = PairedTests.Holm([.. scores.Skip(1).SelectMany(own => own.Zip(scores[0], (now, first) => PairedTests.SignFlip(Differences(now, first), seed)))]);
        return [.. scores.Select((own, m) => aspects.Select((aspect, i) => new AspectRow(
            aspect.Name, own[i].Length, VersionComparison.Mean(own[i], seed), 100.0 * own[i].Count(score => score >= 0) / own[i].Length,
            m == 0 ? null : Emend.Significance.WinRate.Of([[.. Differences(own[i], scores[0][i]).Select(Outcome)]], seed),
            m == 0 ? null : pValues[(m - 1) * aspects.Length + i])).ToArray())];
    }

    public object Machine(ScoreKind scores) => new
    {
        score = Mean.Value,
        low = Mean.Low,
        high = Mean.High,
        prompts = Prompts,
        faultless = scores == ScoreKind.Faults ? Faultless : (double?)null,
        winRate = WinRate is { } wins ? new { value = wins.Value, low = wins.Low, high = wins.High } : null,
        pHolm = PHolm,
    };

    private static double[] Differences(double[] now, double[] first) => [.. now.Zip(first, (a, b) => a - b)];

    private static double Outcome(double difference) => Math.Abs(difference) < Rounding ? 0.5 : difference > 0 ? 1 : 0;
}
