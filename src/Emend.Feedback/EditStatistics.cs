using System.Collections.Immutable;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>What the edits of a file look like, in words split on single spaces. Everything can be computed again from the rows.</summary>
/// <param name="ByAi">Rows whose `source` says that a model made the edit; BySimulated: that an annotator of the built-in world did. The others are people's.</param>
/// <param name="Identical">Rows whose edited text is the response.</param>
/// <param name="MeanEditRate">Unit operations / words of the longer side, mean over all rows.</param>
/// <param name="HunksPerRow">Hunks of the word script, mean over all rows.</param>
/// <param name="InsertedShare">Share of the hunks that only insert; with DeletedShare and ReplacedShare it makes 1 (0 each without hunks).</param>
/// <param name="WordsKeptShare">Share of all response words that stand unchanged in the edited text.</param>
/// <param name="LengthChange">(words edited - words of responses) / words of responses, over all rows together.</param>
/// <param name="MostRemoved">The words removed most often, with how often they stood there.</param>
public sealed record EditStatistics(
    int Rows, int ByAi, int BySimulated, int Identical, double MeanEditRate, double MedianEditRate, double HunksPerRow,
    double InsertedShare, double DeletedShare, double ReplacedShare, double WordsKeptShare,
    double MeanResponseWords, double MeanEditedWords, double LengthChange, ImmutableArray<RemovedWord> MostRemoved)
{
    private const int MostRemovedShown = 20;

    /// <exception cref="InvalidInputException">There are no rows, or one is too long to align.</exception>
    public static EditStatistics Of(IReadOnlyCollection<EditRow> rows, int mostRemoved = MostRemovedShown)
    {
        if (rows.Count == 0)
            throw new InvalidInputException("no rows: statistics need at least one edit");
        TextEdit[] edits = [.. rows.Select(WordEdits.Of)];
        double[] rates = [.. edits.Select(edit => edit.EditRate).Order()];
        EditHunk[] hunks = [.. edits.SelectMany(edit => edit.Script.Hunks)];
        double words = edits.Sum(edit => (long)edit.Response.Count), editedWords = edits.Sum(edit => (long)edit.Edited.Count);
        return new EditStatistics(
            Rows: rows.Count,
            ByAi: rows.Count(row => row.Extra.Text("source") == FeedbackSources.Ai),
            BySimulated: rows.Count(row => row.Extra.Text("source") == FeedbackSources.Simulated),
            Identical: rows.Count(row => row.Response == row.Edited),
            MeanEditRate: rates.Average(),
            MedianEditRate: (rates[(rates.Length - 1) / 2] + rates[rates.Length / 2]) / 2,
            HunksPerRow: (double)hunks.Length / rows.Count,
            InsertedShare: Share(hunks, hunk => hunk.Removed == 0),
            DeletedShare: Share(hunks, hunk => hunk.Added == 0),
            ReplacedShare: Share(hunks, hunk => hunk.Removed > 0 && hunk.Added > 0),
            WordsKeptShare: 1 - hunks.Sum(hunk => (long)hunk.Removed) / words,
            MeanResponseWords: words / rows.Count,
            MeanEditedWords: editedWords / rows.Count,
            LengthChange: (editedWords - words) / words,
            MostRemoved: [.. RemovedWords.Count(edits).Where(word => word.Removals > 0).Take(mostRemoved)]);
    }

    private static double Share(EditHunk[] hunks, Func<EditHunk, bool> kind) => hunks.Length == 0 ? 0 : (double)hunks.Count(kind) / hunks.Length;
}
