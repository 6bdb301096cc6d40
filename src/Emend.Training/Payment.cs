using Emend.Tensors;

namespace Emend.Training;

/// <summary>How the judgement of a reward model becomes a reward on every token, before any KL penalty.</summary>
public static class Payment
{
    /// <summary>
    /// Raw token rewards (B, R) and their mask → paid rewards (B, R). Whatever the placement, each row sums to the same
    /// return: (score − mean) / deviation under <see cref="RewardScaling.StandardScore"/>, with the mean that belongs to its length
    /// under LengthNeutral, the raw score under Raw, the sum of standardized rewards under StandardToken. A sequence model's score is its value at the last token.
    /// </summary>
    public static Tensor Pay(Tensor tokenRewards, Tensor mask, Calibration calibration, RewardScaling scaling, RewardPlacement placement)
    {
        if (calibration.Kind == RewardKind.Sequence && (placement == RewardPlacement.EveryToken || scaling == RewardScaling.StandardToken))
            throw new ArgumentException("a sequence reward model scores whole responses: it cannot pay every token, nor scale token rewards");
        if (scaling == RewardScaling.LengthNeutral && calibration.LengthMean == 0)
            throw new ArgumentException("this reward model was calibrated before lengths were measured: nothing says what score belongs to a length");
        Tensor lengths = mask.Sum(-1, keepDimension: true).ClampMin(1);                                      // (B, 1)
        Tensor last = LastTokens(mask);                                                                      // (B, R)
        Tensor shares = calibration.Kind == RewardKind.Sequence
            ? tokenRewards * last                               // one number per row, the rest 0
            : scaling == RewardScaling.StandardToken ? tokenRewards * mask : tokenRewards * mask / lengths;
        Tensor places = calibration.Kind == RewardKind.Sequence ? last : mask;
        Tensor expected = scaling == RewardScaling.LengthNeutral                                             // (B, R), of a score
            ? ((lengths - calibration.LengthMean) * calibration.ScorePerToken + calibration.ScoreMean) * places
            : calibration.ScoreMean * places;
        Tensor paid = scaling switch
        {
            RewardScaling.Raw => shares,
            RewardScaling.StandardToken => (shares - calibration.TokenMean * mask) / calibration.TokenDeviation,
            _ when calibration.Kind == RewardKind.Sequence => (shares - expected) / calibration.ScoreDeviation,
            _ => (shares - expected / lengths) / calibration.ScoreDeviation,
        };
        return placement == RewardPlacement.EveryToken ? paid : paid.Sum(-1, keepDimension: true) * last;
    }

    /// <summary>1 at the last real token of each row: (B, R) from a mask whose real tokens stand at the front.</summary>
    public static Tensor LastTokens(Tensor mask)
    {
        long width = mask.Size(1);
        Tensor next = width == 1
            ? Tensor.Zeros(mask.Shape, DType.Float32, mask.Device)
            : Tensor.Cat([mask.Narrow(1, 1, width - 1), Tensor.Zeros([mask.Size(0), 1], DType.Float32, mask.Device)], 1);
        return mask - next;
    }
}
