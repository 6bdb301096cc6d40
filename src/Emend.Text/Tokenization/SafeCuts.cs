namespace Emend.Text.Tokenization;

/// <summary>
/// Where a word can be cut without changing its tokens: between two characters that stand side by side in no merged token.
/// A merge joins neighbours into a token whose text is theirs together, so none can ever reach across such a place.
/// </summary>
internal sealed class SafeCuts
{
    private readonly HashSet<int> _insideTokens = [];
    private readonly bool[] _known = new bool[0x10000];

    /// <param name="textless">Ids that stand for something else than their text (bytes, unknown); with merges over these no cut is safe, and null is returned.</param>
    public static SafeCuts? Find(Dictionary<string, int> vocabulary, IReadOnlyList<(int Left, int Right, int Result)> merges, HashSet<int> textless)
    {
        if (merges.Any(merge => textless.Contains(merge.Left) || textless.Contains(merge.Right)))
            return null;
        var cuts = new SafeCuts();
        HashSet<int> results = [.. merges.Select(merge => merge.Result)];
        foreach ((string token, int id) in vocabulary)
        {
            if (token.Length == 1 && !char.IsSurrogate(token[0]))
                cuts._known[token[0]] = true;
            if (!results.Contains(id))
                continue;
            for (int i = 1; i < token.Length; i++)
                cuts._insideTokens.Add(token[i - 1] << 16 | token[i]);
        }
        return cuts;
    }

    /// <summary>Whether a cut between two neighbouring units is safe; never beside a character that is no token of its own, as unknown ones may be joined.</summary>
    public bool Between(char left, char right) => _known[left] && _known[right] && !_insideTokens.Contains(left << 16 | right);
}
