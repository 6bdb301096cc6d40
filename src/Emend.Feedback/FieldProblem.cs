namespace Emend.Feedback;

/// <summary>One field that is wrong, and why.</summary>
public sealed record FieldProblem(string Field, string Message);
