using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>How long the responses of the world are.</summary>
public enum Regime
{
    /// <summary>1 to 3 facts: about 25 tokens.</summary>
    Short,

    /// <summary>5 to 8 facts over several products: 80 to 130 tokens.</summary>
    Long,
}

/// <summary>
/// The faults of the assistant whose demonstrations are imitated. Rates are probabilities per asked fact, except
/// <see cref="MissingHelp"/>; docs/world.md gives the rates per response that follow from them.
/// </summary>
public sealed record WorldOptions
{
    /// <summary>Which sentence templates and prompts are used.</summary>
    public Regime Regime { get; init; } = Regime.Short;

    /// <summary>Fewest facts that a prompt asks for.</summary>
    public int MinFacts { get; init; } = 1;

    /// <summary>Probability that a prompt asks for <see cref="MinFacts"/>, one more, two more, ... facts; sums to 1.</summary>
    public ImmutableArray<double> FactCounts { get; init; } = [0.3, 0.4, 0.3];

    /// <summary>Per fact: the value is one of the nine wrong ones.</summary>
    public double WrongValue { get; init; } = 0.54;

    /// <summary>Per fact: its sentence gets a rude ending, or a rude sentence follows it (half each).</summary>
    public double Rude { get; init; } = 0.305;

    /// <summary>Per fact: a filler sentence is written before it.</summary>
    public double Filler { get; init; } = 0.26;

    /// <summary>Per fact: its sentence is repeated, directly or after the last fact.</summary>
    public double Duplicate { get; init; } = 0.11;

    /// <summary>Per fact: it is left out; only where at least two are asked for.</summary>
    public double MissingFact { get; init; } = 0.05;

    /// <summary>Per response: the closing offer of help is left out.</summary>
    public double MissingHelp { get; init; } = 0.35;

    /// <summary>The preset of a regime, as fixed on the development seeds 1 to 99.</summary>
    public static WorldOptions For(Regime regime) => regime == Regime.Short
        ? new WorldOptions()
        : new WorldOptions
        {
            Regime = Regime.Long,
            MinFacts = 5,
            FactCounts = [0.2, 0.2, 0.3, 0.3],
            WrongValue = 0.35,
            Rude = 0.15,
            Filler = 0.12,
            Duplicate = 0.06,
            MissingFact = 0.06,
        };

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        (string, double)[] rates =
        [
            ("wrongValue", WrongValue), ("rude", Rude), ("filler", Filler),
            ("duplicate", Duplicate), ("missingFact", MissingFact), ("missingHelp", MissingHelp),
        ];
        foreach ((string name, double rate) in rates)
            if (!(rate is >= 0 and <= 1))
                yield return $"{name}: {rate} is not between 0 and 1";
        if (FactCounts.IsDefaultOrEmpty || FactCounts.Any(share => !(share >= 0)) || Math.Abs(FactCounts.Sum() - 1) > 1e-6)
            yield return "factCounts: the shares must be at least 0 and sum to 1";
        int most = MinFacts + (FactCounts.IsDefaultOrEmpty ? 0 : FactCounts.Length - 1);
        if (MinFacts < 1 || most > KnowledgeBase.Products.Length)
            yield return $"minFacts: prompts would ask for {MinFacts} to {most} facts; right are 1 to {KnowledgeBase.Products.Length}";
    }
}
