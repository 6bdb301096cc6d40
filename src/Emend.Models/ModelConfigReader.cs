using System.Collections.Immutable;
using System.Text.Json;
using Emend.Text;

namespace Emend.Models;

/// <summary>config.json of the Hugging Face families llama, mistral, qwen2 and gpt2. What changes the mathematics and is not built is refused by name.</summary>
internal sealed class ModelConfigReader
{
    public const string FileName = "config.json";
    private const int MaxFileLength = 1 << 20;

    /// <summary>Settings of relatives of these families that would change the result, refused unless absent or neutral.</summary>
    private static readonly string[] Unsupported =
    [
        "quantization_config", "attention_multiplier", "residual_multiplier", "embedding_multiplier", "logits_scaling",
        "final_logit_softcapping", "attn_logit_softcapping", "num_local_experts", "num_experts", "no_rope_layers", "use_qk_norm",
        "add_cross_attention", "scale_attn_by_inverse_layer_idx", "adapters",
    ];

    private readonly JsonElement root;
    private readonly List<string> problems = [];

    private ModelConfigReader(JsonElement root) => this.root = root;

    public static ModelConfig Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!Directory.Exists(folder))
            throw new InvalidInputException($"{folder}: there is no such folder; a model is a Hugging Face folder with {FileName} and safetensors");
        if (!File.Exists(path))
            throw new InvalidInputException($"{folder}: has no {FileName}; a model is a Hugging Face folder with {FileName} and safetensors");
        if (new FileInfo(path).Length > MaxFileLength)
            throw new InvalidInputException($"{path}: has more than {MaxFileLength} bytes");
        string json = File.ReadAllText(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidInputException($"{path}: is not a JSON object");
            var reader = new ModelConfigReader(document.RootElement);
            ModelConfig? config = reader.Read();
            if (config is not null && reader.problems.Count == 0)
                reader.problems.AddRange(config.Problems());
            if (reader.problems.Count > 0)
                throw InvalidInputException.ForProblems(path, reader.problems);
            return config! with { SourceJson = json };
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(JsonFaults.RepeatedKey(e) is { } key
                ? $"{path}: {key}: stands there twice; once is expected"
                : $"{path}: is not valid JSON: {e.Message}");
        }
    }

    private ModelConfig? Read()
    {
        string type = Text("model_type", "");
        foreach (string name in Unsupported)
        {
            if (IsSet(name))
                problems.Add($"{name}: {root.GetProperty(name).GetRawText()} is not supported");
        }
        if (type is "llama" or "mistral" or "qwen2")
            return ReadLlama(type);
        if (type == "gpt2")
            return ReadGpt2();
        problems.Add($"model_type: \"{type}\" is not supported (llama, mistral, qwen2, gpt2)");
        return null;
    }

    private ModelConfig ReadLlama(string type)
    {
        RefuseUnless("hidden_act", Text("hidden_act", "silu"), "silu", "swish");
        RopeScaling? scaling = RopeScaling("rope_scaling") ?? RopeScaling("rope_parameters");
        RefuseWindows(type);
        if (root.TryGetProperty("partial_rotary_factor", out JsonElement factor) && factor.ValueKind == JsonValueKind.Number && factor.GetDouble() != 1)
            problems.Add($"partial_rotary_factor: {factor.GetRawText()} is not supported (1)");
        int heads = Whole("num_attention_heads"), hidden = Whole("hidden_size");
        bool attentionBias = Flag("attention_bias", false);
        return new ModelConfig
        {
            ModelType = type,
            VocabularySize = Whole("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = Whole("intermediate_size"),
            Layers = Whole("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = Whole("num_key_value_heads", heads),
            HeadSize = Whole("head_dim", DividedBy(hidden, heads, "num_attention_heads")),
            ContextLength = Whole("max_position_embeddings"),
            NormEpsilon = Number("rms_norm_eps", 1e-6),
            RopeTheta = RopeTheta(),
            RopeScaling = scaling,
            TiedHead = Flag("tie_word_embeddings", false),
            QueryKeyValueBias = type == "qwen2" || attentionBias,
            AttentionOutputBias = type != "qwen2" && attentionBias,
            MlpBias = Flag("mlp_bias", false),
            InitializerRange = Number("initializer_range", 0.02),
            BosTokenId = Ids("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = Ids("eos_token_id"),
        };
    }

    private ModelConfig ReadGpt2()
    {
        RefuseUnless("activation_function", Text("activation_function", "gelu_new"), "gelu_new", "gelu_pytorch_tanh");
        if (!Flag("scale_attn_weights", true))
            problems.Add("scale_attn_weights: false is not supported (true)");
        int hidden = Whole("n_embd"), heads = Whole("n_head");
        return new ModelConfig
        {
            ModelType = "gpt2",
            VocabularySize = Whole("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = Whole("n_inner", 4 * hidden),
            Layers = Whole("n_layer"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = DividedBy(hidden, heads, "n_head"),
            ContextLength = Whole("n_positions"),
            NormEpsilon = Number("layer_norm_epsilon", 1e-5),
            TiedHead = Flag("tie_word_embeddings", true),
            QueryKeyValueBias = true,
            AttentionOutputBias = true,
            MlpBias = true,
            InitializerRange = Number("initializer_range", 0.02),
            BosTokenId = Ids("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = Ids("eos_token_id"),
        };
    }

    private void RefuseWindows(string type)
    {
        bool inUse = type != "qwen2" || Flag("use_sliding_window", false);
        if (inUse && root.TryGetProperty("sliding_window", out JsonElement window) && window.ValueKind == JsonValueKind.Number
            && window.GetDouble() < Whole("max_position_embeddings"))
            problems.Add($"sliding_window: {window.GetRawText()} is shorter than the context; windowed attention is not supported (null)");
        if (!root.TryGetProperty("layer_types", out JsonElement layers) || layers.ValueKind != JsonValueKind.Array)
            return;
        foreach (JsonElement layer in layers.EnumerateArray())
        {
            if (layer.ValueKind != JsonValueKind.String || layer.GetString() != "full_attention")
            {
                problems.Add($"layer_types: {layer.GetRawText()} is not supported (\"full_attention\")");
                return;
            }
        }
    }

    private RopeScaling? RopeScaling(string name)
    {
        if (!IsSet(name))
            return null;
        JsonElement scaling = root.GetProperty(name);
        string? kind = null;
        if (scaling.ValueKind == JsonValueKind.Object && (scaling.TryGetProperty("rope_type", out JsonElement value) || scaling.TryGetProperty("type", out value)))
            kind = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (kind == "llama3")
            return new RopeScaling(Part("factor"), Part("low_freq_factor"), Part("high_freq_factor"), (int)Part("original_max_position_embeddings"));
        if (kind != "default")
            problems.Add($"{name}: {scaling.GetRawText()} is not supported (null, or rope_type llama3)");
        return null;

        double Part(string part)
        {
            if (scaling.TryGetProperty(part, out JsonElement number) && number.ValueKind == JsonValueKind.Number && number.GetDouble() is > 0 and <= 1 << 24)
                return number.GetDouble();
            problems.Add($"{name}: {part} of llama3 is {(number.ValueKind == JsonValueKind.Undefined ? "missing" : number.GetRawText())}; a positive number is needed");
            return 1;
        }
    }

    private double RopeTheta()
    {
        if (root.TryGetProperty("rope_parameters", out JsonElement rope) && rope.ValueKind == JsonValueKind.Object
            && rope.TryGetProperty("rope_theta", out JsonElement theta) && theta.ValueKind == JsonValueKind.Number)
            return theta.GetDouble();
        return Number("rope_theta", 10000);
    }

    private bool IsSet(string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);

    private void RefuseUnless(string name, string value, params string[] allowed)
    {
        if (!allowed.Contains(value))
            problems.Add($"{name}: \"{value}\" is not supported ({string.Join(", ", allowed)})");
    }

    private int DividedBy(int hidden, int heads, string name)
    {
        if (heads > 0 && hidden % heads == 0)
            return hidden / heads;
        if (!IsSet("head_dim"))
            problems.Add($"{name}: {heads} does not divide the hidden size {hidden}");
        return 1;
    }

    private string Text(string name, string otherwise)
    {
        if (!IsSet(name))
            return otherwise;
        JsonElement value = root.GetProperty(name);
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString()!;
        problems.Add($"{name}: {value.GetRawText()} is not a string");
        return otherwise;
    }

    private int Whole(string name, int? otherwise = null)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            if (otherwise is null)
                problems.Add($"{name} is missing; a whole number is needed");
            return otherwise ?? 1;
        }
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number is > 0 and <= 1 << 24)
            return number;
        problems.Add($"{name}: {value.GetRawText()} is not a whole number from 1 to {1 << 24}");
        return otherwise ?? 1;
    }

    private double Number(string name, double otherwise)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return otherwise;
        if (value.ValueKind == JsonValueKind.Number)
            return value.GetDouble();
        problems.Add($"{name}: {value.GetRawText()} is not a number");
        return otherwise;
    }

    private bool Flag(string name, bool otherwise)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        problems.Add($"{name}: {value.GetRawText()} is neither true nor false");
        return otherwise;
    }

    private ImmutableArray<int> Ids(string name)
    {
        if (!IsSet(name))
            return [];
        JsonElement value = root.GetProperty(name);
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        var ids = ImmutableArray.CreateBuilder<int>();
        foreach (JsonElement item in items)
        {
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0)
                ids.Add(id);
            else
                problems.Add($"{name}: {item.GetRawText()} is not a token id");
        }
        return ids.ToImmutable();
    }
}
