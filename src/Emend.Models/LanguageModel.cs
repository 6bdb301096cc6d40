using System.Collections.Immutable;
using Emend.Models.Decoding;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>
/// A transformer with a head over the vocabulary. Shapes: B rows, T columns, D hidden size, V vocabulary, N response tokens of all
/// rows, R the longest response. What methods return belongs to the caller's scope; the parameters belong to the model.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private readonly ParameterSet _parameters;
    private readonly Transformer _transformer;
    private DecodeEngine? _engine;

    private LanguageModel(ModelConfig config, ParameterSet parameters, DType compute, Device device, string? source)
    {
        Config = config;
        Compute = compute;
        Device = device;
        SourceFolder = source;
        _parameters = parameters;
        _transformer = Transformer.For(config, parameters, compute, device);
        Parameters = parameters.Tensors;
        ParameterNames = [.. parameters.Specs.Select(spec => spec.Name)];
    }

    /// <summary>What config.json says.</summary>
    public ModelConfig Config { get; }

    /// <summary>Float32 or BFloat16: the type of activations. Parameters, their gradients and logits are always float32.</summary>
    public DType Compute { get; }

    /// <summary>Where the parameters are.</summary>
    public Device Device { get; }

    /// <summary>The folder that the model was read from, whose tokenizer goes with it; null for a fresh model.</summary>
    public string? SourceFolder { get; }

    /// <summary>Float32 leaves in a fixed order, embedding first; a tied head is the embedding and not listed again.</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>Hugging Face names of the parameters, in the same order.</summary>
    public ImmutableArray<string> ParameterNames { get; }

    /// <summary>The element type that the checkpoint was stored in; F32 for a fresh model.</summary>
    public StoredType StoredType => _parameters.StoredType;

    internal ParameterSet ParameterSet => _parameters;

    internal Transformer Transformer => _transformer;

    /// <summary>Reads a Hugging Face folder. Throws one error that names every problem of config.json, or every problem of the weights.</summary>
    public static LanguageModel Load(string folder, DType compute = DType.Float32, Device device = default)
    {
        ModelConfig config = ModelConfig.Read(folder);
        return new LanguageModel(config, Checkpoint.Load(folder, config, ParameterSpec.For(config), device), compute, device, folder);
    }

    /// <summary>A model with fresh weights: N(0, 0.02²), what adds to the residual stream scaled by 1/√(2 layers). The same seed gives the same weights.</summary>
    public static LanguageModel Create(ModelConfig config, int seed, DType compute = DType.Float32, Device device = default)
    {
        string[] problems = [.. config.Problems()];
        if (problems.Length > 0)
            throw InvalidInputException.ForProblems("model configuration", problems);
        return new LanguageModel(config, ParameterSet.Fresh(config, ParameterSpec.For(config), seed, device), compute, device, null);
    }

    /// <summary>The parameter with this Hugging Face name.</summary>
    public Tensor Parameter(string name) =>
        _parameters.Find(name) ?? throw new ArgumentException($"the model has no parameter \"{name}\"", nameof(name));

    /// <summary>A copy with parameters of its own and no gradients (a frozen reference, say).</summary>
    public LanguageModel Clone() => new(Config, _parameters.Copy(_parameters.Specs), Compute, Device, SourceFolder);

    /// <summary>The same parameters, shared, computed in another type. Disposing either disposes both.</summary>
    public LanguageModel In(DType compute) => new(Config, _parameters, compute, Device, SourceFolder);

    /// <summary>Copies another model's values into this one's parameters; both have the same configuration.</summary>
    public void CopyFrom(LanguageModel other) => _parameters.CopyFrom(other._parameters);

    /// <summary>Hidden states after the last norm, (B, T, D) in the compute type.</summary>
    public Tensor Hidden(TokenBatch batch)
    {
        batch.Check(Config);
        using var scope = new TensorScope();
        return scope.Keep(_transformer.Hidden(batch.Ids(Device)));
    }

    /// <summary>Logits at every position, (B, T, V) in the compute type. Columns behind a row's end are meaningless.</summary>
    public Tensor Logits(TokenBatch batch)
    {
        using var scope = new TensorScope();
        return scope.Keep(Head(Hidden(batch)));
    }

    /// <summary>Logits that predict the response tokens, flat (N, V): nothing is computed for the prompt, which has no use for the head.</summary>
    public Tensor ResponseLogits(TokenBatch batch)
    {
        using var scope = new TensorScope();
        Tensor hidden = Hidden(batch);
        Tensor needed = hidden.Reshape(-1, Config.HiddenSize).IndexSelect(0, batch.PredictingPositions(Device));
        return scope.Keep(Head(needed));
    }

    /// <summary>Log-probabilities of the response tokens at a temperature, flat (N) float32.</summary>
    public Tensor FlatLogprobs(TokenBatch batch, double temperature = 1)
    {
        using var scope = new TensorScope();
        return scope.Keep(LogprobsOf(ResponseLogits(batch), batch, temperature));
    }

    /// <summary>Log-probabilities of the response tokens at a temperature, (B, R) float32 with zeros as padding.</summary>
    public Tensor Logprobs(TokenBatch batch, double temperature = 1)
    {
        using var scope = new TensorScope();
        return scope.Keep(batch.Pad(FlatLogprobs(batch, temperature)));
    }

    /// <summary>The value before each response token, (B, R) float32 with zeros as padding: a head (1, D) float32 on the hidden state that predicts the token.</summary>
    public Tensor Values(TokenBatch batch, Tensor head)
    {
        using var scope = new TensorScope();
        return scope.Keep(batch.Pad(ValuesOf(PredictingHidden(batch), head)));
    }

    /// <summary><see cref="Logprobs"/> and <see cref="Values"/> from one pass through the transformer.</summary>
    public (Tensor Logprobs, Tensor Values) LogprobsAndValues(TokenBatch batch, Tensor head, double temperature = 1)
    {
        using var scope = new TensorScope();
        Tensor hidden = PredictingHidden(batch);
        return (scope.Keep(batch.Pad(LogprobsOf(Head(hidden), batch, temperature))), scope.Keep(batch.Pad(ValuesOf(hidden, head))));
    }

    /// <summary>
    /// Writes config.json, the tokenizer files of the folder it came from, and the weights, each file whole or not at all. Without a type
    /// the weights keep the type they were read in where every value still fits exactly, and are F32 otherwise.
    /// </summary>
    public void Save(string folder, StoredType? type = null)
    {
        Directory.CreateDirectory(folder);
        Checkpoint.CopyCompanions(SourceFolder, folder);
        Config.Write(folder, Checkpoint.Save(folder, _parameters, type));
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        _engine?.Dispose();
        _parameters.Dispose();
    }

    /// <summary>The type of the weights that decoding on the CPU reads.</summary>
    internal DecodePrecision DecodePrecision => Compute == DType.BFloat16 ? DecodePrecision.BFloat16 : DecodePrecision.Float32;

    /// <summary>The decoding engine with the values that the parameters have now. Its memory is kept for the next call.</summary>
    internal DecodeEngine DecodeEngine()
    {
        _engine ??= new DecodeEngine(Config, DecodePrecision);
        _engine.Read(Values);
        return _engine;
    }

    /// <summary>The values of a parameter as they are now; empty where the model has none of that name.</summary>
    internal ReadOnlySpan<float> Values(string name) => _parameters.Find(name) is { } parameter ? parameter.Span<float>() : default;

    /// <summary>x Wᵀ with the head's weights: (…, D) → (…, V).</summary>
    internal Tensor Head(Tensor hidden) =>
        Fused.Linear(hidden, _parameters[Config.TiedHead ? ParameterSpec.Embedding(Config) : ParameterSpec.Head].To(Compute));

    // Of each response token the hidden state before it, flat (N, D).
    private Tensor PredictingHidden(TokenBatch batch)
    {
        batch.Check(Config);
        return _transformer.HiddenAt(batch.Ids(Device), batch.PredictingPositions(Device));
    }

    private Tensor LogprobsOf(Tensor logits, TokenBatch batch, double temperature) =>
        Fused.Logprobs(temperature == 1 ? logits : logits / temperature, batch.ResponseIds(Device));

    private static Tensor ValuesOf(Tensor hidden, Tensor head) => hidden.To(DType.Float32).Linear(head).Reshape(-1);
}
