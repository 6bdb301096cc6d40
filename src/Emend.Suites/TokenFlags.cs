using Emend.Significance;

namespace Emend.Suites;

/// <summary>Tokens of one stretch of probabilities: how many, their mean probability, and the share that people edited.</summary>
public sealed record CalibrationBin(double From, double To, int Tokens, double Probability, double Edited);

/// <summary>How well low token rewards point at the tokens that people edited.</summary>
/// <param name="Flagged">Tokens whose reward is below the threshold.</param>
/// <param name="Precision">Share of the flagged tokens that people edited; null where none is flagged.</param>
/// <param name="Recall">Share of the edited tokens that are flagged; null where none was edited.</param>
/// <param name="F1">Their harmonic mean; null where one is missing, 0 where both are.</param>
/// <param name="Auc">Probability that an edited token has a lower reward than one that was kept; null where one kind is missing.</param>
/// <param name="CalibrationError">Expected calibration error in ten bins of equal width (Guo et al. 2017), of the probability σ(−reward) of being edited.</param>
public sealed record TokenFlags(int Cases, int Tokens, int Edited, int Flagged, double? Precision, double? Recall, double? F1, double? Auc, double CalibrationError, IReadOnlyList<CalibrationBin> Bins)
{
    private const int BinCount = 10;

    /// <summary>Counts over the tokens of all cases together; null without tokens.</summary>
    /// <param name="below">A token is flagged where its reward, in deviations, is below this.</param>
    public static TokenFlags? Of(IReadOnlyList<TokensRow> rows, double below)
    {
        EditedToken[] tokens = [.. rows.SelectMany(row => row.Tokens)];
        if (tokens.Length == 0)
            return null;
        int edited = tokens.Count(token => token.Edited), flagged = tokens.Count(token => token.Reward < below), both = tokens.Count(token => token.Edited && token.Reward < below);
        double? precision = flagged == 0 ? null : (double)both / flagged, recall = edited == 0 ? null : (double)both / edited;
        CalibrationBin[] bins = [.. tokens.Select(token => (Probability: 1 / (1 + Math.Exp(token.Reward)), token.Edited))
            .GroupBy(token => Math.Min(BinCount - 1, (int)(BinCount * token.Probability))).OrderBy(bin => bin.Key)
            .Select(bin => new CalibrationBin((double)bin.Key / BinCount, (bin.Key + 1.0) / BinCount, bin.Count(), bin.Average(token => token.Probability), bin.Average(token => token.Edited ? 1 : 0)))];
        return new TokenFlags(
            rows.Count(row => row.Tokens.Count > 0), tokens.Length, edited, flagged, precision, recall,
            precision is double p && recall is double r ? p + r == 0 ? 0 : 2 * p * r / (p + r) : null,
            TokenAuc.Of([.. tokens.Select(token => -token.Reward)], [.. tokens.Select(token => token.Edited)]),
            bins.Sum(bin => bin.Tokens * Math.Abs(bin.Probability - bin.Edited)) / tokens.Length,
            bins);
    }
}
