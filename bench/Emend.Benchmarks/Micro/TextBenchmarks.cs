using BenchmarkDotNet.Attributes;
using Emend.Text;

namespace Emend.Benchmarks.Micro;

/// <summary>Tokenizer and diff on texts made here: a tokenizer of 1000 tokens, and edits of a tenth of 1000 units.</summary>
public class TextBenchmarks
{
    private static readonly string[] s_words = ["the", "device", "charges", "in", "two", "hours", "and", "its", "battery", "lasts", "for", "a", "week", "of", "use", "Ünïcode"];

    private readonly string _text;
    private readonly Tokenizer _tokenizer;
    private readonly int[] _original, _edited;

    public TextBenchmarks()
    {
        var random = new Random(1);
        _text = string.Join(' ', Enumerable.Range(0, 2000).Select(_ => s_words[random.Next(s_words.Length)]));
        _tokenizer = Tokenizer.Parse(BpeTrainer.TrainByteLevel([_text], 1000, ["<|endoftext|>"]));
        _original = [.. Enumerable.Range(0, 1000).Select(_ => random.Next(50))];
        _edited = [.. _original.SelectMany(unit => random.Next(10) == 0 ? (int[])[random.Next(50), unit] : [unit])];
    }

    [Benchmark]
    public int[] Encode() => _tokenizer.Encode(_text);

    [Benchmark]
    public object EncodeWithSpans() => _tokenizer.EncodeWithSpans(_text);

    [Benchmark]
    public EditScript Diff() => SequenceDiff.Compute(_original, _edited);
}
