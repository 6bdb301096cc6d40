using Emend.Text;

namespace Emend.Serving;

/// <summary>What one token stands for by itself.</summary>
/// <param name="Text">Its text inside a longer one; U+FFFD for bytes that are no whole character.</param>
/// <param name="Bytes">Its bytes in UTF-8, exact also where it is a part of a character.</param>
internal sealed record TokenText(string Text, byte[] Bytes);

/// <summary>The texts of a tokenizer's tokens, worked out when they are first wanted. Safe for several threads.</summary>
internal sealed class TokenTexts(Tokenizer tokenizer)
{
    private readonly TokenText?[] _texts = new TokenText?[tokenizer.VocabularySize];

    /// <summary>The text of a token; of an id without a token (models pad their embeddings) nothing.</summary>
    public TokenText this[int id] => id >= _texts.Length ? new TokenText("", []) : _texts[id] ??= new TokenText(tokenizer.TextOf(id), tokenizer.BytesOf(id));
}
