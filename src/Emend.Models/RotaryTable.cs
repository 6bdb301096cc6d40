namespace Emend.Models;

/// <summary>Cosines and sines of the rotary angles, (positions, d/2) row-major: the angle of pair i at position t is t · θ^(−2i/d), the frequency scaled where the model says so, computed in double.</summary>
internal sealed class RotaryTable(ModelConfig config)
{
    private readonly int _half = config.HeadSize / 2;
    private int _length;

    public float[] Cosines { get; private set; } = [];

    public float[] Sines { get; private set; } = [];

    /// <summary>Fills the table for positions [0, length), so that a long context costs nothing until it is used.</summary>
    public void Reach(int length)
    {
        if (length <= _length)
            return;
        int target = Math.Min(config.ContextLength, Math.Max(length, 2 * _length));
        double[] frequencies = [.. Enumerable.Range(0, _half).Select(Frequency)];
        float[] cosines = new float[target * _half], sines = new float[target * _half];
        for (int position = 0; position < target; position++)
        {
            for (int pair = 0; pair < _half; pair++)
            {
                double angle = position * frequencies[pair];
                (sines[position * _half + pair], cosines[position * _half + pair]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
        (Cosines, Sines, _length) = (cosines, sines, target);
    }

    private double Frequency(int pair)
    {
        double frequency = Math.Pow(config.RopeTheta, -2.0 * pair / config.HeadSize);
        return config.RopeScaling?.Of(frequency) ?? frequency;
    }
}
