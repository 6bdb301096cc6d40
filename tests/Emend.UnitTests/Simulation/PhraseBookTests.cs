using Emend.Simulation;
using Xunit;

namespace Emend.UnitTests.Simulation;

public class PhraseBookTests
{
    [Fact]
    public void NoFixedWordIsAProductOrAValue()
    {
        IEnumerable<string> words = PhraseBook.EveryText()
            .SelectMany(text => text.Split([' ', ',', '.', '?'], StringSplitOptions.RemoveEmptyEntries));

        Assert.DoesNotContain(words, word => KnowledgeBase.IsProduct(word) || KnowledgeBase.IsValue(word));
    }

    [Fact]
    public void NoWordIsAValueOfTwoAttributesOrAProductToo()
    {
        string[] words = [.. KnowledgeBase.Products,
            .. KnowledgeBase.Attributes.SelectMany(attribute => KnowledgeBase.Values(attribute))];

        Assert.Equal(12 + 4 * 10, words.Distinct().Count());
    }

    [Fact]
    public void EveryFactSentenceIsReadBackAsWhatItStates()
    {
        foreach (ProductAttribute attribute in KnowledgeBase.Attributes)
            foreach (string template in PhraseBook.FactTemplates(attribute, Regime.Long))
                foreach (string value in KnowledgeBase.Values(attribute))
                {
                    Fact fact = new("lamp", attribute);
                    Sentence sentence = Assert.Single(ResponseParser.Parse(PhraseBook.FactSentence(template, fact, value)));
                    Assert.Equal(new Claim(fact, value), sentence.Claim);
                }
    }

    [Fact]
    public void EveryOtherSentenceIsReadBackAsItsKind()
    {
        Assert.All(PhraseBook.Help, text => Assert.Equal(SentenceKind.Help, KindOf(text)));
        Assert.All(PhraseBook.Filler, text => Assert.Equal(SentenceKind.Filler, KindOf(text)));
        Assert.All(PhraseBook.RudeSentences, text => Assert.Equal(SentenceKind.RudeSentence, KindOf(text)));

        static SentenceKind KindOf(string text) => Assert.Single(ResponseParser.Parse(text)).Kind;
    }

    [Fact]
    public void SentencesKeepTheirPlaceInTheText()
    {
        const string Text = "  The lamp is red, as anyone can see, so stop asking.It is\n a cut";

        var sentences = ResponseParser.Parse(Text);

        Assert.Equal(["The lamp is red, as anyone can see, so stop asking.", "It is\n a cut"], sentences.Select(sentence => sentence.Text));
        Assert.Equal([", as anyone can see", ", so stop asking"], sentences[0].RudeEndings);
        Assert.All(sentences, sentence => Assert.Equal(sentence.Text, Text[sentence.Span.Start..sentence.Span.End]));
    }
}
