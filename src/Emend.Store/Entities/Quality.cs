namespace Emend.Store;

/// <summary>An edit that somebody other than its author judges blind: which of the two texts is better?</summary>
public sealed class Review
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public long AnswerId { get; set; }

    /// <summary>Who wrote the edit; never who judges it.</summary>
    public long AuthorId { get; set; }

    /// <summary>Who judges it, or holds it; null while nobody does.</summary>
    public long? ReviewerId { get; set; }

    public DateTime? ExpiresAt { get; set; }

    /// <summary>Whether the edited text is shown first.</summary>
    public bool EditedFirst { get; set; }

    /// <summary>1: the edit is better, 0: the original is, 0.5: no difference; null: not judged yet.</summary>
    public double? Verdict { get; set; }

    public string? Note { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? DecidedAt { get; set; }
}

/// <summary>What an adjudicator made of the answers to one item; a later one replaces it and the earlier stays.</summary>
public sealed class Resolution
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public long ItemId { get; set; }
    public long AdjudicatorId { get; set; }
    public bool IsCurrent { get; set; }

    /// <summary>Why people disagreed: ambiguous, guidelineGap, error, taste.</summary>
    public string Cause { get; set; } = "";

    public string? Note { get; set; }

    /// <summary>The Answer as JSON, held to the same rules as everybody's.</summary>
    public string Content { get; set; } = "";

    public DateTime CreatedAt { get; set; }
}

/// <summary>An address that is told of a project's events.</summary>
public sealed class Webhook
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public string Url { get; set; } = "";

    /// <summary>The key of the signature; shown once, and gone when the address changes.</summary>
    public string Secret { get; set; } = "";

    public bool IsEnabled { get; set; } = true;
    public DateTime CreatedAt { get; set; }
    public int Version { get; set; } = 1;
}

/// <summary>One event on its way to one address.</summary>
public sealed class WebhookDelivery
{
    public long Id { get; set; }
    public long WebhookId { get; set; }
    public string Event { get; set; } = "";

    /// <summary>The body as JSON: ids and states, no texts.</summary>
    public string Body { get; set; } = "";

    public int Attempts { get; set; }

    /// <summary>When it is tried next; null: done, or given up.</summary>
    public DateTime? DueAt { get; set; }

    public DateTime? DeliveredAt { get; set; }
    public string? LastProblem { get; set; }
    public DateTime CreatedAt { get; set; }
}

/// <summary>A gold item that tests attention alone: whoever reads it answers right. Failing it flags the person and changes nothing else.</summary>
public sealed class AttentionItem
{
    public long ItemId { get; set; }
}
