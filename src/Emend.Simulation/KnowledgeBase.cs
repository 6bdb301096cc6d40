using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>What can be asked about a product.</summary>
public enum ProductAttribute { Color, Material, Warranty, Origin }

/// <summary>One thing that can be known: an attribute of a product. Its value is in the <see cref="KnowledgeBase"/>.</summary>
public readonly record struct Fact(string Product, ProductAttribute Attribute);

/// <summary>
/// The facts of the fictional home product line: 12 products with 4 attributes of 10 possible values each.
/// The table is written down, not drawn: every seed sells the same products, so that a base model trained once serves
/// all seeds. Seeds vary prompts, faults and annotators.
/// </summary>
public static class KnowledgeBase
{
    // product, color, material, warranty (years), origin
    private static readonly string[][] Rows =
    [
        ["kettle", "blue", "steel", "three", "Turin"],
        ["toaster", "red", "copper", "five", "Leeds"],
        ["lamp", "white", "glass", "ten", "Oslo"],
        ["fan", "green", "bamboo", "two", "Porto"],
        ["oven", "black", "stone", "seven", "Lyon"],
        ["mixer", "yellow", "plastic", "four", "Ghent"],
        ["heater", "silver", "clay", "eight", "Delft"],
        ["vacuum", "orange", "cork", "six", "Basel"],
        ["radio", "brown", "wood", "nine", "Malmo"],
        ["clock", "pink", "brass", "twelve", "Vienna"],
        ["scale", "green", "glass", "five", "Turin"],
        ["robot", "silver", "plastic", "three", "Oslo"],
    ];

    private static readonly ImmutableArray<ImmutableArray<string>> ValuesByAttribute =
    [
        ["red", "blue", "green", "black", "white", "silver", "brown", "pink", "orange", "yellow"],
        ["steel", "wood", "glass", "copper", "plastic", "bamboo", "stone", "cork", "clay", "brass"],
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"],
        ["Oslo", "Turin", "Lyon", "Porto", "Delft", "Ghent", "Leeds", "Malmo", "Basel", "Vienna"],
    ];

    private static readonly Dictionary<Fact, string> ValueByFact =
        Facts().ToDictionary(fact => fact, fact => Rows.First(row => row[0] == fact.Product)[1 + (int)fact.Attribute]);

    private static readonly HashSet<string> EveryValue = [.. ValuesByAttribute.SelectMany(values => values)];

    /// <summary>Names of the products, each one lower-case word.</summary>
    public static ImmutableArray<string> Products { get; } = [.. Rows.Select(row => row[0])];

    /// <summary>The four attributes, in the order of the table.</summary>
    public static ImmutableArray<ProductAttribute> Attributes { get; } = [.. Enum.GetValues<ProductAttribute>()];

    /// <summary>The ten values that an attribute can have, each one word; no word is a value of two attributes.</summary>
    public static ImmutableArray<string> Values(ProductAttribute attribute) => ValuesByAttribute[(int)attribute];

    /// <summary>The true value.</summary>
    public static string ValueOf(Fact fact) => ValueByFact[fact];

    internal static bool IsProduct(string word) => Products.Contains(word);

    internal static bool IsValue(string word) => EveryValue.Contains(word);

    /// <summary>A value of the fact's attribute that is not the true one, each of the nine equally likely.</summary>
    internal static string WrongValue(Fact fact, Random random, string? butNot = null)
    {
        string right = ValueOf(fact);
        return random.Pick([.. Values(fact.Attribute).Where(value => value != right && value != butNot)]);
    }

    private static IEnumerable<Fact> Facts() =>
        from row in Rows from attribute in Enum.GetValues<ProductAttribute>() select new Fact(row[0], attribute);
}
