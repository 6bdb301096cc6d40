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
        var sums = new EditAgreementSums();
        foreach ((string original, IReadOnlyList<string> edited) in items)
            sums.Add(original, edited);
        return sums.Value;
    }
}

/// <summary>The same for texts that come one by one.</summary>
public sealed class EditAgreementSums
{
    private readonly AlphaSums _where = new(AlphaMetric.Nominal);
    private double _similarity;
    private int _pairs, _tooFar;

    public EditAgreement Value => new(_where.Value, _pairs == 0 ? null : _similarity / _pairs, _tooFar);

    /// <summary>An original and what people made of it.</summary>
    public void Add(string original, IReadOnlyList<string> edited)
    {
        if (edited.Count < 2)
            return;
        bool[][] changed = [.. edited.Select(text => ChangedWords(original, text)).OfType<bool[]>()];
        _tooFar += edited.Count - changed.Length;
        for (int word = 0; changed.Length >= 2 && word < changed[0].Length; word++)
            _where.Add([.. changed.Select(flags => flags[word] ? 1.0 : 0.0)]);
        for (int i = 0; i < edited.Count; i++)
        {
            for (int j = i + 1; j < edited.Count; j++)
            {
                if (Align(edited[i], edited[j]) is TextEdit between)
                {
                    _similarity += 1 - between.EditRate;
                    _pairs++;
                }
                else
                    _tooFar++;
            }
        }
    }

    /// <summary>One flag per word of the original: whether it was changed; null where the texts are too far apart to align.</summary>
    internal static bool[]? ChangedWords(string original, string edited) => Align(original, edited)?.Script.OriginalChanged();

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
