using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>Feedback as the reward models read it: one list of comparisons, whatever arm it is for.</summary>
internal static class RewardExamples
{
    /// <summary>(preferred, dispreferred) texts for a source of pairs. Identical texts compare nothing and are left out.</summary>
    public static List<TextPair> Pairs(StudyTask task, FeedbackSet feedback, PairSource source) => source switch
    {
        PairSource.Original => [.. feedback.Original.Where(pair => pair.Preferred != pair.Dispreferred)],
        PairSource.Edited => [.. feedback.Edits.Where(edit => edit.Edited != edit.Response).Select(edit => new TextPair(edit.Prompt, edit.Edited, edit.Response, IsWholeEdit: true))],
        PairSource.EditedAndOriginal => [.. Pairs(task, feedback, PairSource.Edited), .. Pairs(task, feedback, PairSource.Original)],
        PairSource.SplitAndOriginal => [.. Pairs(task, feedback, PairSource.Split), .. Pairs(task, feedback, PairSource.Original)],
        _ => [.. feedback.Edits.Where(edit => edit.Edited != edit.Response).SelectMany(edit => Split(task, edit))],
    };

    /// <summary>Pairs for a model of whole responses.</summary>
    public static List<RankedExample> Ranked(StudyTask task, IEnumerable<TextPair> pairs) =>
        [.. pairs.Select(pair => RankedExample.Pair(task.EncodePrompt(pair.Prompt), task.EncodeResponse(pair.Preferred), task.EncodeResponse(pair.Dispreferred)))];

    /// <summary>Pairs for a token model, with the diff of their ids.</summary>
    public static List<EditExample> Edits(StudyTask task, IEnumerable<TextPair> pairs) => [.. pairs.Select(pair =>
        EditExample.Of(task.EncodePrompt(pair.Prompt), task.EncodeResponse(pair.Preferred), task.EncodeResponse(pair.Dispreferred), pair.IsWholeEdit))];

    private static IEnumerable<TextPair> Split(StudyTask task, TextEditPair edit) =>
        TextEdits.SplitPairs(TextEdits.Compute(Units(task, edit.Response), Units(task, edit.Edited)))
            .Where(fixedOnce => fixedOnce != edit.Response)
            .Select(fixedOnce => new TextPair(edit.Prompt, fixedOnce, edit.Response));

    private static TextUnits Units(StudyTask task, string text)
    {
        Encoding encoding = task.Tokenizer.EncodeWithSpans(text);
        return TextUnits.Tokens(text, encoding.Ids, encoding.Spans);
    }
}
