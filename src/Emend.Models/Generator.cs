using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>
/// Samples responses. On the CPU an own engine decodes (packed weights, no libtorch); elsewhere libtorch with a preallocated cache.
/// Both return the log-probabilities that a full forward pass gives, within float tolerance; with bfloat16 compute within its.
/// </summary>
public static class Generator
{
    /// <summary>
    /// One response per prompt, in the order of the prompts. Prompts may differ in length; each has at least one token and leaves room
    /// for one in the context. A response depends on the weights, its prompt, the seed and its row: not on the other prompts.
    /// </summary>
    /// <param name="finished">Called once for each response that is there, in whatever order they come, by one thread at a time.</param>
    public static Generation[] Generate(LanguageModel model, IReadOnlyList<int[]> prompts, SamplingOptions options, Action? finished = null)
    {
        Check(model.Config, prompts, options);
        if (prompts.Count == 0)
            return [];
        return model.Device.IsCpu ? model.DecodeEngine().Generate(prompts, options, Torch.Threads, finished) : TensorGenerator.Generate(model, prompts, options, finished);
    }

    private static void Check(ModelConfig config, IReadOnlyList<int[]> prompts, SamplingOptions options)
    {
        List<string> problems = [.. options.Problems(config.VocabularySize)];
        foreach (int id in options.StopTokens)
        {
            if ((uint)id >= (uint)config.VocabularySize)
                problems.Add($"stop token {id} is outside the vocabulary of {config.VocabularySize} tokens");
        }
        for (int row = 0; row < prompts.Count; row++)
        {
            if (prompts[row].Length == 0)
                problems.Add($"prompt {row} is empty; at least one token is needed");
            else if (prompts[row].Length >= config.ContextLength)
                problems.Add($"prompt {row} has {prompts[row].Length} tokens; the model's context of {config.ContextLength} leaves room for at most {config.ContextLength - 1}");
            foreach (int id in prompts[row])
            {
                if ((uint)id >= (uint)config.VocabularySize)
                {
                    problems.Add($"prompt {row} holds the token id {id}; ids go from 0 to {config.VocabularySize - 1}");
                    break;
                }
            }
        }
        if (problems.Count > 0)
            throw new InvalidInputException(problems.Count == 1 ? problems[0] : $"{problems.Count} problems; nothing was generated.\n  {string.Join("\n  ", problems.Take(20))}");
    }
}
