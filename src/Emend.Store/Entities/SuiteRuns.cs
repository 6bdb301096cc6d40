namespace Emend.Store;

/// <summary>What came of a test suite that was run against one version of a prompt with one model; never changed.</summary>
public sealed class StoredSuiteRun
{
    public long Id { get; set; }
    public long VersionId { get; set; }

    /// <summary>The suite's name.</summary>
    public string Suite { get; set; } = "";

    public string Model { get; set; } = "";
    public string Endpoint { get; set; } = "";
    public int Cases { get; set; }
    public int Passed { get; set; }
    public int Undecided { get; set; }

    /// <summary>The rows of this version as emend suite run writes them: JSON lines.</summary>
    public string Results { get; set; } = "";

    /// <summary>SHA-256 of Results, hex; the audit log holds it too.</summary>
    public string ResultsHash { get; set; } = "";

    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public DateTime CreatedAt { get; set; }
}
