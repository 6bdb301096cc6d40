using System.Collections.Immutable;
using Emend.Tensors;

namespace Emend.Models;

/// <summary>
/// A transformer with one number per token: a reward model or a value model. Its folder is a Hugging Face folder whose head is
/// "score.weight" (1, D) without a bias, as in sequence classification with one label. Shapes as in <see cref="LanguageModel"/>.
/// </summary>
public sealed class ScalarHeadModel : IDisposable
{
    private const string ScoreName = "score.weight";

    private readonly ParameterSet _parameters;
    private readonly Transformer _transformer;

    private ScalarHeadModel(ModelConfig config, ParameterSet parameters, DType compute, Device device, string? source)
    {
        Config = config;
        Compute = compute;
        Device = device;
        SourceFolder = source;
        _parameters = parameters;
        _transformer = Transformer.For(config, parameters, compute, device);
        Parameters = parameters.Tensors;
    }

    /// <summary>What config.json says.</summary>
    public ModelConfig Config { get; }

    /// <summary>Float32 or BFloat16: the type of activations.</summary>
    public DType Compute { get; }

    /// <summary>Where the parameters are.</summary>
    public Device Device { get; }

    /// <summary>The folder whose tokenizer goes with the model; null where there is none.</summary>
    public string? SourceFolder { get; }

    /// <summary>Float32 leaves, the score's weights last.</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>Hugging Face names of the parameters, in the same order.</summary>
    public ImmutableArray<string> ParameterNames => [.. _parameters.Specs.Select(spec => spec.Name)];

    /// <summary>A copy of a language model's transformer with a fresh head: zeros, so that every score starts at 0.</summary>
    /// <param name="likelihoods">Keeps the head over the vocabulary too, where it is a parameter of its own: for token scores with likelihoods.</param>
    public static ScalarHeadModel From(LanguageModel model, bool likelihoods = false)
    {
        ParameterSet parameters = model.ParameterSet.Copy(Specs(model.Config, likelihoods), spec => Tensor.Zeros(spec.Shape.AsSpan(), DType.Float32, model.Device));
        return new ScalarHeadModel(model.Config, parameters, model.Compute, model.Device, model.SourceFolder);
    }

    /// <summary>Reads a folder that <see cref="Save"/> wrote, or a Hugging Face one of sequence classification with one label.</summary>
    public static ScalarHeadModel Load(string folder, DType compute = DType.Float32, Device device = default, bool likelihoods = false)
    {
        ModelConfig config = ModelConfig.Read(folder);
        return new ScalarHeadModel(config, Checkpoint.Load(folder, config, Specs(config, likelihoods), device), compute, device, folder);
    }

    /// <summary>A copy of transformer and score with parameters of its own: a value model that starts as the reward model.</summary>
    public ScalarHeadModel Clone() => new(Config, _parameters.Copy(Specs(Config, likelihoods: false)), Compute, Device, SourceFolder);

    /// <summary>
    /// The score after each response token has been read, and so many tokens behind it (none where the response ends), plus
    /// likelihood times the log-probability that this model gives the token itself: flat (N) float32. A token reward.
    /// </summary>
    public Tensor FlatTokenScores(TokenBatch batch, int lookahead = 0, double likelihood = 0)
    {
        using var scope = new TensorScope();
        Tensor hidden = FlatHidden(batch), scores = ScoresOf(hidden.IndexSelect(0, batch.TokenPositions(Device, lookahead)));
        if (likelihood == 0)
            return scope.Keep(scores);
        Tensor head = _parameters[Config.TiedHead ? ParameterSpec.Embedding(Config) : ParameterSpec.Head].To(Compute);
        Tensor logits = Fused.Linear(hidden.IndexSelect(0, batch.PredictingPositions(Device)), head);         // (N, V)
        return scope.Keep(scores + likelihood * Fused.Logprobs(logits, batch.ResponseIds(Device)));
    }

    /// <summary>The same as (B, R) with zeros as padding.</summary>
    public Tensor TokenScores(TokenBatch batch, int lookahead = 0, double likelihood = 0)
    {
        using var scope = new TensorScope();
        return scope.Keep(batch.Pad(FlatTokenScores(batch, lookahead, likelihood)));
    }

    /// <summary>The score before each response token is chosen, (B, R) float32 with zeros as padding: the value of a state.</summary>
    public Tensor Values(TokenBatch batch)
    {
        using var scope = new TensorScope();
        return scope.Keep(batch.Pad(ScoresAt(batch, batch.PredictingPositions(Device))));
    }

    /// <summary>The score after the last token of each row, (B) float32: a sequence reward.</summary>
    public Tensor LastScores(TokenBatch batch)
    {
        using var scope = new TensorScope();
        return scope.Keep(ScoresAt(batch, batch.LastPositions(Device)));
    }

    /// <summary>Writes config.json, tokenizer files and weights, as <see cref="LanguageModel.Save"/> does.</summary>
    public void Save(string folder, StoredType? type = null)
    {
        Directory.CreateDirectory(folder);
        Checkpoint.CopyCompanions(SourceFolder, folder);
        Config.Write(folder, Checkpoint.Save(folder, _parameters, type));
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose() => _parameters.Dispose();

    private Tensor ScoresAt(TokenBatch batch, Tensor positions) => ScoresOf(FlatHidden(batch).IndexSelect(0, positions));

    private Tensor ScoresOf(Tensor hidden) => hidden.To(DType.Float32).Linear(_parameters[ScoreName]).Reshape(-1);

    private Tensor FlatHidden(TokenBatch batch)
    {
        batch.Check(Config);
        return _transformer.Hidden(batch.Ids(Device)).Reshape(-1, Config.HiddenSize);
    }

    /// <summary>The transformer's parameters and the score; an untied head over the vocabulary only where likelihoods are read.</summary>
    private static ImmutableArray<ParameterSpec> Specs(ModelConfig config, bool likelihoods) =>
        [.. ParameterSpec.For(config).Where(spec => likelihoods || spec.Name != ParameterSpec.Head), new ParameterSpec(ScoreName, [1, config.HiddenSize], Initial.Zeros)];
}
