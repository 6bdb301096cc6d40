namespace Emend.Text.Tokenization;

/// <summary>How often each pair of neighbouring tokens occurs in a set of counted words, kept up to date while pairs are merged.</summary>
internal sealed class PairCounts
{
    private readonly List<int[]> _words = [];
    private readonly List<long> _occurrences = [];
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _wordsWith = [];
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> _queue = new();

    /// <param name="counts">Words and how often each occurs; the order in which they come does not matter.</param>
    public PairCounts(Dictionary<string, long> counts, int[] idOfByte)
    {
        foreach ((string word, long occurrences) in counts)
        {
            int index = _words.Count;
            _words.Add([.. System.Text.Encoding.UTF8.GetBytes(word).Select(value => idOfByte[value])]);
            _occurrences.Add(occurrences);
            foreach ((int, int) pair in PairsOf(_words[index]))
                Change(pair, occurrences, index);
        }
        foreach (((int Left, int Right) pair, long count) in _counts)
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
    }

    /// <summary>The most frequent pair, the lower ids first among equals; it is not offered again unless its count changes. Null when none occurs often enough.</summary>
    public (int Left, int Right)? TakeMostFrequent(int atLeast)
    {
        while (_queue.TryDequeue(out (int Left, int Right) pair, out (long NegativeCount, int, int) priority))
        {
            long count = _counts.GetValueOrDefault(pair);
            if (count != -priority.NegativeCount)
                continue;   // counted again since, and queued anew with that count
            return count >= atLeast ? pair : null;
        }
        return null;
    }

    /// <summary>Replaces the pair by a new token, in every word and from left to right.</summary>
    public void Merge(int left, int right, int merged)
    {
        var touched = new HashSet<(int, int)>();
        foreach (int index in _wordsWith[(left, right)].ToArray())
        {
            int[] before = _words[index];
            int[] after = Replace(before, left, right, merged);
            if (after.Length == before.Length)
                continue;
            foreach ((int, int) pair in PairsOf(before))
            {
                Change(pair, -_occurrences[index], index);
                touched.Add(pair);
            }
            foreach ((int, int) pair in PairsOf(after))
            {
                Change(pair, _occurrences[index], index);
                touched.Add(pair);
            }
            _words[index] = after;
        }
        foreach ((int Left, int Right) pair in touched)
        {
            if (_counts.GetValueOrDefault(pair) is long count and > 0)
                _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
    }

    private static IEnumerable<(int, int)> PairsOf(int[] word)
    {
        for (int i = 0; i + 1 < word.Length; i++)
            yield return (word[i], word[i + 1]);
    }

    private static int[] Replace(int[] word, int left, int right, int merged)
    {
        var result = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            bool isPair = i + 1 < word.Length && word[i] == left && word[i + 1] == right;
            result.Add(isPair ? merged : word[i]);
            if (isPair)
                i++;
        }
        return [.. result];
    }

    private void Change((int, int) pair, long by, int wordIndex)
    {
        _counts[pair] = _counts.GetValueOrDefault(pair) + by;
        if (by <= 0)
            return;
        if (!_wordsWith.TryGetValue(pair, out HashSet<int>? words))
            _wordsWith[pair] = words = [];
        words.Add(wordIndex);
    }
}
