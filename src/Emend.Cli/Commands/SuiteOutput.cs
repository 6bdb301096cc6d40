using System.Globalization;
using Emend.Cli.Commands.Prompts;
using Emend.Judging;
using Emend.Suites;

namespace Emend.Cli.Commands;

/// <summary>What the suite commands print, for people and for machines.</summary>
internal static class SuiteOutput
{
    private const int ShownFailures = 20;

    public static object Machine(Suite suite, SuiteOutcome outcome, IReadOnlyList<SuiteComparison> comparisons, TokenFlags? flags, SuiteRunOptions options, IReadOnlyList<RecordedSuite> recorded) => new
    {
        suite = suite.Name,
        versions = outcome.Results.Cases.GroupBy(row => row.Version).Select(rows => new
        {
            version = rows.Key,
            model = rows.First().Model,
            prompt = rows.First().Prompt,
            promptHash = rows.First().PromptHash,
            cases = rows.Count(),
            passed = rows.Count(row => row.Passed == true),
            failed = rows.Count(row => row.Passed == false),
            undecided = rows.Count(row => row.Passed is null),
            passRate = 100.0 * rows.Count(row => row.Passed == true) / rows.Count(),
            grounded = SuitePart.Grounded(rows)?.Share,
            groundedAnswers = SuitePart.Grounded(rows)?.Answers ?? 0,
        }),
        recorded = recorded.Select(one => new { prompt = one.Prompt, version = one.Version, metric = one.Metric, value = one.Value, passed = one.Passed, cases = one.Cases, tags = one.Tags, run = one.Run }),
        kept = outcome.Kept,
        renewed = outcome.Renewed,
        unanswered = outcome.Failed.Count,
        stopped = outcome.Stopped,
        comparisons = comparisons.Select(Machine),
        tokens = flags is null ? null : Machine(flags),
        spent = options.Models.Select(model => new { model = model.Options.Model, spent = JudgeSummary.Spending(model) }),
        warning = Warning(suite, outcome),
        judgeSpent = options.Services.Judge is { } judge ? JudgeSummary.Spending(judge) : null,
    };

    public static object Machine(SuiteComparison comparison) => new
    {
        baseline = comparison.Baseline,
        version = comparison.Version,
        passed = comparison.Passed,
        regressed = comparison.Count(CaseChange.Regressed),
        @fixed = comparison.Count(CaseChange.Fixed),
        stillPasses = comparison.Count(CaseChange.StillPasses),
        stillFails = comparison.Count(CaseChange.StillFails),
        @new = comparison.Count(CaseChange.New),
        missing = comparison.Missing,
        pValue = comparison.PValue,
        regressions = comparison.Cases.Where(one => one.Change == CaseChange.Regressed).Select(one => new { id = one.Now.Case, line = one.Now.Line, broken = Broken(one.Now), before = one.Before!.Answer, now = one.Now.Answer, diff = one.Diff() }),
    };

