namespace Emend.Evaluation;

/// <summary>From a token's reward to its step on a scale of nine: −4 far worse than an average token … 0 … +4 far better.</summary>
internal static class TokenColours
{
    /// <summary>The rewards, in standard deviations, from which each step counts.</summary>
    public static readonly double[] Thresholds = [0.25, 0.75, 1.5, 2.5];

    /// <summary>The step of a reward; 0 for one that is not a number.</summary>
    public static int Step(double reward)
    {
        int step = Thresholds.Count(threshold => Math.Abs(reward) >= threshold);
        return reward < 0 ? -step : step;
    }

    /// <summary>The style class of a step: w4 … w1, none, g1 … g4.</summary>
    public static string Class(int step) => step == 0 ? "" : step < 0 ? $"w{-step}" : $"g{step}";

    /// <summary>Tokens that share characters, as the bytes of an emoji do, joined into one piece with their mean reward; gaps between tokens are left out.</summary>
    /// <exception cref="ArgumentException">A token lies outside the text, or before the one that it follows.</exception>
    public static List<ScoredToken> Pieces(string text, IReadOnlyList<ScoredToken> tokens)
    {
        var pieces = new List<ScoredToken>();
        int count = 0;
        foreach (ScoredToken token in tokens)
        {
            if (token.Start < 0 || token.End < token.Start || token.End > text.Length || (pieces.Count > 0 && token.Start < pieces[^1].Start))
                throw new ArgumentException($"token [{token.Start}, {token.End}) does not follow its neighbours in a response of {text.Length} characters");
            if (pieces.Count > 0 && token.Start < pieces[^1].End)
            {
                ScoredToken last = pieces[^1];
                pieces[^1] = new ScoredToken(last.Start, Math.Max(last.End, token.End), (last.Reward * count + token.Reward) / (count + 1));
                count++;
            }
            else if (token.End > token.Start) // the end of text covers no characters
            {
                pieces.Add(token);
                count = 1;
            }
        }
        return pieces;
    }
}
