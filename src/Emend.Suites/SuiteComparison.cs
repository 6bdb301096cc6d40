using System.Text;
using Emend.Significance;
using Emend.Text;

namespace Emend.Suites;

/// <summary>How a case changed from a baseline to a new version.</summary>
public enum CaseChange
{
    /// <summary>Passed before, and does not now.</summary>
    Regressed,

    /// <summary>Did not pass before, and does now.</summary>
    Fixed,

    /// <summary>Passed before and now.</summary>
    StillPasses,

    /// <summary>Passed neither before nor now.</summary>
    StillFails,

    /// <summary>Not in the baseline.</summary>
    New,
}

/// <summary>One case before and now; Before is null for a new one.</summary>
public sealed record ComparedCase(CaseRow? Before, CaseRow Now, CaseChange Change)
{
    /// <summary>The answers word by word, what went in [-…-] and what came in {+…+}; null where they are the same or there is no answer before.</summary>
    public string? Diff() => Before is null || Before.Answer == Now.Answer ? null : SuiteComparison.WordDiff(Before.Answer, Now.Answer);
}

/// <summary>A version against a version of a baseline, case by case.</summary>
/// <param name="Missing">Cases of the baseline that the new results do not have.</param>
/// <param name="PValue">Of equal versions: McNemar's exact test of fixed against regressed cases.</param>
public sealed record SuiteComparison(string Baseline, string Version, IReadOnlyList<ComparedCase> Cases, IReadOnlyList<string> Missing, double PValue)
{
    public int Count(CaseChange change) => Cases.Count(one => one.Change == change);

    /// <summary>Whether nothing became worse: no case regressed, and none that is new fails.</summary>
    public bool Passed => Cases.All(one => one.Change != CaseChange.Regressed && (one.Change != CaseChange.New || one.Now.Passed == true));

    /// <summary>
    /// Every version of the new results against the version of the baseline with the same model and prompt; else the same prompt, if one version
    /// has it; else the only version there is.
    /// </summary>
    /// <exception cref="InvalidInputException">A version has no counterpart.</exception>
    public static IReadOnlyList<SuiteComparison> Of(SuiteResults baseline, SuiteResults results, string baselinePath)
    {
        if (baseline.Cases.Count == 0)
            throw new InvalidInputException($"{baselinePath}: there is no case in it");
        return [.. results.Cases.GroupBy(row => row.Version).Select(rows => Compare(Counterpart(baseline, rows.Key, rows.First().Prompt, baselinePath), [.. rows]))];
    }

    /// <summary>Whether every version that is to be run has something to be compared with: before anything is asked, not after.</summary>
    /// <param name="versions">Model, and prompt ("" for cases with messages of their own), as in rows of results.</param>
    /// <exception cref="InvalidInputException">A version has no counterpart.</exception>
    public static void Check(SuiteResults baseline, IEnumerable<(string Model, string Prompt)> versions, string baselinePath)
    {
        if (baseline.Cases.Count == 0)
            throw new InvalidInputException($"{baselinePath}: there is no case in it");
        foreach ((string model, string prompt) in versions)
            Counterpart(baseline, CaseRow.VersionOf(model, prompt), prompt, baselinePath);
    }

    /// <summary>A text as it became another one, word by word.</summary>
    internal static string WordDiff(string before, string now)
    {
        IEnumerable<TextHunk> hunks;
        try
        {
            hunks = TextEdits.MergedHunks(TextEdits.ComputeWords(before, now));
        }
        catch (InvalidInputException)
        {
            hunks = [new TextHunk(new TextSpan(0, before.Length), now)];
        }
        var text = new StringBuilder();
        int position = 0;
        foreach ((TextSpan span, string replacement) in hunks)
        {
            text.Append(before, position, span.Start - position);
            if (span.Length > 0)
                text.Append("[-").Append(before, span.Start, span.Length).Append("-]");
            if (replacement.Length > 0)
                text.Append("{+").Append(replacement).Append("+}");
            position = span.End;
        }
        return text.Append(before, position, before.Length - position).ToString();
    }

    private static CaseRow[] Counterpart(SuiteResults baseline, string wanted, string prompt, string path)
    {
        CaseRow[][] versions = [.. baseline.Cases.GroupBy(one => one.Version).Select(rows => rows.ToArray())];
        CaseRow[][] samePrompt = [.. versions.Where(version => version[0].Prompt == prompt)];
        return versions.FirstOrDefault(version => version[0].Version == wanted)
            ?? (samePrompt.Length == 1 ? samePrompt[0] : versions.Length == 1 ? versions[0] : null)
            ?? throw new InvalidInputException($"{path}: has {versions.Length} versions ({string.Join(", ", versions.Select(version => version[0].Version))}), and none of them is plainly the one to compare {wanted} with");
    }

    private static SuiteComparison Compare(CaseRow[] before, CaseRow[] now)
    {
        Dictionary<string, CaseRow> old = before.GroupBy(row => row.Case).ToDictionary(rows => rows.Key, rows => rows.Last());
        ComparedCase[] cases = [.. now.Select(row => old.TryGetValue(row.Case, out CaseRow? was) ? new ComparedCase(was, row, Change(was, row)) : new ComparedCase(null, row, CaseChange.New))];
        return new SuiteComparison(before[0].Version, now[0].Version, cases, [.. old.Keys.Except(now.Select(row => row.Case))],
            PairedTests.McNemar(cases.Count(one => one.Change == CaseChange.Fixed), cases.Count(one => one.Change == CaseChange.Regressed)));
    }

    private static CaseChange Change(CaseRow was, CaseRow now) => (was.Passed == true, now.Passed == true) switch
    {
        (true, true) => CaseChange.StillPasses,
        (true, false) => CaseChange.Regressed,
        (false, true) => CaseChange.Fixed,
        _ => CaseChange.StillFails,
    };
}
