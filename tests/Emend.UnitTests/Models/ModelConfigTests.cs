using System.Text.Json.Nodes;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.UnitTests.Models;

public sealed class ModelConfigTests : IDisposable
{
    private const string Llama = """
        {"model_type":"llama","vocab_size":100,"hidden_size":64,"intermediate_size":172,"num_hidden_layers":2,"num_attention_heads":8,
         "num_key_value_heads":4,"max_position_embeddings":128,"rms_norm_eps":1e-5,"eos_token_id":[2,7],"bos_token_id":1,"attention_bias":true}
        """;

    private const string Gpt2 = """
        {"model_type":"gpt2","vocab_size":100,"n_embd":48,"n_layer":2,"n_head":3,"n_positions":32,"layer_norm_epsilon":1e-5,"resid_pdrop":0.1}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ALlamaConfigurationIsRead()
    {
        ModelConfig config = Read(Llama);

        Assert.Equal(ModelFamily.Llama, config.Family);
        Assert.Equal((8, 4, 8, 172, 128), (config.Heads, config.KeyValueHeads, config.HeadSize, config.IntermediateSize, config.ContextLength));
        Assert.Equal([2, 7], config.EosTokenIds);
        Assert.Equal(1, config.BosTokenId);
        Assert.False(config.TiedHead);
        Assert.True(config.QueryKeyValueBias && config.AttentionOutputBias);
    }

    [Fact]
    public void AGpt2ConfigurationIsRead()
    {
        ModelConfig config = Read(Gpt2);

        Assert.Equal(ModelFamily.Gpt2, config.Family);
        Assert.Equal((3, 16, 192, 32), (config.Heads, config.HeadSize, config.IntermediateSize, config.ContextLength));
        Assert.True(config.TiedHead && config.QueryKeyValueBias && config.MlpBias);
    }

    [Fact]
    public void Qwen2HasBiasesOnQueriesKeysAndValuesOnly()
    {
        ModelConfig config = Read(Changed(Llama, "model_type", "\"qwen2\""));

        Assert.True(config.QueryKeyValueBias);
        Assert.False(config.AttentionOutputBias);
    }

    [Theory]
    [InlineData("model_type", "\"bert\"", "model_type: \"bert\" is not supported (llama, mistral, qwen2, gpt2)")]
    [InlineData("model_type", "7", "model_type: 7 is not a string")]
    [InlineData("rope_scaling", """{"rope_type":"llama3","factor":8}""", "rope_scaling:")]
    [InlineData("rope_parameters", """{"rope_type":"yarn"}""", "rope_parameters:")]
    [InlineData("quantization_config", """{"bits":4}""", "quantization_config:")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act: \"gelu\" is not supported (silu, swish)")]
    [InlineData("sliding_window", "16", "sliding_window: 16 is shorter than the context")]
    [InlineData("layer_types", """["full_attention","sliding_attention"]""", "layer_types: \"sliding_attention\"")]
    [InlineData("partial_rotary_factor", "0.5", "partial_rotary_factor: 0.5")]
    [InlineData("num_attention_heads", "7", "num_attention_heads: 7 does not divide the hidden size 64")]
    [InlineData("num_key_value_heads", "3", "3 does not divide the 8 heads")]
    [InlineData("vocab_size", "0", "vocab_size: 0 is not a whole number")]
    [InlineData("vocab_size", "1e99", "vocab_size: 1e99 is not a whole number")]
    [InlineData("hidden_size", "\"64\"", "hidden_size: \"64\" is not a whole number")]
    [InlineData("hidden_size", "null", "hidden_size is missing")]
    [InlineData("rms_norm_eps", "-1", "norm epsilon: -1")]
    [InlineData("rope_theta", "0", "rope_theta: 0 is not positive")]
    [InlineData("eos_token_id", "[-2]", "eos_token_id: -2 is not a token id")]
    [InlineData("tie_word_embeddings", "\"yes\"", "tie_word_embeddings: \"yes\" is neither true nor false")]
    public void WhatIsNotSupportedIsRefusedByName(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Read(Changed(Llama, name, value))).Message);

    [Theory]
    [InlineData("rope_scaling", "null")]
    [InlineData("rope_scaling", """{"rope_type":"default"}""")]
    [InlineData("sliding_window", "4096")]
    [InlineData("quantization_config", "null")]
    public void WhatIsNeutralIsAccepted(string name, string value) => Assert.Equal(64, Read(Changed(Llama, name, value)).HiddenSize);

    [Fact]
    public void EveryProblemIsNamedAtOnce()
    {
        string message = Assert.Throws<InvalidInputException>(
            () => Read(Changed(Changed(Llama, "hidden_act", "\"relu\""), "rope_scaling", """{"type":"linear","factor":2}"""))).Message;

        Assert.Contains("2 problems", message);
        Assert.Contains("hidden_act", message);
        Assert.Contains("rope_scaling", message);
    }

    [Theory]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"model_type": "llama", "model_type": "gpt2"}""", "config.json: model_type: stands there twice")]
    public void WhatIsNotAnObjectIsRefused(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Read(json)).Message);

    [Fact]
    public void AFolderWithoutConfigurationIsRefused()
    {
        Assert.Contains("has no config.json", Assert.Throws<InvalidInputException>(() => ModelConfig.Read(_folder.Path)).Message);
        Assert.Contains("no such folder", Assert.Throws<InvalidInputException>(() => ModelConfig.Read(_folder.File("absent"))).Message);
    }

    [Fact]
    public void StretchedRotaryPositionsAreReadAndWrittenBack()
    {
        const string Scaling = """{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}""";
        ModelConfig config = Read(Changed(Llama, "rope_scaling", Scaling));

        Assert.Equal(new RopeScaling(32, 1, 4, 8192), config.RopeScaling);
        config.Write(_folder.Path, StoredType.F32);
        Assert.Equal(config.RopeScaling, ModelConfig.Read(_folder.Path).RopeScaling);
        (ModelConfig.Llama(100, 64, 64, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 64) with { RopeScaling = config.RopeScaling }).Write(_folder.Path, StoredType.F32);
        Assert.Equal(config.RopeScaling, ModelConfig.Read(_folder.Path).RopeScaling);
    }

    [Theory]
    [InlineData("""{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""", "rope_scaling: original_max_position_embeddings of llama3 is missing; a positive number is needed")]
    [InlineData("""{"rope_type":"llama3","factor":0.5,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}""", "rope_scaling: factor 0.5 is not at least 1")]
    [InlineData("""{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":8192}""", "rope_scaling: low_freq_factor 4 and high_freq_factor 4 are not 0 < low < high")]
    public void AStretchThatIsNoneIsRefused(string scaling, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => Read(Changed(Llama, "rope_scaling", scaling))).Message);

    [Fact]
    public void WhatWeDoNotUseIsKeptWhenSaving()
    {
        ModelConfig config = Read(Changed(Llama, "custom", "\"Ü\""));
        config.Write(_folder.Path, StoredType.BF16);

        string json = File.ReadAllText(_folder.File("config.json"));
        Assert.Contains("\"custom\": \"Ü\"", json);
        Assert.Contains("\"torch_dtype\": \"bfloat16\"", json);
    }

    private ModelConfig Read(string json)
    {
        File.WriteAllText(_folder.File("config.json"), json);
        return ModelConfig.Read(_folder.Path);
    }

    private static string Changed(string json, string name, string value)
    {
        JsonObject node = JsonNode.Parse(json)!.AsObject();
        node[name] = JsonNode.Parse(value);
        return node.ToJsonString();
    }
}
