namespace Emend.Text;

/// <summary>Turns ids into text as they come, without ever showing half a character: bytes wait until their character is whole.</summary>
public sealed class TokenStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly List<int> _ids = [];
    private int _contextLength;
    private string _shown = "";

    /// <param name="after">The token that the text goes on from, where it is no text of its own: a decoder that takes away the space in front of a text leaves it then.</param>
    public TokenStream(Tokenizer tokenizer, bool skipSpecialTokens = false, int? after = null)
    {
        (_tokenizer, _skipSpecialTokens) = (tokenizer, skipSpecialTokens);
        if (after is not int id || id >= tokenizer.VocabularySize)
            return;
        _ids.Add(id);
        string shown = Decode();
        if (shown.EndsWith('\uFFFD'))
            _ids.Clear();                   // a prompt that ends within a character
        else
            (_contextLength, _shown) = (1, shown);
    }

    /// <summary>The text that this id makes certain; empty while a character is incomplete.</summary>
    public string Append(int id)
    {
        _ids.Add(id);
        string text = Decode();
        return text.EndsWith('\uFFFD') ? "" : Show(text);
    }

    /// <summary>What was still waiting, with U+FFFD for bytes that never became a character.</summary>
    public string Finish() => Show(Decode());

    private string Decode() => _tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids), _skipSpecialTokens);

    /// <summary>Hands out what is new. The ids of the last step stay as context, since decoders treat the start of a text differently.</summary>
    private string Show(string text)
    {
        if (text.Length <= _shown.Length)
            return "";
        string fresh = text[_shown.Length..];
        _ids.RemoveRange(0, _contextLength);
        _contextLength = _ids.Count;
        _shown = Decode();
        return fresh;
    }
}
