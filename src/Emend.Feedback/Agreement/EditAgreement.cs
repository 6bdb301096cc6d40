using Emend.Text;

namespace Emend.Feedback;

/// <summary>
/// How far people who edited the same text agree: on where to edit (alpha over the words of the original, changed or not), and on
/// what to write (how alike their results are). Two people can agree on the one and not on the other.
/// </summary>
/// <param name="Where">Krippendorff's alpha over "this word was changed" of every word of every original.</param>
/// <param name="Similarity">Mean over pairs of results of the same item: 1 less their edit rate; null where there is no pair.</param>
/// <param name="TooFarApart">Pairs or edits that could not be aligned and are left out.</param>
public sealed record EditAgreement(AgreementValue Where, double? Similarity, int TooFarApart)
{
    /// <summary>Items with the texts that people made of them; a text equal to the original says that nothing needed a change.</summary>
    public static EditAgreement Of(IEnumerable<(string Original, IReadOnlyList<string> Edited)> items)
    {
        var units = new List<IReadOnlyList<double>>();
        double similarity = 0;
        int pairs = 0, tooFar = 0;
        foreach ((string original, IReadOnlyList<string> edited) in items)
        {
            bool[][] changed = [.. edited.Select(text => Align(original, text)?.Script.OriginalChanged()).OfType<bool[]>()];
            tooFar += edited.Count - changed.Length;
            if (changed.Length >= 2)
                units.AddRange(Enumerable.Range(0, changed[0].Length).Select(word => (IReadOnlyList<double>)[.. changed.Select(flags => flags[word] ? 1.0 : 0.0)]));
            for (int i = 0; i < edited.Count; i++)
            {
                for (int j = i + 1; j < edited.Count; j++)
                {
                    if (Align(edited[i], edited[j]) is TextEdit between)
                    {
                        similarity += 1 - between.EditRate;
                        pairs++;
                    }
                    else
                        tooFar++;
                }
            }
        }
        return new EditAgreement(KrippendorffAlpha.Of(units, AlphaMetric.Nominal), pairs == 0 ? null : similarity / pairs, tooFar);
    }

    private static TextEdit? Align(string a, string b)
    {
        try
        {
            return TextEdits.ComputeWords(a, b, EditReport.MaxDistance);
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
