namespace Emend.Feedback;

/// <summary>Whether an answer fits the item it was given to. Pure: from the texts and the rules alone, for pages, import and tests alike.</summary>
public static class AnswerCheck
{
    private const int LongestNote = 5000;
    private const int MostSpans = 10_000;

    public static AnswerReport Of(Answer answer, ItemContent item, AnswerRules rules)
    {
        answer = Normalized(answer);
        var problems = new List<FieldProblem>();
        var warnings = new List<AnswerWarning>();
        EditReport? edit = null;
        object? said = answer.Kind switch
        {
            TaskKind.Edit => answer.Edit,
            TaskKind.Ranking => answer.Ranking,
            TaskKind.Rating => answer.Rating,
            TaskKind.Demonstration => answer.Demonstration,
            TaskKind.Spans => answer.Spans,
            _ => answer.Turn,
        };
        string name = answer.Kind.ToString().ToLowerInvariant();
        if (said is null)
            problems.Add(new(name, $"is missing; it is expected where kind is {name}"));
        if (((object?[])[answer.Edit, answer.Ranking, answer.Rating, answer.Demonstration, answer.Spans, answer.Turn]).Count(member => member is not null) > (said is null ? 0 : 1))
            problems.Add(new("kind", $"is {name}, but the object of another kind is there too"));
        CheckTexts(answer, problems);
        switch (said)
        {
            case EditAnswer given:
                edit = EditCheck.Of(given, item, rules, problems, warnings);
                break;
            case TurnAnswer given:
                edit = EditCheck.Of(given, item, rules, problems, warnings);
                break;
            case RankingAnswer given:
                CheckRanking(given, item, problems);
                break;
            case RatingAnswer given:
                CheckRating(given, item, rules, problems);
                break;
            case DemonstrationAnswer given:
                CheckDemonstration(given, problems, warnings);
                break;
            case SpansAnswer given:
                CheckSpans(given, item, rules, problems);
                break;
        }
        return new AnswerReport(answer, problems, warnings, edit) { Transcripts = CheckTranscripts(answer, item, rules, problems) };
    }

    internal static void CheckSpan(string field, SpanLabel span, string text, IReadOnlyList<string> labels, List<FieldProblem> problems)
    {
        if (span.Start < 0 || span.End <= span.Start || span.End > text.Length)
            problems.Add(new(field, $"{span.Start} to {span.End} is no stretch of a text of {text.Length} characters"));
        else if (SplitsAPair(text, span.Start) || SplitsAPair(text, span.End))
            problems.Add(new(field, $"{span.Start} to {span.End} cuts a character in two"));
        if (!labels.Contains(span.Label))
            problems.Add(new($"{field}.label", $"\"{span.Label}\" is not one of {string.Join(", ", labels)}"));
    }

    private static void CheckRanking(RankingAnswer given, ItemContent item, List<FieldProblem> problems)
    {
        if (given.Ranks.Count != item.Responses.Count)
            problems.Add(new("ranking.ranks", $"has {given.Ranks.Count} numbers for {item.Responses.Count} responses; one each is expected"));
        for (int i = 0; i < given.Ranks.Count; i++)
        {
            if (given.Ranks[i] < 1 || given.Ranks[i] > item.Responses.Count)
                problems.Add(new($"ranking.ranks[{i}]", $"{given.Ranks[i]} is not between 1 and {item.Responses.Count}"));
        }
    }

    private static void CheckRating(RatingAnswer given, ItemContent item, AnswerRules rules, List<FieldProblem> problems)
    {
        var seen = new HashSet<(int, string)>();
        for (int i = 0; i < given.Ratings.Count; i++)
        {
            ResponseRating rating = given.Ratings[i];
            string field = $"rating.ratings[{i}]";
            if (rating.Response < 0 || rating.Response >= item.Responses.Count)
                problems.Add(new($"{field}.response", $"{rating.Response} is not between 0 and {item.Responses.Count - 1}"));
            if (!rules.RatingScales.Contains(rating.Scale))
                problems.Add(new($"{field}.scale", $"\"{rating.Scale}\" is not one of {string.Join(", ", rules.RatingScales)}"));
            if (rating.Value is < 1 or > 5)
                problems.Add(new($"{field}.value", $"{rating.Value} is not between 1 and 5"));
            if (!seen.Add((rating.Response, rating.Scale)))
                problems.Add(new(field, $"response {rating.Response} has a number on \"{rating.Scale}\" already"));
        }
        int expected = item.Responses.Count * rules.RatingScales.Count;
        if (seen.Count != expected && problems.Count == 0)
            problems.Add(new("rating.ratings", $"has {seen.Count} numbers; {expected} are expected: every response on every scale"));
    }

