using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Text;

public sealed class TextEditsTests
{
    /// <summary>Random pairs per way of cutting.</summary>
    private const int PairCount = 100_000;

    public static TheoryData<string> Cuttings => ["words", "characters", "bytes", "lossy", "absurd"];

    [Theory]
    [MemberData(nameof(Cuttings))]
    public void TheEditedTextIsRebuiltExactlyForAnyUnicode(string cutting)
    {
        for (int seed = 0; seed < PairCount; seed++)
        {
            var random = new Random(seed);
            string response = UnicodeTexts.Text(random, 25);
            string edited = random.Next(5) == 0 ? UnicodeTexts.Text(random, 25) : UnicodeTexts.Edited(response, random, 4);

            TextEdit edit = TextEdits.Compute(Cut(response, cutting, random), Cut(edited, cutting, random));

            Assert.Equal(edited, TextEdits.Apply(response, edit.Hunks));
            Assert.Equal(Math.Max(0, edit.Hunks.Length - 1), edit.Kept.Length);
            if (cutting != "absurd")                       // which cuts the same text differently each time
                Assert.Equal(response == edited, edit.Hunks.IsEmpty);
            AssertNoHalfPairs(response, edit);
            for (int mergeBelow = 0; mergeBelow < 4; mergeBelow++)
                Assert.Equal(edited, TextEdits.Apply(response, TextEdits.MergedHunks(edit, mergeBelow)));
        }
    }

    /// <summary>A hunk begins or ends inside a surrogate pair only where the other side has no pair there to keep whole.</summary>
    private static void AssertNoHalfPairs(string response, TextEdit edit)
    {
        foreach (TextHunk hunk in edit.Hunks)
        {
            Assert.False(Inside(response, hunk.Span.Start) || Inside(response, hunk.Span.End), $"a hunk splits a pair of {response}");
            string result = TextEdits.Apply(response, [hunk]);
            Assert.False(Inside(result, hunk.Span.Start) && !char.IsLowSurrogate(hunk.Replacement.FirstOrDefault()), "a replacement joins a pair");
        }
        static bool Inside(string text, int at) => at > 0 && at < text.Length && char.IsHighSurrogate(text[at - 1]) && char.IsLowSurrogate(text[at]);
    }

