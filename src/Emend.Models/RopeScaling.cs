namespace Emend.Models;

/// <summary>
/// How Llama 3.1 and 3.2 stretch rotary positions beyond the context that they were pretrained on (rope_type "llama3" of config.json): pairs that turn
/// fast keep their frequency, slow ones turn slower by the factor, and between the two it is blended.
/// </summary>
/// <param name="Factor">By how much slow pairs turn slower.</param>
/// <param name="LowFrequencyFactor">Pairs with fewer turns than this over the original context are the slow ones.</param>
/// <param name="HighFrequencyFactor">Pairs with more turns than this over the original context are the fast ones.</param>
/// <param name="OriginalContextLength">Tokens.</param>
public sealed record RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength)
{
    /// <summary>The angle per position, in radians, of a pair that would turn by so many.</summary>
    public double Of(double frequency)
    {
        double turns = OriginalContextLength * frequency / (2 * Math.PI);
        double kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return frequency * ((1 - kept) / Factor + kept);
    }

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Factor >= 1))
            yield return $"rope_scaling: factor {Factor} is not at least 1";
        if (!(LowFrequencyFactor > 0 && HighFrequencyFactor > LowFrequencyFactor))
            yield return $"rope_scaling: low_freq_factor {LowFrequencyFactor} and high_freq_factor {HighFrequencyFactor} are not 0 < low < high";
        if (OriginalContextLength < 1)
            yield return $"rope_scaling: original_max_position_embeddings {OriginalContextLength} is not at least 1";
    }
}