    public static void Print(Suite suite, SuiteOutcome outcome, IReadOnlyList<SuiteComparison> comparisons, TokenFlags? flags, SuiteRunOptions options, IReadOnlyList<RecordedSuite> recorded)
    {
        foreach (IGrouping<string, CaseRow> rows in outcome.Results.Cases.GroupBy(row => row.Version))
        {
            int undecided = rows.Count(row => row.Passed is null);
            Line($"{rows.Key}: {rows.Count(row => row.Passed == true)} of {rows.Count()} cases pass{(undecided > 0 ? $", {undecided} undecided" : "")}{(SuitePart.Grounded(rows) is (double share, int answers) ? FormattableString.Invariant($"; {100 * share:0.#} % of the content words of {answers} answers stand in their contexts") : "")}");
        }
        if (Warning(suite, outcome) is { } warning)
            Line($"WARNING: {warning}");
        foreach (RecordedSuite one in recorded)
            Line($"recorded: {one.Prompt}, version {one.Version}: {one.Metric} = {one.Value:0.####}{(one.Tags.Count > 0 ? $" ({string.Join(' ', one.Tags)})" : "")}; its cases are run {one.Run} in the studio");
        if (outcome.Kept > 0)
            Line($"{outcome.Kept} results were there before");
        if (outcome.Renewed > 0)
            Line($"{outcome.Renewed} results that were there are of other models than the servers have under these names now, or do not say of which, and were asked again");
        else
            Renewed(options);
        foreach (CaseRow row in comparisons.Count > 0 ? [] : outcome.Results.Cases.Where(row => row.Passed != true).Take(ShownFailures))
            Line($"  {(row.Passed is null ? "undecided" : "failed")} {suite.Place(row.Line)} {row.Case} ({row.Version}): {Broken(row)}");
        foreach (SuiteComparison comparison in comparisons)
            Print(comparison);
        if (flags is null)
            return;
        Line($"token rewards on {flags.Cases} originals: {flags.Flagged} of {flags.Tokens} tokens flagged, {flags.Edited} edited by people; precision {Share(flags.Precision)}, recall {Share(flags.Recall)}, F1 {Share(flags.F1)}, AUC {Share(flags.Auc)}, calibration error {flags.CalibrationError:0.000}");
    }

    public static void Print(SuiteComparison comparison)
    {
        Line($"{comparison.Version} against {comparison.Baseline}: {comparison.Count(CaseChange.Regressed)} regressed, {comparison.Count(CaseChange.Fixed)} fixed, {comparison.Count(CaseChange.StillPasses)} still pass, {comparison.Count(CaseChange.StillFails)} still fail, {comparison.Count(CaseChange.New)} new, {comparison.Missing.Count} missing; p = {comparison.PValue:G2}");
        foreach (ComparedCase one in comparison.Cases.Where(one => one.Change == CaseChange.Regressed || (one.Change == CaseChange.New && one.Now.Passed != true)))
        {
            Line($"  {(one.Change == CaseChange.New ? "new, and fails" : "regressed")} {one.Now.Case} (line {one.Now.Line}): {Broken(one.Now)}");
            if (one.Diff() is { } diff)
                Line($"    {diff.ReplaceLineEndings("\n    ")}");
        }
    }

    // A new file of results beside answers that are kept.
    private static void Renewed(SuiteRunOptions options)
    {
        foreach (string line in options.Models.Append(options.Services.Judge).OfType<ModelEndpoint>().Distinct().Select(JudgeSummary.Renewed).OfType<string>())
            Console.WriteLine(line);
    }

    /// <summary>Beside pass rates that a model has decided; null where none has.</summary>
    private static string? Warning(Suite suite, SuiteOutcome outcome) => suite.Cases.Where(one => one.Assertions.Any(assertion => assertion.NeedsJudge)).Select(one => one.Id).ToHashSet() is var judged && outcome.Results.Cases.Any(row => judged.Contains(row.Case))
        ? $"{judged.Count} of {suite.Cases.Count} cases are judged by a model (AI feedback): {HumanAgreement.NotMeasuredHere}"
        : null;

    private static object Machine(TokenFlags flags) => new
    {
        cases = flags.Cases,
        tokens = flags.Tokens,
        edited = flags.Edited,
        flagged = flags.Flagged,
        precision = flags.Precision,
        recall = flags.Recall,
        f1 = flags.F1,
        auc = flags.Auc,
        calibrationError = flags.CalibrationError,
        bins = flags.Bins.Select(bin => new { from = bin.From, to = bin.To, tokens = bin.Tokens, probability = bin.Probability, edited = bin.Edited }),
    };

    private static string Broken(CaseRow row) => string.Join("; ", row.Assertions.Where(result => result.Passed != true).Select(result => $"{result.Assertion}: {result.Detail}"));

    private static string Share(double? share) => share is double value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
