using System.Text.Json.Serialization;

namespace Emend.Feedback;

/// <summary>An image or a sound of a prompt or a response, named by its bytes.</summary>
/// <param name="Sha256">Hash of the bytes, 64 hexadecimal digits in lower case.</param>
/// <param name="Alt">What it shows, or what sounds, in words.</param>
public sealed record MediaRef(string Sha256, string Alt)
{
    /// <summary>What is said or written in it; null where nobody has written that down.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Transcript { get; init; }

    /// <summary>Content type, as the store found it when the item was imported.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    public static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
