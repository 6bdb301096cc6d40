using System.Collections.Immutable;
using Emend.Text;

namespace Emend.Simulation;

/// <summary>What a sentence of a response does.</summary>
internal enum SentenceKind { Fact, Help, RudeSentence, Filler, Unparseable }

/// <summary>A fact as a response states it: the value may be wrong, even a value of another attribute.</summary>
internal readonly record struct Claim(Fact Fact, string Value)
{
    public bool IsTrue => KnowledgeBase.ValueOf(Fact) == Value;
}

/// <summary>One sentence of a response, whoever wrote it.</summary>
/// <param name="Text">The sentence with its full stop, without the space around it.</param>
/// <param name="Span">Where it stands in the response.</param>
/// <param name="Core">The sentence without its rude endings.</param>
/// <param name="RudeEndings">Its rude endings, in order.</param>
/// <param name="Claim">What it states, for a fact.</param>
/// <param name="Skeleton">The template it follows, for a fact.</param>
internal sealed record Sentence(string Text, TextSpan Span, SentenceKind Kind, string Core,
    ImmutableArray<string> RudeEndings, Claim? Claim, string? Skeleton);

/// <summary>
/// Reads any text as sentences of the world. Nothing is guessed: a sentence is one of the phrase book's, word for word,
/// or it is unparseable. Text after the last full stop is a sentence too, an unparseable one.
/// </summary>
internal static class ResponseParser
{
    public static ImmutableArray<Sentence> Parse(string response)
    {
        ImmutableArray<Sentence>.Builder sentences = ImmutableArray.CreateBuilder<Sentence>();
        for (int start = 0; start < response.Length;)
        {
            if (char.IsWhiteSpace(response[start]))
            {
                start++;
                continue;
            }
            int end = response.AsSpan(start).IndexOfAny('.', '!', '?') + start + 1;
            if (end == start)
                end = start + response.AsSpan(start).TrimEnd().Length;
            sentences.Add(Read(response[start..end], new TextSpan(start, end)));
            start = end;
        }
        return sentences.ToImmutable();
    }

    private static Sentence Read(string text, TextSpan span)
    {
        (string core, ImmutableArray<string> rudeEndings) = WithoutRudeEndings(text);
        SentenceKind kind =
            PhraseBook.Help.Contains(core) ? SentenceKind.Help
            : PhraseBook.Filler.Contains(core) ? SentenceKind.Filler
            : PhraseBook.RudeSentences.Contains(core) ? SentenceKind.RudeSentence
            : SentenceKind.Unparseable;
        if (kind != SentenceKind.Unparseable)
            return new Sentence(text, span, kind, core, rudeEndings, null, null);
        (string skeleton, string? product, string? value) = SkeletonOf(core);
        if (PhraseBook.AttributeOf(skeleton) is ProductAttribute attribute)
            return new Sentence(text, span, SentenceKind.Fact, core, rudeEndings,
                new Claim(new Fact(product!, attribute), value!), skeleton);
        return new Sentence(text, span, SentenceKind.Unparseable, text, [], null, null);
    }

    private static (string Core, ImmutableArray<string> Endings) WithoutRudeEndings(string sentence)
    {
        if (!sentence.EndsWith('.'))
            return (sentence, []);
        string body = sentence[..^1];
        List<string> endings = [];
        while (PhraseBook.RudeEndings.FirstOrDefault(ending => body.EndsWith(ending, StringComparison.Ordinal)) is string found)
        {
            body = body[..^found.Length];
            endings.Insert(0, found);
        }
        return ($"{body}.", [.. endings]);
    }

    // Every product and every value becomes a placeholder; a second one makes a skeleton that no template has.
    private static (string Skeleton, string? Product, string? Value) SkeletonOf(string sentence)
    {
        string? product = null, value = null;
        string[] words = sentence.Split(' ');
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i].TrimEnd(',', '.');
            if (KnowledgeBase.IsProduct(word))
                (product, words[i]) = (word, $"{{p}}{words[i][word.Length..]}");
            else if (KnowledgeBase.IsValue(word))
                (value, words[i]) = (word, $"{{v}}{words[i][word.Length..]}");
        }
        return (string.Join(' ', words), product, value);
    }
}
