using System.Collections.Immutable;

namespace Emend.Models;

/// <summary>What is added to the logit of one token.</summary>
public readonly record struct TokenBias(int Id, float Bias);

/// <summary>How responses are drawn. The same seed and row give the same response, whatever else is in the batch.</summary>
public sealed record SamplingOptions
{
    /// <summary>Of those above 0. Far above it already nothing but the most likely token is ever drawn, which 0 says.</summary>
    public const double LowestTemperature = 1e-6;

    /// <summary>Divides the logits; 0 takes the most likely token (its log-probability is then that of temperature 1).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draws among this many most likely tokens only; 0 among all.</summary>
    public int TopK { get; init; }

    /// <summary>Draws among the fewest most likely tokens (of those that top-k leaves) whose probabilities add up to this; 1 among all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Added to the logits of these tokens before anything else is done with them.</summary>
    public ImmutableArray<TokenBias> Biases { get; init; } = [];

    /// <summary>Subtracted from the logit of every token that the response holds already; negative values favour such tokens.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Subtracted from a token's logit once for each time that the response holds it already.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>The most tokens of a response; the context may allow fewer.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Tokens that end a response; the one that does is its last token.</summary>
    public ImmutableArray<int> StopTokens { get; init; } = [];

    /// <summary>Row i of the prompts draws from a generator made of this seed and i.</summary>
    public int Seed { get; init; }

    /// <summary>Every rule that the values break.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Temperature >= 0) || double.IsInfinity(Temperature))
            yield return $"temperature: {Temperature} is not 0 or a positive number";
        else if (Temperature is > 0 and < LowestTemperature)
            yield return FormattableString.Invariant($"temperature: {Temperature} is too near 0 to divide by; 0 takes the most likely token, otherwise at least {LowestTemperature} is expected");
        if (TopK < 0)
            yield return $"top-k: {TopK} is negative (0 draws among all tokens)";
        if (!(TopP is > 0 and <= 1))
            yield return $"top-p: {TopP} is not above 0 and at most 1";
        if (MaxNewTokens < 1)
            yield return $"max new tokens: {MaxNewTokens} is not positive";
        if (!double.IsFinite(PresencePenalty))
            yield return $"presence penalty: {PresencePenalty} is not a finite number";
        if (!double.IsFinite(FrequencyPenalty))
            yield return $"frequency penalty: {FrequencyPenalty} is not a finite number";
        foreach (TokenBias bias in Biases.Where(bias => !float.IsFinite(bias.Bias)))
            yield return $"bias of token {bias.Id}: {bias.Bias} is not a finite number";
    }

    /// <summary>The same, and what does not fit a vocabulary of so many tokens.</summary>
    internal IEnumerable<string> Problems(int vocabularySize)
    {
        foreach (string problem in Problems())
            yield return problem;
        foreach (TokenBias bias in Biases.Where(bias => (uint)bias.Id >= (uint)vocabularySize))
            yield return $"bias of token {bias.Id}: ids go from 0 to {vocabularySize - 1}";
    }
}
