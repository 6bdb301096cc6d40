using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>One response on one annotator's desk. Every fault is seen, missed or fixed wrongly on its own draw.</summary>
internal sealed class EditSession
{
    private readonly AnnotatorNoise noise;
    private readonly Regime regime;
    private readonly Random random;
    private readonly WorldPrompt prompt;
    private readonly string response;
    private readonly ImmutableArray<Sentence> sentences;
    private readonly string?[] kept;              // text of each sentence after the edit; null: deleted
    private readonly List<string>[] insertedAt;   // [i]: sentences inserted before sentence i; [last]: at the end
    private readonly List<FaultKind> done = [], missed = [], misfixed = [];
    private int unneeded;

    public EditSession(AnnotatorNoise noise, Regime regime, Random random, WorldPrompt prompt, string response)
    {
        (this.noise, this.regime, this.random, this.prompt, this.response) = (noise, regime, random, prompt, response);
        sentences = ResponseParser.Parse(response);
        kept = [.. sentences.Select(sentence => sentence.Text)];
        insertedAt = [.. Enumerable.Range(0, sentences.Length + 1).Select(_ => new List<string>())];
    }

    /// <summary>
    /// Goes through the text once, then adds what is missing. An edit that would leave nothing is not handed in: the
    /// response stays as it is.
    /// </summary>
    public AnnotatorEdit Run()
    {
        HashSet<int> repeated = Repeated();
        for (int i = 0; i < sentences.Length; i++)
            kept[i] = EditSentence(sentences[i], repeated.Contains(i));
        InsertMissingFacts(repeated);
        if (!sentences.Any(sentence => sentence.Kind == SentenceKind.Help))
            Insert(FaultKind.MissingHelp, sentences.Length, random.Pick(PhraseBook.Help), random.Pick(PhraseBook.Filler));
        string edited = string.Join(' ', Enumerable.Range(0, insertedAt.Length)
            .SelectMany(i => insertedAt[i].Append(i < kept.Length ? kept[i] : null)).OfType<string>());
        return edited.Length == 0
            ? new AnnotatorEdit(response, [], [.. done, .. missed, .. misfixed], [], 0)
            : new AnnotatorEdit(edited, [.. done], [.. missed], [.. misfixed], unneeded);
    }

    private string? EditSentence(Sentence sentence, bool isRepeated)
    {
        if (sentence.Kind == SentenceKind.Unparseable)
            return Replace(FaultKind.Unparseable, sentence.Text, null, random.Pick(PhraseBook.Filler));
        int missedBefore = missed.Count;
        if (isRepeated)
        {
            string? after = Replace(FaultKind.Duplicate, sentence.Text, null, Reworded(sentence));
            if (missed.Count == missedBefore)
                return after;
        }
        if (sentence.Kind == SentenceKind.RudeSentence)
            return Replace(FaultKind.Rude, sentence.Text, null, random.PickOther(PhraseBook.RudeSentences, sentence.Core));
        if (GoldRubric.IsPadding(prompt, sentence))
            return Replace(FaultKind.Padding, sentence.Text, null, random.PickOther(PhraseBook.Filler, sentence.Core));
        bool faultless = !isRepeated && sentence.RudeEndings.IsEmpty && sentence.Claim is not { IsTrue: false };
        if (faultless && random.Chance(noise.UnneededEdit))
        {
            unneeded++;
            return Reworded(sentence);
        }
        string core = sentence.Claim is { IsTrue: false } claim ? CorrectedCore(sentence, claim) : sentence.Core;
        return $"{core[..^1]}{string.Concat(sentence.RudeEndings.Select(EditEnding))}.";
    }

    private string CorrectedCore(Sentence sentence, Claim claim)
    {
        string With(string value) => PhraseBook.FactSentence(sentence.Skeleton!, claim.Fact, value);
        return Replace(FaultKind.WrongValue, sentence.Core, With(KnowledgeBase.ValueOf(claim.Fact)),
            With(KnowledgeBase.WrongValue(claim.Fact, random, butNot: claim.Value)))!;
    }

    private string? EditEnding(string ending) =>
        Replace(FaultKind.Rude, ending, null, random.PickOther(PhraseBook.RudeEndings, ending));

    // What becomes of a fault: right, wrong, or left as it was.
    private string? Replace(FaultKind kind, string before, string? right, string wrong)
    {
        double draw = random.NextDouble();
        if (draw < noise.MissedFault)
        {
            missed.Add(kind);
            return before;
        }
        bool isWrong = draw < noise.MissedFault + noise.WrongFix;
        (isWrong ? misfixed : done).Add(kind);
        return isWrong ? wrong : right;
    }

    // The same content in other words of the phrase book.
    private string Reworded(Sentence sentence) => sentence switch
    {
        { Claim: Claim claim } => PhraseBook.FactSentence(
            random.PickOther(PhraseBook.FactTemplates(claim.Fact.Attribute, regime), sentence.Skeleton!), claim.Fact, claim.Value),
        { Kind: SentenceKind.Help } => random.PickOther(PhraseBook.Help, sentence.Core),
        _ => sentence.Core,
    };

    // Of the sentences with one content, the first stays; of those that claim one fact, the first true one if there is any.
    private HashSet<int> Repeated()
    {
        HashSet<int> repeated = [];
        foreach (IGrouping<string?, int> group in Enumerable.Range(0, sentences.Length).GroupBy(i => GoldRubric.Content(sentences[i])))
        {
            if (group.Key is null)
                continue;
            int stays = group.FirstOrDefault(i => sentences[i].Claim is { IsTrue: true }, group.First());
            repeated.UnionWith(group.Where(i => i != stays));
        }
        return repeated;
    }

    // A missing fact takes the place of an unparseable sentence about its product, or follows the fact asked before it.
    private void InsertMissingFacts(HashSet<int> repeated)
    {
        int place = 0;
        HashSet<int> used = [];
        foreach (Fact fact in prompt.Asked)
        {
            int stated = LastIndex((sentence, i) => sentence.Claim?.Fact == fact && !repeated.Contains(i));
            if (stated >= 0)
            {
                place = stated + 1;
                continue;
            }
            int garbled = LastIndex((sentence, i) => sentence.Kind == SentenceKind.Unparseable && kept[i] is null
                && !used.Contains(i) && sentence.Text.Split(' ', ',', '.').Contains(fact.Product));
            if (garbled >= 0)
            {
                used.Add(garbled);
                place = garbled;
            }
            string template = random.Pick(PhraseBook.FactTemplates(fact.Attribute, regime));
            Insert(FaultKind.MissingFact, place, PhraseBook.FactSentence(template, fact, KnowledgeBase.ValueOf(fact)),
                PhraseBook.FactSentence(template, fact, KnowledgeBase.WrongValue(fact, random)));
        }
    }

    private void Insert(FaultKind kind, int place, string right, string wrong)
    {
        string inserted = Replace(kind, "", right, wrong)!;
        if (inserted.Length > 0)
            insertedAt[place].Add(inserted);
    }

    private int LastIndex(Func<Sentence, int, bool> isIt)
    {
        for (int i = sentences.Length - 1; i >= 0; i--)
            if (isIt(sentences[i], i))
                return i;
        return -1;
    }
}
