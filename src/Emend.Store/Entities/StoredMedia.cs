namespace Emend.Store;

/// <summary>An image or a sound: in the database, so that it is in every backup and gone with its project.</summary>
public sealed class StoredMedia
{
    public long Id { get; set; }
    public long ProjectId { get; set; }

    /// <summary>SHA-256 of Content, hex: its name.</summary>
    public string Hash { get; set; } = "";

    /// <summary>One of MediaTypes, found in the bytes; never what somebody said it is.</summary>
    public string Type { get; set; } = "";

    public byte[] Content { get; set; } = [];
    public int Length { get; set; }
    public long AccountId { get; set; }

    /// <summary>The assignment that a dictated note belongs to; null for files of items.</summary>
    public long? AssignmentId { get; set; }

    public DateTime CreatedAt { get; set; }
}
