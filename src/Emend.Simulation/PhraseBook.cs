using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>
/// Every sentence of the world. {p} stands for a product and {v} for a value. All sentences of the assistant end with a
/// full stop, and no fixed word is also a product or a value: that makes a sentence readable by its skeleton.
/// </summary>
internal static class PhraseBook
{
    public static readonly ImmutableArray<string> Help =
    [
        "Ask me if you need to know more.",
        "Tell me if you need more help with this.",
        "I am always happy to help you again.",
    ];

    /// <summary>Rude endings of a sentence, written before its full stop.</summary>
    public static readonly ImmutableArray<string> RudeEndings =
    [
        ", so stop asking",
        ", as anyone can see",
        ", which you should know",
        ", if you can read",
    ];

    public static readonly ImmutableArray<string> RudeSentences =
    [
        "That is a silly question.",
        "Stop wasting my time.",
        "Try to pay attention.",
    ];

    public static readonly ImmutableArray<string> Filler =
    [
        "That is a good question.",
        "Let me look that up.",
        "We love our products.",
        "Here is my answer.",
        "Let me see.",
        "It is a nice day.",
    ];

    /// <summary>First sentences of a prompt; one is empty.</summary>
    public static readonly ImmutableArray<string> Openers =
        ["", "Hello. ", "Good morning. ", "I have a question. ", "I like your products. "];

    /// <summary>Last sentences of a prompt; one is empty.</summary>
    public static readonly ImmutableArray<string> Closers = ["", " Thank you.", " I need to know it today."];

    private static readonly ImmutableArray<ImmutableArray<string>> ShortFacts =
    [
        ["The {p} is {v}.", "The color of the {p} is {v}.", "The {p} comes in {v}."],
        ["The {p} is made of {v}.", "The material of the {p} is {v}.", "We make the {p} of {v}."],
        ["The {p} has a warranty of {v} years.", "The warranty of the {p} is {v} years.", "The {p} is covered for {v} years."],
        ["The {p} ships from {v}.", "The {p} is sent from {v}.", "We ship the {p} from {v}."],
    ];

    private static readonly ImmutableArray<ImmutableArray<string>> LongFacts =
    [
        [
            "As for the color, the {p} in our list comes in {v}.",
            "You asked about the color of the {p}, and it is {v}.",
            "I can see here that the color of the {p} is {v}.",
        ],
        [
            "As for the material, the {p} in our list is made of {v}.",
            "You asked about the material of the {p}, and it is {v}.",
            "I can see here that the material of the {p} is {v}.",
        ],
        [
            "As for the warranty, the {p} in our list is covered for {v} years.",
            "You asked about the warranty of the {p}, and it is {v} years.",
            "I can see here that the warranty of the {p} is {v} years.",
        ],
        [
            "As for the origin, the {p} in our list ships from {v}.",
            "You asked about the origin of the {p}, and it is {v}.",
            "I can see here that the {p} is sent from {v}.",
        ],
    ];

    private static readonly ImmutableArray<ImmutableArray<string>> Questions =
    [
        ["What color is the {p}?", "Which color does the {p} have?", "Tell me the color of the {p}."],
        ["What is the {p} made of?", "Which material is the {p} made of?", "Tell me the material of the {p}."],
        ["How long is the warranty of the {p}?", "How many years is the {p} covered?", "Tell me the warranty of the {p}."],
        ["Where does the {p} ship from?", "What is the origin of the {p}?", "Tell me the origin of the {p}."],
    ];

    private static readonly ImmutableArray<string> Requests =
        ["Tell me {list} of the {p}.", "Please list {list} of the {p}.", "I want to know {list} of the {p}."];

    private static readonly Dictionary<string, ProductAttribute> AttributeBySkeleton =
        (from attribute in KnowledgeBase.Attributes
         from template in ShortFacts[(int)attribute].AddRange(LongFacts[(int)attribute])
         select (template, attribute)).ToDictionary(pair => pair.template, pair => pair.attribute);

    /// <summary>The templates that state a fact: the short ones, or in the long regime the short and the long ones.</summary>
    public static ImmutableArray<string> FactTemplates(ProductAttribute attribute, Regime regime) => regime == Regime.Short
        ? ShortFacts[(int)attribute]
        : ShortFacts[(int)attribute].AddRange(LongFacts[(int)attribute]);

    /// <summary>A sentence that states a fact with the given value, true or not.</summary>
    public static string FactSentence(string template, Fact fact, string value) =>
        template.Replace("{p}", fact.Product).Replace("{v}", value);

    /// <summary>The attribute that a template states, or null for what is no template.</summary>
    public static ProductAttribute? AttributeOf(string skeleton) =>
        AttributeBySkeleton.TryGetValue(skeleton, out ProductAttribute attribute) ? attribute : null;

    /// <summary>What a customer writes to ask for one or more attributes of one product.</summary>
    public static string Question(string product, IReadOnlyList<ProductAttribute> attributes, Random random)
    {
        if (attributes.Count == 1)
            return random.Pick(Questions[(int)attributes[0]]).Replace("{p}", product);
        return random.Pick(Requests).Replace("{list}", List(attributes)).Replace("{p}", product);
    }

    /// <summary>The attributes that a question asks for, its product written as {p}, in its order; null for what is no question of the book.</summary>
    public static ImmutableArray<ProductAttribute>? AskedBy(string skeleton)
    {
        foreach (ProductAttribute attribute in KnowledgeBase.Attributes)
        {
            if (Questions[(int)attribute].Contains(skeleton))
                return [attribute];
        }
        foreach (string request in Requests)
        {
            string[] around = request.Split("{list}");
            if (skeleton.StartsWith(around[0], StringComparison.Ordinal) && skeleton.EndsWith(around[1], StringComparison.Ordinal) && skeleton.Length > around[0].Length + around[1].Length)
                return Listed(skeleton[around[0].Length..^around[1].Length]);
        }
        return null;
    }

    // "the color, the material and the origin"; written again it must be the same list.
    private static ImmutableArray<ProductAttribute>? Listed(string list)
    {
        string[] nouns = list.Split([", ", " and "], StringSplitOptions.None);
        ProductAttribute[] attributes = [.. KnowledgeBase.Attributes.Where(attribute => nouns.Contains($"the {Noun(attribute)}")).OrderBy(attribute => Array.IndexOf(nouns, $"the {Noun(attribute)}"))];
        return attributes.Length >= 2 && List(attributes) == list ? [.. attributes] : null;
    }

    private static string List(IReadOnlyList<ProductAttribute> attributes)
    {
        string[] nouns = [.. attributes.Select(attribute => $"the {Noun(attribute)}")];
        return $"{string.Join(", ", nouns[..^1])} and {nouns[^1]}";
    }

    /// <summary>Every text of the book, with its placeholders: for counting words.</summary>
    public static IEnumerable<string> EveryText() =>
    [
        .. Help, .. RudeEndings, .. RudeSentences, .. Filler, .. Openers, .. Closers, .. AttributeBySkeleton.Keys,
        .. Questions.SelectMany(questions => questions), .. Requests,
        .. KnowledgeBase.Attributes.Select(attribute => $"the {Noun(attribute)}, and"),
    ];

    private static string Noun(ProductAttribute attribute) => attribute.ToString().ToLowerInvariant();
}
