using Emend.Feedback;
using Emend.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Feedback;

public class ProvenanceTests
{
    private const string Original = "The lamp is is red, and and old.";

    // Takes the doubled "is", makes red blue, and takes the doubled "and".
    private static readonly TextHunk[] Proposed = [Hunk("is is", 3, ""), Hunk("red", 3, "blue"), Hunk("and and", 4, "")];

    [Theory]
    [InlineData("The lamp is blue, and old.", Decision.Accepted, Decision.Accepted, Decision.Accepted)]
    [InlineData(Original, Decision.Open, Decision.Rejected, Decision.Open)]
    [InlineData("The lamp is red, and old.", Decision.Accepted, Decision.Rejected, Decision.Accepted)]
    [InlineData("The lamp is is green, and and old.", Decision.Open, Decision.Altered, Decision.Open)]
    [InlineData("My lamp is is blue, and and new.", Decision.Open, Decision.Accepted, Decision.Open)]
    [InlineData("The lamp is is red, and and ancient.", Decision.Open, Decision.Rejected, Decision.Open)]
    public void WhatBecameOfAHunkIsReadFromTheTexts(string final, params Decision[] expected) =>
        Assert.Equal(expected, Provenance.Of(Original, final, Proposed, rejected: [1]));

    [Fact]
    public void AHunkThatWasPutAsideAndIsInTheTextAllTheSameCountsAsAccepted() =>
        Assert.Equal(Decision.Accepted, Provenance.Of(Original, "The lamp is is blue, and and old.", Proposed, rejected: [1])[1]);

    [Fact]
    public void HowAnEditIsAlignedDoesNotMatter()
    {
        TextHunk second = new(new TextSpan(12, 15), "");      // the other "is" of the two: the same text comes out

        Assert.Equal([Decision.Accepted], Provenance.Of(Original, TextEdits.Apply(Original, [second]), [Proposed[0]], []));
    }

    [Fact]
    public void TextsThatAreTooFarApartLeaveNothingAccepted()
    {
        string far = string.Concat(Enumerable.Range(0, 8000).Select(n => $"w{n} "));

        Assert.Equal([Decision.Altered], Provenance.Of("a b c", far, [new TextHunk(new TextSpan(0, 1), "x")], []));
    }

    [Fact]
    public void AnyPartOfAProposalThatIsTakenIsFoundAgain()
    {
        Gen<string[]> words = Gen.ArrayOf(Gen.Elements("lamp", "red", "old", "the", "漢", "😀"), 12);
        Prop.ForAll(words.ToArbitrary(), Gen.ArrayOf(Gen.Elements(true, false), 3).ToArbitrary(), (text, taken) =>
        {
            string original = string.Join(' ', text);
            // Three words, far enough from each other, become words that are nowhere else.
            TextHunk[] proposed = [.. ((int[])[1, 5, 9]).Select((word, k) => new TextHunk(SpanOf(text, word), $"new{k}"))];
            string final = TextEdits.Apply(original, proposed.Where((_, k) => taken[k]));
            Assert.Equal(taken.Select(yes => yes ? Decision.Accepted : Decision.Open), Provenance.Of(original, final, proposed, []));
        }).QuickCheckThrowOnFailure();
    }

    private static TextSpan SpanOf(string[] words, int k)
    {
        int start = words.Take(k).Sum(word => word.Length + 1);
        return new TextSpan(start, start + words[k].Length);
    }

    private static TextHunk Hunk(string at, int length, string replacement)
    {
        int start = Original.IndexOf(at, StringComparison.Ordinal);
        return new TextHunk(new TextSpan(start, start + length), replacement);
    }
}
