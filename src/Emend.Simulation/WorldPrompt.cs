using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>Which prompts may be used for what. The sets of asked facts are disjoint between the splits.</summary>
public enum Split
{
    /// <summary>60 % of the sets of facts: demonstrations, feedback, rollouts.</summary>
    Train,

    /// <summary>10 %: choosing settings.</summary>
    Validation,

    /// <summary>30 %: published win rates only.</summary>
    Test,
}

/// <summary>A customer's message, ready for the model: it ends with a line break, after which the response starts.</summary>
/// <param name="Text">"Customer: What color is the lamp?\nAssistant:\n".</param>
/// <param name="Asked">The facts asked for, in the order of the message.</param>
public sealed record WorldPrompt(string Text, ImmutableArray<Fact> Asked)
{
    /// <summary>
    /// The split that the set of asked facts belongs to, whatever their order and wording: a stable hash decides, so
    /// that no seed can move a prompt from one split to another.
    /// </summary>
    public Split Split => (Draws.Fnv1a(Key(Asked)) % 10) switch
    {
        < 6 => Split.Train,
        6 => Split.Validation,
        _ => Split.Test,
    };

    /// <summary>The customer's message alone, without the names of who speaks: what a template such as "Customer: {{question}}\nAssistant:\n" takes.</summary>
    public string Question => Text["Customer: ".Length..^"\nAssistant:\n".Length];

    /// <summary>The prompt that a text is; null where it is none of the world's.</summary>
    public static WorldPrompt? Read(string text) => PromptReader.Read(text) is { } asked ? new WorldPrompt(text, asked) : null;

    /// <summary>A prompt drawn from the options: number of facts, products, attributes, wording.</summary>
    internal static WorldPrompt Draw(WorldOptions options, Random random)
    {
        int count = options.MinFacts + DrawIndex(options.FactCounts, random);
        ImmutableArray<Fact> asked = DrawFacts(count, random);
        List<string> questions = [];
        for (int start = 0; start < asked.Length;)
        {
            int end = start;
            while (end < asked.Length && asked[end].Product == asked[start].Product)
                end++;
            questions.Add(PhraseBook.Question(asked[start].Product,
                [.. asked[start..end].Select(fact => fact.Attribute)], random));
            start = end;
        }
        string opener = random.Pick(PhraseBook.Openers), closer = random.Pick(PhraseBook.Closers);
        return new WorldPrompt($"Customer: {opener}{string.Join(' ', questions)}{closer}\nAssistant:\n", asked);
    }

    // Facts come product by product: with equal chances the next one is about the same product or about a new one.
    private static ImmutableArray<Fact> DrawFacts(int count, Random random)
    {
        string[] products = [.. KnowledgeBase.Products];
        random.Shuffle(products);
        ImmutableArray<Fact>.Builder facts = ImmutableArray.CreateBuilder<Fact>(count);
        for (int next = 0; facts.Count < count && next < products.Length; next++)
        {
            ProductAttribute[] attributes = [.. KnowledgeBase.Attributes];
            random.Shuffle(attributes);
            int here = 1;
            while (here < attributes.Length && facts.Count + here < count && random.Chance(0.5))
                here++;
            foreach (ProductAttribute attribute in attributes.AsSpan(0, here))
                facts.Add(new Fact(products[next], attribute));
        }
        return facts.ToImmutable();
    }

    private static int DrawIndex(ImmutableArray<double> shares, Random random)
    {
        double rest = random.NextDouble();
        for (int i = 0; i < shares.Length - 1; i++)
        {
            rest -= shares[i];
            if (rest < 0)
                return i;
        }
        return shares.Length - 1;
    }

    private static string Key(ImmutableArray<Fact> facts) =>
        string.Join(',', facts.Select(fact => $"{fact.Product}.{fact.Attribute}").Order(StringComparer.Ordinal));
}
