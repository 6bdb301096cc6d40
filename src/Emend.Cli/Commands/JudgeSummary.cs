using System.Globalization;
using Emend.Judging;
using Emend.Significance;

namespace Emend.Cli.Commands;

/// <summary>What emend judge says of the pairs, and of the judge.</summary>
internal sealed class JudgeSummary(int pairs, IReadOnlyList<PairVerdict> verdicts, HumanAgreement agreement, CanaryResult? canary, ModelEndpoint endpoint, int seed)
{
    private readonly JudgeReport? _report = JudgeReport.Of([.. verdicts.Where(verdict => verdict.Vote is not null)
        .Select(verdict => new JudgedOutcome(verdict.ForBWhenFirst("b"), verdict.ForBWhenFirst("a"), verdict.Pair.B.Length, verdict.Pair.A.Length) { WinnersDiffer = verdict.Flipped })], seed);

    private int Unreadable => verdicts.Count(verdict => verdict.Vote is null);

    private int UnreadableAnswers => verdicts.Sum(verdict => verdict.Answers.Count(answer => answer.ForB is null));

    public object Machine() => new
    {
        source = VerdictRows.Source,
        model = endpoint.Options.Model,
        endpoint = endpoint.Options.Host,
        pairs,
        judged = _report?.Judged ?? 0,
        unreadable = Unreadable,
        unreadableAnswers = UnreadableAnswers,
        unanswered = pairs - verdicts.Count,
        winRate = _report is null ? null : Machine(_report.WinRate),
        pValue = _report?.PValue,
        flipRate = 100 * _report?.FlipRate,
        positionBias = Machine(_report?.Position),
        lengthBias = Machine(_report?.Length),
        lengthControlled = EvaluateVerdictsCommand.Machine(_report?.Lengths),
        agreement = new { rate = 100 * agreement.Rate, kappa = agreement.Kappa.Value, pairs = agreement.Pairs },
        warning = agreement.Warning,
        canary = canary is null ? null : new { canary.Readable, canary.Swayed, canary.Unreadable },
        spent = Spending(endpoint),
    };

    public void Print()
    {
        Line($"judged by {endpoint.Options.Model} at {endpoint.Options.Host} (AI feedback)");
        if (agreement.Warning is { } warning)
            Line($"WARNING: {warning}");
        if (_report is null)
            Line($"no verdict could be read: {Unreadable} of {verdicts.Count} pairs unreadable");
        else
            Print(_report);
        if (agreement.Rate is double rate)
            Line($"agreement with people   {100 * rate:F1} % of {agreement.Pairs} pairs, kappa {(agreement.Kappa.Value is double kappa ? FormattableString.Invariant($"{kappa:F2}") : $"undefined ({agreement.Kappa.Undefined})")}");
        if (canary is not null)
            Line($"hidden instructions     swayed {canary.Swayed} of {canary.Readable} verdicts, made {canary.Unreadable} unreadable");
        Spent spent = endpoint.Spent;
        Line($"{spent.Calls} calls ({spent.Repeated} of them repeated), {spent.FromCache} answers from the cache, {spent.PromptTokens} + {spent.CompletionTokens} tokens{(spent.Cost > 0 ? FormattableString.Invariant($", cost {spent.Cost:0.####}") : "")}");
        if (Renewed(endpoint) is { } renewed)
            Console.WriteLine(renewed);
    }

    /// <summary>A line where answers were there of a model that the server no longer has under the name; null where there were none.</summary>
    internal static string? Renewed(ModelEndpoint endpoint) => endpoint.Spent.Renewed is > 0 and int answers
        ? $"{endpoint.Options.Model} at {endpoint.Options.Host} is another model now ({endpoint.Options.Fingerprint}) than the one whose answers were kept: {answers} of the questions were asked again"
        : null;

    internal static object Spending(ModelEndpoint endpoint) => new
    {
        calls = endpoint.Spent.Calls,
        repeated = endpoint.Spent.Repeated,
        fromCache = endpoint.Spent.FromCache,
        renewed = endpoint.Spent.Renewed,
        promptTokens = endpoint.Spent.PromptTokens,
        completionTokens = endpoint.Spent.CompletionTokens,
        cost = endpoint.Spent.Cost,
    };

    private void Print(JudgeReport report)
    {
        Line($"B's win rate            {report.WinRate.Value:F1} % [{report.WinRate.Low:F1}, {report.WinRate.High:F1}], p = {report.PValue:G2}; {report.Judged} of {pairs} pairs judged, {Unreadable} unreadable");
        Line($"at equal length         {100 * report.Lengths.Controlled:F1} %; always the longer would give {100 * report.Lengths.AlwaysLonger:F1} %");
        if (report.FlipRate is double flips)
            Line($"order flips             {100 * flips:F1} % of pairs changed their winner with the order");
        Line($"position bias           {Bias(report.Position, "what stood first")}");
        if (report.Length is { } length)
            Line($"length bias             {Bias(length, "the longer response")}; effect of length on the log-odds {Math.Round(report.Lengths.LengthEffect, 2):+0.00;-0.00;0.00}");
    }

    private static string Bias(JudgeBias bias, string what) =>
        FormattableString.Invariant($"{bias.Points:+0.0;-0.0;0.0} points: {what} got {bias.Rate.Value:F1} % [{bias.Rate.Low:F1}, {bias.Rate.High:F1}], p = {bias.PValue:G2}");

    private static object? Machine(JudgeBias? bias) => bias is null ? null : new { points = bias.Points, low = bias.Rate.Low - 50, high = bias.Rate.High - 50, pValue = bias.PValue };

    private static object Machine(Estimate estimate) => new { value = estimate.Value, low = estimate.Low, high = estimate.High };

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
