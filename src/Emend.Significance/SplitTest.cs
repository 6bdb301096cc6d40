namespace Emend.Significance;

/// <summary>
/// A test of B against A where each user met one of them alone. A score of 0 to 1 is turned into a vote between the two: the score for what they met counts for it
/// and its rest against it, weighted so that the mean of all votes is 0.5 + scale × (mean score of B − mean score of A), whatever part of the users met which
/// (inverse probability weighting). So votes of users are read as those of pairs are, by <see cref="AbTest"/>, at a fixed horizon or at every look.
/// </summary>
public static class SplitTest
{
    /// <summary>How many points of the votes' mean one of the scores' difference makes: the smaller of the two parts.</summary>
    /// <param name="shareOfB">Of the users who meet A or B, the part that meets B.</param>
    public static double Scale(double shareOfB) => Math.Min(shareOfB, 1 - shareOfB);

    /// <summary>The vote between A and B that a user's score is, 0 to 1.</summary>
    public static double Vote(double score, bool metB, double shareOfB)
    {
        if (!(shareOfB is > 0 and < 1))
            throw new ArgumentException($"a share lies between 0 and 1, not {shareOfB}");
        double weight = Scale(shareOfB) / (metB ? shareOfB : 1 - shareOfB);
        return 0.5 + (metB ? 1 : -1) * (score - 0.5) * weight;
    }
}
