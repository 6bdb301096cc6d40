using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>What can be wrong with a response.</summary>
public enum FaultKind
{
    WrongValue, MissingFact, Rude, Padding, Duplicate, MissingHelp,

    /// <summary>A sentence that is none of the world's: only models write these.</summary>
    Unparseable,

    /// <summary>Not exactly one space between two sentences, or space around the text: only models write these.</summary>
    Spacing,
}

/// <summary>A response of the faulty assistant.</summary>
/// <param name="Text">What the assistant wrote.</param>
/// <param name="Clean">The same response without its faults.</param>
/// <param name="Faults">The faults put in, one entry each; a wrong sentence that is repeated is wrong twice.</param>
public sealed record Demonstration(string Text, string Clean, ImmutableArray<FaultKind> Faults);

/// <summary>Writes responses and descriptions with faults at the rates of the options.</summary>
internal static class DemonstrationWriter
{
    public static Demonstration Write(WorldOptions options, WorldPrompt prompt, Random random)
    {
        List<string> sentences = [], late = [], clean = [];
        ImmutableArray<FaultKind>.Builder faults = ImmutableArray.CreateBuilder<FaultKind>();
        int stated = 0;
        for (int i = 0; i < prompt.Asked.Length; i++)
        {
            Fact fact = prompt.Asked[i];
            string template = random.Pick(PhraseBook.FactTemplates(fact.Attribute, options.Regime));
            clean.Add(PhraseBook.FactSentence(template, fact, KnowledgeBase.ValueOf(fact)));
            bool last = i == prompt.Asked.Length - 1;
            if (prompt.Asked.Length > 1 && random.Chance(options.MissingFact) && !(last && stated == 0))
            {
                faults.Add(FaultKind.MissingFact);
                continue;
            }
            stated++;
            WriteFact(options, fact, template, sentences, late, faults, random);
        }
        sentences.AddRange(late);
        string help = random.Pick(PhraseBook.Help);
        clean.Add(help);
        if (random.Chance(options.MissingHelp))
            faults.Add(FaultKind.MissingHelp);
        else
            sentences.Add(help);
        return new Demonstration(string.Join(' ', sentences), string.Join(' ', clean), faults.ToImmutable());
    }

    /// <summary>A product description: two to six facts, mostly of one product, wrong as often as in responses.</summary>
    public static string Description(WorldOptions options, Random random)
    {
        int count = random.Next(2, 7);
        List<string> sentences = [];
        string product = random.Pick(KnowledgeBase.Products);
        for (int i = 0; i < count; i++)
        {
            if (random.Chance(0.25))
                product = random.Pick(KnowledgeBase.Products);
            Fact fact = new(product, random.Pick(KnowledgeBase.Attributes));
            string template = random.Pick(PhraseBook.FactTemplates(fact.Attribute, options.Regime));
            sentences.Add(PhraseBook.FactSentence(template, fact, Value(options, fact, random)));
        }
        return string.Join(' ', sentences);
    }

    private static void WriteFact(WorldOptions options, Fact fact, string template, List<string> sentences,
        List<string> late, ImmutableArray<FaultKind>.Builder faults, Random random)
    {
        string value = Value(options, fact, random);
        if (value != KnowledgeBase.ValueOf(fact))
            faults.Add(FaultKind.WrongValue);
        if (random.Chance(options.Filler) && Unused(PhraseBook.Filler, sentences, random) is string filler)
        {
            faults.Add(FaultKind.Padding);
            sentences.Add(filler);
        }
        string plain = PhraseBook.FactSentence(template, fact, value);
        bool rude = random.Chance(options.Rude);
        string? rudeSentence = rude && random.Chance(0.5) ? Unused(PhraseBook.RudeSentences, sentences, random) : null;
        sentences.Add(rude && rudeSentence is null ? $"{plain[..^1]}{random.Pick(PhraseBook.RudeEndings)}." : plain);
        if (rude)
            faults.Add(FaultKind.Rude);
        if (rudeSentence is not null)
            sentences.Add(rudeSentence);
        if (random.Chance(options.Duplicate))
        {
            faults.Add(FaultKind.Duplicate);
            if (value != KnowledgeBase.ValueOf(fact))
                faults.Add(FaultKind.WrongValue);
            (random.Chance(0.5) ? sentences : late).Add(plain);
        }
    }

    // A filler or rude sentence said twice would be a duplicate too, which has its own rate.
    private static string? Unused(ImmutableArray<string> choices, List<string> sentences, Random random)
    {
        ImmutableArray<string> left = [.. choices.Where(choice => !sentences.Contains(choice))];
        return left.IsEmpty ? null : random.Pick(left);
    }

    private static string Value(WorldOptions options, Fact fact, Random random) =>
        random.Chance(options.WrongValue) ? KnowledgeBase.WrongValue(fact, random) : KnowledgeBase.ValueOf(fact);
}
