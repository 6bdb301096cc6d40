using System.Security.Cryptography;

namespace Emend.Feedback.Context;

/// <summary>A piece that may be injected. Higher priority comes first, then higher score, then document and position.</summary>
public sealed record ContextCandidate(string Document, int Position, string Heading, string Text, int Priority, double Score);

/// <summary>Why a piece is in or out.</summary>
public enum ContextFate
{
    /// <summary>Whole.</summary>
    Injected,

    /// <summary>Its beginning, as much as fitted.</summary>
    Truncated,

    /// <summary>No room was left.</summary>
    OverBudget,

    /// <summary>The same text is in already.</summary>
    Duplicate,
}

/// <summary>One line of the budget view. Tokens are those that the piece takes with its frame; 0 where it is out.</summary>
public sealed record ContextEntry(string Document, int Position, string Heading, int Priority, double Score, ContextFate Fate, int Tokens, string TextHash);

/// <summary>What was injected: the block, its hash, and the view of the budget with every candidate in the order of its claim.</summary>
public sealed record BuiltContext(string Block, string Hash, int Tokens, int Budget, string Counter, IReadOnlyList<ContextEntry> Entries);

/// <summary>
/// Packs pieces into a block under a hard budget. The block as it stands is counted, so it never has more tokens than the budget, whatever the tokenizer
/// does where pieces meet. Each piece stands in a fence that is longer than any run of the same sign in it: no text can close its fence.
/// </summary>
public static class ContextBudget
{
    public const int DefaultTokens = 4000;

    /// <summary>A beginning that is shorter than this says too little.</summary>
    private const int LeastTruncated = 32;

    public static BuiltContext Pack(IReadOnlyList<ContextCandidate> candidates, int budget, TokenCounter counter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(budget);
        var entries = new List<ContextEntry>();
        var seen = new HashSet<string>();
        string block = "";
        int used = 0;
        bool full = false;
        foreach (ContextCandidate candidate in candidates.OrderByDescending(each => each.Priority).ThenByDescending(each => each.Score)
            .ThenBy(each => each.Document, StringComparer.Ordinal).ThenBy(each => each.Position))
        {
            string hash = HashOf(candidate.Text);
            ContextFate fate = ContextFate.Injected;
            int before = used;
            if (!seen.Add(hash))
                fate = ContextFate.Duplicate;
            else if (Joined(block, candidate, candidate.Text) is string whole && counter.Count(whole) <= budget)
                (block, used) = (whole, counter.Count(whole));
            else if (!full && Beginning(block, candidate, budget, counter) is string cut)
                (block, used, fate, full) = (cut, counter.Count(cut), ContextFate.Truncated, true);
            else
                fate = ContextFate.OverBudget;
            entries.Add(new ContextEntry(candidate.Document, candidate.Position, candidate.Heading, candidate.Priority, candidate.Score, fate, used - before, hash));
        }
        return new BuiltContext(block, HashOf(block), used, budget, counter.Name, entries);
    }

    /// <summary>A piece in its frame: where it comes from, and its text in a fence that it cannot close.</summary>
    internal static string Framed(ContextCandidate candidate, string text)
    {
        string fence = new('`', Math.Max(3, LongestRun(text) + 1));
        string from = OneLine(candidate.Heading == "" ? candidate.Document : $"{candidate.Document}: {candidate.Heading}");
        return $"Source: {from}\n{fence}\n{text}\n{fence}";
    }

    internal static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static string Joined(string block, ContextCandidate candidate, string text) => block == "" ? Framed(candidate, text) : $"{block}\n\n{Framed(candidate, text)}";

    // The longest beginning that ends at white space and fits; found by halving, so it is the same each time.
    private static string? Beginning(string block, ContextCandidate candidate, int budget, TokenCounter counter)
    {
        int[] ends = [.. Enumerable.Range(1, Math.Max(0, candidate.Text.Length - 1)).Where(i => char.IsWhiteSpace(candidate.Text[i]) && !char.IsWhiteSpace(candidate.Text[i - 1]))];
        int low = -1, high = ends.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (counter.Count(Joined(block, candidate, Cut(candidate.Text, ends[middle]))) <= budget)
                low = middle;
            else
                high = middle - 1;
        }
        return low >= 0 && counter.Count(candidate.Text[..ends[low]]) >= LeastTruncated ? Joined(block, candidate, Cut(candidate.Text, ends[low])) : null;
    }

    private static string Cut(string text, int end) => text[..end] + " …";

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace('`', '\'');

    private static int LongestRun(string text)
    {
        int longest = 0, run = 0;
        foreach (char unit in text)
        {
            run = unit == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }
}
