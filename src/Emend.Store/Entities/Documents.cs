using Emend.Feedback.Context;

namespace Emend.Store;

/// <summary>One version of a document of a project. A newer version of its name takes over; what was injected from this one stays on record.</summary>
public sealed class StoredDocument
{
    public long Id { get; set; }
    public long ProjectId { get; set; }

    /// <summary>Unique among the current documents of a project.</summary>
    public string Name { get; set; } = "";

    public DocumentFormat Format { get; set; }

    /// <summary>What was read of the file.</summary>
    public string Text { get; set; } = "";

    /// <summary>SHA-256 of Text, hex.</summary>
    public string TextHash { get; set; } = "";

    /// <summary>Above 0: injected whether a search finds it or not, higher first.</summary>
    public int Priority { get; set; }

    /// <summary>Neither replaced nor removed.</summary>
    public bool IsCurrent { get; set; }

    public long? AccountId { get; set; }
    public string Actor { get; set; } = "";
    public DateTime CreatedAt { get; set; }
}

/// <summary>A piece of a document; the full-text index is over its heading and text.</summary>
public sealed class StoredChunk
{
    public long Id { get; set; }
    public long DocumentId { get; set; }
    public int Position { get; set; }
    public string Heading { get; set; } = "";
    public string Text { get; set; } = "";
    public int Tokens { get; set; }
}

/// <summary>The vector of a piece under one model: there is one at most, so that vectors of two models are never side by side for long or compared.</summary>
public sealed class StoredEmbedding
{
    public long ChunkId { get; set; }

    /// <summary>The model's name, with what is known of its weights.</summary>
    public string Model { get; set; } = "";

    public int Dimension { get; set; }

    /// <summary>Dimension × float32, little-endian, of unit length.</summary>
    public byte[] Vector { get; set; } = [];
}
