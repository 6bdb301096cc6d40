using Emend.Text;

namespace Emend.Judging;

/// <summary>How far an edit may go and still be a minimal one (design/method: keep what is near; our values, not the paper's).</summary>
public sealed record EditBand
{
    /// <summary>Words (and marks of punctuation; characters where a script puts no spaces) replaced, removed or inserted, divided by those of the longer side.</summary>
    public double MostChanged { get; init; } = 0.5;

    /// <summary>Characters of the edited text for each of the response.</summary>
    public double LeastLength { get; init; } = 0.5;
    public double MostLength { get; init; } = 2;

    /// <summary>Every rule that the values break, in the words of the command's options.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(MostChanged is > 0 and <= 1))
            yield return FormattableString.Invariant($"--most-changed {MostChanged}: is not above 0 and at most 1");
        if (!(LeastLength is > 0 and <= 1) || !(MostLength >= 1))
            yield return FormattableString.Invariant($"--least-length {LeastLength}, --most-length {MostLength}: the first lies above 0 and up to 1, the second from 1");
    }

    /// <summary>Why an edit is outside the band; null where it is inside.</summary>
    public string? Outside(string response, string edited)
    {
        double ratio = response.Length == 0 ? double.PositiveInfinity : (double)edited.Length / response.Length;
        if (!(ratio >= LeastLength && ratio <= MostLength))
            return FormattableString.Invariant($"the edited text has {ratio:0.00} times the length of the response, outside {LeastLength} to {MostLength}");
        double rate;
        try
        {
            rate = TextEdits.Compute(TextPieces.Words(response), TextPieces.Words(edited)).EditRate;
        }
        catch (InvalidInputException)
        {
            return "the texts are too far apart to align";
        }
        return rate <= MostChanged ? null : FormattableString.Invariant($"{100 * rate:0} % of the words are changed, more than {100 * MostChanged:0} %");
    }
}
