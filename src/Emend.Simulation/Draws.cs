using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>Draws from an explicit <see cref="Random"/>, and how such a generator is made from a seed and a purpose.</summary>
internal static class Draws
{
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    public static T Pick<T>(this Random random, ImmutableArray<T> choices) => choices[random.Next(choices.Length)];

    /// <summary>A choice that differs from <paramref name="butNot"/>, where there is one.</summary>
    public static string PickOther(this Random random, ImmutableArray<string> choices, string butNot) =>
        random.Pick([.. choices.Where(choice => choice != butNot)]);

    /// <summary>The same generator for the same three values, on every machine and in every process.</summary>
    public static Random Generator(int seed, string purpose, int index) =>
        new((int)(Fnv1a($"{purpose}/{seed}/{index}") & 0x7FFFFFFF));

    /// <summary>The 64-bit FNV-1a hash, folded to 32 bits: stable between processes, unlike string.GetHashCode.</summary>
    public static uint Fnv1a(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char unit in text)
        {
            hash = (hash ^ (byte)unit) * 1099511628211;
            hash = (hash ^ (byte)(unit >> 8)) * 1099511628211;
        }
        return (uint)(hash ^ (hash >> 32));
    }
}
