// Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) as the Hugging Face tokenizers library applies it: the merge of
// lowest rank first, leftmost first among equals. A heap of candidate merges over a linked list of symbols makes a word
// of n symbols cost O(n log n); short words are remembered, and long ones are first cut where no token can reach across.
using System.Collections.Concurrent;

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
    private readonly MergeTable _merges;
    private readonly SafeCuts? _cuts;
    private readonly int[] _idOfUnit = new int[0x10000];
    private readonly int[] _byteIds;
    private readonly BpeSettings _settings;
    private readonly bool _decorated;
    private readonly ConcurrentDictionary<string, WordToken[]> _remembered = new();
    private readonly ConcurrentDictionary<string, WordToken[]>.AlternateLookup<ReadOnlySpan<char>> _recall;
    private int _rememberedCount;

    /// <param name="merges">Pairs of ids in order of rank, and the id each pair becomes.</param>
    public BpeModel(Dictionary<string, int> vocabulary, IReadOnlyList<(int Left, int Right, int Result)> merges, BpeSettings settings)
    {
        _vocabulary = vocabulary;
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _settings = settings;
        _decorated = settings.ContinuingPrefix.Length + settings.EndSuffix.Length > 0;
        _merges = new MergeTable(merges);
        Array.Fill(_idOfUnit, -1);
        foreach ((string token, int id) in vocabulary)
        {
            if (token.Length == 1)
                _idOfUnit[token[0]] = id;
        }
        _byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];
        if (!_decorated && !settings.IgnoreMerges)
            _cuts = SafeCuts.Find(vocabulary, merges, [.. _byteIds, settings.UnknownId ?? -1]);
        _recall = _remembered.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <summary>Adds the tokens of one word, which is not empty, with ranges that count from <paramref name="offset"/>.</summary>
    public void Tokenize(ReadOnlySpan<char> word, int offset, List<WordToken> tokens)
    {
        if (_settings.IgnoreMerges && _lookup.TryGetValue(word, out int whole))
        {
            tokens.Add(new WordToken(whole, offset, offset + word.Length));
            return;
        }
        int done = 0;
        for (int i = 1; word.Length > LongestRemembered && _cuts is not null && i < word.Length; i++)
        {
            if (!_cuts.Between(word[i - 1], word[i]))
                continue;
            AddPart(word[done..i], offset + done, tokens);
            done = i;
        }
        AddPart(word[done..], offset + done, tokens);
    }

    private void AddPart(ReadOnlySpan<char> part, int offset, List<WordToken> tokens)
    {
        foreach (WordToken token in PartTokens(part))
            tokens.Add(new WordToken(token.Id, offset + token.Start, offset + token.End));
    }

    private WordToken[] PartTokens(ReadOnlySpan<char> part)
    {
        if (part.Length > LongestRemembered)
            return Merge(Symbols(part));
        if (_recall.TryGetValue(part, out WordToken[]? known))
            return known;
        WordToken[] tokens = Merge(Symbols(part));
        if (Volatile.Read(ref _rememberedCount) < MostRemembered && _recall.TryAdd(part, tokens))
            Interlocked.Increment(ref _rememberedCount);
        return tokens;
    }

    /// <summary>The word's characters as tokens; one that the vocabulary lacks becomes its bytes, or the unknown token, or nothing.</summary>
    private List<WordToken> Symbols(ReadOnlySpan<char> word)
    {
        var symbols = new List<WordToken>(word.Length);
        int end;
        for (int start = 0; start < word.Length; start = end)
        {
            end = start + (char.IsHighSurrogate(word[start]) && start + 1 < word.Length ? 2 : 1);
            int id = IdOfCharacter(word, start, end);
            if (id >= 0)
                symbols.Add(new WordToken(id, start, end));
            else if (!_settings.ByteFallback || !AddBytes(word[start..end], start, end, symbols))
                AddUnknown(start, end, symbols);
        }
        return symbols;
    }

    private int IdOfCharacter(ReadOnlySpan<char> word, int start, int end)
    {
        if (!_decorated)
            return end - start == 1 ? _idOfUnit[word[start]] : _lookup.TryGetValue(word[start..end], out int plain) ? plain : -1;
        string letter = $"{(start > 0 ? _settings.ContinuingPrefix : "")}{word[start..end]}{(end == word.Length ? _settings.EndSuffix : "")}";
        return _vocabulary.GetValueOrDefault(letter, -1);
    }

    private bool AddBytes(ReadOnlySpan<char> letter, int start, int end, List<WordToken> symbols)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes = bytes[..System.Text.Encoding.UTF8.GetBytes(letter, bytes)];
        foreach (byte value in bytes)
        {
            if (_byteIds[value] < 0)
                return false;
        }
        foreach (byte value in bytes)
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
        WordToken[] tokens = [.. symbols];
        if (tokens.Length < 2)
            return tokens;
        int[] previous = new int[tokens.Length], next = new int[tokens.Length];
        var candidates = new MergeHeap(tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < tokens.Length ? i + 1 : -1;
            if (next[i] >= 0 && _merges.RankOf(tokens[i].Id, tokens[i + 1].Id) is int rank and >= 0)
                candidates.AddUnordered((long)rank << 32 | (uint)i);
        }
        candidates.Order();

        int count = tokens.Length;
        while (candidates.TryTake(out long candidate))
        {
            // A candidate is stale when its left side was swallowed or its pair no longer merges into the same token.
            int left = (int)(candidate & uint.MaxValue), result = _merges.ResultOf((int)(candidate >> 32));
            int right = tokens[left].Id < 0 ? -1 : next[left];
            if (right < 0 || _merges.RankOf(tokens[left].Id, tokens[right].Id) is not (int rank and >= 0) || _merges.ResultOf(rank) != result)
                continue;
            tokens[left] = new WordToken(result, tokens[left].Start, tokens[right].End);
            tokens[right] = new WordToken(-1, 0, 0);
            count--;
            next[left] = next[right];
            if (next[left] >= 0)
                previous[next[left]] = left;
            AddCandidate(candidates, tokens, previous[left], left);
            AddCandidate(candidates, tokens, left, next[left]);
        }
        return count == tokens.Length ? tokens : Array.FindAll(tokens, token => token.Id >= 0);
    }

    private void AddCandidate(MergeHeap candidates, WordToken[] tokens, int left, int right)
    {
        if (left >= 0 && right >= 0 && _merges.RankOf(tokens[left].Id, tokens[right].Id) is int rank and >= 0)
            candidates.Add((long)rank << 32 | (uint)left);
    }
}
