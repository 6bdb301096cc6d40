using Emend.Simulation;
using Emend.Training;

namespace Emend.Studies;

/// <summary>What a study's world or data set is.</summary>
public enum StudyKind
{
    /// <summary>The built-in world, simulated annotators, gold rubric.</summary>
    Builtin,

    /// <summary>A file of edit rows that people made, judged by the words that people remove.</summary>
    Edits,
}

/// <summary>The size of the policy that the built-in world trains from nothing; a Llama with a tied head.</summary>
public sealed record PolicyShape
{
    public int HiddenSize { get; init; } = 96;
    public int IntermediateSize { get; init; } = 256;
    public int Layers { get; init; } = 2;
    public int Heads { get; init; } = 4;

    /// <summary>Tokens of the byte-level BPE that is trained on the world's text.</summary>
    public int VocabularySize { get; init; } = World.TokenizerVocabularySize;

    public int ContextLength { get; init; } = 384;

    /// <summary>Deviation of fresh weights; larger than the usual 0.02, because so small a model learns sooner to copy from its prompt.</summary>
    public double InitializerRange { get; init; } = 0.05;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        foreach ((string name, int value) in new[] { ("hiddenSize", HiddenSize), ("intermediateSize", IntermediateSize), ("layers", Layers), ("heads", Heads), ("vocabularySize", VocabularySize), ("contextLength", ContextLength) })
            if (value < 1)
                yield return $"{name}: {value} is not at least 1";
        if (Heads > 0 && HiddenSize % (2 * Heads) != 0)
            yield return $"heads: {Heads} heads do not share a hiddenSize of {HiddenSize} in even parts";
        if (!(InitializerRange > 0))
            yield return $"initializerRange: {InitializerRange} is not above 0";
    }
}

/// <summary>How much text the built-in world's policy is trained on.</summary>
public sealed record PolicyData
{
    public int PretrainingTexts { get; init; } = 12_000;
    public int Demonstrations { get; init; } = 16_000;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (PretrainingTexts < 1)
            yield return $"pretrainingTexts: {PretrainingTexts} is not at least 1";
        if (Demonstrations < 1)
            yield return $"demonstrations: {Demonstrations} is not at least 1";
    }
}

/// <summary>Feedback per seed.</summary>
public sealed record FeedbackAmount
{
    /// <summary>Prompts on which people compare two responses and edit the worse.</summary>
    public int Pairs { get; init; } = 3_500;
    public int HeldOutPairs { get; init; } = 500;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (Pairs < 1)
            yield return $"pairs: {Pairs} is not at least 1";
        if (HeldOutPairs < 1)
            yield return $"heldOutPairs: {HeldOutPairs} is not at least 1";
    }
}

/// <summary>How the reward models of the arms with a loss on single tokens differ from the others; <see cref="RewardModelOptions"/> says what each does.</summary>
public sealed record TokenLoss
{
    public double Weight { get; init; } = 1;
    public int Lookahead { get; init; } = 1;
    public double Noise { get; init; }

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (Weight <= 0)
            yield return $"weight: {Weight} is not above 0";
        if (Lookahead < 0)
            yield return $"lookahead: {Lookahead} is below 0";
        if (Noise is not (>= 0 and < 1))
            yield return $"noise: {Noise} is not at least 0 and below 1";
    }
}

/// <summary>How policies are judged while they train and at the end.</summary>
public sealed record EvaluationSettings
{
    public int Prompts { get; init; } = 512;

    /// <summary>Responses of the trained policy and of the reference to each prompt; every pair of them is judged.</summary>
    public int Samples { get; init; } = 2;
    public int ReferenceSamples { get; init; } = 4;

    /// <summary>Updates after which the policy is judged; the last update always is.</summary>
    public IReadOnlyList<int> Updates { get; init; } = [2, 4, 6, 8, 10, 12, 15, 20, 25, 30];

