using Emend.Feedback;

namespace Emend.Store;

/// <summary>Items, the task that is done with them, and the rules of the queue.</summary>
public sealed class Project
{
    public long Id { get; set; }
    public string Name { get; set; } = "";
    public string Description { get; set; } = "";
    public TaskKind Kind { get; set; }

    /// <summary>How many people answer each item.</summary>
    public int Overlap { get; set; } = 1;

    /// <summary>How long an item is held for somebody who does nothing.</summary>
    public int LeaseMinutes { get; set; } = 30;

    /// <summary>A tokenizer.json that edits are measured with; null: words.</summary>
    public string? Tokenizer { get; set; }

    /// <summary>Share of units changed, 0 to 1, between which an edit counts as minimal.</summary>
    public double BandLow { get; set; } = 0.0;
    public double BandHigh { get; set; } = 0.25;

    /// <summary>Suggestions and origins stay hidden until the annotator's own judgement.</summary>
    public bool Blind { get; set; } = true;

    /// <summary>An answer that comes after its lease expired and its slot went to somebody else is kept besides.</summary>
    public bool KeepExtra { get; set; } = true;

    /// <summary>Share of submitted edits, 0 to 1, that another person judges blind.</summary>
    public double ReviewShare { get; set; }

    /// <summary>Scales of ratings, or labels of spans, one per line; empty: those of docs/formats/answers.md.</summary>
    public string Labels { get; set; } = "";

    public DateTime CreatedAt { get; set; }
    public DateTime? ArchivedAt { get; set; }

    /// <summary>Rises with every change: the ETag.</summary>
    public int Version { get; set; } = 1;
}

/// <summary>One version of a project's guideline; versions are never changed.</summary>
public sealed class Guideline
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public int Number { get; set; }
    public string Markdown { get; set; } = "";
    public long AuthorId { get; set; }
    public DateTime CreatedAt { get; set; }
}

/// <summary>One thing to give feedback on.</summary>
public sealed class Item
{
    public long Id { get; set; }
    public long ProjectId { get; set; }

    /// <summary>The id of the file it came from, unique in the project.</summary>
    public string ExternalId { get; set; } = "";

    public string Group { get; set; } = "";

    /// <summary>The FeedbackItem as JSON.</summary>
    public string Content { get; set; } = "";

    /// <summary>SHA-256 of Content, hex: what an answer says it was given to.</summary>
    public string ContentHash { get; set; } = "";

    /// <summary>People who may still take the item: the overlap less its slots in use.</summary>
    public int OpenSlots { get; set; }

    /// <summary>Overlap of this item, taken from the project when it was imported.</summary>
    public int Overlap { get; set; }

    /// <summary>Lower comes first.</summary>
    public double Position { get; set; }

    /// <summary>The right answer as JSON, where a manager gave one: a gold item.</summary>
    public string? Gold { get; set; }

    public DateTime CreatedAt { get; set; }

    /// <summary>How undecided a model is about it, from 0; null where nobody asked. More comes first where the project says so.</summary>
    public double? Uncertainty { get; set; }

    /// <summary>How it came to its place; null: in the order of import.</summary>
    public Draw? Draw { get; set; }
}
