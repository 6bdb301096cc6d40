namespace Emend.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum Decay { Constant, Linear, Cosine }

/// <summary>Learning rate over a run of a known number of steps.</summary>
public static class Schedule
{
    /// <summary>
    /// Factor on the peak rate at a step counted from 0: rises linearly over the warm-up, then falls to
    /// <paramref name="floor"/> at the last step.
    /// </summary>
    public static double Factor(Decay decay, int step, int steps, int warmup, double floor = 0)
    {
        if (step < warmup)
            return (step + 1.0) / warmup;
        double progress = Math.Clamp((step - warmup) / Math.Max(1.0, steps - warmup), 0, 1);
        return decay switch
        {
            Decay.Constant => 1,
            Decay.Linear => 1 - (1 - floor) * progress,
            Decay.Cosine => floor + (1 - floor) * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => throw new ArgumentOutOfRangeException(nameof(decay)),
        };
    }
}
