namespace Emend.Tensors;

/// <summary>
/// Statistics over the real elements of a padded tensor. x and mask have the same shape; the mask is float32, 1 = real,
/// 0 = padding. Values under a 0 change nothing, whatever they are, NaN included.
/// </summary>
public static class Masked
{
    private const double WhiteningEpsilon = 1e-8;

    /// <summary>Mean over the real elements, as a scalar of the graph. With none it is 0.</summary>
    public static Tensor Mean(Tensor x, Tensor mask) => Zeroed(x, mask).Sum() / Math.Max(1, mask.Sum().Item());

    /// <summary>The same as a number.</summary>
    public static double MeanValue(Tensor x, Tensor mask)
    {
        using var scope = new TensorScope();
        using IDisposable off = Gradients.Off();
        return Mean(x, mask).Item();
    }

    /// <summary>Mean over the real elements of each row: (B, T) → (B). A row without any is 0.</summary>
    public static Tensor RowMean(Tensor x, Tensor mask) => Zeroed(x, mask).Sum(-1) / mask.Sum(-1).ClampMin(1);

    /// <summary>Sum over the real elements of each row: (B, T) → (B).</summary>
    public static Tensor RowSum(Tensor x, Tensor mask) => Zeroed(x, mask).Sum(-1);

    /// <summary>Mean 0 and deviation 1 over the real elements (biased variance, ε = 1e-8 inside the root); padding becomes 0.</summary>
    public static Tensor Standardize(Tensor x, Tensor mask)
    {
        (Tensor mean, Tensor inverseDeviation) = Moments(x, mask);
        return Zeroed((x - mean) * inverseDeviation, mask);
    }

    /// <summary>Deviation 1 over the real elements, the mean kept; padding becomes 0.</summary>
    public static Tensor Rescale(Tensor x, Tensor mask)
    {
        (Tensor mean, Tensor inverseDeviation) = Moments(x, mask);
        return Zeroed((x - mean) * inverseDeviation + mean, mask);
    }

    private static (Tensor Mean, Tensor InverseDeviation) Moments(Tensor x, Tensor mask)
    {
        Tensor mean = Mean(x, mask);
        Tensor variance = Mean((x - mean).Square(), mask);
        return (mean, (variance + WhiteningEpsilon).Rsqrt());
    }

    // A product would carry NaN and infinity from the padding into the sum.
    private static Tensor Zeroed(Tensor x, Tensor mask) => x.MaskedFill(mask.EqualTo(0), 0);
}
