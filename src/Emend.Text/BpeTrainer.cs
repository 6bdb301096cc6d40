// Training of a byte-level BPE tokenizer: Sennrich et al. 2016 (arXiv:1508.07909), over the bytes and the split of GPT-2.
// The most frequent pair is merged; among equals the one with the lower ids, so the same texts give the same file.
using System.Text.Json;
using Emend.Text.Tokenization;

namespace Emend.Text;

public static class BpeTrainer
{
    private const int FewestOccurrences = 2;

    /// <summary>
    /// The text of a Hugging Face tokenizer.json, trained on some texts: special tokens get the first ids, then come the 256 bytes,
    /// then merges up to the size asked for. It stays smaller where no pair is left that occurs twice. Special tokens in the texts are not learned from.
    /// The opening, one of them, is put in front of every text that is encoded with special tokens.
    /// </summary>
    public static string TrainByteLevel(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens, string? opening = null)
    {
        Check(vocabularySize, specialTokens);
        if (opening is not null && !specialTokens.Contains(opening))
            throw new InvalidInputException($"opening \"{opening}\" is not among the special tokens.");
        List<string> tokens = [.. specialTokens];
        string[] alphabet = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharOf((byte)value).ToString()).Order(StringComparer.Ordinal)];
        int[] idOfByte = new int[256];
        foreach (string letter in alphabet)
        {
            idOfByte[ByteAlphabet.ByteOf(letter[0])] = tokens.Count;
            tokens.Add(letter);
        }

        var pairs = new PairCounts(CountWords(texts, specialTokens), idOfByte);
        var merges = new List<string>();
        var known = new HashSet<string>(tokens, StringComparer.Ordinal);
        while (tokens.Count < vocabularySize && pairs.TakeMostFrequent(FewestOccurrences) is (int left, int right))
        {
            string merged = tokens[left] + tokens[right];
            if (!known.Add(merged))
                continue;   // the same text from another pair, or a special token's: an id may have one text only
            merges.Add($"{tokens[left]} {tokens[right]}");
            pairs.Merge(left, right, tokens.Count);
            tokens.Add(merged);
        }
        return Write(tokens, merges, specialTokens, opening);
    }

    private static void Check(int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        if (vocabularySize < 256 + specialTokens.Count)
        {
            throw new InvalidInputException(
                $"vocabulary size {vocabularySize} is too small: 256 bytes and {specialTokens.Count} special tokens need at least {256 + specialTokens.Count}.");
        }
        foreach (string token in specialTokens)
        {
            if (token.Length < 2)
                throw new InvalidInputException($"special token \"{token}\": two characters at least are expected, so that it cannot be mistaken for a byte.");
            if (specialTokens.Count(other => other == token) > 1)
                throw new InvalidInputException($"special token \"{token}\" is given twice.");
        }
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, IReadOnlyList<string> specialTokens)
    {
        var splitter = new AddedTokenSplitter(specialTokens.Select((token, id) => new AddedToken(id, token, false, false, false, false, true)));
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts.Select(LoneSurrogates.Replace))
        {
            foreach ((int start, int end, AddedToken? token) in splitter.Split(text))
            {
                if (token is not null)
                    continue;
                ReadOnlySpan<char> section = text.AsSpan(start, end - start);
                foreach ((int wordStart, int wordEnd) in TokenizerPattern.Matches(TokenizerPattern.Gpt2Split(), section))
                {
                    ReadOnlySpan<char> word = section[wordStart..wordEnd];
                    lookup[word] = lookup.TryGetValue(word, out long count) ? count + 1 : 1;
                }
            }
        }
        return counts;
    }

    private static string Write(List<string> tokens, List<string> merges, IReadOnlyList<string> specialTokens, string? opening)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            for (int id = 0; id < specialTokens.Count; id++)
                WriteAddedToken(json, id, specialTokens[id]);
            json.WriteEndArray();
            json.WriteNull("normalizer");
            WriteByteLevel(json, "pre_tokenizer");
            if (opening is null)
                WriteByteLevel(json, "post_processor");
            else
                WriteOpening(json, opening, tokens.IndexOf(opening));
            WriteByteLevel(json, "decoder");
            WriteModel(json, tokens, merges);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteAddedToken(Utf8JsonWriter json, int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        foreach (string flag in new[] { "single_word", "lstrip", "rstrip", "normalized" })
            json.WriteBoolean(flag, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    // Two texts, which nothing here encodes together, each get their opening.
    private static void WriteOpening(Utf8JsonWriter json, string opening, int id)
    {
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        foreach ((string template, string[] texts) in new[] { ("single", new[] { "A" }), ("pair", ["A", "B"]) })
        {
            json.WriteStartArray(template);
            for (int type = 0; type < texts.Length; type++)
            {
                WritePiece(json, "SpecialToken", opening, type);
                WritePiece(json, "Sequence", texts[type], type);
            }
            json.WriteEndArray();
        }
        json.WriteStartObject("special_tokens");
        json.WriteStartObject(opening);
        json.WriteString("id", opening);
        json.WriteStartArray("ids");
        json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteStartArray("tokens");
        json.WriteStringValue(opening);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePiece(Utf8JsonWriter json, string kind, string id, int type)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, List<string> tokens, List<string> merges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (string unused in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            json.WriteNull(unused);
        foreach (string flag in new[] { "fuse_unk", "byte_fallback", "ignore_merges" })
            json.WriteBoolean(flag, false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokens.Count; id++)
            json.WriteNumber(tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (string merge in merges)
            json.WriteStringValue(merge);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
