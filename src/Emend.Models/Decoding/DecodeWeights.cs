// A model's weights as decoding reads them: linear layers packed, layers over the same input joined.
using Emend.Tensors;

namespace Emend.Models.Decoding;

/// <summary>The values of a parameter by name; empty where the model has none of it (a bias).</summary>
internal delegate ReadOnlySpan<float> ParameterReader(string name);

/// <summary>What decoding needs of one transformer block. Vectors are padded to multiples of 32 with zeros.</summary>
internal sealed class DecodeLayer(PackedLinear queryKeyValue, PackedLinear output, PackedLinear inner, PackedLinear down, AlignedBuffer norms) : IDisposable
{
    /// <summary>Queries, keys and values.</summary>
    public PackedLinear QueryKeyValue { get; } = queryKeyValue;

    public PackedLinear Output { get; } = output;

    /// <summary>Gate and up of SwiGLU, or the first layer of GPT-2's MLP.</summary>
    public PackedLinear Inner { get; } = inner;

    public PackedLinear Down { get; } = down;

    /// <summary>Gain and bias of the first norm, then of the second: 4 vectors.</summary>
    public AlignedBuffer Norms { get; } = norms;

    public void Dispose()
    {
        QueryKeyValue.Dispose();
        Output.Dispose();
        Inner.Dispose();
        Down.Dispose();
        Norms.Dispose();
    }
}

/// <summary>All packed weights of a model. Values are copied: a model that has been trained on is read again with <see cref="Read"/>.</summary>
internal sealed unsafe class DecodeWeights : IDisposable
{
    private readonly bool _gpt2;

    public DecodeWeights(ModelConfig config, DecodePrecision precision)
    {
        Config = config;
        _gpt2 = config.Family == ModelFamily.Gpt2;
        Hidden = PackedLinear.Padded(config.HiddenSize);
        int queries = config.Heads * config.HeadSize, keys = config.KeyValueHeads * config.HeadSize, inner = config.IntermediateSize;
        Layers = [.. Enumerable.Range(0, config.Layers).Select(_ => new DecodeLayer(
            new PackedLinear(config.HiddenSize, precision, queries, keys, keys),
            new PackedLinear(queries, precision, config.HiddenSize),
            _gpt2 ? new PackedLinear(config.HiddenSize, precision, inner) : new PackedLinear(config.HiddenSize, precision, inner, inner),
            new PackedLinear(inner, precision, config.HiddenSize),
            AlignedBuffer.OfFloats(4L * Hidden)))];
        Head = new PackedLinear(config.HiddenSize, precision, config.VocabularySize);
        Embedding = new float[(long)config.VocabularySize * config.HiddenSize];
        Places = _gpt2 ? new float[(long)config.ContextLength * config.HiddenSize] : [];
        LastNorm = AlignedBuffer.OfFloats(2L * Hidden);
    }

    public ModelConfig Config { get; }

    /// <summary>The hidden size rounded up to a multiple of 32.</summary>
    public int Hidden { get; }

    public DecodeLayer[] Layers { get; }

    public PackedLinear Head { get; }

    /// <summary>(V, D) row-major.</summary>
    public float[] Embedding { get; }

    /// <summary>Learned positions (C, D); empty for rotary ones.</summary>
    public float[] Places { get; }

    /// <summary>Gain and bias of the last norm.</summary>
    public AlignedBuffer LastNorm { get; }

    /// <summary>Packs the values that a model has now.</summary>
    public void Read(ParameterReader parameter)
    {
        parameter(ParameterSpec.Embedding(Config)).CopyTo(Embedding);
        Head.Set(0, Config.TiedHead ? Embedding : parameter(ParameterSpec.Head), default);
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            if (_gpt2)
                ReadGpt2(Layers[layer], $"transformer.h.{layer}.", parameter);
            else
                ReadLlama(Layers[layer], $"model.layers.{layer}.", parameter);
        }
        if (_gpt2)
            parameter("transformer.wpe.weight").CopyTo(Places);
        string last = _gpt2 ? "transformer.ln_f" : "model.norm";
        ReadNorm(LastNorm.Floats, last, parameter);
    }

    public void Dispose()
    {
        foreach (DecodeLayer layer in Layers)
            layer.Dispose();
        Head.Dispose();
        LastNorm.Dispose();
    }

    private void ReadLlama(DecodeLayer layer, string prefix, ParameterReader parameter)
    {
        string[] attention = ["q_proj", "k_proj", "v_proj"];
        for (int i = 0; i < attention.Length; i++)
            Set(layer.QueryKeyValue, i, $"self_attn.{attention[i]}");
        Set(layer.Output, 0, "self_attn.o_proj");
        Set(layer.Inner, 0, "mlp.gate_proj");
        Set(layer.Inner, 1, "mlp.up_proj");
        Set(layer.Down, 0, "mlp.down_proj");
        ReadNorm(layer.Norms.Floats, prefix + "input_layernorm", parameter);
        ReadNorm(layer.Norms.Floats + 2 * Hidden, prefix + "post_attention_layernorm", parameter);

        void Set(PackedLinear linear, int part, string name) =>
            linear.Set(part, parameter($"{prefix}{name}.weight"), parameter($"{prefix}{name}.bias"));
    }

    private void ReadGpt2(DecodeLayer layer, string prefix, ParameterReader parameter)
    {
        int hidden = Config.HiddenSize, inner = Config.IntermediateSize;
        for (int i = 0; i < 3; i++)
            Set(layer.QueryKeyValue, i, "attn.c_attn", 3 * hidden, i * hidden, hidden);
        Set(layer.Output, 0, "attn.c_proj", hidden, 0, hidden);
        Set(layer.Inner, 0, "mlp.c_fc", inner, 0, inner);
        Set(layer.Down, 0, "mlp.c_proj", hidden, 0, hidden);
        ReadNorm(layer.Norms.Floats, prefix + "ln_1", parameter);
        ReadNorm(layer.Norms.Floats + 2 * Hidden, prefix + "ln_2", parameter);

        void Set(PackedLinear linear, int part, string name, int columns, int start, int count) =>
            linear.SetTransposed(part, parameter($"{prefix}{name}.weight"), columns, start, count, parameter($"{prefix}{name}.bias").Slice(start, count));
    }

    private void ReadNorm(float* target, string name, ParameterReader parameter)
    {
        parameter(name + ".weight").CopyTo(new Span<float>(target, Config.HiddenSize));
        parameter(name + ".bias").CopyTo(new Span<float>(target + Hidden, Config.HiddenSize));
    }
}
