using System.Collections.Immutable;
using Emend.Tensors;

namespace Emend.Models;

/// <summary>The two kinds of transformer that are built: they differ in norms, positions, activation and names.</summary>
public enum ModelFamily
{
    /// <summary>RMSNorm, rotary positions, SwiGLU, grouped-query attention (also Mistral and Qwen2).</summary>
    Llama,

    /// <summary>LayerNorm, learned positions, GELU (tanh), biases everywhere.</summary>
    Gpt2,
}

/// <summary>
/// What config.json says of a model, in our names. Letters of shapes: D hidden size, H heads, G key/value heads, d head size,
/// F inner size of the MLP, V vocabulary. Dropout is not part of it: models here are run and trained without.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>"llama", "mistral", "qwen2" or "gpt2".</summary>
    public required string ModelType { get; init; }

    /// <summary>V, the number of rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>D.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>F.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of transformer blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>H, the number of query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>G, the number of key and value heads; it divides H.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>d, the size of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The most tokens, prompt and response together, that the model takes.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Added to the variance (or mean square) in norms.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies; not used by GPT-2.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>How rotary frequencies are scaled; null where they are not.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the head is the embedding itself: one tensor, one gradient.</summary>
    public required bool TiedHead { get; init; }

    /// <summary>Whether the query, key and value projections have biases (Qwen2, GPT-2).</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the output projection of the attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the projections of the MLP have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The token that opens a text, where the model has one.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>The tokens that end a text according to config.json; may be empty.</summary>
    public ImmutableArray<int> EosTokenIds { get; init; } = [];

    /// <summary>config.json as it was read, so that saving keeps what we do not use; null for a model made here.</summary>
    internal string? SourceJson { get; init; }

    /// <summary>Which kind of transformer this is.</summary>
    public ModelFamily Family => ModelType == "gpt2" ? ModelFamily.Gpt2 : ModelFamily.Llama;

    /// <summary>A new Llama-like configuration with a tied head.</summary>
    public static ModelConfig Llama(int vocabularySize, int hiddenSize, int intermediateSize, int layers, int heads, int keyValueHeads, int contextLength) => new()
    {
        ModelType = "llama",
        VocabularySize = vocabularySize,
        HiddenSize = hiddenSize,
        IntermediateSize = intermediateSize,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        HeadSize = hiddenSize / heads,
        ContextLength = contextLength,
        NormEpsilon = 1e-5,
        TiedHead = true,
    };

    /// <summary>A new GPT-2 configuration: inner size 4 D, tied head, biases everywhere.</summary>
    public static ModelConfig Gpt2(int vocabularySize, int hiddenSize, int layers, int heads, int contextLength) => new()
    {
        ModelType = "gpt2",
        VocabularySize = vocabularySize,
        HiddenSize = hiddenSize,
        IntermediateSize = 4 * hiddenSize,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = heads,
        HeadSize = hiddenSize / heads,
        ContextLength = contextLength,
        NormEpsilon = 1e-5,
        TiedHead = true,
        QueryKeyValueBias = true,
        AttentionOutputBias = true,
        MlpBias = true,
    };

    /// <summary>Reads config.json of a folder; throws one error with every missing, wrong or unsupported setting by name.</summary>
    public static ModelConfig Read(string folder) => ModelConfigReader.Read(folder);

    /// <summary>Writes config.json: the file that was read, or a Hugging Face one made from these values.</summary>
    public void Write(string folder, StoredType type) => ModelConfigWriter.Write(this, folder, type);

    /// <summary>Every rule that the values break.</summary>
    internal IEnumerable<string> Problems()
    {
        (string Name, int Value)[] sizes =
        [
            ("vocab_size", VocabularySize), ("hidden size", HiddenSize), ("intermediate size", IntermediateSize), ("number of layers", Layers),
            ("number of heads", Heads), ("number of key/value heads", KeyValueHeads), ("head size", HeadSize), ("context length", ContextLength),
        ];
        foreach ((string name, int value) in sizes)
        {
            if (value is < 1 or > 1 << 24)
                yield return $"{name}: {value} is not between 1 and {1 << 24}";
        }
        if (KeyValueHeads > 0 && Heads % KeyValueHeads != 0)
            yield return $"number of key/value heads: {KeyValueHeads} does not divide the {Heads} heads";
        if (Family == ModelFamily.Llama && HeadSize % 2 != 0)
            yield return $"head size: {HeadSize} is odd; rotary positions turn pairs";
        if (!(NormEpsilon is > 0 and < 1))
            yield return $"norm epsilon: {NormEpsilon} is not between 0 and 1";
        if (!(RopeTheta > 0))
            yield return $"rope_theta: {RopeTheta} is not positive";
        foreach (string problem in RopeScaling?.Problems() ?? [])
            yield return problem;
    }
}
