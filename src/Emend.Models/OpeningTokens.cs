using Emend.Text;

namespace Emend.Models;

/// <summary>The tokens that stand in front of a text of a model: the same in training, generating, scoring, serving and evaluating.</summary>
public static class OpeningTokens
{
    /// <summary>
    /// The opening that the folder's model was trained with (<see cref="PromptFormat"/>), where the folder says one; else what the tokenizer itself
    /// puts in front of a text; where it puts nothing, bos_token_id of config.json. May be empty.
    /// </summary>
    /// <param name="folder">Null for a model that was not read from one.</param>
    /// <exception cref="InvalidInputException">The folder names an opening that the tokenizer does not have.</exception>
    public static int[] Of(Tokenizer tokenizer, ModelConfig config, string? folder) =>
        PromptFormat.Load(folder) is { } format
            ? PromptEncoder.Create(format with { Chat = false }, tokenizer, config, folder, $"{Path.Combine(folder!, PromptFormat.FileName)}: ").Opening
            : Of(tokenizer, config);

    /// <summary>The opening of a model whose folder says nothing of how it was trained.</summary>
    internal static int[] Of(Tokenizer tokenizer, ModelConfig config)
    {
        Encoding encoding = tokenizer.EncodeWithSpans("a", addSpecialTokens: true);
        // Those before the first token that covers text.
        int[] own = [.. encoding.Ids.Take(encoding.Spans.TakeWhile(span => span.End == 0).Count())];
        return own.Length == 0 && config.BosTokenId is int first ? [first] : own;
    }
}
