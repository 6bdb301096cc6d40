namespace Emend.UnitTests;

/// <summary>The tolerances that tests may use, each with the reason for its size.</summary>
internal static class Near
{
    /// <summary>Decimal places at which two float32 results of the same formula agree.</summary>
    public const int Float32Places = 5;

    /// <summary>Absolute difference of float32 results after a few additions of numbers near 1.</summary>
    public const float Float32 = 1e-5f;

    /// <summary>Difference of a fused float32 kernel from ATen's, relative to the largest element.</summary>
    public const float Kernel = 2e-5f;

    /// <summary>Relative difference of our e^x in float32 from the library's in float64: two units in the last place.</summary>
    public const double Exponential = 2.4e-7;

    /// <summary>Difference of two bfloat16 results, relative to the largest element: two units in the last place of 8 bits.</summary>
    public const float BFloat16 = 1.6e-2f;

    /// <summary>Distance from 1 of a probability ratio whose two sides come from the generator and from the trainer, in float32.</summary>
    public const double Ratio = 1e-4;

    /// <summary>Absolute difference of logits from the float64 reference of the same stored weights.</summary>
    public const float Logits = 2e-4f;

    /// <summary>Relative difference of losses and gradient norms from a float64 reference run.</summary>
    public const double Loss = 1e-4;

    /// <summary>Relative difference of float64 results that differ in nothing but the order of their additions.</summary>
    public const double Float64 = 1e-12;

    /// <summary>Absolute difference from an expected value that is written out to nine places.</summary>
    public const double NinePlaces = 1e-9;

    /// <summary>Absolute difference of fitted parameters from those of another optimizer, which stops a little elsewhere.</summary>
    public const double Fit = 1e-6;

    /// <summary>Absolute difference of a p-value near 0.09 from its exact value: three standard errors of 10,000 draws.</summary>
    public const double DrawnPValue = 0.009;

    /// <summary>Elo points by which one drawn game in a hundred thousand may move a system.</summary>
    public const double Elo = 0.2;

    /// <summary>Absolute difference from an expected value that was worked out by hand to three places.</summary>
    public const double ThreePlaces = 1e-3;

    /// <summary>Absolute difference of a 95 % interval's coverage, or of a share, counted in a few hundred simulated studies: four binomial standard errors.</summary>
    public const double SimulatedShare = 0.04;

    /// <summary>A bound on time that a wrong algorithm exceeds and a machine busy with other builds does not: twenty times what a quiet one needs.</summary>
    public static TimeSpan OnABusyMachine(TimeSpan quiet) => 20 * quiet;

    /// <summary>Absolute difference of log-probabilities computed in bfloat16 (8 bits of fraction) by a model of two or three layers.</summary>
    public const double BFloat16Logprobs = 0.15;

    /// <summary>Relative difference of the width of a resampled interval from theory: quantiles of 4,000 resamples are that uncertain.</summary>
    public const double ResampledWidth = 0.06;
}
