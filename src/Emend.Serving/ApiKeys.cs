using System.Security.Cryptography;
using Emend.Text;

namespace Emend.Serving;

/// <summary>The keys that clients may present, kept as hashes.</summary>
internal sealed class ApiKeys
{
    private const int ShortestKey = 16;

    private readonly byte[][] _hashes;

    private ApiKeys(byte[][] hashes) => _hashes = hashes;

    /// <summary>Reads a file with one key a line; blank lines and lines that begin with # are passed over.</summary>
    /// <exception cref="InvalidInputException">The file is missing, has no key, or a key is short or holds a space.</exception>
    public static ApiKeys Read(string file)
    {
        if (!File.Exists(file))
            throw new InvalidInputException($"--api-key-file {file}: there is no such file; it holds one key a line");
        var problems = new List<string>();
        var hashes = new List<byte[]>();
        int line = 0;
        foreach (string text in File.ReadLines(file))
        {
            line++;
            string key = text.Trim();
            if (key.Length == 0 || key[0] == '#')
                continue;
            if (key.Length < ShortestKey || key.Any(letter => letter is <= ' ' or > '~'))
                problems.Add($"{Path.GetFileName(file)}:{line}: a key has at least {ShortestKey} characters, printable ASCII without spaces");
            hashes.Add(Hash(key));
        }
        if (problems.Count > 0)
            throw InvalidInputException.ForProblems(file, problems);
        return hashes.Count > 0 ? new ApiKeys([.. hashes]) : throw new InvalidInputException($"--api-key-file {file}: holds no key; it needs one a line");
    }

    /// <summary>Whether an Authorization header carries one of the keys. Every key is compared, each in constant time.</summary>
    public bool Accepts(string? authorization)
    {
        const string scheme = "Bearer ";
        bool isBearer = authorization is not null && authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase);
        byte[] presented = Hash(isBearer ? authorization![scheme.Length..].Trim() : "");
        bool found = false;
        foreach (byte[] hash in _hashes)
            found |= CryptographicOperations.FixedTimeEquals(hash, presented);
        return found & isBearer;
    }

    private static byte[] Hash(string key) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key));
}
