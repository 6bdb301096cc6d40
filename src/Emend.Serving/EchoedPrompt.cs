using System.Text;
using Emend.Text;

namespace Emend.Serving;

/// <summary>A prompt that comes back in front of its response.</summary>
/// <param name="Ids">Its tokens, what opens a text among them.</param>
/// <param name="Offsets">Where each begins in the text, in UTF-16 code units; of the parts of a character, the character's place.</param>
internal sealed record EchoedPrompt(string Text, int[] Ids, int[] Offsets)
{
    /// <param name="text">As it was sent; null where ids were sent, which are written out, special tokens too.</param>
    public static EchoedPrompt Of(ServedModel model, string? text, int[] ids)
    {
        if (text is not null)
            return new EchoedPrompt(text, ids, model.TextOffsets(text));
        var stream = new TokenStream(model.Tokenizer);
        var written = new StringBuilder();
        int[] offsets = new int[ids.Length];
        for (int place = 0; place < ids.Length; place++)
        {
            offsets[place] = written.Length;
            if (ids[place] < model.Tokenizer.VocabularySize)       // models pad their embeddings
                written.Append(stream.Append(ids[place]));
        }
        written.Append(stream.Finish());
        return new EchoedPrompt(written.ToString(), ids, offsets);
    }
}
