using MathNet.Numerics.Distributions;

namespace Emend.Significance;

/// <summary>A mean over prompts and seeds, with its 95 % interval; value, ends and error share one unit.</summary>
/// <param name="StandardError">Root of the unbiased variance of the mean over new seeds and new prompts (of prompts alone where there is one seed).</param>
/// <param name="DegreesOfFreedom">Satterthwaite's; small where few seeds decide, and then the interval is wide on purpose.</param>
public sealed record Estimate(double Value, double Low, double High, double StandardError, double DegreesOfFreedom, int Seeds, int Prompts)
{
    /// <summary>Two-sided p-value of a true value of 0, by Student's t as the interval is; 1 where there is no spread and nothing but 0.</summary>
    public double PValue => StandardError > 0
        ? 2 * StudentT.CDF(0, 1, Math.Max(1, DegreesOfFreedom), -Math.Abs(Value) / StandardError)
        : Value == 0 ? 1 : 0;

    /// <summary>The same estimate in another unit: percent from fractions is a factor of 100.</summary>
    public Estimate Times(double factor) => this with
    {
        Value = Value * factor,
        Low = Low * factor,
        High = High * factor,
        StandardError = StandardError * factor,
    };
}
