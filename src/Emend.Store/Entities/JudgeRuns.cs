namespace Emend.Store;

/// <summary>Verdicts of one judge, a model, on pairs: of stored responses, or of a file.</summary>
public sealed class StoredJudgeRun
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public string Name { get; set; } = "";

    /// <summary>What the first of each pair is of, and the second.</summary>
    public string SideA { get; set; } = "";
    public string SideB { get; set; } = "";

    public string Model { get; set; } = "";

    /// <summary>The host that the model is at.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>The JudgeQuestions as JSON; null where the verdicts are a file's.</summary>
    public string? Questions { get; set; }

    /// <summary>The AskingLimits as JSON; null as above.</summary>
    public string? Limits { get; set; }

    /// <summary>The AskingSpent as JSON; null as above.</summary>
    public string? Spent { get; set; }

    /// <summary>Why no more is asked; null where it may go on, or is done.</summary>
    public string? Stopped { get; set; }

    public int Pairs { get; set; }

    /// <summary>Pairs with a row, and of them those whose verdict could not be read.</summary>
    public int Judged { get; set; }
    public int Unreadable { get; set; }

    /// <summary>The rows as emend judge writes them: JSON lines.</summary>
    public string Verdicts { get; set; } = "";

    /// <summary>SHA-256 of Verdicts, hex; the audit log holds it too.</summary>
    public string VerdictsHash { get; set; } = "";

    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public DateTime CreatedAt { get; set; }
    public int Version { get; set; } = 1;
}
