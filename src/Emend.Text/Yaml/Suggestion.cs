namespace Emend.Text;

/// <summary>The name that somebody meant who wrote one that does not exist.</summary>
public static class Suggestion
{
    /// <summary>" (did you mean …?)", or what there is where nothing is near.</summary>
    public static string For(string name, IReadOnlyList<string> known)
    {
        string nearest = Nearest(name, known);
        return nearest.Length > 0 ? nearest : $"; known here: {string.Join(", ", known)}";
    }

    /// <summary>" (did you mean …?)", or nothing where nothing is near.</summary>
    public static string Nearest(string name, IReadOnlyList<string> known)
    {
        if (name.Length > 100)
            return "";
        (string Known, int Distance) best = known.Select(candidate => (candidate, Distance(name, candidate))).OrderBy(pair => pair.Item2).FirstOrDefault(("", int.MaxValue));
        return best.Distance <= Math.Max(2, name.Length / 4) ? $" (did you mean \"{best.Known}\"?)" : "";
    }

    // Capitals, hyphens and underscores are the usual slips, and free.
    private static int Distance(string a, string b) =>
        SequenceDiff.Compute(Letters(a), Letters(b)).Hunks.Sum(hunk => Math.Max(hunk.End - hunk.Start, hunk.EditedEnd - hunk.EditedStart));

    private static int[] Letters(string name) => [.. name.Where(letter => letter is not ('-' or '_')).Select(letter => (int)char.ToLowerInvariant(letter))];
}
