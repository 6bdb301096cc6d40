// Format: docs/formats/studio-api.md, "Export", soft.
using Emend.Text;

namespace Emend.Feedback;

/// <summary>The share of the people asked who said so.</summary>
/// <param name="Label">A response's index, tie, bothBad, single; an outcome; a label.</param>
public sealed record LabelShare(string Label, double Share);

/// <summary>A stretch [Start, End) of a text in UTF-16 code units, and the share of people who changed or marked it.</summary>
/// <param name="Labels">Of marked stretches: the share of people for each label.</param>
public sealed record UnitShare(int Start, int End, double Share, IReadOnlyList<LabelShare>? Labels = null);

/// <summary>A text, how many people worked on it, and each of its units with the share of them who changed or marked it.</summary>
public sealed record SoftText(int People, string Unit, string Text, IReadOnlyList<UnitShare> Units);

/// <summary>Numbers that people gave a response: the share of each number, and the mean.</summary>
public sealed record SoftNumbers(int Response, string Name, double Mean, IReadOnlyList<LabelShare> Shares);

/// <summary>What several people said of an item, kept as shares where they differ; members that the task does not have are null.</summary>
public sealed record SoftItem(int People)
{
    public IReadOnlyList<LabelShare>? Choices { get; init; }
    public IReadOnlyList<LabelShare>? Outcomes { get; init; }
    public IReadOnlyList<SoftText>? Texts { get; init; }
    public IReadOnlyList<SoftNumbers>? Ratings { get; init; }
    public IReadOnlyList<SoftNumbers>? Ranks { get; init; }
}

/// <summary>Labels that stay soft: nobody is outvoted.</summary>
public static class SoftLabels
{
    /// <summary>The shares over all answers to one item; units are tokens where there is a tokenizer, else words.</summary>
    public static SoftItem Of(TaskKind kind, ItemContent item, IReadOnlyList<Answer> answers, Tokenizer? tokenizer)
    {
        PersonsAnswer[] given = [.. answers.Select((answer, i) => new PersonsAnswer(i, answer))];
        var soft = new SoftItem(answers.Count);
        return kind switch
        {
            TaskKind.Edit => soft with
            {
                Choices = Shares(answers.Select(answer => answer.Edit!.Choice == Choice.Prefer ? $"{answer.Edit.Preferred}" : Name(answer.Edit.Choice))),
                Outcomes = Shares(answers.Select(answer => Name(answer.Edit!.Outcome))),
                Texts = Edited(item, given, tokenizer),
            },
            TaskKind.Turn => soft with { Outcomes = Shares(answers.Select(answer => Name(answer.Turn!.Outcome))), Texts = Edited(item, given, tokenizer) },
            TaskKind.Spans => soft with { Texts = Marked(item, answers, tokenizer) },
            TaskKind.Rating => soft with { Ratings = Numbers(answers.SelectMany(answer => answer.Rating!.Ratings.Select(rating => (rating.Response, rating.Scale, rating.Value)))) },
            TaskKind.Ranking => soft with { Ranks = Numbers(answers.SelectMany(answer => answer.Ranking!.Ranks.Select((rank, response) => (response, "rank", rank)))) },
            _ => soft,
        };
    }

    /// <summary>For each unit of a text the share of edits that changed it; edits that cannot be aligned are left out of the people counted.</summary>
    public static SoftText Heat(string original, IReadOnlyList<string> edited, Tokenizer? tokenizer)
    {
        TextUnits units = tokenizer is null ? TextUnits.Words(original) : TextUnits.Tokens(original, tokenizer);
        var counts = new int[units.Count];
        int people = 0;
        foreach (string text in edited)
        {
            try
            {
                bool[] faults = (tokenizer is null ? TextEdits.ComputeWords(original, text, EditReport.MaxDistance) : TextEdits.Compute(original, text, tokenizer, EditReport.MaxDistance)).Script.OriginalFaults();
                people++;
                for (int i = 0; i < counts.Length; i++)
                    counts[i] += faults[i] ? 1 : 0;
            }
            catch (InvalidInputException)
            {
                // Too far apart to align: this edit says nothing of single units.
            }
        }
        return new SoftText(people, tokenizer is null ? "word" : "token", original,
            [.. units.Spans.Select((span, i) => new UnitShare(span.Start, span.End, people == 0 ? 0 : (double)counts[i] / people))]);
    }

    private static SoftText[] Edited(ItemContent item, IReadOnlyList<PersonsAnswer> given, Tokenizer? tokenizer) =>
        [.. Judgements.EditsOf(item, given).Select(text => Heat(text.Original, [.. text.Edits.Select(edit => edit.Edited)], tokenizer))];

    private static SoftText[] Marked(ItemContent item, IReadOnlyList<Answer> answers, Tokenizer? tokenizer) =>
        [.. answers.GroupBy(answer => answer.Spans!.Response).OrderBy(group => group.Key).Select(group =>
        {
            string text = item.Responses[group.Key].Text;
            int people = group.Count();
            TextUnits units = tokenizer is null ? TextUnits.Words(text) : TextUnits.Tokens(text, tokenizer);
            return new SoftText(people, tokenizer is null ? "word" : "token", text, [.. units.Spans.Select(unit =>
            {
                string[][] labels = [.. group.Select(answer => answer.Spans!.Spans.Where(span => span.Start < unit.End && unit.Start < span.End).Select(span => span.Label).Distinct().ToArray())];
                LabelShare[] shares = [.. labels.SelectMany(each => each).GroupBy(label => label).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => new LabelShare(label.Key, (double)label.Count() / people))];
                return new UnitShare(unit.Start, unit.End, (double)labels.Count(each => each.Length > 0) / people, shares);
            })]);
        })];

    private static SoftNumbers[] Numbers(IEnumerable<(int Response, string Name, int Value)> given) =>
        [.. given.GroupBy(each => (each.Response, each.Name)).OrderBy(group => group.Key.Response).ThenBy(group => group.Key.Name, StringComparer.Ordinal)
            .Select(group => new SoftNumbers(group.Key.Response, group.Key.Name, group.Average(each => each.Value), Shares(group.Select(each => each.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)))))];

    private static LabelShare[] Shares(IEnumerable<string> labels)
    {
        string[] all = [.. labels];
        return [.. all.GroupBy(label => label).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => new LabelShare(label.Key, (double)label.Count() / all.Length))];
    }

    private static string Name<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
