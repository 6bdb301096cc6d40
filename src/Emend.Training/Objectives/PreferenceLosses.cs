using Emend.Tensors;

namespace Emend.Training.Objectives;

/// <summary>Losses of reward models that learn from comparisons (Bradley and Terry 1952).</summary>
public static class PreferenceLosses
{
    /// <summary>−log σ(preferred − dispreferred) per pair: (N), (N) → (N).</summary>
    public static Tensor BradleyTerryTerms(Tensor preferred, Tensor dispreferred) => -(preferred - dispreferred).LogSigmoid();

    /// <summary>
    /// InstructGPT's loss of one prompt's ranked responses (Ouyang et al. 2022, arXiv:2203.02155, eq. 1): the mean of the
    /// Bradley-Terry terms of all pairs of different rank; ties give no pair. scores (K) with their ranks, 1 = best. With
    /// K = 2 it is the pairwise loss exactly. A ranking that is one tie has no pair and is an error.
    /// </summary>
    public static Tensor Ranking(Tensor scores, ReadOnlySpan<int> ranks)
    {
        var better = new List<int>();
        var worse = new List<int>();
        for (int i = 0; i < ranks.Length; i++)
        {
            for (int j = 0; j < ranks.Length; j++)
            {
                if (ranks[i] < ranks[j])
                {
                    better.Add(i);
                    worse.Add(j);
                }
            }
        }
        if (better.Count == 0)
            throw new ArgumentException("a ranking in which all responses tie holds no comparison");
        return BradleyTerryTerms(scores.Rows([.. better]), scores.Rows([.. worse])).Mean();
    }

    /// <summary>
    /// Token reward model, exact form (Xu et al. 2024, arXiv:2406.02756, eq. 1 to 3): a response scores the mean of its
    /// token rewards. Rewards and masks (N, T) of each side → (N) terms.
    /// </summary>
    public static Tensor MeanRewardTerms(Tensor preferred, Tensor preferredMask, Tensor dispreferred, Tensor dispreferredMask) =>
        BradleyTerryTerms(Masked.RowMean(preferred, preferredMask), Masked.RowMean(dispreferred, dispreferredMask));

    /// <summary>
    /// The changed-tokens-only form (ibid., eq. 4): rewards of changed tokens alone, still divided by the whole length, so
    /// that the scale is that of the exact form. Changed masks are subsets of the token masks.
    /// </summary>
    public static Tensor ChangedRewardTerms(Tensor preferred, Tensor preferredMask, Tensor preferredChanged,
        Tensor dispreferred, Tensor dispreferredMask, Tensor dispreferredChanged) =>
        BradleyTerryTerms(
            Masked.RowSum(preferred, preferredChanged) / preferredMask.Sum(-1).ClampMin(1),
            Masked.RowSum(dispreferred, dispreferredChanged) / dispreferredMask.Sum(-1).ClampMin(1));

    /// <summary>
    /// Ours, after the token classifiers of TLCR (Yoon et al. 2024, arXiv:2407.16574): −log σ(−r) for a token with a fault,
    /// −log σ(r) for one without, so that r becomes the log odds that people leave a token as it is. Rewards, faults (1 = a
    /// fault) and mask (1 = a token of which it is known) (N, T) → (N, T) terms, 0 outside the mask.
    /// </summary>
    public static Tensor TokenTerms(Tensor rewards, Tensor faults, Tensor mask) => -(rewards * (1 - 2 * faults)).LogSigmoid() * mask;

    /// <summary>
    /// Ours, not the paper's: mean squared difference of the rewards that one unchanged token gets on the two sides, so
    /// that credit does not leak to the text after an edit. matches: flat indices into the (N · T) rewards of each side.
    /// </summary>
    public static Tensor Consistency(Tensor preferred, Tensor dispreferred, Tensor preferredMatches, Tensor dispreferredMatches)
    {
        Tensor left = preferred.Reshape(-1).IndexSelect(0, preferredMatches), right = dispreferred.Reshape(-1).IndexSelect(0, dispreferredMatches);
        return (left - right).Square().Sum() / Math.Max(1, preferredMatches.ElementCount);
    }
}
