using Emend.Judging;
using Emend.Significance;
using Emend.Store;

namespace Emend.Studio;

/// <summary>A value in percent with its 95 % interval; an end that the verdicts do not decide is null.</summary>
internal sealed record Percent(double Value, double? Low, double? High)
{
    public static Percent Of(double value, double low, double high) => new(value, double.IsFinite(low) ? low : null, double.IsFinite(high) ? high : null);
}

/// <summary>Points above 50 that went to what is no quality, with their 95 % interval.</summary>
internal sealed record BiasView(double Points, double Low, double High, double PValue)
{
    public static BiasView? Of(JudgeBias? bias) => bias is null ? null : new(bias.Points, bias.Rate.Low - 50, bias.Rate.High - 50, bias.PValue);
}

/// <param name="AlwaysLonger">B's win rate in percent under a judge that always takes the longer response.</param>
/// <param name="LongerWins">How often this judge took the longer one, in percent; null where no pair has two lengths.</param>
internal sealed record LengthControlView(double Value, double? Low, double? High, double LengthEffect, double AlwaysLonger, double? LongerWins);

/// <summary>What verdicts say of B and of their judge, as emend judge --json does; rates in percent.</summary>
internal sealed record JudgeFigures(int Judged, int UnreadableAnswers, Percent WinRate, double PValue, double? FlipRate, BiasView PositionBias, BiasView? LengthBias, LengthControlView LengthControlled)
{
    private const int Seed = 1;

    /// <returns>Null where no verdict could be read.</returns>
    public static JudgeFigures? Of(IReadOnlyList<VerdictRow> rows)
    {
        JudgeReport? report = JudgeReport.Of([.. rows.Where(row => row.Said.Vote is not null)
            .Select(row => new JudgedOutcome(row.Said.ForBWhenFirst("b"), row.Said.ForBWhenFirst("a"), row.LengthB, row.LengthA) { WinnersDiffer = row.Said.Flipped })], Seed);
        if (report is null)
            return null;
        LengthControl lengths = report.Lengths;
        var controlled = Percent.Of(100 * lengths.Controlled, 100 * lengths.ControlledInterval.Low, 100 * lengths.ControlledInterval.High);
        return new JudgeFigures(report.Judged, rows.Sum(row => row.Said.Answers.Count(answer => answer.ForB is null)), Percent.Of(report.WinRate.Value, report.WinRate.Low, report.WinRate.High), report.PValue, 100 * report.FlipRate,
            BiasView.Of(report.Position)!, BiasView.Of(report.Length), new LengthControlView(controlled.Value, controlled.Low, controlled.High, lengths.LengthEffect, 100 * lengths.AlwaysLonger, 100 * lengths.LongerWins));
    }
}

/// <summary>How far the judge says what people say; Undefined says why there is no kappa.</summary>
internal sealed record AgreementView(int Pairs, double? Rate, double? Kappa, string? Undefined);

/// <summary>A run, what it says, and how far to trust it.</summary>
/// <param name="Source">"ai": none of it is a person's.</param>
/// <param name="Figures">Null where no verdict could be read.</param>
/// <param name="Warning">What has to be said beside every number; null once agreement with people is measured and above chance.</param>
internal sealed record JudgeRunDetail(JudgeRunView Run, string Source, JudgeFigures? Figures, AgreementView Agreement, string? Warning)
{
    public const string WherePeopleVote = "votes of people on the same responses, in items and in A/B tests that are over";

    /// <summary>Verdicts on pairs that a person has judged too.</summary>
    /// <param name="people">What people said, by the pairs' ids, where the rows do not.</param>
    public static IEnumerable<(string Id, string Human, string Judge)> BothJudged(IEnumerable<VerdictRow> rows, IReadOnlyDictionary<string, string> people) => rows
        .Select(row => (row.Said.Pair.Id, Human: row.Said.Pair.Human ?? people.GetValueOrDefault(row.Said.Pair.Id), Judge: row.Said.Verdict)).Where(pair => pair is { Human: not null, Judge: not null }).Select(pair => (pair.Id, pair.Human!, pair.Judge!));

    public static JudgeRunDetail Of(JudgeRunContent content)
    {
        IReadOnlyList<VerdictRow> rows = content.Verdicts == "" ? [] : VerdictRow.Read(content.Verdicts, "verdicts");
        var agreement = HumanAgreement.Of(BothJudged(rows, content.People).Select(pair => (pair.Human, pair.Judge)));
        string where = content.Run.FromFile ? "human in the file's rows" : WherePeopleVote;
        return new JudgeRunDetail(content.Run, VerdictRows.Source, JudgeFigures.Of(rows), new AgreementView(agreement.Pairs, 100 * agreement.Rate, agreement.Kappa.Value, agreement.Kappa.Value is null ? agreement.Kappa.Undefined : null), agreement.WarningFor(where));
    }
}
