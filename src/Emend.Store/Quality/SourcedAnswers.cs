using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Whose answers figures are made from.</summary>
public enum AnswerSource
{
    People,

    /// <summary>Programs of ours that play annotators.</summary>
    Simulated,

    /// <summary>Both together: how far a simulated annotator agrees with people.</summary>
    All,
}

/// <summary>A project's answers that count, of one source.</summary>
/// <param name="Simulated">The simulated annotator's account; 0, which no account has, where there is none.</param>
/// <param name="LeftOut">Answers that count and are of the other source.</param>
internal sealed record SourcedAnswers(long ProjectId, AnswerSource Source, long Simulated, IQueryable<StoredAnswer> Rows, int LeftOut)
{
    public static async Task<SourcedAnswers> Of(StudioContext context, long projectId, AnswerSource source)
    {
        long simulated = await SimulatedAnnotators.Find(context) ?? 0;
        IQueryable<StoredAnswer> all = context.Answers.Where(row => row.ProjectId == projectId && row.IsCurrent);
        IQueryable<StoredAnswer> programs = all.Where(row => row.AccountId == simulated), people = simulated == 0 ? all : all.Where(row => row.AccountId != simulated);
        return source switch
        {
            AnswerSource.People => new(projectId, source, simulated, people, simulated == 0 ? 0 : await programs.CountAsync()),
            AnswerSource.Simulated => new(projectId, source, simulated, programs, await people.CountAsync()),
            _ => new(projectId, source, simulated, all, 0),
        };
    }

    /// <summary>Where an account's answers come from, of what no person said; null: a person.</summary>
    public string? Of(long accountId) => OriginOf(accountId, Simulated);

    /// <summary>The source of this name.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public static AnswerSource Named(string name) => name switch
    {
        "people" => AnswerSource.People,
        SimulatedAnnotators.Source => AnswerSource.Simulated,
        "all" => AnswerSource.All,
        _ => throw RefusedException.Invalid(new FieldProblem("source", $"\"{name}\" is not one of people, {SimulatedAnnotators.Source}, all")),
    };

    public static string? OriginOf(long accountId, long? simulated) => accountId == simulated ? SimulatedAnnotators.Source : null;
}
