using Emend.Models;
using Xunit;

namespace Emend.UnitTests.Models;

/// <summary>Models of a few thousand parameters that between them have every option of the two families.</summary>
internal static class TinyModels
{
    private const int Vocabulary = 50;

    public static TheoryData<string> Names => ["llama", "llama3", "qwen2", "mistral", "gpt2"];

    /// <summary>Grouped queries, odd sizes, biases, tied and untied heads; weights large enough that every one of them matters.</summary>
    public static LanguageModel Create(string name, int seed = 1, int contextLength = 64)
    {
        ModelConfig config = name switch
        {
            "gpt2" => ModelConfig.Gpt2(Vocabulary, hiddenSize: 24, layers: 2, heads: 3, contextLength),
            "qwen2" => ModelConfig.Llama(Vocabulary, 32, 44, layers: 2, heads: 4, keyValueHeads: 2, contextLength) with { ModelType = name, QueryKeyValueBias = true, TiedHead = false },
            "mistral" => ModelConfig.Llama(Vocabulary, 40, 52, layers: 2, heads: 4, keyValueHeads: 1, contextLength) with { ModelType = name, HeadSize = 6, TiedHead = false },
            "llama3" => ModelConfig.Llama(Vocabulary, 32, 40, layers: 2, heads: 2, keyValueHeads: 1, contextLength) with { RopeTheta = 500, RopeScaling = new RopeScaling(8, 1, 4, 32) },
            _ => ModelConfig.Llama(Vocabulary, 36, 40, layers: 3, heads: 3, keyValueHeads: 3, contextLength) with { RopeTheta = 500 },
        };
        LanguageModel model = LanguageModel.Create(config with { InitializerRange = 0.2 }, seed);
        var random = new Random(seed + 1);
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            // Biases start at zero and gains at one; a test must see a mistake in either.
            if (model.ParameterNames[i].EndsWith("bias", StringComparison.Ordinal) || model.Parameters[i].Dimensions == 1)
            {
                foreach (ref float value in model.Parameters[i].Span<float>())
                    value += 0.3f * (random.NextSingle() - 0.5f);
            }
        }
        return model;
    }
}
