namespace Emend.Feedback;

/// <summary>What one person said of an item.</summary>
public sealed record PersonsAnswer(long Person, Answer Answer);

/// <summary>One thing that several people judged, with the number that each of them gave it.</summary>
/// <param name="Measure">What it is a case of: choice, edits (a word of an original: 1 changed, 0 left), ranks, spans (a word: 1 marked), or the scale of a rating.</param>
public sealed record JudgedUnit(string Measure, AlphaMetric Metric, IReadOnlyList<(long Person, double Value)> Values);

/// <summary>Answers as units that agreement is measured on; a task has the units that its answers speak of.</summary>
public static class Judgements
{
    public const string Choice = "choice";
    public const string Edits = "edits";
    public const string Ranks = "ranks";
    public const string Spans = "spans";
    public const string Ratings = "rating: ";

    /// <summary>All that was judged of one item. A demonstration has no such unit: there is no right text to agree on.</summary>
    public static IEnumerable<JudgedUnit> Of(TaskKind kind, ItemContent item, IReadOnlyList<PersonsAnswer> answers) => kind switch
    {
        TaskKind.Edit => [new JudgedUnit(Choice, AlphaMetric.Nominal, [.. answers.Select(given => (given.Person, (double)ChoiceOf(given.Answer)))]), .. EditedWords(item, answers)],
        TaskKind.Turn => EditedWords(item, answers),
        TaskKind.Ranking => Enumerable.Range(0, item.Responses.Count)
            .Select(response => new JudgedUnit(Ranks, AlphaMetric.Ordinal, [.. answers.Select(given => (given.Person, (double)given.Answer.Ranking!.Ranks[response]))])),
        TaskKind.Rating => answers.SelectMany(given => given.Answer.Rating!.Ratings.Select(rating => (given.Person, Rating: rating)))
            .GroupBy(given => (given.Rating.Scale, given.Rating.Response))
            .Select(unit => new JudgedUnit(Ratings + unit.Key.Scale, AlphaMetric.Interval, [.. unit.Select(given => (given.Person, (double)given.Rating.Value))])),
        TaskKind.Spans => MarkedWords(item, answers),
        _ => [],
    };

    /// <summary>A choice as a number: the preferred response's index, or what stands for tie, both bad, single.</summary>
    public static int ChoiceOf(Answer answer) => answer.Edit!.Choice == Feedback.Choice.Prefer ? answer.Edit.Preferred!.Value : -1 - (int)answer.Edit.Choice;

    /// <summary>
    /// The text that an answer edits and what it made of it, which is the same where nothing was changed; null where it speaks of no text,
    /// or says that no edit helps: that is no word of praise for the words.
    /// </summary>
    public static (string Original, string Edited)? TextsOf(ItemContent item, Answer answer) => answer switch
    {
        { Edit.Outcome: EditOutcome.NoEditHelps } or { Turn.Outcome: EditOutcome.NoEditHelps } => null,
        { Edit: { Target: int target } edit } => (item.Responses[target].Text, edit.Edited ?? item.Responses[target].Text),
        { Edit: { Choice: Feedback.Choice.Single } edit } => (item.Responses[0].Text, edit.Edited ?? item.Responses[0].Text),
        { Turn: TurnAnswer turn } => (item.Turns![turn.Turn].Content, turn.Edited ?? item.Turns[turn.Turn].Content),
        _ => null,
    };

    /// <summary>Who made what of the same text: people are compared where they had the same text before them.</summary>
    public static IEnumerable<(string Original, IReadOnlyList<(long Person, string Edited)> Edits)> EditsOf(ItemContent item, IReadOnlyList<PersonsAnswer> answers) => answers
        .Select(given => (given.Person, Texts: TextsOf(item, given.Answer))).Where(given => given.Texts is not null)
        .GroupBy(given => given.Texts!.Value.Original)
        .Select(group => (group.Key, (IReadOnlyList<(long, string)>)[.. group.Select(given => (given.Person, given.Texts!.Value.Edited))]));

    private static IEnumerable<JudgedUnit> EditedWords(ItemContent item, IReadOnlyList<PersonsAnswer> answers)
    {
        foreach ((string original, IReadOnlyList<(long Person, string Edited)> edits) in EditsOf(item, answers))
        {
            (long Person, bool[] Changed)[] aligned = [.. edits.Select(edit => (edit.Person, EditAgreementSums.ChangedWords(original, edit.Edited))).Where(edit => edit.Item2 is not null).Select(edit => (edit.Person, edit.Item2!))];
            for (int word = 0; aligned.Length >= 2 && word < aligned[0].Changed.Length; word++)
                yield return new JudgedUnit(Edits, AlphaMetric.Nominal, [.. aligned.Select(edit => (edit.Person, edit.Changed[word] ? 1.0 : 0.0))]);
        }
    }

    private static IEnumerable<JudgedUnit> MarkedWords(ItemContent item, IReadOnlyList<PersonsAnswer> answers)
    {
        foreach (IGrouping<int, PersonsAnswer> group in answers.GroupBy(given => given.Answer.Spans!.Response))
        {
            foreach (Text.TextSpan word in Text.TextUnits.Words(item.Responses[group.Key].Text).Spans)
                yield return new JudgedUnit(Spans, AlphaMetric.Nominal, [.. group.Select(given => (given.Person, given.Answer.Spans!.Spans.Any(span => span.Start < word.End && word.Start < span.End) ? 1.0 : 0.0))]);
        }
    }
}
