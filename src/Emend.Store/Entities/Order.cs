namespace Emend.Store;

/// <summary>That a project gives out first what a reward model is least certain of, and the share that chance alone decides about.</summary>
public sealed class QueueOrder
{
    public long ProjectId { get; set; }

    /// <summary>Share of items, 0 to 1, that are drawn by chance, whatever a model thinks of them: for honest evaluation.</summary>
    public double RandomShare { get; set; }

    public int Version { get; set; }
}

/// <summary>How an item came to its place in the queue.</summary>
public enum Draw
{
    /// <summary>By how uncertain a model is of it.</summary>
    Uncertain,

    /// <summary>By chance alone.</summary>
    Random,
}
