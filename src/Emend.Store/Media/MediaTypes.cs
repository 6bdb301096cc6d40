using System.Text;

namespace Emend.Store;

/// <summary>The closed list of what images and sounds may be, known by their first bytes. SVG is not among them: it runs scripts.</summary>
internal static class MediaTypes
{
    private const int Megabyte = 1 << 20;

    public sealed record Kind(string Type, string Extension, int LargestBytes, string[] AlsoCalled);

    private static readonly Kind[] All =
    [
        new("image/png", "png", 10 * Megabyte, []), new("image/jpeg", "jpg", 10 * Megabyte, ["image/jpg"]), new("image/gif", "gif", 10 * Megabyte, []), new("image/webp", "webp", 10 * Megabyte, []),
        new("audio/mpeg", "mp3", 25 * Megabyte, ["audio/mp3"]), new("audio/wav", "wav", 25 * Megabyte, ["audio/x-wav", "audio/wave", "audio/vnd.wave"]),
        new("audio/ogg", "ogg", 25 * Megabyte, ["application/ogg"]), new("audio/webm", "webm", 25 * Megabyte, []), new("audio/mp4", "m4a", 25 * Megabyte, ["audio/x-m4a", "audio/m4a"]),
    ];

    public const int LargestBytes = 25 * Megabyte;

    public static string Names => string.Join(", ", All.Select(kind => kind.Type));

    public static Kind Of(string type) => All.Single(kind => kind.Type == type);

    /// <summary>What somebody says a file is, without parameters; null where it is not on the list.</summary>
    public static Kind? Declared(string? contentType)
    {
        string name = (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        return All.FirstOrDefault(kind => kind.Type == name || kind.AlsoCalled.Contains(name));
    }

    /// <summary>What the bytes say it is; null where they say none of the list.</summary>
    public static Kind? Found(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> head = bytes[..Math.Min(bytes.Length, 64)];
        string? type = head switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => "image/gif",
            [(byte)'I', (byte)'D', (byte)'3', ..] => "audio/mpeg",
            [0xFF, 0xFB or 0xFA or 0xF3 or 0xF2 or 0xE3 or 0xE2, ..] => "audio/mpeg",      // a frame of layer III begins
            [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => "audio/ogg",
            [0x1A, 0x45, 0xDF, 0xA3, ..] when head.IndexOf("webm"u8) > 0 => "audio/webm",
            _ => Contained(head),
        };
        return type is null ? null : Of(type);
    }

    // RIFF and ISO containers say what they hold behind their lengths.
    private static string? Contained(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12)
            return null;
        if (head[..4].SequenceEqual("RIFF"u8))
            return Encoding.ASCII.GetString(head[8..12]) switch { "WEBP" => "image/webp", "WAVE" => "audio/wav", _ => null };
        return head[4..8].SequenceEqual("ftyp"u8) && Encoding.ASCII.GetString(head[8..12]) is "M4A " or "M4B " or "mp42" or "isom" or "iso5" or "iso6" or "dash" ? "audio/mp4" : null;
    }
}
