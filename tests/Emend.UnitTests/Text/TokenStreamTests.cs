using System.Text;
using Emend.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Text;

public class TokenStreamTests
{
    [Fact]
    public void ACharacterIsShownWhenItsLastByteHasCome()
    {
        Tokenizer tokenizer = TokenizerSamples.Small;
        var stream = new TokenStream(tokenizer);

        Assert.Equal(["a", "", "", "", "\U0010FFFF", "b"], tokenizer.Encode("a\U0010FFFFb").Select(stream.Append));
        Assert.Equal("", stream.Finish());
    }

    [Fact]
    public void AnUnfinishedCharacterIsShownAtTheEnd()
    {
        Tokenizer tokenizer = TokenizerSamples.Small;
        var stream = new TokenStream(tokenizer);

        Assert.Equal("", stream.Append(tokenizer.Encode("\U0010FFFF")[0]));
        Assert.Equal("\uFFFD", stream.Finish());
    }

    [Theory]
    [InlineData("tokenizers/gpt2")]
    [InlineData("tokenizers/phi-3")]
    public void TheStreamedPartsAreTheWholeText(string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path(folder.Split('/')));
        FsCheck.Fluent.Prop.ForAll(TokenizerSamples.Texts, text =>
        {
            int[] ids = tokenizer.Encode(text);
            var stream = new TokenStream(tokenizer);
            var shown = new StringBuilder();
            foreach (int id in ids)
                shown.Append(stream.Append(id));
            return shown.Append(stream.Finish()).ToString() == tokenizer.Decode(ids);
        }).Check(TokenizerSamples.Seeded);
    }

    [Theory]
    [InlineData("models/stories260K/hf")]
    [InlineData("tokenizers/gpt2")]
    public void ATextThatGoesOnKeepsTheSpaceInFrontOfItsFirstWord(string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path(folder.Split('/')));
        int[] ids = tokenizer.Encode("Once upon a time, a dog said “hello”.");
        for (int cut = 1; cut < ids.Length; cut++)
        {
            string before = tokenizer.Decode(ids.AsSpan(0, cut));
            if (before.EndsWith('\uFFFD'))
                continue;
            var stream = new TokenStream(tokenizer, skipSpecialTokens: true, after: ids[cut - 1]);
            Assert.Equal(tokenizer.Decode(ids), before + string.Concat(ids[cut..].Select(stream.Append)) + stream.Finish());
        }
    }
}
