namespace Emend.Store;

/// <summary>The keys that an account uses instead of the usual ones.</summary>
public sealed class OwnKeys
{
    public long AccountId { get; set; }

    /// <summary>Usual key → own key, as JSON.</summary>
    public string Content { get; set; } = "";

    public int Version { get; set; }
}
