using System.Text.RegularExpressions;

namespace Emend.Suites;

/// <summary>How texts have to occur.</summary>
public enum Occurrence { All, Any, None }

/// <summary>contains, contains-any, not-contains.</summary>
public sealed record ContainsAssertion(string Name, int Line, AssertedText On, IReadOnlyList<string> Values, Occurrence Wanted, bool IgnoreCase) : TextAssertion(Name, Line, On)
{
    protected override AssertionResult Check(CaseTexts texts)
    {
        StringComparison comparison = IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        string text = texts.Text(On);
        string[] found = [.. Values.Where(value => text.Contains(value, comparison))];
        return Wanted switch
        {
            Occurrence.All when Values.Except(found).FirstOrDefault() is { } missing => Result(false, $"{Shown(missing)} is missing"),
            Occurrence.Any when found.Length == 0 => Result(false, $"none of {string.Join(", ", Values.Select(Shown))} is there"),
            Occurrence.None when found.Length > 0 => Result(false, $"{Shown(found[0])} is there"),
            _ => Result(true, ""),
        };
    }
}

/// <summary>equals and not-equals, after white space at both ends is taken off.</summary>
public sealed record EqualsAssertion(string Name, int Line, AssertedText On, string Value, bool Wanted, bool IgnoreCase) : TextAssertion(Name, Line, On)
{
    protected override AssertionResult Check(CaseTexts texts)
    {
        bool equal = texts.Text(On).Trim().Equals(Value.Trim(), IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        return equal == Wanted ? Result(true, "") : Result(false, $"the text is {(equal ? "" : "not ")}{Shown(Value)}");
    }
}

/// <summary>starts-with and not-starts-with.</summary>
public sealed record StartsWithAssertion(string Name, int Line, AssertedText On, string Value, bool Wanted, bool IgnoreCase) : TextAssertion(Name, Line, On)
{
    protected override AssertionResult Check(CaseTexts texts)
    {
        bool starts = texts.Text(On).StartsWith(Value, IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        return starts == Wanted ? Result(true, "") : Result(false, $"the text {(starts ? "begins" : "does not begin")} with {Shown(Value)}");
    }
}

/// <summary>regex and not-regex, with a limit on time: a pattern that runs away breaks its case and nothing else.</summary>
public sealed record RegexAssertion(string Name, int Line, AssertedText On, Regex Pattern, bool Wanted) : TextAssertion(Name, Line, On)
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    protected override AssertionResult Check(CaseTexts texts)
    {
        try
        {
            bool matches = Pattern.IsMatch(texts.Text(On));
            return matches == Wanted ? Result(true, "") : Result(false, matches ? $"{Shown(Pattern.ToString())} matches" : $"{Shown(Pattern.ToString())} does not match");
        }
        catch (RegexMatchTimeoutException)
        {
            return Result(false, $"{Shown(Pattern.ToString())} was not done within {Limit.TotalSeconds:0} second");
        }
    }
}

/// <summary>length: between two numbers of words or characters.</summary>
public sealed record LengthAssertion(string Name, int Line, AssertedText On, TextMeasure Unit, double? Least, double? Most) : TextAssertion(Name, Line, On)
{
    protected override AssertionResult Check(CaseTexts texts)
    {
        int length = Unit.Length(texts.Text(On));
        bool passed = !(length < Least) && !(length > Most);
        return Result(passed, FormattableString.Invariant($"{length} {Unit.Plural}{(length < Least ? $", fewer than {Least}" : length > Most ? $", more than {Most}" : "")}"), length);
    }
}

/// <summary>refusal: whether the text declines to answer, by a list of phrases that refusals begin with.</summary>
public sealed partial record RefusalAssertion(string Name, int Line, AssertedText On, bool Wanted) : TextAssertion(Name, Line, On)
{
    private const int LooksAt = 200;

    protected override AssertionResult Check(CaseTexts texts)
    {
        string text = texts.Text(On).Replace('’', '\'').TrimStart();
        bool refuses = text.Length == 0 || Refusal().IsMatch(text.Length <= LooksAt ? text : text[..LooksAt]);
        return refuses == Wanted ? Result(true, "") : Result(false, refuses ? "the text refuses" : "the text does not refuse");
    }

    [GeneratedRegex("""^(i'?m|i am) (very |so |really )?(sorry|afraid)\b|^sorry\b|^i (can ?not|can't|won't|will not|must decline|am unable|am not able|'m unable|'m not able|do not feel comfortable|don't feel comfortable)\b|\bi (can ?not|can't|won't|will not|am unable to|am not able to) (help|assist|provide|answer|comply|do that|fulfil)|\bas an ai\b[^.]{0,60}\b(can ?not|can't|unable|not able)\b""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Refusal();
}
