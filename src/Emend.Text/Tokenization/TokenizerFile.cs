using System.Text.Json;

namespace Emend.Text.Tokenization;

/// <summary>
/// A tokenizer.json, read: the stages in the order a text passes them, and back. `truncation` and `padding` are not read:
/// they say how someone once made batches, not what the tokens of a text are.
/// </summary>
internal sealed record TokenizerFile(
    IReadOnlyList<AddedToken> AddedTokens,
    Normalizer? Normalizer,
    PreTokenizer? PreTokenizer,
    BpeModel Model,
    SpecialFrame Frame,
    TokenDecoder? Decoder)
{
    /// <summary>Far above every published vocabulary: a table of all ids is held in memory.</summary>
    private const int HighestId = (1 << 24) - 1;

    public static TokenizerFile Read(string file, byte[] bytes)
    {
        using JsonDocument document = Parse(file, bytes);
        JsonPlace root = JsonPlace.Root(file, document.RootElement);
        var problems = new List<string>();
        Normalizer? normalizer = Section(() => Normalizers.Read(root.OptionalObject("normalizer")), problems);
        PreTokenizer? preTokenizer = Section(() => PreTokenizers.Read(root.OptionalObject("pre_tokenizer")), problems);
        BpeModel? model = Section(() => ReadModel(root.Object("model")), problems);
        SpecialFrame? frame = Section(() => PostProcessors.Read(root.OptionalObject("post_processor")), problems);
        TokenDecoder? decoder = Section(() => Decoders.Read(root.OptionalObject("decoder")), problems);
        List<AddedToken> added = model is null ? [] : Section(() => ReadAddedTokens(root, model, normalizer), problems) ?? [];
        if (problems.Count > 0)
            throw new InvalidInputException(string.Join('\n', problems));
        var ids = model!.Vocabulary.Values.Concat(added.Select(token => token.Id)).ToHashSet();
        foreach (int id in frame!.Before.Concat(frame.After))
        {
            if (!ids.Contains(id))
                throw new InvalidInputException($"{file}: post_processor: the special token {id} is in neither the vocabulary nor added_tokens.");
        }
        return new TokenizerFile(added, normalizer, preTokenizer, model, frame, decoder);
    }

    private static JsonDocument Parse(string file, byte[] bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes.AsMemory(HasByteOrderMark(bytes) ? 3 : 0));
        }
        catch (JsonException problem)
        {
            throw new InvalidInputException(
                $"{file}:{problem.LineNumber + 1}: this is not valid JSON at byte {problem.BytePositionInLine + 1} of the line; a tokenizer.json is expected.");
        }
    }

    private static bool HasByteOrderMark(byte[] bytes) => bytes is [0xEF, 0xBB, 0xBF, ..];

    private static T? Section<T>(Func<T?> read, List<string> problems) where T : class
    {
        try
        {
            return read();
        }
        catch (InvalidInputException problem)
        {
            problems.Add(problem.Message);
            return null;
        }
    }

    private static BpeModel ReadModel(JsonPlace model)
    {
        string type = model.OptionalText("type") ?? (model.Has("merges") ? "BPE" : "(none)");
        if (type != "BPE")
            throw model.Unsupported("model", type, "BPE");
        if (model.Has("dropout") && model.Element.GetProperty("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() > 0)
            throw model.Wrong("dropout", $"is {dropout.GetDouble()}; only tokenizers without random dropout (null or 0) are supported.");
        Dictionary<string, int> vocabulary = ReadVocabulary(model);
        string prefix = model.OptionalText("continuing_subword_prefix") ?? "";
        int? unknown = model.OptionalText("unk_token") is string name
            ? vocabulary.TryGetValue(name, out int id) ? id : throw model.Wrong("unk_token", $"\"{name}\" is not in the vocabulary.")
            : null;
        var settings = new BpeSettings(
            unknown, model.Flag("fuse_unk"), model.Flag("byte_fallback"), model.Flag("ignore_merges"),
            prefix, model.OptionalText("end_of_word_suffix") ?? "");
        return new BpeModel(vocabulary, ReadMerges(model, vocabulary, prefix), settings);
    }

    private static Dictionary<string, int> ReadVocabulary(JsonPlace model)
    {
        JsonPlace place = model.Object("vocab");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (JsonProperty entry in place.Element.EnumerateObject())
        {
            string token = NameOf(entry, place);
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
                throw place.Wrong($"\"{token}\"", $"is {JsonPlace.Kind(entry.Value)}; an id, 0 or more, is expected.");
            if (id > HighestId)
                throw place.Wrong($"\"{token}\"", $"has the id {id}; no vocabulary goes above {HighestId}.");
            if (!vocabulary.TryAdd(token, id) && vocabulary[token] != id)
                throw place.Wrong($"\"{token}\"", $"stands twice, as {vocabulary[token]} and {id}.");
            if (!taken.Add(id))
                throw place.Wrong($"\"{token}\"", $"has the id {id}, which another token has already.");
        }
        return vocabulary;
    }

    private static string NameOf(JsonProperty entry, JsonPlace place)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException)
        {
            throw new InvalidInputException($"{place.File}: {place.Path} holds a token that is not valid Unicode (half of a surrogate pair).");
        }
    }

    /// <summary>Merges are "a b" in older files and ["a", "b"] in newer ones.</summary>
    private static List<(int, int, int)> ReadMerges(JsonPlace model, Dictionary<string, int> vocabulary, string prefix)
    {
        var merges = new List<(int, int, int)>();
        foreach (JsonElement merge in model.Elements("merges"))
        {
            string place = $"merges[{merges.Count}]";
            string[] parts = merge.ValueKind switch
            {
                JsonValueKind.String => model.StringOf(merge, place).Split(' '),
                JsonValueKind.Array when merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String)
                    => [.. merge.EnumerateArray().Select(part => model.StringOf(part, place))],
                _ => [],
            };
            if (parts.Length != 2)
                throw model.Wrong(place, "is not a pair of two tokens.");
            string joined = parts[0] + (parts[1].StartsWith(prefix, StringComparison.Ordinal) ? parts[1][prefix.Length..] : parts[1]);
            merges.Add((Id(parts[0]), Id(parts[1]), Id(joined)));

            int Id(string token) => vocabulary.TryGetValue(token, out int id)
                ? id
                : throw model.Wrong(place, $"\"{token}\" is not in the vocabulary.");
        }
        return merges;
    }

    private static List<AddedToken> ReadAddedTokens(JsonPlace root, BpeModel model, Normalizer? normalizer)
    {
        var tokens = new List<AddedToken>();
        if (!root.Has("added_tokens"))
            return tokens;
        Dictionary<int, string> byId = model.Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        var seen = new HashSet<string>();
        foreach (JsonPlace place in root.Items("added_tokens"))
        {
            string content = place.Text("content");
            int id = place.Whole("id");
            if (id > HighestId)
                throw place.Wrong("id", $"is {id}; no vocabulary goes above {HighestId}.");
            if (content.Length == 0)
                continue;
            if (!seen.Add(content))
                throw place.Wrong("content", $"\"{content}\" stands twice in added_tokens.");
            if (model.Vocabulary.TryGetValue(content, out int inModel) && inModel != id)
                throw place.Wrong("id", $"is {id}, but the vocabulary gives \"{content}\" the id {inModel}.");
            if (byId.TryGetValue(id, out string? other) && other != content)
                throw place.Wrong("id", $"is {id}, which belongs to \"{other}\" already.");
            byId[id] = content;
            var token = new AddedToken(
                id, content, place.Flag("single_word"), place.Flag("lstrip"), place.Flag("rstrip"), place.Flag("normalized", true), place.Flag("special"));
            if (token.Normalized && normalizer is not null)
                token = token with { Form = normalizer(AlignedText.OfSource(content, 0, content.Length)).Text };
            if (token.Form.Length == 0)
                throw place.Wrong("content", $"\"{content}\" is empty after the normalizer, so it can never be found.");
            tokens.Add(token);
        }
        return tokens;
    }
}
