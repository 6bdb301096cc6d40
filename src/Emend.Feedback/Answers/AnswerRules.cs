using Emend.Text;

namespace Emend.Feedback;

/// <summary>What a project asks of its answers.</summary>
/// <param name="BandLow">Smallest edit rate that counts as a minimal edit.</param>
/// <param name="BandHigh">Largest edit rate that counts as a minimal edit.</param>
/// <param name="Labels">Scales of ratings or labels of spans; empty: the usual ones.</param>
/// <param name="Tokenizer">What edits are measured in; null: words.</param>
public sealed record AnswerRules(double BandLow = 0, double BandHigh = 1, IReadOnlyList<string>? Labels = null, Tokenizer? Tokenizer = null)
{
    /// <summary>Reasons of hunks, and labels of spans where the project names none.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["untrue", "harmful", "irrelevant", "missing", "wording", "format", "language", "other"];

    private static readonly IReadOnlyList<string> Scales = ["helpful", "honest", "harmless"];

    public IReadOnlyList<string> SpanLabels => Labels is { Count: > 0 } named ? named : Reasons;

    public IReadOnlyList<string> RatingScales => Labels is { Count: > 0 } named ? named : Scales;
}

/// <summary>Something that can be passed with a reason.</summary>
public sealed record AnswerWarning(string Code, string Message);

/// <summary>What is to be said about an answer: problems stop it, warnings can be accepted.</summary>
/// <param name="Answer">The answer with CR LF turned into LF.</param>
/// <param name="Edit">What it changed; null where it is no edit, or has problems that leave none.</param>
public sealed record AnswerReport(Answer Answer, IReadOnlyList<FieldProblem> Problems, IReadOnlyList<AnswerWarning> Warnings, EditReport? Edit)
{
    /// <summary>What changed in transcripts, in the order of Answer.Transcripts; null where one has problems.</summary>
    public IReadOnlyList<EditReport?> Transcripts { get; init; } = [];

    /// <summary>Warnings that the answer has not accepted with a reason.</summary>
    public IEnumerable<AnswerWarning> Open => Warnings.Where(warning =>
        !Answer.AcceptedWarnings.Any(accepted => accepted.Code == warning.Code && !string.IsNullOrWhiteSpace(accepted.Reason)));
}
