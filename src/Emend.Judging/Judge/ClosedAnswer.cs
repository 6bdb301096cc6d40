namespace Emend.Judging;

/// <summary>An answer out of a closed set, and how likely each member was where the endpoint said so.</summary>
/// <param name="Choice">The member, or null where the answer is none of them: it is never guessed.</param>
/// <param name="Chances">Probability of each member of the set, in its order, summing to 1; null without log-probabilities.</param>
public sealed record ClosedAnswer(string? Choice, IReadOnlyList<double>? Chances)
{
    /// <summary>What of the first token's probability must lie on the set; with less, the model was about to say something else.</summary>
    public const double LeastMass = 0.5;

    /// <summary>Most tokens of an answer: enough for the longest member, too few for a sentence.</summary>
    public const int MostTokens = 4;

    /// <summary>
    /// Reads an answer. By log-probabilities of the first token where there are any, a token counting for the member that it is or, in lower case,
    /// begins; else by the exact text. In both cases the text itself must be a member, but for white space and a full stop.
    /// </summary>
    public static ClosedAnswer Read(ChatAnswer answer, IReadOnlyList<string> set)
    {
        string text = answer.Text.Trim();
        if (text.EndsWith('.'))
            text = text[..^1];
        string? said = set.FirstOrDefault(member => Is(text, member));
        if (said is null)
            return new ClosedAnswer(null, null);
        if (answer.FirstToken is null)
            return new ClosedAnswer(said, null);
        double[] mass = new double[set.Count];
        foreach (TokenChance chance in answer.FirstToken)
        {
            for (int i = 0; i < set.Count; i++)
                mass[i] += Begins(chance.Token.Trim(), set[i]) ? Math.Exp(chance.Logprob) : 0;
        }
        double all = mass.Sum();
        if (!(all >= LeastMass))
            return new ClosedAnswer(null, null);
        int best = Enumerable.Range(0, set.Count).MaxBy(i => mass[i]);
        return new ClosedAnswer(set[best], [.. mass.Select(share => share / all)]);
    }

    // A letter is exact; a word may be written with a capital.
    private static bool Is(string text, string member) => member.Length == 1 ? text == member : text.Equals(member, StringComparison.OrdinalIgnoreCase);

    private static bool Begins(string token, string member) => token.Length > 0 && (Is(token, member) || (member.Length > 1 && member.StartsWith(token, StringComparison.Ordinal)));
}
