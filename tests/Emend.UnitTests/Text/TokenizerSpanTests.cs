using Emend.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Text;

public class TokenizerSpanTests
{
    [Fact]
    public void ASmallTokenizersSpansCoverAnyTextInOrder() => CheckAll(TokenizerSamples.Small);

    [Theory]
    [InlineData("tokenizers/gpt2")]
    [InlineData("tokenizers/qwen2")]
    [InlineData("tokenizers/phi-3")]
    [InlineData("models/stories260K/hf")]
    [InlineData("models/tinystories-656k")]
    public void APublishedTokenizersSpansCoverAnyTextInOrder(string folder) => CheckAll(Tokenizer.Load(SharedData.Path(folder.Split('/'))));

    [Theory]
    [InlineData("tokenizers/gpt2")]
    [InlineData("tokenizers/qwen2")]
    public void ATokenThatSharesNoCharacterDecodesToItsSpan(string folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path(folder.Split('/')));
        Check.One(TokenizerSamples.Seeded, Prop.ForAll(TokenizerSamples.Texts, raw =>
        {
            string text = tokenizer.Decode(tokenizer.Encode(raw));   // in normal form, so that every character stands for itself
            (int[] ids, TextSpan[] spans) = tokenizer.EncodeWithSpans(text);
            for (int i = 0; i < ids.Length; i++)
            {
                bool alone = (i == 0 || !spans[i].Overlaps(spans[i - 1])) && (i + 1 == ids.Length || !spans[i].Overlaps(spans[i + 1]));
                if (alone && tokenizer.Decode([ids[i]]) != text[spans[i].Start..spans[i].End])
                    return false;
            }
            return true;
        }));
    }

    [Fact]
    public void TheTokensOfOneCharacterAllCoverIt()
    {
        (int[] ids, TextSpan[] spans) = TokenizerSamples.Small.EncodeWithSpans("x\U0010FFFFy");

        Assert.Equal(6, ids.Length);
        Assert.Equal([new TextSpan(0, 1), new(1, 3), new(1, 3), new(1, 3), new(1, 3), new(3, 4)], spans);
    }

    [Fact]
    public void CharactersThatNormalizationJoinsShareTheirSpan()
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path("tokenizers", "qwen2"));

        (int[] ids, TextSpan[] spans) = tokenizer.EncodeWithSpans("x e\u0301");

        Assert.Equal(tokenizer.Encode("x é"), ids);
        Assert.Equal([new TextSpan(0, 1), new TextSpan(1, 4)], spans);
    }

    [Fact]
    public void TokensThatAreNotInTheTextHaveEmptySpans()
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path("models", "stories260K", "hf"));

        (int[] ids, TextSpan[] spans) = tokenizer.EncodeWithSpans("\n", addSpecialTokens: true);

        Assert.Equal(["<s>", "▁", "<0x0A>"], ids.Select(tokenizer.TokenOf));
        Assert.Equal([new TextSpan(0, 0), new(0, 0), new(0, 1)], spans);
    }

    private static void CheckAll(Tokenizer tokenizer) =>
        Check.One(TokenizerSamples.Seeded, Prop.ForAll(TokenizerSamples.Texts, text => Problem(tokenizer, text) is not string problem ? true : throw new Xunit.Sdk.XunitException(problem)));

    private static string? Problem(Tokenizer tokenizer, string text)
    {
        (int[] ids, TextSpan[] spans) = tokenizer.EncodeWithSpans(text);
        if (ids.Length != spans.Length)
            return "not one span for each id";
        int start = 0, end = 0;
        foreach (TextSpan span in spans)
        {
            if (span.Start < start || span.End < end || span.End < span.Start || span.End > text.Length)
                return $"{span} runs backwards or out of the text";
            if (span.Start > end)
                return $"nothing covers {end} to {span.Start}";
            if (SplitsPair(text, span.Start) || SplitsPair(text, span.End))
                return $"{span} splits a surrogate pair";
            (start, end) = (span.Start, span.End);
        }
        return end == text.Length ? null : $"nothing covers {end} to the end, {text.Length}";
    }

    private static bool SplitsPair(string text, int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);
}
