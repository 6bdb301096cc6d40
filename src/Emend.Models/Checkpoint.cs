// Parameters from and to the safetensors of a Hugging Face folder.
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>Reads a folder's weights into parameters and names every problem at once; writes them back without loss.</summary>
internal static class Checkpoint
{
    /// <summary>What a folder of these families holds besides config and weights; copied when a model is saved.</summary>
    private static readonly string[] CompanionPatterns =
        ["tokenizer*", "special_tokens_map.json", "generation_config.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.*"];

    /// <summary>Buffers that old checkpoints carry along: masks and rotary frequencies, which are no parameters.</summary>
    private static readonly string[] IgnoredSuffixes = [".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq"];

    public static ParameterSet Load(string folder, ModelConfig config, ImmutableArray<ParameterSpec> specs, Device device)
    {
        using SafetensorsFolder weights = SafetensorsFolder.Open(folder);
        var problems = new List<string>();
        ImmutableDictionary<string, string> storedNames = Match(config, specs, weights, problems);
        var tensors = new List<Tensor>();
        var types = new HashSet<StoredType>();
        try
        {
            foreach (ParameterSpec spec in specs)
            {
                string stored = storedNames.GetValueOrDefault(spec.Name, spec.Name);
                if (weights.Weights.TryGetValue(stored, out SafetensorsWeight? weight) && Read(spec, weight, device, problems) is { } tensor)
                {
                    tensors.Add(tensor.Own());
                    types.Add(weight.Entry.Type);
                }
            }
            if (problems.Count > 0)
                throw InvalidInputException.ForProblems(folder, problems);
        }
        catch
        {
            tensors.ForEach(tensor => tensor.Dispose());
            throw;
        }
        return ParameterSet.Of(specs, [.. tensors], storedNames, types.Count == 1 ? types.Single() : StoredType.F32);
    }

    /// <summary>
    /// Writes model.safetensors under the names it was read with. Without a type: the type it was read with if every value still fits
    /// in it exactly, else F32, so that nothing that training has changed is rounded away.
    /// </summary>
    public static StoredType Save(string folder, ParameterSet parameters, StoredType? wanted)
    {
        StoredType type = wanted ?? (Fits(parameters) ? parameters.StoredType : StoredType.F32);
        SafetensorsWriter.Write(Path.Combine(folder, SafetensorsFolder.SingleName), parameters.Specs.Select((spec, i) =>
            new SafetensorsItem(parameters.StoredNames.GetValueOrDefault(spec.Name, spec.Name), type, spec.Shape,
                stream => WriteValues(stream, parameters.Tensors[i], type))));
        return type;
    }

    /// <summary>Copies tokenizer and generation settings from the folder that the model was read from.</summary>
    public static void CopyCompanions(string? source, string target)
    {
        if (source is null || Path.GetFullPath(source) == Path.GetFullPath(target))
            return;
        foreach (string file in CompanionPatterns.SelectMany(pattern => Directory.GetFiles(source, pattern)))
            WholeFile.Write(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    /// <summary>Finds each parameter's stored name; what is missing or unexpected becomes a problem.</summary>
    private static ImmutableDictionary<string, string> Match(
        ModelConfig config, ImmutableArray<ParameterSpec> specs, SafetensorsFolder weights, List<string> problems)
    {
        var names = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (ParameterSpec spec in specs)
        {
            string name = spec.Name;
            if (!weights.Weights.ContainsKey(name) && Alternative(config, name) is { } other && weights.Weights.ContainsKey(other))
                names[spec.Name] = name = other;
            if (!weights.Weights.ContainsKey(name))
                problems.Add($"{name} is missing");
            expected.Add(name);
        }
        foreach (string name in weights.Weights.Keys)
        {
            if (!expected.Contains(name) && !IgnoredSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)))
                CheckExtra(config, name, names, weights, problems);
        }
        return names.ToImmutable();
    }

    /// <summary>GPT-2 is published with and without "transformer."; a tied embedding is sometimes stored as the head only.</summary>
    private static string? Alternative(ModelConfig config, string name)
    {
        if (name == ParameterSpec.LlamaEmbedding && config.TiedHead)
            return ParameterSpec.Head;
        return config.Family == ModelFamily.Gpt2 && name.StartsWith(ParameterSpec.Gpt2Prefix, StringComparison.Ordinal)
            ? name[ParameterSpec.Gpt2Prefix.Length..]
            : null;
    }

    private static void CheckExtra(
        ModelConfig config, string name, ImmutableDictionary<string, string>.Builder names, SafetensorsFolder weights, List<string> problems)
    {
        string embedding = ParameterSpec.Embedding(config);
        string stored = names.GetValueOrDefault(embedding, embedding);
        if (name != ParameterSpec.Head || !config.TiedHead)
            problems.Add($"{name} is unexpected: {config.ModelType} with this config.json has no such tensor");
        else if (weights.Weights.TryGetValue(stored, out SafetensorsWeight? tied) && !tied.Bytes.SequenceEqual(weights.Weights[name].Bytes))
            problems.Add($"{name} differs from {stored}, but config.json says tie_word_embeddings");
    }

    private static Tensor? Read(ParameterSpec spec, SafetensorsWeight weight, Device device, List<string> problems)
    {
        SafetensorsEntry entry = weight.Entry;
        if (!entry.Shape.SequenceEqual(spec.Shape))
        {
            problems.Add($"{entry.Name} has the shape {entry.ShapeText}; config.json makes it [{string.Join(", ", spec.Shape)}]");
            return null;
        }
        float[] values = new float[entry.Shape.Aggregate(1L, (product, size) => product * size)];
        if (!Convert(weight, values))
        {
            problems.Add($"{entry.Name} is stored as {entry.Type.HeaderName()}; weights are F32, F16 or BF16");
            return null;
        }
        int bad = values.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (bad < 0)
            return Tensor.From<float>(values, spec.Shape.AsSpan(), device);
        problems.Add($"{entry.Name} holds {values[bad]} at element {bad}; every weight has to be a finite number");
        return null;
    }

    private static bool Convert(SafetensorsWeight weight, float[] values)
    {
        ReadOnlySpan<byte> bytes = weight.Bytes;
        switch (weight.Entry.Type)
        {
            case StoredType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
                return true;
            case StoredType.F16:
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)BitConverter.ToHalf(bytes[(2 * i)..]);
                return true;
            case StoredType.BF16:
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)new BFloat16(BitConverter.ToUInt16(bytes[(2 * i)..]));
                return true;
            default:
                return false;
        }
    }

    private static bool Fits(ParameterSet parameters)
    {
        Func<float, float>? rounded = Rounding(parameters.StoredType);
        return rounded is null || parameters.Tensors.All(tensor => tensor.ToArray<float>().All(value => rounded(value) == value));
    }

    private static Func<float, float>? Rounding(StoredType type) => type switch
    {
        StoredType.F16 => value => (float)(Half)value,
        StoredType.BF16 => value => (float)(BFloat16)value,
        _ => null,
    };

    private static void WriteValues(Stream stream, Tensor tensor, StoredType type)
    {
        float[] values = tensor.ToArray<float>();
        switch (type)
        {
            case StoredType.F32:
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
                break;
            case StoredType.F16:
                stream.Write(MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (Half)value).AsSpan()));
                break;
            case StoredType.BF16:
                stream.Write(MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (BFloat16)value).AsSpan()));
                break;
            default:
                throw new ArgumentException($"{type} is not a type of weights (F32, F16, BF16)", nameof(type));
        }
    }
}
