using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.UnitTests.Models;

[Collection(LiveTensors.Name)]
public sealed class TensorOwnershipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(TinyModels.Names), MemberType = typeof(TinyModels))]
    public void AForwardAndABackwardPassLeaveNoTensorBehind(string name)
    {
        using LanguageModel model = TinyModels.Create(name);
        long before = Tensor.LiveCount;
        using (new TensorScope())
            (-model.FlatLogprobs(TokenBatch.Of([[3, 1, 4, 1, 5], [9, 2]])).Mean()).Backward();

        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void GenerationLeavesNoTensorBehind()
    {
        using LanguageModel model = TinyModels.Create("llama");
        long before = Tensor.LiveCount;
        TensorGenerator.Generate(model, [[1, 2], [3]], new SamplingOptions { MaxNewTokens = 5, StopTokens = [1, 2, 3, 4, 5, 6, 7, 8] });
        Generator.Generate(model, [[1, 2], [3]], new SamplingOptions { MaxNewTokens = 5 });

        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void AModelOwnsNothingButItsParametersWhateverScopeItIsMadeIn()
    {
        long before = Tensor.LiveCount;
        LanguageModel model, clone;
        ScalarHeadModel scores;
        using (new TensorScope())
        {
            model = TinyModels.Create("qwen2");
            clone = model.Clone();
            clone.CopyFrom(model);
            scores = ScalarHeadModel.From(model);
        }
        Assert.Equal(before + model.Parameters.Count + clone.Parameters.Count + scores.Parameters.Count, Tensor.LiveCount);

        model.Save(_folder.Path);
        model.Dispose();
        clone.Dispose();
        scores.Dispose();
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void AFailedLoadLeavesNoTensorBehind()
    {
        using (LanguageModel model = TinyModels.Create("llama"))
            model.Save(_folder.Path);
        string config = _folder.File("config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
        long before = Tensor.LiveCount;

        Assert.Contains("lm_head.weight is missing", Assert.Throws<InvalidInputException>(() => LanguageModel.Load(_folder.Path)).Message);

        Assert.Equal(before, Tensor.LiveCount);
    }
}
