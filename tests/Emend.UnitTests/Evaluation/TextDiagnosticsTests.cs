using Emend.Evaluation;
using Xunit;

namespace Emend.UnitTests.Evaluation;

public class TextDiagnosticsTests
{
    [Fact]
    public void WordsAreLowerCaseRunsOfLettersAndDigits() =>
        Assert.Equal(["it", "isn't", "well-known", "2", "5", "ÉTÉ".ToLowerInvariant()], TextDiagnostics.Words("It isn't -- well-known: 2.5, ÉTÉ-"));

    [Fact]
    public void DistinctWordsAreCountedOverTheSampleAndPairsWithinAResponse()
    {
        TextDiagnostics diagnostics = TextDiagnostics.Of(["the cat the cat", "The dog"]);

        Assert.Equal((2, 3), (diagnostics.Texts, diagnostics.DistinctWords));
        Assert.Equal(3, diagnostics.MeanWords);
        Assert.Equal(3.0 / 6, diagnostics.Distinct1, Near.NinePlaces);
        Assert.Equal(3.0 / 4, diagnostics.Distinct2, Near.NinePlaces); // the cat, cat the, (the cat), the dog
    }

    [Fact]
    public void ASentenceSaidTwiceInOneResponseIsADuplicate()
    {
        TextDiagnostics diagnostics = TextDiagnostics.Of(["Call us. It costs 2.5 euros.  call US!", "Call us."]);

        Assert.Equal(1.0 / 4, diagnostics.DuplicateSentences);
        Assert.Equal(0.5, diagnostics.TextsWithDuplicates);
    }

    // "a b a b a b": 4-grams abab, baba, abab; the third is a repetition.
    [Fact]
    public void ARepeatedFourGramIsCounted() =>
        Assert.Equal(1.0 / 3, TextDiagnostics.Of(["a b a b a b"]).RepeatedFourGrams, Near.NinePlaces);

    [Fact]
    public void NothingMeasuredIsZeroAndNotNaN() =>
        Assert.Equal(new TextDiagnostics(1, 0, 0, 0, 0, 0, 0, 0), TextDiagnostics.Of([""]));
}
