using Emend.Text;

namespace Emend.Models;

/// <summary>The tokens that stand in front of a text of a model.</summary>
public static class OpeningTokens
{
    /// <summary>What the tokenizer itself puts in front of a text; where it puts nothing, bos_token_id of config.json. May be empty.</summary>
    public static int[] Of(Tokenizer tokenizer, ModelConfig config)
    {
        int[] own = Own(tokenizer);
        return own.Length == 0 && config.BosTokenId is int first ? [first] : own;
    }

    /// <summary>Ids that the tokenizer itself puts in front of a text: those before the first token that covers text.</summary>
    public static int[] Own(Tokenizer tokenizer)
    {
        Encoding encoding = tokenizer.EncodeWithSpans("a", addSpecialTokens: true);
        return [.. encoding.Ids.Take(encoding.Spans.TakeWhile(span => span.End == 0).Count())];
    }
}
