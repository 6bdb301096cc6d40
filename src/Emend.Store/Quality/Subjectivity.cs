using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Agreement on one measure (choice, edits, ranks, spans, or a scale of ratings), and how often two people differ.</summary>
public sealed record MeasureView(string Measure, AgreementValue Alpha, DifferingPairs Pairs);

/// <summary>A group of annotators against the others, on each measure.</summary>
public sealed record GroupView(string Group, int People, int Answers, IReadOnlyList<GroupMeasure> Measures);

public sealed record GroupMeasure(string Measure, AgreementValue Alpha, GroupDifference Difference);

/// <summary>Items of one topic; null: items that have none.</summary>
public sealed record TopicView(string? Topic, int Items, int Answers, IReadOnlyList<MeasureView> Measures);

/// <summary>How many items so large a share of people agreed on, with those who said what most said: 1 is everybody.</summary>
public sealed record MajorityView(double Share, int Items);

/// <summary>
/// How one person differs from the others who answered the same items: mean differences, so that who got the harder items does not count.
/// </summary>
/// <param name="Source">simulated where it is no person; null: a person.</param>
/// <param name="EditRate">Own edit rate less the others' on the same text, in shares of the text; above 0 changes more.</param>
/// <param name="Rating">Own numbers less the others' for the same response and scale; above 0 is lenient.</param>
/// <param name="BothBad">Own "both bad" (1 or 0) less the others'; above 0 is severe.</param>
/// <param name="Left">Share of choices for what was shown first.</param>
/// <param name="Longer">Share of choices for the longer response.</param>
public sealed record PersonView(string Person, string? Source, IReadOnlyList<string> Groups, int Answers, MeanValue EditRate, MeanValue Rating, MeanValue BothBad, Share Left, Share Longer);

/// <summary>Where people differ, and whose doing it is.</summary>
/// <param name="LeftOut">Answers of the other source, people or simulated annotators, that are not part of the figures.</param>
/// <param name="Items">Items with an answer, gold and attention items aside; <paramref name="Sampled"/>: the figures are of a fixed sample of them.</param>
public sealed record SubjectivityReport(
    AnswerSource Source, int LeftOut, int Items, bool Sampled, string TopicField, IReadOnlyList<MeasureView> Measures, IReadOnlyList<GroupView> Groups, IReadOnlyList<TopicView> Topics,
    IReadOnlyList<MajorityView> Majorities, Share Left, Share Longer, IReadOnlyList<PersonView> People);

/// <summary>Disagreement by groups of annotators and by topic, soft majorities, severity, and preferences for place and length.</summary>
public sealed class Subjectivity(Database database)
{
    private const int MostTopics = 30;

    /// <summary>The report; topicField names a field of the items, names says whether people are named or numbered.</summary>
    public Task<SubjectivityReport> Report(long projectId, string source, string topicField, bool names) => database.Read(async context =>
    {
        if (topicField.Length is 0 or > 100)
            throw RefusedException.Invalid(new FieldProblem("topic", "the name of a field of the items, 1 to 100 characters, is expected"));
        TaskKind kind = await context.Projects.Where(row => row.Id == projectId).Select(row => row.Kind).SingleAsync();
        Dictionary<long, Annotator> people = await Annotator.Of(context, projectId);
        SourcedAnswers answers = await SourcedAnswers.Of(context, projectId, SourcedAnswers.Named(source));
        ItemSample sample = await ItemSample.Of(context, answers, Statistics.MostItems);
        var sums = new SubjectivitySums(people);
        await foreach (JudgedItem item in JudgedItems.WithoutChecks(context, answers, sample))
            sums.Add(item, kind, topicField);
        return sums.Report(answers, sample, topicField, MostTopics, names);
    });
}

/// <summary>Somebody who answered, or may: the groups are the member's group, split at commas.</summary>
internal sealed record Annotator(long Id, string DisplayName, IReadOnlyList<string> Groups)
{
    /// <summary>What reports and exports call somebody: a number, and no name.</summary>
    public static string Pseudonym(long id) => $"annotator-{id}";

    public string Shown(bool names) => names ? DisplayName : Pseudonym(Id);

    public static async Task<Dictionary<long, Annotator>> Of(StudioContext context, long projectId)
    {
        var rows = await (from member in context.Memberships
                          join account in context.Users on member.AccountId equals account.Id
                          where member.ProjectId == projectId
                          select new { account.Id, account.DisplayName, member.Group }).ToListAsync();
        return rows.ToDictionary(row => row.Id, row => new Annotator(row.Id, row.DisplayName,
            [.. (row.Group ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().Order(StringComparer.Ordinal)]));
    }
}
