using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Emend.StudioTests;

/// <summary>Small real images and sounds, made here.</summary>
internal static class TestMedia
{
    /// <summary>A PNG whose colours run from corner to corner.</summary>
    public static byte[] Png(int width, int height)
    {
        byte[] head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, 2);        // eight bits, red, green and blue
        using var pixels = new MemoryStream();
        using (var packed = new ZLibStream(pixels, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                packed.WriteByte(0);
                for (int x = 0; x < width; x++)
                    packed.Write([(byte)(40 + (160 * x / width)), (byte)(90 + (90 * y / height)), 140]);
            }
        }
        return [0x89, .. "PNG"u8, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR", head), .. Chunk("IDAT", pixels.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>A tone of 440 Hz, 8 bits at 8 kHz.</summary>
    public static byte[] Wav(double seconds)
    {
        byte[] samples = [.. Enumerable.Range(0, (int)(8000 * seconds)).Select(n => (byte)(128 + (60 * Math.Sin(2 * Math.PI * 440 * n / 8000))))];
        return [.. "RIFF"u8, .. Little(36 + samples.Length), .. "WAVEfmt "u8, .. Little(16), 1, 0, 1, 0, .. Little(8000), .. Little(8000), 1, 0, 8, 0, .. "data"u8, .. Little(samples.Length), .. samples];
    }

    public static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Chunk(string name, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. data], length = new byte[4], sum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc(body));
        return [.. length, .. body, .. sum];
    }

    // The sum that PNG asks for: polynomial 0xEDB88320, reflected.
    private static uint Crc(byte[] data)
    {
        uint sum = uint.MaxValue;
        foreach (byte each in data)
        {
            sum ^= each;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum & 1) == 1 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
        }
        return ~sum;
    }

    private static byte[] Little(int number) => BitConverter.GetBytes(number);
}