    /// <summary>Prompts of the validation split instead of the test split: for choosing settings.</summary>
    public bool Validation { get; init; }

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        foreach ((string name, int value) in new[] { ("prompts", Prompts), ("samples", Samples), ("referenceSamples", ReferenceSamples) })
            if (value < 1)
                yield return $"{name}: {value} is not at least 1";
        if (Updates.Any(update => update < 1))
            yield return "updates: the first update is 1";
    }
}

/// <summary>Where the rows of a study on real edits are, and which are used.</summary>
public sealed record EditsData
{
    /// <summary>Where the data comes from, for people; files are given on the command line.</summary>
    public string Source { get; init; } = "";
    public string Licence { get; init; } = "";

    /// <summary>File within the data folder.</summary>
    public string File { get; init; } = "edits.jsonl";

    /// <summary>A true/false field that a row must have as true; empty: all rows.</summary>
    public string Where { get; init; } = "";

    /// <summary>So many first words of a response become its prompt, where the edit left them alone.</summary>
    public int PromptWords { get; init; } = 2;

    /// <summary>Tokenizer file within the model folder.</summary>
    public string Tokenizer { get; init; } = "tokenizer.json";
    public string Opening { get; init; } = "";
    public string Stop { get; init; } = "";
    public int MaxNewTokens { get; init; } = 48;

    /// <summary>A word counts as one that people remove if they removed it at least this share of so many times.</summary>
    public double RemovedShare { get; init; } = 0.8;
    public int RemovedCount { get; init; } = 5;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        if (PromptWords < 0)
            yield return $"promptWords: {PromptWords} is below 0";
        if (MaxNewTokens < 1)
            yield return $"maxNewTokens: {MaxNewTokens} is not at least 1";
        if (RemovedShare is not (> 0 and <= 1))
            yield return $"removedShare: {RemovedShare} is not above 0 and at most 1";
        if (RemovedCount < 1)
            yield return $"removedCount: {RemovedCount} is not at least 1";
    }
}

/// <summary>One study: arms × seeds on one task, in one or two regimes. The file recipes/*.yaml is this record.</summary>
public sealed record StudyRecipe
{
    /// <summary>What the study asks and what came out, for people.</summary>
    public required string About { get; init; }
    public StudyKind Kind { get; init; } = StudyKind.Builtin;

    /// <summary>Regimes of the built-in world; one report each.</summary>
    public IReadOnlyList<Regime> Regimes { get; init; } = [Regime.Short];
    public IReadOnlyList<string> Arms { get; init; } = [.. Arm.All.Select(arm => arm.Name)];
    public string Recommended { get; init; } = "C-neutral";
    public IReadOnlyList<int> Seeds { get; init; } = [101];

    /// <summary>Seed of the policy that all seeds share.</summary>
    public int PolicySeed { get; init; } = 100;
    public PolicyShape Policy { get; init; } = new();
    public PolicyData PolicyData { get; init; } = new();
    public EditsData Data { get; init; } = new();
    public SftOptions Pretraining { get; init; } = new() { Epochs = 2, BatchSize = 32, LearningRate = 3e-3, Beta2 = 0.99 };
    public SftOptions Sft { get; init; } = new() { Epochs = 4, BatchSize = 32, LearningRate = 3e-3, Beta2 = 0.99 };
    public FeedbackAmount Feedback { get; init; } = new();
    public RewardModelOptions Reward { get; init; } = new() { Steps = 300, BatchSize = 32, LearningRate = 5e-4 };

    /// <summary>What the reward models of the arms with a loss on single tokens have beside <see cref="Reward"/>.</summary>
    public TokenLoss TokenLoss { get; init; } = new();
    public PpoOptions Ppo { get; init; } = new() { Updates = 30, LearningRate = 1.5e-4, KlCoefficient = 0.2, MaxNewTokens = 64 };

    /// <summary>PPO settings of the long regime where they differ; absent: as for the short one.</summary>
    public PpoOptions? LongPpo { get; init; }
    public EvaluationSettings Evaluation { get; init; } = new();

