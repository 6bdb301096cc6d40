using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>What the rubric found in a response. All counts are faults, except the last two.</summary>
public sealed record Judgement
{
    /// <summary>Wrong claims, about asked facts or others; one that is repeated counts again.</summary>
    public required int WrongFacts { get; init; }

    /// <summary>Asked facts about which nothing is claimed.</summary>
    public required int MissingFacts { get; init; }

    /// <summary>Rude endings and rude sentences.</summary>
    public required int RudePhrases { get; init; }

    /// <summary>Filler sentences, and sentences that state facts nobody asked for, true or not.</summary>
    public required int PaddingSentences { get; init; }

    /// <summary>Sentences that say again what an earlier one said, in whatever words; contradicting it is saying it again.</summary>
    public required int Duplicates { get; init; }

    /// <summary>1 if no sentence offers more help.</summary>
    public required int MissingHelp { get; init; }

    /// <summary>Sentences that are not the world's: ungrammatical, cut off, run together, or strange.</summary>
    public required int UnparseableSentences { get; init; }

    /// <summary>Words in those sentences.</summary>
    public required int UnparseableWords { get; init; }

    /// <summary>Places where sentences are not separated by exactly one space.</summary>
    public required int SpacingFaults { get; init; }

    /// <summary>1 if no asked fact is claimed at all: an empty answer, or one beside the question.</summary>
    public required int NoAnswer { get; init; }

    /// <summary>Asked facts claimed with the true value and with no wrong one.</summary>
    public required int RightFacts { get; init; }

    /// <summary>Length in words, split on white space; reported, not scored.</summary>
    public required int Words { get; init; }

    /// <summary>Minus the weighted sum of the faults; 0 is perfect, and higher is better. The weights are in docs/world.md.</summary>
    public double Score => -(10 * WrongFacts + 20 * MissingFacts + 6 * RudePhrases + 3 * PaddingSentences
        + 5 * Duplicates + 4 * MissingHelp + 10 * UnparseableSentences + UnparseableWords + 2 * SpacingFaults
        + 20 * NoAnswer) / 10.0;

    /// <summary>Number of faults of a kind.</summary>
    public int Count(FaultKind kind) => kind switch
    {
        FaultKind.WrongValue => WrongFacts,
        FaultKind.MissingFact => MissingFacts,
        FaultKind.Rude => RudePhrases,
        FaultKind.Padding => PaddingSentences,
        FaultKind.Duplicate => Duplicates,
        FaultKind.MissingHelp => MissingHelp,
        FaultKind.Unparseable => UnparseableSentences,
        _ => SpacingFaults,
    };
}

/// <summary>How one response compares with another.</summary>
public enum Outcome { Loss = -1, Tie = 0, Win = 1 }

/// <summary>
/// The judge of the world. It knows the knowledge base and reads any text. No reward model sees it; annotators do,
/// through their noise.
/// </summary>
public static class GoldRubric
{
    /// <summary>Judges any text as a response to a prompt; never throws.</summary>
    public static Judgement Judge(WorldPrompt prompt, string response)
    {
        ImmutableArray<Sentence> sentences = ResponseParser.Parse(response);
        ImmutableArray<Claim> claims = [.. sentences.Where(sentence => sentence.Claim is not null).Select(sentence => sentence.Claim!.Value)];
        Sentence[] unparseable = [.. sentences.Where(sentence => sentence.Kind == SentenceKind.Unparseable)];
        HashSet<Fact> claimed = [.. claims.Select(claim => claim.Fact)];
        HashSet<Fact> wrong = [.. claims.Where(claim => !claim.IsTrue).Select(claim => claim.Fact)];
        int missing = prompt.Asked.Count(fact => !claimed.Contains(fact));
        return new Judgement
        {
            WrongFacts = claims.Count(claim => !claim.IsTrue),
            MissingFacts = missing,
            RudePhrases = sentences.Sum(sentence => sentence.RudeEndings.Length + (sentence.Kind == SentenceKind.RudeSentence ? 1 : 0)),
            PaddingSentences = sentences.Count(sentence => IsPadding(prompt, sentence)),
            Duplicates = CountDuplicates(sentences),
            MissingHelp = sentences.Any(sentence => sentence.Kind == SentenceKind.Help) ? 0 : 1,
            UnparseableSentences = unparseable.Length,
            UnparseableWords = unparseable.Sum(sentence => CountWords(sentence.Text)),
            SpacingFaults = CountSpacingFaults(sentences, response),
            NoAnswer = missing == prompt.Asked.Length ? 1 : 0,
            RightFacts = prompt.Asked.Count(fact => claimed.Contains(fact) && !wrong.Contains(fact)),
            Words = CountWords(response),
        };
    }

    /// <summary>Whether the first response beats, ties with or loses to the second on the same prompt.</summary>
    public static Outcome Compare(WorldPrompt prompt, string response, string other) =>
        (Outcome)Judge(prompt, response).Score.CompareTo(Judge(prompt, other).Score);

    internal static bool IsPadding(WorldPrompt prompt, Sentence sentence) => sentence.Kind == SentenceKind.Filler
        || (sentence.Claim is Claim claim && !prompt.Asked.Contains(claim.Fact));

    /// <summary>What a sentence says, so that two with the same content are duplicates; null for what says nothing.</summary>
    internal static string? Content(Sentence sentence) => sentence switch
    {
        { Claim: Claim claim } => $"{claim.Fact.Product}.{claim.Fact.Attribute}",
        { Kind: SentenceKind.Help } => "help",
        { Kind: SentenceKind.Unparseable } => null,
        _ => sentence.Core,
    };

    private static int CountDuplicates(ImmutableArray<Sentence> sentences)
    {
        string[] contents = [.. sentences.Select(Content).OfType<string>()];
        return contents.Length - contents.Distinct().Count();
    }

    private static int CountSpacingFaults(ImmutableArray<Sentence> sentences, string response)
    {
        int faults = 0, end = 0;
        foreach (Sentence sentence in sentences)
        {
            if (response[end..sentence.Span.Start] != (end == 0 ? "" : " "))
                faults++;
            end = sentence.Span.End;
        }
        return end == response.Length ? faults : faults + 1;
    }

    private static int CountWords(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
