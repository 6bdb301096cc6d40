using Emend.Text;

namespace Emend.Feedback;

/// <summary>The rules of edits: what was chosen, what was edited, and whether the hunks are what the texts say.</summary>
internal static class EditCheck
{
    private const int ReasonsShown = 5;

    /// <summary>A choice between responses and the edit of one of them.</summary>
    public static EditReport? Of(EditAnswer given, ItemContent item, AnswerRules rules, List<FieldProblem> problems, List<AnswerWarning> warnings)
    {
        CheckChoice(given, item.Responses.Count, problems);
        CheckRatings("edit.originalRatings", given.OriginalRatings, problems);
        CheckRatings("edit.editedRatings", given.EditedRatings, problems);
        if (given.Target is int target && (target < 0 || target >= item.Responses.Count))
        {
            problems.Add(new("edit.target", $"{target} is not between 0 and {item.Responses.Count - 1}"));
            return null;
        }
        string? original = given.Target is int index ? item.Responses[index].Text : null;
        for (int i = 0; i < given.Flags.Count; i++)
        {
            if (original is null)
                problems.Add(new($"edit.flags[{i}]", "there is no target to flag"));
            else
                AnswerCheck.CheckSpan($"edit.flags[{i}]", given.Flags[i], original, rules.SpanLabels, problems);
        }
        if (given.Outcome == EditOutcome.Edited && original is null)
        {
            problems.Add(new("edit.target", "is missing; the response that was edited is expected"));
            return null;
        }
        string? preferred = given.Preferred is int better && better >= 0 && better < item.Responses.Count ? item.Responses[better].Text : null;
        return Of("edit", given.Outcome, original ?? "", given.Edited, given.Reasons, preferred, rules, problems, warnings);
    }

    /// <summary>The correction of a turn.</summary>
    public static EditReport? Of(TurnAnswer given, ItemContent item, AnswerRules rules, List<FieldProblem> problems, List<AnswerWarning> warnings)
    {
        IReadOnlyList<Turn> turns = item.Turns ?? [];
        if (given.Turn < 0 || given.Turn >= turns.Count || turns[given.Turn].Role != "assistant")
        {
            problems.Add(new("turn.turn", $"{given.Turn} is no turn of the assistant; those are {string.Join(", ", turns.Index().Where(turn => turn.Item.Role == "assistant").Select(turn => turn.Index))}"));
            return null;
        }
        // A turn is corrected freely: how much changes is measured and not judged.
        return Of("turn", given.Outcome, turns[given.Turn].Content, given.Edited, given.Reasons, null, rules with { BandLow = 0, BandHigh = 1 }, problems, warnings);
    }

    /// <summary>The correction of a transcript: what is heard or seen decides, so reasons are welcome and none is missed.</summary>
    public static EditReport? Of(string name, TranscriptEdit given, ItemContent item, AnswerRules rules, List<FieldProblem> problems)
    {
        if (item.AllMedia().FirstOrDefault(file => file.Sha256 == given.Sha256) is not MediaRef file)
        {
            problems.Add(new($"{name}.sha256", "is no image or sound of this item"));
            return null;
        }
        return Of(name, EditOutcome.Edited, file.Transcript ?? "", given.Edited, given.Reasons, null, rules with { BandLow = 0, BandHigh = 1 }, problems, []);
    }

    private static EditReport? Of(string name, EditOutcome outcome, string original, string? edited, IReadOnlyList<HunkReason> reasons, string? preferred,
        AnswerRules rules, List<FieldProblem> problems, List<AnswerWarning> warnings)
    {
        if (outcome != EditOutcome.Edited)
        {
            if (edited is not null || reasons.Count > 0)
                problems.Add(new($"{name}.outcome", "says that nothing was edited, but there is an edit"));
            return null;
        }
        if (string.IsNullOrWhiteSpace(edited))
            problems.Add(new($"{name}.edited", "is empty; the edited text is expected (noEditHelps says that no edit can help)"));
        else if (edited.Length > ItemRows.LongestText)
            problems.Add(new($"{name}.edited", $"has {edited.Length} characters; at most {ItemRows.LongestText} are expected"));
        else if (edited == original)
            problems.Add(new($"{name}.edited", "is the same as the original; edit it, or say noEditNeeded or noEditHelps"));
        else
            return Compare(name, original, edited, reasons, preferred, rules, problems, warnings);
        return null;
    }

