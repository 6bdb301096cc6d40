using System.Text.Json;
using Emend.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Emend.UnitTests.Text;

public class BpeTrainerTests
{
    [Fact]
    public void MergesAreTheMostFrequentPairsAndTiesGoToTheLowerIds()
    {
        // Words: "ab" 3 times, " abc" 2 times, "xy" 2 times. Pairs: ab 5; then (" ",ab), (ab,c) and xy occur twice each.
        // The ids are in alphabet order, " " being "Ġ" behind the letters: x < Ġ < ab, so "xy" goes first, then "Ġab", then "Ġabc".
        string file = BpeTrainer.TrainByteLevel(["ab", "ab", "ab", "xy", "xy", "ab abc"[2..], " abc"], 256 + 4, []);

        using JsonDocument json = JsonDocument.Parse(file);
        Assert.Equal(["a b", "x y", "Ġ ab", "Ġab c"], json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!));
    }

    [Fact]
    public void TheSameTextsGiveTheSameFile()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"line {i * 7 % 50} of the text, again and again {i % 13}")];

        Assert.Equal(BpeTrainer.TrainByteLevel(texts, 400, ["<|end|>"]), BpeTrainer.TrainByteLevel(texts.Reverse(), 400, ["<|end|>"]));
    }

    [Fact]
    public void TheResultIsATokenizerOfTheSizeAskedFor()
    {
        Tokenizer tokenizer = Tokenizer.Parse(BpeTrainer.TrainByteLevel(TokenizerSamples.Pieces.Concat(TokenizerSamples.Pieces), 300, ["<|end|>", "<|start|>"]));

        Assert.Equal(300, tokenizer.VocabularySize);
        Assert.Equal([0, 1], new[] { tokenizer.IdOf("<|end|>"), tokenizer.IdOf("<|start|>") }.Select(id => id ?? -1));
        Assert.True(tokenizer.IsSpecial(1));
        Assert.False(tokenizer.IsSpecial(2));
    }

    [Fact]
    public void AnOpeningStandsInFrontOfATextWithSpecialTokensAndOfNoOther()
    {
        Tokenizer tokenizer = Tokenizer.Parse(BpeTrainer.TrainByteLevel(["some text", "some text"], 300, ["<|end|>", "<|start|>"], opening: "<|start|>"));

        Assert.Equal([1, .. tokenizer.Encode("some text")], tokenizer.Encode("some text", addSpecialTokens: true));
        Assert.Equal("some text", tokenizer.Decode(tokenizer.Encode("some text", addSpecialTokens: true), skipSpecialTokens: true));
        Assert.DoesNotContain(1, tokenizer.Encode("some text"));
        Assert.Contains("<|other|>", Assert.Throws<InvalidInputException>(() => BpeTrainer.TrainByteLevel(["text"], 300, ["<|end|>"], opening: "<|other|>")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyTextComesBackFromATrainedTokenizer() =>
        Check.One(TokenizerSamples.Seeded, Prop.ForAll(TokenizerSamples.Texts, text => TokenizerSamples.Small.Decode(TokenizerSamples.Small.Encode(text)) == text));

    [Fact]
    public void SpecialTokensInTheTextsAreNotLearnedFrom()
    {
        string with = BpeTrainer.TrainByteLevel(["some text<|end|>some text<|end|>"], 300, ["<|end|>"]);

        Assert.Equal(BpeTrainer.TrainByteLevel(["some text", "some text"], 300, ["<|end|>"]), with);
    }

    [Theory]
    [InlineData(257, "<|a|>,<|b|>", "at least 258")]
    [InlineData(300, "<|a|>,<|a|>", "given twice")]
    [InlineData(300, "a", "two characters")]
    public void WhatCannotBecomeATokenizerIsRefused(int size, string specialTokens, string reason)
    {
        InvalidInputException problem = Assert.Throws<InvalidInputException>(() => BpeTrainer.TrainByteLevel(["text"], size, specialTokens.Split(',')));

        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }
}
