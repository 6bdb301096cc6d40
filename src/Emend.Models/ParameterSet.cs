using System.Collections.Immutable;
using Emend.Tensors;

namespace Emend.Models;

/// <summary>The parameters of a model: float32 leaves outside any scope, by Hugging Face name, in a fixed order.</summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Tensor> _byName;

    private ParameterSet(ImmutableArray<ParameterSpec> specs, Tensor[] tensors, ImmutableDictionary<string, string> storedNames, StoredType storedType)
    {
        Specs = specs;
        Tensors = tensors;
        StoredNames = storedNames;
        StoredType = storedType;
        _byName = specs.Select((spec, i) => (spec.Name, Tensor: tensors[i])).ToDictionary(pair => pair.Name, pair => pair.Tensor, StringComparer.Ordinal);
    }

    public ImmutableArray<ParameterSpec> Specs { get; }

    /// <summary>The tensors in the order of the specs.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>The names under which a checkpoint stored parameters, where they are not ours.</summary>
    public ImmutableDictionary<string, string> StoredNames { get; }

    /// <summary>The element type of the checkpoint that was read; F32 for a fresh model.</summary>
    public StoredType StoredType { get; }

    /// <summary>The parameter of that name; null where the model has none of it (a bias, say).</summary>
    public Tensor? Find(string name) => _byName.GetValueOrDefault(name);

    public Tensor this[string name] => _byName[name];

    /// <summary>Takes over tensors that belong to no scope.</summary>
    public static ParameterSet Of(ImmutableArray<ParameterSpec> specs, Tensor[] tensors, ImmutableDictionary<string, string> storedNames, StoredType storedType)
    {
        foreach (Tensor tensor in tensors)
            tensor.RequireGradient();
        return new ParameterSet(specs, tensors, storedNames, storedType);
    }

    /// <summary>Fresh values; the same seed gives the same values.</summary>
    public static ParameterSet Fresh(ModelConfig config, ImmutableArray<ParameterSpec> specs, int seed, Device device)
    {
        var random = new Random(seed);
        double deviation = config.InitializerRange;
        return Owned(specs, spec => spec.Initial switch
        {
            Initial.Zeros => Tensor.Zeros(spec.Shape.AsSpan(), DType.Float32, device),
            Initial.Ones => Tensor.Ones(spec.Shape.AsSpan(), DType.Float32, device),
            Initial.ResidualNormal => Tensor.RandomNormal(spec.Shape.AsSpan(), deviation / Math.Sqrt(2 * config.Layers), random, device),
            _ => Tensor.RandomNormal(spec.Shape.AsSpan(), deviation, random, device),
        }, ImmutableDictionary<string, string>.Empty, StoredType.F32);
    }

    /// <summary>A copy of the parameters that the specs name; those that are not here are made by <paramref name="other"/>.</summary>
    public ParameterSet Copy(ImmutableArray<ParameterSpec> specs, Func<ParameterSpec, Tensor>? other = null) =>
        Owned(specs, spec => Find(spec.Name) is { } tensor ? Duplicate(tensor) : other!(spec), StoredNames, StoredType);

    /// <summary>Overwrites the values with those of the same names in another set.</summary>
    public void CopyFrom(ParameterSet other)
    {
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        for (int i = 0; i < Tensors.Count; i++)
            Tensors[i].Detach().CopyFrom(other[Specs[i].Name]);
    }

    public void Dispose()
    {
        foreach (Tensor tensor in Tensors)
            tensor.Dispose();
    }

    private static Tensor Duplicate(Tensor tensor)
    {
        using Tensor values = tensor.Detach();
        return values.Clone();
    }

    private static ParameterSet Owned(
        ImmutableArray<ParameterSpec> specs, Func<ParameterSpec, Tensor> make, ImmutableDictionary<string, string> storedNames, StoredType storedType)
    {
        var tensors = new Tensor[specs.Length];
        for (int i = 0; i < tensors.Length; i++)
            tensors[i] = make(specs[i]).Own();
        return Of(specs, tensors, storedNames, storedType);
    }
}
