using Emend.Feedback.Context;

namespace Emend.Suites;

/// <summary>grounded: at least so many of the content words of a text stand in a text that was injected, by <see cref="Grounding"/>.</summary>
/// <param name="Variable">The variable of the case that holds the injected text; null where it is <paramref name="Source"/>.</param>
/// <param name="Least">The share of the content words, 0 to 1.</param>
/// <param name="Numbers">Whether every number must stand there too.</param>
public sealed record GroundedAssertion(string Name, int Line, AssertedText On, string? Variable, string? Source, double Least, bool Numbers) : TextAssertion(Name, Line, On)
{
    public override string? NeedsVariable => Variable;

    protected override AssertionResult Check(CaseTexts texts)
    {
        GroundingReport report = Grounding.Of(texts.Text(On), Source ?? texts.Variables[Variable!]);
        if (report.Share is not double share)
            return Result(null, "the text has no word of four letters and no number, so there is nothing to measure");
        string measured = FormattableString.Invariant($"{share:0.###} of the content words stand in {(Variable is null ? "the text" : $"{{{{{Variable}}}}}")}");
        if (Numbers && report.Numbers.Count > 0)
            return Result(false, $"{measured}; the numbers {string.Join(", ", report.Numbers.Take(5))} do not", share);
        if (share >= Least)
            return Result(true, measured, share);
        string sentence = report.UngroundedSentences.Count == 0 ? "" : $"; least of all {Shown(report.UngroundedSentences[0])}";
        return Result(false, FormattableString.Invariant($"{measured}, less than {Least}{sentence}"), share);
    }
}
