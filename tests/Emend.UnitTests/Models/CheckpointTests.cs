using System.Text.Json.Nodes;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.UnitTests.Models;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("stories260K/hf")]
    [InlineData("stories260K/hf-sharded-f16")]
    [InlineData("tinystories-656k")]
    [InlineData("tinystories-656k-f32")]
    public void APublishedModelComesBackByteForByte(string name)
    {
        string source = SharedData.Path(["models", .. name.Split('/')]);
        using (LanguageModel model = LanguageModel.Load(source))
            model.Save(_folder.Path);

        using SafetensorsFolder before = SafetensorsFolder.Open(source), after = SafetensorsFolder.Open(_folder.Path);
        Assert.Equal(before.Weights.Keys, after.Weights.Keys);
        foreach ((string key, SafetensorsWeight weight) in before.Weights)
        {
            Assert.Equal(weight.Entry.Type, after.Weights[key].Entry.Type);
            Assert.True(weight.Bytes.SequenceEqual(after.Weights[key].Bytes), key);
        }
        foreach (string file in Directory.GetFiles(source, "*token*.json"))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder.File(Path.GetFileName(file))));
        Assert.Equal(ModelConfig.Read(source).EosTokenIds, ModelConfig.Read(_folder.Path).EosTokenIds);
    }

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void AFreshModelComesBackTheSame(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        model.Save(_folder.Path);
        using LanguageModel again = LanguageModel.Load(_folder.Path);

        Assert.Equal(model.ParameterNames, again.ParameterNames);
        for (int i = 0; i < model.Parameters.Count; i++)
            Assert.Equal(model.Parameters[i].ToArray<float>(), again.Parameters[i].ToArray<float>());
        Assert.Equal(model.Config with { SourceJson = null, EosTokenIds = [] }, again.Config with { SourceJson = null, EosTokenIds = [] });
    }

    [Fact]
    public void WhatTrainingChangedIsNotRoundedAway()
    {
        string source = SharedData.Path("models", "tinystories-656k");
        using LanguageModel model = LanguageModel.Load(source);
        Assert.Equal(StoredType.BF16, model.StoredType);
        model.Parameters[0].Span<float>()[7] += 1e-5f;
        model.Save(_folder.Path);
        using LanguageModel again = LanguageModel.Load(_folder.Path);

        Assert.Equal(StoredType.F32, again.StoredType);
        Assert.Equal(model.Parameters[0].ToArray<float>(), again.Parameters[0].ToArray<float>());
        Assert.Equal("float32", JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!["torch_dtype"]!.GetValue<string>());
    }

    [Fact]
    public void Gpt2WithoutItsPrefixIsReadAndWrittenBackSo()
    {
        using LanguageModel model = TinyModels.Create("gpt2");
        model.Save(_folder.Path);
        Rewrite(items => items.Select(item => item with { Name = item.Name.Replace("transformer.", "") })
            .Append(Floats("h.0.attn.bias", [1, 1, 2, 2], [1, 0, 1, 1])));

        using LanguageModel again = LanguageModel.Load(_folder.Path);

        Assert.Equal(model.Parameter("transformer.h.1.mlp.c_fc.weight").ToArray<float>(), again.Parameter("transformer.h.1.mlp.c_fc.weight").ToArray<float>());
        again.Save(_folder.Path);
        using SafetensorsFolder weights = SafetensorsFolder.Open(_folder.Path);
        Assert.Contains("h.1.mlp.c_fc.weight", weights.Weights.Keys);
    }

    [Fact]
    public void EveryProblemOfTheWeightsIsNamedAtOnce()
    {
        using (LanguageModel model = TinyModels.Create("llama"))
            model.Save(_folder.Path);
        Rewrite(items => items.Where(item => item.Name != "model.norm.weight")
            .Select(item => item.Name switch
            {
                "model.layers.0.input_layernorm.weight" => Floats(item.Name, [36], [.. Enumerable.Repeat(1f, 35), float.NaN]),
                "model.layers.1.input_layernorm.weight" => Floats(item.Name, [36], [float.NegativeInfinity, .. Enumerable.Repeat(1f, 35)]),
                "model.layers.2.input_layernorm.weight" => Floats(item.Name, [35], [.. Enumerable.Repeat(1f, 35)]),
                "model.layers.0.mlp.up_proj.weight" => SafetensorsItem.FromBytes(item.Name, StoredType.I8, item.Shape, new byte[item.Shape[0] * item.Shape[1]]),
                _ => item,
            })
            .Append(Floats("model.extra", [1], [1])));

        string message = Assert.Throws<InvalidInputException>(() => LanguageModel.Load(_folder.Path)).Message;

        Assert.Contains("6 problems", message);
        Assert.Contains("model.norm.weight is missing", message);
        Assert.Contains("model.extra is unexpected", message);
        Assert.Contains("model.layers.0.input_layernorm.weight holds NaN at element 35", message);
        Assert.Contains("model.layers.1.input_layernorm.weight holds -Infinity at element 0", message);
        Assert.Contains("model.layers.2.input_layernorm.weight has the shape [35]; config.json makes it [36]", message);
        Assert.Contains("model.layers.0.mlp.up_proj.weight is stored as I8", message);
    }

    [Fact]
    public void ATiedHeadThatDiffersFromTheEmbeddingIsRefused()
    {
        using (LanguageModel model = TinyModels.Create("llama"))
            model.Save(_folder.Path);
        Rewrite(items => items.Append(Floats("lm_head.weight", [50, 36], new float[50 * 36])));

        Assert.Contains("lm_head.weight differs from model.embed_tokens.weight",
            Assert.Throws<InvalidInputException>(() => LanguageModel.Load(_folder.Path)).Message);
    }

    [Fact]
    public void AScalarHeadModelComesBackTheSame()
    {
        using LanguageModel model = TinyModels.Create("qwen2");
        using ScalarHeadModel scores = ScalarHeadModel.From(model);
        scores.Parameters[^1].Span<float>().Fill(0.25f);
        scores.Save(_folder.Path);
        using ScalarHeadModel again = ScalarHeadModel.Load(_folder.Path);

        Assert.Equal(scores.ParameterNames, again.ParameterNames);
        Assert.DoesNotContain("lm_head.weight", again.ParameterNames);
        for (int i = 0; i < scores.Parameters.Count; i++)
            Assert.Equal(scores.Parameters[i].ToArray<float>(), again.Parameters[i].ToArray<float>());
    }

    private void Rewrite(Func<IEnumerable<SafetensorsItem>, IEnumerable<SafetensorsItem>> change)
    {
        string path = _folder.File("model.safetensors");
        SafetensorsItem[] items;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            items = [.. file.Entries.Select(entry => SafetensorsItem.FromBytes(entry.Name, entry.Type, entry.Shape, file.Bytes(entry).ToArray()))];
        SafetensorsWriter.Write(path, change(items));
    }

    private static SafetensorsItem Floats(string name, long[] shape, float[] values) =>
        SafetensorsItem.FromBytes(name, StoredType.F32, [.. shape], System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}
