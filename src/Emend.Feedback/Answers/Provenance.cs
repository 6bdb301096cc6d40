using Emend.Text;

namespace Emend.Feedback;

/// <summary>
/// Which proposed hunks are in a final text: judged from the texts alone, whatever a page says. A hunk is accepted where it lies on a
/// shortest way from the original to the final text: with the hunk made already, exactly its own length of the way is left out. It is
/// not taken where making it leads away by its whole length, and altered in between. So it does not matter which of several equally
/// short alignments somebody's edit has.
/// </summary>
public static class Provenance
{
    /// <summary>One decision for each hunk; rejected holds the indices of those that were put aside.</summary>
    public static IReadOnlyList<Decision> Of(string original, string final, IReadOnlyList<TextHunk> proposed, IReadOnlyCollection<int> rejected)
    {
        TextUnits pieces = TextPieces.Cut(original), end = TextPieces.Cut(final);
        int? way = Distance(pieces, end);
        var decisions = new Decision[proposed.Count];
        for (int k = 0; k < decisions.Length; k++)
        {
            TextUnits made = TextPieces.Cut(TextEdits.Apply(original, [proposed[k]]));
            int? length = Distance(pieces, made), left = Distance(made, end);
            bool known = way is not null && length is not null && left is not null;
            decisions[k] = known && way - left == length ? Decision.Accepted
                : !known || left - way != length ? Decision.Altered
                : rejected.Contains(k) ? Decision.Rejected : Decision.Open;
        }
        return decisions;
    }

    // Pieces replaced, removed or added (a metric); null where the texts are too far apart to say.
    private static int? Distance(TextUnits from, TextUnits to)
    {
        try
        {
            return TextEdits.Compute(from, to, EditReport.MaxDistance).Script.Distance;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
