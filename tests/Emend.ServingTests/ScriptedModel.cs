using Emend.Models;
using Emend.Text;

namespace Emend.ServingTests;

/// <summary>
/// A model folder whose greedy response is known: every byte is a token, and the most likely next token depends on the last one alone. Behind
/// "?" comes <see cref="Response"/> and its end; behind "~" an endless "xyxyxy…".
/// </summary>
internal static class ScriptedModel
{
    /// <summary>No byte occurs twice, so that each has one successor. In UTF-8: 7 characters of one byte, an emoji of 4, é of 2 and 漢 of 3.</summary>
    public const string Response = "Wolf 😀é漢!.";

    public const string EndToken = "<end>";

    /// <summary>Tokens of the response, the end token counted.</summary>
    public const int ResponseTokens = 17;

    private const int Width = 264, Vocabulary = 257;

    private const double NormEpsilon = 1e-5;

    /// <summary>What the head's weights give the successor; all other tokens get 0.</summary>
    private const float Strength = 0.5f;

    /// <summary>The log-probability of every token of the script: one logit, 0.5 times the 1 of a one-hot vector after its norm, against 256 of 0.</summary>
    public static double Logprob => -Math.Log(1 + (Vocabulary - 1) * Math.Exp(-Strength / Math.Sqrt(1.0 / Width + NormEpsilon)));

    public static void Save(string folder, int contextLength)
    {
        Tokenizer tokenizer = Tokenizer.Parse(BpeTrainer.TrainByteLevel([""], Vocabulary, [EndToken]));
        tokenizer.Save(folder);
        int end = tokenizer.IdOf(EndToken)!.Value;
        ModelConfig config = ModelConfig.Llama(Vocabulary, Width, intermediateSize: 8, layers: 1, heads: 4, keyValueHeads: 1, contextLength) with { TiedHead = false, NormEpsilon = NormEpsilon, EosTokenIds = [end] };
        using LanguageModel model = LanguageModel.Create(config, seed: 1);
        Span<float> embedding = model.Parameter("model.embed_tokens.weight").Span<float>(), head = model.Parameter("lm_head.weight").Span<float>();
        embedding.Clear();
        head.Clear();
        model.Parameter("model.layers.0.self_attn.o_proj.weight").Span<float>().Clear();
        model.Parameter("model.layers.0.mlp.down_proj.weight").Span<float>().Clear();
        for (int id = 0; id < Vocabulary; id++)
            embedding[id * Width + id] = 1;
        int[] script = [.. tokenizer.Encode("?" + Response), end];
        for (int i = 0; i + 1 < script.Length; i++)
            head[script[i + 1] * Width + script[i]] = Strength;
        int[] loop = tokenizer.Encode("~xyx");
        for (int i = 0; i + 1 < loop.Length; i++)
            head[loop[i + 1] * Width + loop[i]] = Strength;
        model.Save(folder);
    }
}
