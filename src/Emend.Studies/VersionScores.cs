using Emend.Evaluation;

namespace Emend.Studies;

/// <summary>A version's answers to the questions, with what a judge says of each.</summary>
public sealed record VersionScores(string Name, IReadOnlyList<VersionAnswer> Answers, IReadOnlyList<JudgedResponse> Judged)
{
    /// <summary>Has every answer judged.</summary>
    public static VersionScores Of(string name, IReadOnlyList<VersionAnswer> answers, ResponseJudge judge) =>
        new(name, answers, [.. answers.Select((answer, i) => judge.Judge(i, answer.Text))]);

    /// <summary>Both versions question by question.</summary>
    /// <param name="before">The old version's answers to the same questions, by the same judge.</param>
    public IReadOnlyList<ComparedPrompt> Against(VersionScores before, VersionQuestions questions) =>
    [
        .. questions.Prompts.Select((prompt, i) => new ComparedPrompt(
            prompt.Prompt.Text, before.Sample(i), Sample(i), before.Judged[i].Scores, Judged[i].Scores, before.Answers[i].Tokens, Answers[i].Tokens) { Tries = prompt.Aspect })
    ];

    private SampleResponse Sample(int i) => new(Name, Answers[i].Text, Judged[i].Tokens);
}
