// Format: docs/formats/studio-api.md, "Suggestions".
namespace Emend.Feedback;

/// <summary>What models said while an answer was made. The page says only what was put aside; the rest is the server's.</summary>
public sealed record AdviceRecord
{
    /// <summary>Whether rewards of the text were shown.</summary>
    public bool RewardsShown { get; init; }

    public IReadOnlyList<ProposalRecord> Proposals { get; init; } = [];

    /// <summary>The same without the names of models: what somebody may see who works blind.</summary>
    public AdviceRecord Unnamed() => this with { Proposals = [.. Proposals.Select(proposal => proposal with { Model = null })] };
}

/// <summary>A proposed edit and what became of each of its hunks. Rejected: hunks that the annotator put aside, by their index.</summary>
public sealed record ProposalRecord(long Id)
{
    public IReadOnlyList<int> Rejected { get; init; } = [];

    /// <summary>Which model it came from, as its endpoint said.</summary>
    public string? Model { get; init; }

    public IReadOnlyList<ProposedHunk> Hunks { get; init; } = [];
}

/// <summary>[Start, End) of the original, in UTF-16 code units, was to become Replacement.</summary>
public sealed record ProposedHunk(int Start, int End, string Replacement, Decision? Decision = null);

/// <summary>What became of a proposed hunk.</summary>
public enum Decision
{
    /// <summary>Neither taken nor put aside.</summary>
    Open,

    /// <summary>It is in the final text as it was proposed.</summary>
    Accepted,

    /// <summary>Something else was made of that place.</summary>
    Altered,

    /// <summary>Put aside, and not in the final text.</summary>
    Rejected,
}

/// <summary>What somebody thought before a model was asked: the choice between responses, or what the one response needs.</summary>
/// <param name="Target">The response, or the turn, that is about to be edited.</param>
public sealed record PriorJudgement(int Target)
{
    public Choice? Choice { get; init; }
    public int? Preferred { get; init; }
    public int? Strength { get; init; }

    /// <summary>Edited: it needs an edit.</summary>
    public EditOutcome? Outcome { get; init; }

    /// <summary>The text as it was edited by then; null where nothing was.</summary>
    public string? Edited { get; init; }
}