    public PpoOptions PpoFor(Regime regime) => regime == Regime.Long && LongPpo is not null ? LongPpo : Ppo;

    /// <summary>Every rule broken, so that one look shows them all.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (string name in Arms.Where(name => Arm.Find(name) is null))
            yield return $"arms: \"{name}\" is not an arm ({string.Join(", ", Arm.All.Select(arm => arm.Name))})";
        if (Arms.Count == 0 || Arms[0] != "A")
            yield return "arms: the first must be A, which the others are compared with";
        if (Seeds.Count == 0 || Seeds.Distinct().Count() != Seeds.Count)
            yield return "seeds: there must be at least one, and none twice";
        if (Kind == StudyKind.Builtin && (Regimes.Count == 0 || Regimes.Distinct().Count() != Regimes.Count))
            yield return "regimes: there must be at least one (short, long), and none twice";
        if (!Arms.Contains(Recommended))
            yield return $"recommended: \"{Recommended}\" is not among the arms";
        if (Kind == StudyKind.Edits && (Data.Opening == "" || Data.Stop == ""))
            yield return "data.opening, data.stop: a study on edits needs the tokens that open and end a text";
        // An arm that says so has these; with them for all, a difference of two arms would not be what its name says.
        if (Reward.TokenLossWeight != 0 || Reward.Lookahead != 0 || Reward.TokenNoise != 0)
            yield return "reward: tokenLossWeight, lookahead and tokenNoise belong to the arms with a loss on single tokens; their values stand in tokenLoss";
        if (Reward.ImplicitWeight != 0)
            yield return "reward.implicitWeight: the arms decide it; C-implicit, C-neutral, D-implicit and D-neutral have 1";
        foreach (string problem in Unread())
            yield return problem;
    }

    // What the study decides by itself, or has no use for: set, it would say something that is not so.
    private IEnumerable<string> Unread()
    {
        var unset = new StudyRecipe { About = "" };
        foreach ((string name, int seed) in new[] { ("reward", Reward.Seed), ("ppo", Ppo.Seed), ("longPpo", LongPpo?.Seed ?? 1), ("sft", Sft.Seed), ("pretraining", Pretraining.Seed) })
            if (seed != 1)
                yield return $"{name}.seed: {seed} has no effect; seeds and policySeed decide it";
        foreach ((string name, PpoOptions? ppo) in new[] { ("ppo", Ppo), ("longPpo", LongPpo) })
        {
            if (ppo is { Placement: not RewardPlacement.LastToken })
                yield return $"{name}.placement: the arms decide it";
            if (ppo is { PretrainingCoefficient: not 0 })
                yield return $"{name}.pretrainingCoefficient: a study has no texts for PPO-ptx; 'emend train ppo' takes them";
        }
        if (Kind == StudyKind.Edits && (Policy != unset.Policy || PolicyData != unset.PolicyData || Pretraining != unset.Pretraining || Feedback != unset.Feedback || LongPpo is not null || !Regimes.SequenceEqual(unset.Regimes)))
            yield return "kind: a study on edits has its policy and its feedback from files; policy, policyData, pretraining, feedback, longPpo and regimes belong to the built-in world";
        if (Kind == StudyKind.Edits && Ppo.MaxNewTokens != unset.Ppo.MaxNewTokens && Ppo.MaxNewTokens != Data.MaxNewTokens)
            yield return $"ppo.maxNewTokens: {Ppo.MaxNewTokens} has no effect; data.maxNewTokens ({Data.MaxNewTokens}) decides it";
        if (Kind == StudyKind.Builtin && Data != unset.Data)
            yield return "data: belongs to a study on edits (kind: edits); the built-in world makes its own";
        if (Kind == StudyKind.Builtin && LongPpo is not null && !Regimes.Contains(Regime.Long))
            yield return "longPpo: has no effect without the long regime";
    }
}
