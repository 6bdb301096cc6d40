// Format: docs/formats/studio-api.md, "Answers".
namespace Emend.Feedback;

/// <summary>What one person said about one item. The member named like the kind is there, the others are null.</summary>
public sealed record Answer(TaskKind Kind)
{
    public EditAnswer? Edit { get; init; }
    public RankingAnswer? Ranking { get; init; }
    public RatingAnswer? Rating { get; init; }
    public DemonstrationAnswer? Demonstration { get; init; }
    public SpansAnswer? Spans { get; init; }
    public TurnAnswer? Turn { get; init; }
    public string? Comment { get; init; }

    /// <summary>A comment that was dictated: the hash of the note that was uploaded; null where there is none.</summary>
    public string? CommentAudio { get; init; }

    /// <summary>Transcripts that were corrected; null where none was.</summary>
    public IReadOnlyList<TranscriptEdit>? Transcripts { get; init; }

    public IReadOnlyList<AcceptedWarning> AcceptedWarnings { get; init; } = [];
    public WorkRecord? Work { get; init; }

    /// <summary>What models proposed, and what became of it; null where none was asked.</summary>
    public AdviceRecord? Advice { get; init; }

    /// <summary>The page's clock; the order of answers is that of the server.</summary>
    public DateTimeOffset? ClientTime { get; init; }
}

/// <summary>A warning that the annotator saw and passed.</summary>
public sealed record AcceptedWarning(string Code, string Reason);

/// <summary>How the answer came about, as the page counted; seconds. No keystrokes.</summary>
public sealed record WorkRecord
{
    public double? ActiveSeconds { get; init; }
    public double? WallSeconds { get; init; }
    public double? FirstEditSeconds { get; init; }
    public int Undos { get; init; }
    public int Resets { get; init; }
    public int Pastes { get; init; }
    public string? Client { get; init; }
}

/// <summary>Which response is better.</summary>
public enum Choice
{
    Prefer,
    Tie,
    BothBad,

    /// <summary>There is one response only.</summary>
    Single,
}

/// <summary>What became of the text.</summary>
public enum EditOutcome
{
    Edited,

    /// <summary>It is fine as it is.</summary>
    NoEditNeeded,

    /// <summary>It is not fine, and no small change would make it so.</summary>
    NoEditHelps,
}

/// <summary>A choice between responses, and a minimal edit of one that was not preferred. Responses are named by their index in the item.</summary>
public sealed record EditAnswer(Choice Choice, EditOutcome Outcome)
{
    public int? Preferred { get; init; }

    /// <summary>1 (hardly better) to 4 (much better).</summary>
    public int? Strength { get; init; }

    public int? Target { get; init; }
    public string? Edited { get; init; }
    public IReadOnlyList<HunkReason> Reasons { get; init; } = [];
    public IReadOnlyList<SpanLabel> Flags { get; init; } = [];
    public QualityRatings? OriginalRatings { get; init; }
    public QualityRatings? EditedRatings { get; init; }
}

/// <summary>Why a hunk was changed; Start and End are those of the hunk in the original, in UTF-16 code units.</summary>
public sealed record HunkReason(int Start, int End, string Reason, string? Note = null);

/// <summary>A stretch of a text and what it is, in UTF-16 code units.</summary>
public sealed record SpanLabel(int Start, int End, string Label, string? Note = null);

/// <summary>1 to 5 on each scale, or null where it was not rated.</summary>
public sealed record QualityRatings(int? Helpful = null, int? Honest = null, int? Harmless = null);

/// <summary>Ranks[i] belongs to response i; 1 is best, equal ranks are ties.</summary>
public sealed record RankingAnswer(IReadOnlyList<int> Ranks);

/// <summary>A number for every response on every scale of the project.</summary>
public sealed record RatingAnswer(IReadOnlyList<ResponseRating> Ratings);

/// <summary>1 to 5.</summary>
public sealed record ResponseRating(int Response, string Scale, int Value);

/// <summary>The ideal answer, written by a person.</summary>
public sealed record DemonstrationAnswer(string Text);

/// <summary>Labelled stretches of one response; NothingToMark says that there are none.</summary>
public sealed record SpansAnswer(int Response, IReadOnlyList<SpanLabel> Spans, bool NothingToMark = false);

/// <summary>A free correction of one assistant turn of a dialogue.</summary>
public sealed record TurnAnswer(int Turn, EditOutcome Outcome)
{
    public string? Edited { get; init; }
    public IReadOnlyList<HunkReason> Reasons { get; init; } = [];
}

/// <summary>What somebody made of the transcript of one file of the item, which its hash names.</summary>
public sealed record TranscriptEdit(string Sha256, string Edited)
{
    public IReadOnlyList<HunkReason> Reasons { get; init; } = [];
}
