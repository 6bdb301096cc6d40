using System.Collections.Immutable;
using Emend.Text;

namespace Emend.Simulation;

/// <summary>
/// The built-in world: customers ask for facts about a fictional product line, an assistant answers with known faults.
/// The products are the same for every seed; the seed names the streams of prompts, faults and annotators.
/// </summary>
public sealed class World
{
    /// <summary>
    /// Size of a byte-level BPE vocabulary, with up to four special tokens, at which nearly every word of the world is one
    /// token: 256 bytes and about 390 merges. With 512, two fifths of the words stay in pieces.
    /// </summary>
    public const int TokenizerVocabularySize = 656;

    // After so many draws in a row that gave nothing new, a split counts as used up.
    private const int MostDrawsInVain = 2000;

    private World(WorldOptions options, int seed) => (Options, Seed) = (options, seed);

    /// <summary>Regime and fault rates.</summary>
    public WorldOptions Options { get; }

    /// <summary>Seeds 1 to 99 are for development; published tables use others.</summary>
    public int Seed { get; }

    /// <summary>A world; refuses options that break a rule, naming all of them.</summary>
    public static World Create(WorldOptions options, int seed)
    {
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException($"world options: {string.Join("; ", problems)}");
        return new World(options, seed);
    }

    /// <summary>The generator of one purpose ("demonstrations", "annotator", ...): the same for the same seed and purpose.</summary>
    public Random RandomFor(string purpose, int index = 0) => Draws.Generator(Seed, purpose, index);

    /// <summary>A prompt of any split. Training must use <see cref="Prompts"/>, which keeps the splits apart.</summary>
    public WorldPrompt Prompt(Random random) => WorldPrompt.Draw(Options, random);

    /// <summary>A prompt of one split.</summary>
    public WorldPrompt Prompt(Split split, Random random)
    {
        WorldPrompt prompt;
        do
            prompt = WorldPrompt.Draw(Options, random);
        while (prompt.Split != split);
        return prompt;
    }

    /// <summary>
    /// Prompts of one split; the same for the same three values. Those for validation and test are distinct, and a count
    /// that such a split cannot give is refused; training prompts may repeat, as short questions do.
    /// </summary>
    public ImmutableArray<WorldPrompt> Prompts(Split split, int count, int seed)
    {
        Random random = Draws.Generator(seed, $"prompts/{split}", 0);
        HashSet<string> texts = [];
        ImmutableArray<WorldPrompt>.Builder prompts = ImmutableArray.CreateBuilder<WorldPrompt>(count);
        for (int inVain = 0; prompts.Count < count; inVain++)
        {
            if (inVain > MostDrawsInVain)
                throw new InvalidInputException(
                    $"the {split} split gave {prompts.Count} distinct prompts under these options, and {count} were asked for");
            WorldPrompt prompt = Prompt(split, random);
            if (!texts.Add(prompt.Text) && split != Split.Train)
                continue;
            prompts.Add(prompt);
            inVain = 0;
        }
        return prompts.MoveToImmutable();
    }

    /// <summary>A response of the faulty assistant: the target of supervised fine-tuning.</summary>
    public Demonstration Demonstration(WorldPrompt prompt, Random random) => DemonstrationWriter.Write(Options, prompt, random);

    /// <summary>
    /// Documents for pretraining and for the tokenizer: one half product descriptions of two to six facts, one half
    /// conversations on training prompts. Facts are wrong as often as in demonstrations, so a base model says wrong values
    /// as often as the assistant does, while the true value stays the most probable one by far.
    /// </summary>
    public IEnumerable<string> PretrainingText(Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (random.Chance(0.5))
            {
                WorldPrompt prompt = Prompt(Split.Train, random);
                yield return prompt.Text + Demonstration(prompt, random).Text;
            }
            else
                yield return DemonstrationWriter.Description(Options, random);
        }
    }

    /// <summary>Every distinct word that prompts and template responses can hold, without punctuation, sorted.</summary>
    public static ImmutableArray<string> Vocabulary() =>
    [
        .. PhraseBook.EveryText()
            .SelectMany(text => text.Split([' ', ',', '.', '?', '{', '}'], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word is not ("p" or "v" or "list"))
            .Concat(KnowledgeBase.Products)
            .Concat(KnowledgeBase.Attributes.SelectMany(attribute => KnowledgeBase.Values(attribute)))
            .Concat(["Customer:", "Assistant:", "list"])
            .Distinct().Order(StringComparer.Ordinal),
    ];
}
