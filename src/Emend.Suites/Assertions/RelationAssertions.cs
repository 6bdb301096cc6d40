using Emend.Text;

namespace Emend.Suites;

/// <summary>similarity: 1 minus the edit distance by the longer side, at least so much.</summary>
public sealed record SimilarityAssertion(string Name, int Line, AssertedText On, AssertedText To, TextMeasure Unit, double Least) : TextAssertion(Name, Line, On)
{
    public override IEnumerable<AssertedText> Needs => [.. base.Needs, To];

    protected override AssertionResult Check(CaseTexts texts)
    {
        try
        {
            double similarity = 1 - Unit.Rate(texts.Text(To), texts.Text(On));
            return Result(similarity >= Least, FormattableString.Invariant($"similarity {similarity:0.###} in {Unit.Plural}{(similarity >= Least ? "" : $", less than {Least}")}"), similarity);
        }
        catch (InvalidInputException)
        {
            return Result(false, "the texts are too far apart to align");
        }
    }
}

/// <summary>edit-distance: units to insert, delete or replace, at most so many.</summary>
public sealed record EditDistanceAssertion(string Name, int Line, AssertedText On, AssertedText To, string? Value, TextMeasure Unit, double Most) : TextAssertion(Name, Line, On)
{
    public override IEnumerable<AssertedText> Needs => Value is null ? [.. base.Needs, To] : base.Needs;

    protected override AssertionResult Check(CaseTexts texts)
    {
        try
        {
            int distance = Unit.Distance(Value ?? texts.Text(To), texts.Text(On));
            return Result(distance <= Most, FormattableString.Invariant($"{distance} {Unit.Plural} apart{(distance <= Most ? "" : $", more than {Most}")}"), distance);
        }
        catch (InvalidInputException)
        {
            return Result(false, "the texts are too far apart to align");
        }
    }
}

/// <summary>nearer-the-edit: the answer is fewer words away from what a person made of the original than the original itself is.</summary>
public sealed record NearerTheEditAssertion(string Name, int Line) : TextAssertion(Name, Line, AssertedText.Answer)
{
    public override IEnumerable<AssertedText> Needs => [AssertedText.Original, AssertedText.Edit];

    protected override AssertionResult Check(CaseTexts texts)
    {
        try
        {
            int own = TextMeasure.Words.Distance(texts.Edit!, texts.Answer), before = TextMeasure.Words.Distance(texts.Edit!, texts.Original!);
            return Result(own < before, $"{own} words from the edit; the original is {before} away", before - own);
        }
        catch (InvalidInputException)
        {
            return Result(false, "the texts are too far apart to align");
        }
    }
}
