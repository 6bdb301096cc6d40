using Emend.Feedback;

namespace Emend.Store;

/// <summary>Why something was not done; the web turns each into one status.</summary>
public enum Refusal
{
    /// <summary>What was sent breaks a rule (422).</summary>
    Invalid,

    /// <summary>There is no such thing, or not for this caller (404).</summary>
    NotFound,

    /// <summary>Things stand otherwise than the caller thinks (409).</summary>
    Conflict,

    /// <summary>The version named is not the newest (412).</summary>
    Outdated,

    /// <summary>The caller may not (403).</summary>
    Forbidden,

    /// <summary>Too late: a link used or over (410).</summary>
    Gone,

    /// <summary>Another server that was asked did not answer, or not as it should (502).</summary>
    Upstream,
}

/// <summary>A request that cannot be done: the code is for programs, the message for people, the details travel in the answer.</summary>
public sealed class RefusedException(Refusal refusal, string code, string message) : Exception(message)
{
    public Refusal Refusal => refusal;

    /// <summary>A stable word: "lease-expired", "draft-conflict", … (docs/formats/studio-api.md lists them).</summary>
    public string Code => code;

    public IReadOnlyList<FieldProblem> Problems { get; init; } = [];

    /// <summary>What else the caller needs to go on, such as both drafts of a conflict; written as JSON.</summary>
    public object? Details { get; init; }

    public static RefusedException NotFound(string what) => new(Refusal.NotFound, "not-found", $"There is no such {what}.");

    public static RefusedException Invalid(params IReadOnlyList<FieldProblem> problems) =>
        new(Refusal.Invalid, "invalid", string.Join(" ", problems.Select(problem => $"{problem.Field}: {problem.Message}."))) { Problems = problems };
}
