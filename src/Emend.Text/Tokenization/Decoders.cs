using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Emend.Text.Tokenization;

/// <summary>A step from token texts towards plain text; the texts that the last step leaves are joined.</summary>
internal delegate List<string> TokenDecoder(List<string> tokens);

/// <summary>The decoders of a tokenizer.json, by their published names.</summary>
internal static class Decoders
{
    public const string Supported = "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, BPEDecoder, Sequence";

    public static TokenDecoder? Read(JsonPlace? place)
    {
        if (place is null)
            return null;
        string type = place.Text("type");
        switch (type)
        {
            case "ByteLevel": return tokens => [System.Text.Encoding.UTF8.GetString(ByteAlphabet.BytesOf(tokens))];
            case "ByteFallback": return ByteFallback;
            case "Fuse": return tokens => [string.Concat(tokens)];
            case "Metaspace": return ReadMetaspace(place);
            case "Replace":
                Regex pattern = TokenizerPattern.Read(place.Object("pattern"));
                string content = place.Text("content");
                return tokens => tokens.ConvertAll(token => Replace(token, pattern, content));
            case "Strip":
                (string letter, int start, int stop) = (place.Text("content"), place.Whole("start"), place.Whole("stop"));
                if (letter.Length != 1)
                    throw place.Wrong("content", $"\"{letter}\" is not one character.");
                return tokens => tokens.ConvertAll(token => Strip(token, letter[0], start, stop));
            case "BPEDecoder":
                string suffix = place.OptionalText("suffix") ?? "</w>";
                return tokens => [.. tokens.Select((token, i) => token.Replace(suffix, i + 1 < tokens.Count ? " " : "", StringComparison.Ordinal))];
            case "Sequence":
                TokenDecoder[] steps = [.. place.Items("decoders").Select(item => Read(item)!)];
                return tokens => steps.Aggregate(tokens, (current, step) => step(current));
            default:
                throw place.Unsupported("decoder", type, Supported);
        }
    }

    private static string Replace(string token, Regex pattern, string content)
    {
        var replaced = new StringBuilder();
        int done = 0;
        foreach ((int start, int end) in TokenizerPattern.Matches(pattern, token))
        {
            replaced.Append(token, done, start - done).Append(content);
            done = end;
        }
        return done == 0 ? token : replaced.Append(token, done, token.Length - done).ToString();
    }

    /// <summary>Runs of tokens like &lt;0xE2&gt; become the text they encode; a run that is not valid UTF-8 becomes one U+FFFD for each byte.</summary>
    private static List<string> ByteFallback(List<string> tokens)
    {
        var decoded = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (string token in tokens)
        {
            if (ByteOf(token) is byte value)
            {
                bytes.Add(value);
                continue;
            }
            Flush();
            decoded.Add(token);
        }
        Flush();
        return decoded;

        void Flush()
        {
            if (bytes.Count == 0)
                return;
            try
            {
                decoded.Add(strict.GetString([.. bytes]));
            }
            catch (DecoderFallbackException)
            {
                decoded.AddRange(Enumerable.Repeat("\uFFFD", bytes.Count));
            }
            bytes.Clear();
        }
    }

    /// <summary>The byte that a token like &lt;0xE2&gt; stands for.</summary>
    public static byte? ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : null;

    /// <summary>Takes away at most so many leading and trailing occurrences of a character, from each token.</summary>
    private static string Strip(string token, char letter, int start, int stop)
    {
        int from = 0, to = token.Length;
        while (from < start && from < token.Length && token[from] == letter)
            from++;
        while (token.Length - to < stop && to > from && token[to - 1] == letter)
            to--;
        return token[from..to];
    }

    private static TokenDecoder ReadMetaspace(JsonPlace place)
    {
        string replacement = place.Text("replacement");
        string scheme = place.OptionalText("prepend_scheme") ?? (place.Flag("add_prefix_space", whenMissing: true) ? "always" : "never");
        bool stripFirst = scheme != "never";
        return tokens => [.. tokens.Select((token, i) => token.Replace(replacement, i == 0 && stripFirst ? "" : " ", StringComparison.Ordinal))];
    }
}
