using System.Runtime.InteropServices;

namespace Emend.Models;

/// <summary>
/// The logits of one response after its biases and penalties: logit − presence · [count > 0] − frequency · count + bias, where count says how often
/// the response (not its prompt) holds the token already. Belongs to one response.
/// </summary>
internal sealed class LogitAdjustment
{
    private readonly SamplingOptions _options;
    private readonly Dictionary<int, int> _counts = [];
    private readonly bool _counting;
    private float[] _adjusted = [];

    private LogitAdjustment(SamplingOptions options)
    {
        _options = options;
        _counting = options.PresencePenalty != 0 || options.FrequencyPenalty != 0;
    }

    /// <summary>Null where the options leave the logits as they are.</summary>
    public static LogitAdjustment? For(SamplingOptions options) =>
        options.Biases.IsEmpty && options.PresencePenalty == 0 && options.FrequencyPenalty == 0 ? null : new LogitAdjustment(options);

    /// <summary>The adjusted logits (V), valid until the next call.</summary>
    public ReadOnlySpan<float> Apply(ReadOnlySpan<float> logits)
    {
        if (_adjusted.Length != logits.Length)
            _adjusted = new float[logits.Length];
        logits.CopyTo(_adjusted);
        foreach (TokenBias bias in _options.Biases)
            _adjusted[bias.Id] += bias.Bias;
        foreach ((int id, int count) in _counts)
            _adjusted[id] -= (float)(_options.PresencePenalty + _options.FrequencyPenalty * count);
        return _adjusted;
    }

    /// <summary>The response holds a token more.</summary>
    public void Count(int token)
    {
        if (_counting)
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, token, out _)++;
    }
}
