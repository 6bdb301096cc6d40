using System.Collections.Immutable;

namespace Emend.Models;

/// <summary>How a fresh parameter is filled.</summary>
internal enum Initial
{
    /// <summary>Normal with deviation InitializerRange.</summary>
    Normal,

    /// <summary>Normal with deviation InitializerRange / sqrt(2 layers): what adds to the residual stream (GPT-2 paper, section 2.3).</summary>
    ResidualNormal,

    /// <summary>Zeros (biases).</summary>
    Zeros,

    /// <summary>Ones (norm gains).</summary>
    Ones,
}

/// <summary>A parameter by its Hugging Face name. Shapes are as stored: (out, in) for Llama's linears, (in, out) for GPT-2's Conv1D.</summary>
internal sealed record ParameterSpec(string Name, ImmutableArray<long> Shape, Initial Initial)
{
    public const string LlamaEmbedding = "model.embed_tokens.weight";
    public const string Gpt2Prefix = "transformer.";
    public const string Gpt2Embedding = "transformer.wte.weight";
    public const string Head = "lm_head.weight";

    /// <summary>Every parameter of a model in a fixed order; a tied head is not a parameter of its own.</summary>
    public static ImmutableArray<ParameterSpec> For(ModelConfig config)
    {
        var specs = ImmutableArray.CreateBuilder<ParameterSpec>();
        if (config.Family == ModelFamily.Gpt2)
            AddGpt2(config, specs);
        else
            AddLlama(config, specs);
        if (!config.TiedHead)
            specs.Add(new ParameterSpec(Head, [config.VocabularySize, config.HiddenSize], Initial.Normal));
        return specs.ToImmutable();
    }

    /// <summary>The name of the embedding, which a tied head shares.</summary>
    public static string Embedding(ModelConfig config) => config.Family == ModelFamily.Gpt2 ? Gpt2Embedding : LlamaEmbedding;

    private static void AddLlama(ModelConfig config, ImmutableArray<ParameterSpec>.Builder specs)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        specs.Add(new ParameterSpec(LlamaEmbedding, [config.VocabularySize, hidden], Initial.Normal));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            specs.Add(new ParameterSpec(prefix + "input_layernorm.weight", [hidden], Initial.Ones));
            Linear("self_attn.q_proj", queries, hidden, Initial.Normal, config.QueryKeyValueBias);
            Linear("self_attn.k_proj", keys, hidden, Initial.Normal, config.QueryKeyValueBias);
            Linear("self_attn.v_proj", keys, hidden, Initial.Normal, config.QueryKeyValueBias);
            Linear("self_attn.o_proj", hidden, queries, Initial.ResidualNormal, config.AttentionOutputBias);
            specs.Add(new ParameterSpec(prefix + "post_attention_layernorm.weight", [hidden], Initial.Ones));
            Linear("mlp.gate_proj", inner, hidden, Initial.Normal, config.MlpBias);
            Linear("mlp.up_proj", inner, hidden, Initial.Normal, config.MlpBias);
            Linear("mlp.down_proj", hidden, inner, Initial.ResidualNormal, config.MlpBias);

            void Linear(string name, long outputs, long inputs, Initial initial, bool bias)
            {
                specs.Add(new ParameterSpec($"{prefix}{name}.weight", [outputs, inputs], initial));
                if (bias)
                    specs.Add(new ParameterSpec($"{prefix}{name}.bias", [outputs], Initial.Zeros));
            }
        }
        specs.Add(new ParameterSpec("model.norm.weight", [hidden], Initial.Ones));
    }

    private static void AddGpt2(ModelConfig config, ImmutableArray<ParameterSpec>.Builder specs)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        specs.Add(new ParameterSpec(Gpt2Embedding, [config.VocabularySize, hidden], Initial.Normal));
        specs.Add(new ParameterSpec("transformer.wpe.weight", [config.ContextLength, hidden], Initial.Normal));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = $"transformer.h.{layer}.";
            Norm(prefix + "ln_1");
            Conv1D("attn.c_attn", hidden, 3 * hidden, Initial.Normal);
            Conv1D("attn.c_proj", hidden, hidden, Initial.ResidualNormal);
            Norm(prefix + "ln_2");
            Conv1D("mlp.c_fc", hidden, inner, Initial.Normal);
            Conv1D("mlp.c_proj", inner, hidden, Initial.ResidualNormal);

            void Conv1D(string name, long inputs, long outputs, Initial initial)
            {
                specs.Add(new ParameterSpec($"{prefix}{name}.weight", [inputs, outputs], initial));
                specs.Add(new ParameterSpec($"{prefix}{name}.bias", [outputs], Initial.Zeros));
            }
        }
        Norm("transformer.ln_f");

        void Norm(string name)
        {
            specs.Add(new ParameterSpec(name + ".weight", [hidden], Initial.Ones));
            specs.Add(new ParameterSpec(name + ".bias", [hidden], Initial.Zeros));
        }
    }
}
