using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>Writes config.json so that the Python world reads it.</summary>
internal static class ModelConfigWriter
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(ModelConfig config, string folder, StoredType type)
    {
        JsonObject json = config.SourceJson is null ? Fresh(config) : JsonNode.Parse(config.SourceJson)!.AsObject();
        string key = json.ContainsKey("dtype") ? "dtype" : "torch_dtype";
        json[key] = type switch
        {
            StoredType.F16 => "float16",
            StoredType.BF16 => "bfloat16",
            StoredType.F32 => "float32",
            _ => throw new ArgumentException($"{type} is not a type of weights (F32, F16, BF16)", nameof(type)),
        };
        WholeFile.Write(Path.Combine(folder, ModelConfigReader.FileName), json.ToJsonString(Indented) + "\n");
    }

    private static JsonObject Fresh(ModelConfig config)
    {
        JsonNode? eos = config.EosTokenIds switch
        {
            [] => null,
            [var one] => JsonValue.Create(one),
            var several => new JsonArray([.. several.Select(id => (JsonNode)id)]),
        };
        JsonObject json = config.Family == ModelFamily.Gpt2 ? FreshGpt2(config) : FreshLlama(config);
        json["bos_token_id"] = config.BosTokenId;
        json["eos_token_id"] = eos;
        json["initializer_range"] = config.InitializerRange;
        json["tie_word_embeddings"] = config.TiedHead;
        json["vocab_size"] = config.VocabularySize;
        return json;
    }

    private static JsonObject FreshLlama(ModelConfig config) => new()
    {
        ["architectures"] = new JsonArray(config.ModelType switch
        {
            "mistral" => "MistralForCausalLM",
            "qwen2" => "Qwen2ForCausalLM",
            _ => "LlamaForCausalLM",
        }),
        ["model_type"] = config.ModelType,
        ["attention_bias"] = config.AttentionOutputBias,
        ["attention_dropout"] = 0.0,
        ["head_dim"] = config.HeadSize,
        ["hidden_act"] = "silu",
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["max_position_embeddings"] = config.ContextLength,
        ["mlp_bias"] = config.MlpBias,
        ["num_attention_heads"] = config.Heads,
        ["num_hidden_layers"] = config.Layers,
        ["num_key_value_heads"] = config.KeyValueHeads,
        ["rms_norm_eps"] = config.NormEpsilon,
        ["rope_scaling"] = config.RopeScaling is { } scaling
            ? new JsonObject
            {
                ["factor"] = scaling.Factor,
                ["high_freq_factor"] = scaling.HighFrequencyFactor,
                ["low_freq_factor"] = scaling.LowFrequencyFactor,
                ["original_max_position_embeddings"] = scaling.OriginalContextLength,
                ["rope_type"] = "llama3",
            }
            : null,
        ["rope_theta"] = config.RopeTheta,
    };

    private static JsonObject FreshGpt2(ModelConfig config) => new()
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = "gpt2",
        ["activation_function"] = "gelu_new",
        ["attn_pdrop"] = 0.0,
        ["embd_pdrop"] = 0.0,
        ["resid_pdrop"] = 0.0,
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["n_embd"] = config.HiddenSize,
        ["n_head"] = config.Heads,
        ["n_inner"] = config.IntermediateSize,
        ["n_layer"] = config.Layers,
        ["n_positions"] = config.ContextLength,
    };
}
