using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Text;

/// <summary>What single tokens stand for: their texts and bytes put together are those of the whole.</summary>
public class TokenTextTests
{
    private const string Sample = " Tea for two, 中文 – naïve 🦙🦙!\n\tend";

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen2")]
    [InlineData("phi-3")]
    public void TheBytesOfTheTokensAreTheBytesOfTheText(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path("tokenizers", name));

        AssertWhole(tokenizer);
    }

    [Fact]
    public void TheBytesOfTheTokensAreTheBytesOfTheTextWithATokenizerOfOurs() =>
        AssertWhole(Tokenizer.Parse(BpeTrainer.TrainByteLevel([Sample, "🦙🦜🦚"], 270, ["<end>"])));

    [Fact]
    public void AnIdWithoutATokenStandsForNothingAndASpecialTokenForItsName()
    {
        Tokenizer tokenizer = Tokenizer.Parse(BpeTrainer.TrainByteLevel([Sample], 270, ["<end>"]));

        Assert.Equal("", tokenizer.TextOf(9999));
        Assert.Equal("<end>", tokenizer.TextOf(tokenizer.IdOf("<end>")!.Value));
    }

    private static void AssertWhole(Tokenizer tokenizer)
    {
        int[] ids = tokenizer.Encode(Sample);
        string decoded = tokenizer.Decode(ids);
        byte[] bytes = [.. ids.SelectMany(tokenizer.BytesOf)];

        // SentencePiece puts a space in front of a text, which decoding takes away again.
        Assert.Equal(decoded, System.Text.Encoding.UTF8.GetString(bytes)[^decoded.Length..]);
        Assert.True(bytes.Length - System.Text.Encoding.UTF8.GetByteCount(decoded) is 0 or 1);
        Assert.All(ids, id => Assert.Equal(tokenizer.TextOf(id).Contains('\uFFFD'), System.Text.Encoding.UTF8.GetString(tokenizer.BytesOf(id)).Contains('\uFFFD')));
    }
}