    private static EditReport? Compare(string name, string original, string edited, IReadOnlyList<HunkReason> reasons, string? preferred,
        AnswerRules rules, List<FieldProblem> problems, List<AnswerWarning> warnings)
    {
        EditReport report;
        try
        {
            report = EditReport.Of(original, edited, rules);
        }
        catch (InvalidInputException tooFar)
        {
            problems.Add(new($"{name}.edited", tooFar.Message));
            return null;
        }
        report = WithReasons(name, report, reasons, problems);
        if (report.EditRate > rules.BandHigh)
            warnings.Add(new("over-band", FormattableString.Invariant($"{report.EditRate:P0} of the {report.Unit}s changed; up to {rules.BandHigh:P0} counts as a minimal edit here")));
        if (report.Hunks.Any(hunk => hunk.Reason is null))
            warnings.Add(new("hunk-without-reason", $"{report.Hunks.Count(hunk => hunk.Reason is null)} of {report.Hunks.Count} changes have no reason"));
        if (TextLints.SameButForWhiteSpace(original, edited))
            warnings.Add(new("white-space-only", "only white space was changed"));
        if (preferred is not null && preferred.AsSpan().Trim().SequenceEqual(edited.AsSpan().Trim()))
            warnings.Add(new("same-as-preferred", "the edited text is the preferred response; change only what makes this one better"));
        warnings.AddRange(TextLints.Added(original, edited));
        return report;
    }

    // A reason belongs to a hunk that the texts have, not to one that a page thought they had.
    private static EditReport WithReasons(string name, EditReport report, IReadOnlyList<HunkReason> reasons, List<FieldProblem> problems)
    {
        ReportedHunk[] hunks = [.. report.Hunks];
        for (int i = 0; i < reasons.Count; i++)
        {
            HunkReason reason = reasons[i];
            int at = Array.FindIndex(hunks, hunk => hunk.Start == reason.Start && hunk.End == reason.End);
            if (at < 0)
                problems.Add(new($"{name}.reasons[{i}]", $"{reason.Start} to {reason.End} is no change of these texts; those are {string.Join(", ", hunks.Take(ReasonsShown).Select(hunk => $"{hunk.Start} to {hunk.End}"))}{(hunks.Length > ReasonsShown ? ", …" : "")}"));
            else if (!AnswerRules.Reasons.Contains(reason.Reason))
                problems.Add(new($"{name}.reasons[{i}].reason", $"\"{reason.Reason}\" is not one of {string.Join(", ", AnswerRules.Reasons)}"));
            else if (hunks[at].Reason is not null)
                problems.Add(new($"{name}.reasons[{i}]", $"the change at {reason.Start} to {reason.End} has a reason already"));
            else
                hunks[at] = hunks[at] with { Reason = reason.Reason };
        }
        return report with { Hunks = hunks };
    }

    private static void CheckChoice(EditAnswer given, int responses, List<FieldProblem> problems)
    {
        if ((given.Choice == Choice.Single) != (responses == 1))
            problems.Add(new("edit.choice", $"is {Word(given.Choice)} where there {(responses == 1 ? "is one response; single is" : $"are {responses} responses; prefer, tie or bothBad is")} expected"));
        if (given.Choice == Choice.Prefer && (given.Preferred is null || given.Preferred < 0 || given.Preferred >= responses))
            problems.Add(new("edit.preferred", $"{given.Preferred?.ToString() ?? "null"} is not between 0 and {responses - 1}"));
        if (given.Choice != Choice.Prefer && (given.Preferred is not null || given.Strength is not null))
            problems.Add(new("edit.preferred", $"is there although the choice is {Word(given.Choice)}"));
        if (given.Strength is < 1 or > 4)
            problems.Add(new("edit.strength", $"{given.Strength} is not between 1 and 4"));
        if (given.Target is not null && given.Target == given.Preferred)
            problems.Add(new("edit.target", "is the preferred response; the one to edit is a less preferred one"));
    }

    private static void CheckRatings(string field, QualityRatings? ratings, List<FieldProblem> problems)
    {
        if (ratings is not null && new[] { ratings.Helpful, ratings.Honest, ratings.Harmless }.Any(value => value is < 1 or > 5))
            problems.Add(new(field, "holds a number that is not between 1 and 5"));
    }

    private static string Word(Choice choice) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(choice.ToString());
}