    private static void CheckDemonstration(DemonstrationAnswer given, List<FieldProblem> problems, List<AnswerWarning> warnings)
    {
        if (string.IsNullOrWhiteSpace(given.Text))
            problems.Add(new("demonstration.text", "is empty; the ideal answer is expected"));
        else if (given.Text.Length > ItemRows.LongestText)
            problems.Add(new("demonstration.text", $"has {given.Text.Length} characters; at most {ItemRows.LongestText} are expected"));
        else
            warnings.AddRange(TextLints.Added("", given.Text));
    }

    private static void CheckSpans(SpansAnswer given, ItemContent item, AnswerRules rules, List<FieldProblem> problems)
    {
        if (given.Response < 0 || given.Response >= item.Responses.Count)
        {
            problems.Add(new("spans.response", $"{given.Response} is not between 0 and {item.Responses.Count - 1}"));
            return;
        }
        if (given.NothingToMark != (given.Spans.Count == 0))
            problems.Add(new("spans.nothingToMark", given.NothingToMark ? "is true, but there are spans" : "there are no spans; mark what is wrong, or say that nothing is"));
        if (given.Spans.Count > MostSpans)
            problems.Add(new("spans.spans", $"has {given.Spans.Count} spans; at most {MostSpans} are expected"));
        for (int i = 0; i < Math.Min(given.Spans.Count, MostSpans); i++)
            CheckSpan($"spans.spans[{i}]", given.Spans[i], item.Responses[given.Response].Text, rules.SpanLabels, problems);
    }

    private static EditReport?[] CheckTranscripts(Answer answer, ItemContent item, AnswerRules rules, List<FieldProblem> problems)
    {
        IReadOnlyList<TranscriptEdit> given = answer.Transcripts ?? [];
        if (given.DistinctBy(edit => edit.Sha256).Count() != given.Count)
            problems.Add(new("transcripts", "has a file twice"));
        if (answer.CommentAudio is string note && !MediaRef.IsHash(note))
            problems.Add(new("commentAudio", "is no hash of a file"));
        return [.. given.Select((edit, i) => EditCheck.Of($"transcripts[{i}]", edit, item, rules, problems))];
    }

    private static void CheckTexts(Answer answer, List<FieldProblem> problems)
    {
        if (answer.Comment?.Length > LongestNote)
            problems.Add(new("comment", $"has {answer.Comment.Length} characters; at most {LongestNote} are expected"));
        if (answer.Work is { ActiveSeconds: < 0 } or { WallSeconds: < 0 })
            problems.Add(new("work", "has seconds below zero"));
    }

    // A browser's text area reports LF alone; whatever else sends CR LF would look edited on every line.
    private static Answer Normalized(Answer answer) => answer with
    {
        Edit = answer.Edit is { Edited: string edited } edit ? edit with { Edited = edited.Replace("\r\n", "\n") } : answer.Edit,
        Turn = answer.Turn is { Edited: string corrected } turn ? turn with { Edited = corrected.Replace("\r\n", "\n") } : answer.Turn,
        Transcripts = answer.Transcripts is { Count: > 0 } transcripts ? [.. transcripts.Select(edit => edit with { Edited = edit.Edited.Replace("\r\n", "\n") })] : null,
        Demonstration = answer.Demonstration is { } written ? written with { Text = written.Text.Replace("\r\n", "\n") } : null,
    };

    private static bool SplitsAPair(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]);
}
