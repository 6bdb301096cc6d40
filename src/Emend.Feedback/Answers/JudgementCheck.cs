namespace Emend.Feedback;

/// <summary>Whether a judgement fits its item. Pure, like AnswerCheck.</summary>
public static class JudgementCheck
{
    public static IReadOnlyList<FieldProblem> Of(PriorJudgement judgement, TaskKind kind, ItemContent item)
    {
        var problems = new List<FieldProblem>();
        if (TextOf(kind, item, judgement.Target) is null)
            problems.Add(new("target", $"{judgement.Target} is no text of this item that can be edited"));
        if (judgement.Edited?.Length > ItemRows.LongestText)
            problems.Add(new("edited", $"has {judgement.Edited.Length} characters; at most {ItemRows.LongestText} are expected"));
        if (judgement.Strength is < 1 or > 4)
            problems.Add(new("strength", $"{judgement.Strength} is not between 1 and 4"));
        if (kind == TaskKind.Edit && item.Responses.Count > 1)
            CheckChoice(judgement, item.Responses.Count, problems);
        else if (judgement.Outcome is null)
            problems.Add(new("outcome", "is missing; one's own word is expected: edited (it needs an edit), noEditNeeded, or noEditHelps"));
        return problems;
    }

    /// <summary>The text that is edited where a response, or a turn, is the target; null where it cannot be one.</summary>
    public static string? TextOf(TaskKind kind, ItemContent item, int target) => kind switch
    {
        TaskKind.Edit when target >= 0 && target < item.Responses.Count => item.Responses[target].Text,
        TaskKind.Turn when target >= 0 && target < item.Turns?.Count && item.Turns[target].Role == "assistant" => item.Turns[target].Content,
        _ => null,
    };

    private static void CheckChoice(PriorJudgement judgement, int responses, List<FieldProblem> problems)
    {
        if (judgement.Choice is null or Choice.Single)
            problems.Add(new("choice", "is missing; which response is better is expected: prefer, tie or bothBad"));
        if (judgement.Choice == Choice.Prefer && (judgement.Preferred is not int preferred || preferred < 0 || preferred >= responses || preferred == judgement.Target))
            problems.Add(new("preferred", $"{judgement.Preferred?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"} is no response other than the target"));
        if (judgement.Choice != Choice.Prefer && (judgement.Preferred is not null || judgement.Strength is not null))
            problems.Add(new("preferred", "is there although none was preferred"));
    }
}
