using Emend.Feedback;

namespace Emend.Store;

/// <summary>Where an item stands for one person.</summary>
public enum AssignmentState
{
    /// <summary>Held, with or without a draft. The lease may be over: then its slot is free again, but the work is kept.</summary>
    Leased,

    /// <summary>Answered.</summary>
    Submitted,

    /// <summary>Given back with a reason.</summary>
    Skipped,

    /// <summary>Sent back for another look.</summary>
    Returned,
}

/// <summary>An item in the hands of a person. There is at most one for each pair, so nobody meets an item twice.</summary>
public sealed class Assignment
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public long ItemId { get; set; }
    public long AccountId { get; set; }
    public AssignmentState State { get; set; }

    /// <summary>Which of the item's places this one takes, 0 to overlap - 1; null where it takes none. Unique in the item: the overlap is exact.</summary>
    public int? Slot { get; set; }

    /// <summary>Decides the order in which the responses are shown.</summary>
    public int Seed { get; set; }

    /// <summary>The guideline that was in force when the item was taken; 0 where there was none.</summary>
    public int GuidelineNumber { get; set; }

    public DateTime LeasedAt { get; set; }
    public DateTime ExpiresAt { get; set; }
    public string? SkipReason { get; set; }
    public string? SkipNote { get; set; }

    /// <summary>Rises with every change of state.</summary>
    public int Version { get; set; } = 1;
}

/// <summary>What somebody has typed and not yet submitted. The head is what the page goes on from; others lost against it and are kept.</summary>
public sealed class Draft
{
    public long Id { get; set; }
    public long AssignmentId { get; set; }
    public int Version { get; set; }
    public bool IsHead { get; set; }

    /// <summary>The page's state as JSON; the server only stores it.</summary>
    public string Content { get; set; } = "";

    public DateTime SavedAt { get; set; }

    /// <summary>The page's clock, as it said; order is decided by SavedAt.</summary>
    public DateTime? ClientTime { get; set; }
}

/// <summary>A submitted answer. Reopening makes a new revision; the old one stays.</summary>
public sealed class StoredAnswer
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public long ItemId { get; set; }
    public long AssignmentId { get; set; }
    public long AccountId { get; set; }
    public int Revision { get; set; }
    public TaskKind Kind { get; set; }

    /// <summary>The one that counts: the newest revision that was not taken back.</summary>
    public bool IsCurrent { get; set; }

    /// <summary>Came after its slot had gone to somebody else.</summary>
    public bool IsExtra { get; set; }

    public DateTime? UndoneAt { get; set; }

    /// <summary>The Answer as JSON.</summary>
    public string Content { get; set; } = "";

    /// <summary>SHA-256 of Content, hex; the audit log holds it too.</summary>
    public string ContentHash { get; set; } = "";

    /// <summary>SHA-256 of the item's content when it was answered.</summary>
    public string ItemHash { get; set; } = "";

    /// <summary>The key that the page sent, so that sending twice gives one answer.</summary>
    public string IdempotencyKey { get; set; } = "";

    public int GuidelineNumber { get; set; }

    /// <summary>Recomputed from the two texts: units changed by units of the longer side; null where the answer is no edit.</summary>
    public double? EditRate { get; set; }

    public int? Hunks { get; set; }

    /// <summary>Seconds with focus and input, as the page counted.</summary>
    public double? ActiveSeconds { get; set; }

    public DateTime CreatedAt { get; set; }
    public DateTime? ClientTime { get; set; }
}

/// <summary>Who changed what from what to what. Each entry's hash covers the one before, so none can be changed or left out unseen.</summary>
public sealed class AuditEntry
{
    /// <summary>1, 2, 3, … without gaps.</summary>
    public long Number { get; set; }

    public DateTime At { get; set; }
    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public long? ProjectId { get; set; }
    public string Action { get; set; } = "";
    public string Subject { get; set; } = "";
    public string? Before { get; set; }
    public string? After { get; set; }
    public string PreviousHash { get; set; } = "";
    public string Hash { get; set; } = "";
}
