using System.Collections.Immutable;
using System.Text.Json;

namespace Emend.Feedback;

/// <summary>Reads `media` of a row: a list of `sha256`, `alt`, and `transcript` where there is one.</summary>
internal static class MediaReader
{
    private const int Most = 8;
    private const int LongestAlt = 1000;

    public static ImmutableArray<MediaRef> Read(RowReader reader, string path, JsonElement list)
    {
        var media = ImmutableArray.CreateBuilder<MediaRef>();
        foreach ((string place, JsonElement element) in reader.Elements(path, list))
        {
            string? hash = reader.Member(place, element, "sha256", "the hash of a file") is JsonElement name ? reader.Text($"{place}.sha256", name) : null;
            string? alt = reader.Member(place, element, "alt", "a sentence that says what it shows") is JsonElement words ? reader.Text($"{place}.alt", words) : null;
            string? transcript = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("transcript", out JsonElement said) && said.ValueKind != JsonValueKind.Null ? reader.Text($"{place}.transcript", said) : null;
            if (hash is not null && !MediaRef.IsHash(hash))
                reader.Problem($"{place}.sha256", "64 hexadecimal digits in lower case are expected: the SHA-256 of the file");
            if (alt is not null && (string.IsNullOrWhiteSpace(alt) || alt.Length > LongestAlt))
                reader.Problem($"{place}.alt", $"1 to {LongestAlt} characters are expected, for those who do not see or hear it");
            if (transcript?.Length > ItemRows.LongestText)
                reader.Problem($"{place}.transcript", $"has {transcript.Length} characters; at most {ItemRows.LongestText} are expected");
            if (hash is not null && alt is not null)
                media.Add(new MediaRef(hash, alt) { Transcript = transcript });
        }
        if (media.Count > Most)
            reader.Problem(path, $"has {media.Count} files; at most {Most} are expected");
        return media.ToImmutable();
    }
}
