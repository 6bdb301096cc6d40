// Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) as the Hugging Face tokenizers library applies it: the merge of
// lowest rank first, leftmost first among equals. A heap of candidate merges over a linked list of symbols makes a word
// of n symbols cost O(n log n); short words are remembered.
using System.Collections.Concurrent;
using System.Text;

namespace Emend.Text.Tokenization;

/// <summary>A token of a word; [Start, End) are UTF-16 units of the word. Tokens that are bytes of one character share its range.</summary>
internal readonly record struct WordToken(int Id, int Start, int End);

/// <summary>The switches of a BPE model in a tokenizer.json.</summary>
internal sealed record BpeSettings(
    int? UnknownId, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges, string ContinuingPrefix, string EndSuffix);

internal sealed class BpeModel
{
    private const int LongestRemembered = 64, MostRemembered = 200_000;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<long, int> _rankOfPair;
    private readonly int[] _resultOfRank;
    private readonly int[] _byteIds;
    private readonly BpeSettings _settings;
    private readonly ConcurrentDictionary<string, WordToken[]> _remembered = new();
    private readonly ConcurrentDictionary<string, WordToken[]>.AlternateLookup<ReadOnlySpan<char>> _recall;
    private int _rememberedCount;

    /// <param name="merges">Pairs of ids in order of rank, and the id each pair becomes.</param>
    public BpeModel(Dictionary<string, int> vocabulary, IReadOnlyList<(int Left, int Right, int Result)> merges, BpeSettings settings)
    {
        _vocabulary = vocabulary;
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _settings = settings;
        _rankOfPair = new Dictionary<long, int>(merges.Count);
        _resultOfRank = new int[merges.Count];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            _rankOfPair[Pair(merges[rank].Left, merges[rank].Right)] = rank;
            _resultOfRank[rank] = merges[rank].Result;
        }
        _byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];
        _recall = _remembered.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <summary>The tokens of one word, which is not empty.</summary>
    public WordToken[] Tokenize(ReadOnlySpan<char> word)
    {
        if (_settings.IgnoreMerges && _lookup.TryGetValue(word, out int whole))
            return [new WordToken(whole, 0, word.Length)];
        if (word.Length > LongestRemembered)
            return Merge(Symbols(word));
        if (_recall.TryGetValue(word, out WordToken[]? known))
            return known;
        WordToken[] tokens = Merge(Symbols(word));
        if (Volatile.Read(ref _rememberedCount) < MostRemembered && _recall.TryAdd(word, tokens))
            Interlocked.Increment(ref _rememberedCount);
        return tokens;
    }

    private static long Pair(int left, int right) => (long)left << 32 | (uint)right;

    /// <summary>The word's characters as tokens; one that the vocabulary lacks becomes its bytes, or the unknown token, or nothing.</summary>
    private List<WordToken> Symbols(ReadOnlySpan<char> word)
    {
        var symbols = new List<WordToken>(word.Length);
        bool decorated = _settings.ContinuingPrefix.Length + _settings.EndSuffix.Length > 0;
        int end;
        for (int start = 0; start < word.Length; start = end)
        {
            end = start + (char.IsHighSurrogate(word[start]) && start + 1 < word.Length ? 2 : 1);
            ReadOnlySpan<char> letter = word[start..end];
            if (decorated)
                letter = $"{(start > 0 ? _settings.ContinuingPrefix : "")}{letter}{(end == word.Length ? _settings.EndSuffix : "")}";
            if (_lookup.TryGetValue(letter, out int id))
                symbols.Add(new WordToken(id, start, end));
            else if (!_settings.ByteFallback || !AddBytes(letter, start, end, symbols))
                AddUnknown(start, end, symbols);
        }
        return symbols;
    }

    private bool AddBytes(ReadOnlySpan<char> letter, int start, int end, List<WordToken> symbols)
    {
        byte[] bytes = new byte[System.Text.Encoding.UTF8.GetMaxByteCount(letter.Length)];
        int count = System.Text.Encoding.UTF8.GetBytes(letter, bytes);
        if (bytes.AsSpan(0, count).ToArray().Any(value => _byteIds[value] < 0))
            return false;
        foreach (byte value in bytes.AsSpan(0, count))
            symbols.Add(new WordToken(_byteIds[value], start, end));
        return true;
    }

    private void AddUnknown(int start, int end, List<WordToken> symbols)
    {
        if (_settings.UnknownId is not int unknown)
            return;
        if (_settings.FuseUnknown && symbols.Count > 0 && symbols[^1].Id == unknown && symbols[^1].End == start)
            symbols[^1] = symbols[^1] with { End = end };
        else
            symbols.Add(new WordToken(unknown, start, end));
    }

    private WordToken[] Merge(List<WordToken> symbols)
    {
        int count = symbols.Count;
        if (count < 2)
            return [.. symbols];
        WordToken[] tokens = [.. symbols];
        int[] previous = new int[count], next = new int[count];
        var candidates = new PriorityQueue<int, long>(count);
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : -1;
        }
        for (int i = 0; i + 1 < count; i++)
            AddCandidate(candidates, tokens, i, i + 1);

        while (candidates.TryDequeue(out int left, out long priority))
        {
            // A candidate is stale when its left side was swallowed or its pair no longer merges into the same token.
            int right = tokens[left].Id < 0 ? -1 : next[left];
            int result = _resultOfRank[priority >> 32];
            if (right < 0 || !_rankOfPair.TryGetValue(Pair(tokens[left].Id, tokens[right].Id), out int rank) || _resultOfRank[rank] != result)
                continue;
            tokens[left] = new WordToken(result, tokens[left].Start, tokens[right].End);
            tokens[right] = new WordToken(-1, 0, 0);
            next[left] = next[right];
            if (next[left] >= 0)
                previous[next[left]] = left;
            if (previous[left] >= 0)
                AddCandidate(candidates, tokens, previous[left], left);
            if (next[left] >= 0)
                AddCandidate(candidates, tokens, left, next[left]);
        }
        return [.. tokens.Where(token => token.Id >= 0)];
    }

    private void AddCandidate(PriorityQueue<int, long> candidates, WordToken[] tokens, int left, int right)
    {
        if (_rankOfPair.TryGetValue(Pair(tokens[left].Id, tokens[right].Id), out int rank))
            candidates.Enqueue(left, (long)rank << 32 | (uint)left);
    }
}
