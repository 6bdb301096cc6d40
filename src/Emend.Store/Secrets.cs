using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Emend.Store;

/// <summary>Secrets of links and tokens: 256 random bits, of which only the hash is kept.</summary>
internal static class Secrets
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