    /// <summary>Ways of cutting that stand for tokenizers: per rune, per byte (all bytes span their rune), with text uncovered, with spans out of order.</summary>
    private static TextUnits Cut(string text, string cutting, Random random)
    {
        if (cutting == "words")
            return TextUnits.Words(text);
        var ids = new List<int>();
        var spans = new List<TextSpan>();
        for (int start = 0; start < text.Length;)
        {
            int length = start + 1 < text.Length && char.IsSurrogatePair(text, start) ? 2 : 1;
            var span = new TextSpan(start, start + length);
            start += length;
            if (cutting == "lossy" && (char.IsWhiteSpace(text[span.Start]) || text[span.Start] == '\u0301'))
                continue;
            if (cutting == "lossy")
                Add(char.ToLowerInvariant(text[span.Start]) % 3, span);          // few ids: many unknowns alike
            else if (cutting == "characters")
                Add(text[span.Start], span);
            else if (cutting == "absurd" && random.Next(3) == 0)
                Add(random.Next(3), new TextSpan(random.Next(span.End), span.End));
            else
                for (int b = 0; b < length + 1; b++)
                    Add(text[span.Start] + b, span);
        }
        return TextUnits.Tokens(text, [.. ids], [.. spans]);

        void Add(int id, TextSpan span)
        {
            ids.Add(id);
            spans.Add(span);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen2")]
    [InlineData("phi-3")]
    public void TheEditedTextIsRebuiltExactlyThroughPublishedTokenizers(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedData.Path("tokenizers", name));
        for (int seed = 0; seed < PairCount / 10; seed++)
        {
            var random = new Random(seed);
            string response = UnicodeTexts.Text(random, 25);
            string edited = UnicodeTexts.Edited(response, random, 4);
            Assert.Equal(edited, TextEdits.Apply(response, TextEdits.Compute(response, edited, tokenizer).Hunks));
        }
    }

    [Fact]
    public void AUnitThatCoversItsTextTwiceIsKeptOnce()
    {
        TextUnits twice = TextUnits.Tokens("a", [1, 1], [new TextSpan(0, 1), new TextSpan(0, 1)]);
        TextUnits two = TextUnits.Tokens("aa", [1, 1], [new TextSpan(0, 1), new TextSpan(1, 2)]);
        Assert.Equal("aa", TextEdits.Apply("a", TextEdits.Compute(twice, two).Hunks));
        Assert.Equal("a", TextEdits.Apply("aa", TextEdits.Compute(two, twice).Hunks));
    }

    [Fact]
    public void ARemovedWordTakesOneSpaceWithIt()
    {
        TextEdit edit = TextEdits.ComputeWords("one bad word here", "one word here");
        Assert.Equal([new TextHunk(new TextSpan(4, 8), "")], edit.Hunks);
        Assert.Equal([false, true, false, false], edit.Script.OriginalChanged());
        Assert.Equal(0.25, edit.EditRate);
    }

    [Fact]
    public void AReplacedWordLeavesItsSpacesAlone()
    {
        TextEdit edit = TextEdits.ComputeWords("the cats sleep", "the cat sleep");
        Assert.Equal([new TextHunk(new TextSpan(4, 8), "cat")], edit.Hunks);
    }

    [Fact]
    public void WordsAreSplitOnSingleSpacesLikeEveryOtherTool()
    {
        TextUnits units = TextUnits.Words(" a  b\n");
        Assert.Equal(["", "a", "", "b\n"], Enumerable.Range(0, units.Count).Select(i => units.Covered(i).ToString()));
        Assert.Equal(1, TextUnits.Words("").Count);
    }

    [Fact]
    public void TwoUnknownCharactersOfOneIdDiffer()
    {
        TextUnits Unknown(string text) => TextUnits.Tokens(text, [0], [new TextSpan(0, text.Length)]);
        TextEdit edit = TextEdits.Compute(Unknown("中"), Unknown("文"));
        Assert.Equal(1, edit.Script.Distance);
    }

    [Fact]
    public void OneTextOfTwoIdsDiffers()
    {
        TextUnits Unit(int id) => TextUnits.Tokens("a", [id], [new TextSpan(0, 1)]);
        TextEdit edit = TextEdits.Compute(Unit(1), Unit(2));
        Assert.Equal(1, edit.Script.Distance);
        Assert.Empty(edit.Hunks);
    }

    [Fact]
    public void AnEditWithSeveralHunksSplitsIntoOneTextEach()
    {
        TextEdit edit = TextEdits.ComputeWords("a bad dog ran into my rude old house", "a good dog ran into my old house now");
        Assert.Equal(
        [
            "a good dog ran into my rude old house",
            "a bad dog ran into my old house",
            "a bad dog ran into my rude old house now",
        ], TextEdits.SplitPairs(edit));
    }

    [Fact]
    public void HunksCloserThanTheLimitAreOneEdit()
    {
        TextEdit edit = TextEdits.ComputeWords("x1 keep x2 keep keep x3 keep", "y1 keep y2 keep keep y3 keep");
        Assert.Equal(3, TextEdits.MergedHunks(edit, mergeBelow: 0).Length);
        Assert.Equal(3, TextEdits.MergedHunks(edit, mergeBelow: 1).Length);
        Assert.Equal(2, TextEdits.MergedHunks(edit).Length);
        Assert.Equal([new TextHunk(new TextSpan(0, 23), "y1 keep y2 keep keep y3")], TextEdits.MergedHunks(edit, mergeBelow: 3));
        Assert.Equal(["y1 keep y2 keep keep x3 keep", "x1 keep x2 keep keep y3 keep"], TextEdits.SplitPairs(edit));
    }

    [Fact]
    public void NoChangeHasNothingToSplit() => Assert.Empty(TextEdits.SplitPairs(TextEdits.ComputeWords("as it was", "as it was")));

    [Fact]
    public void OverlappingHunksAreRefused()
    {
        TextHunk[] hunks = [new(new TextSpan(0, 3), "x"), new(new TextSpan(2, 4), "y")];
        Assert.Throws<ArgumentException>(() => TextEdits.Apply("abcd", hunks));
        Assert.Throws<ArgumentException>(() => TextEdits.Apply("abcd", [new TextHunk(new TextSpan(3, 5), "")]));
    }
}
