using Emend.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Emend.UnitTests.Text;

/// <summary>Texts that tokenizers get wrong, and a small tokenizer that needs no file.</summary>
internal static class TokenizerSamples
{
    /// <summary>Pieces of wide Unicode: joined, they also meet in ways that nobody writes.</summary>
    public static readonly string[] Pieces =
    [
        "a", "The", " cat", "don't", " I'LL", "1", "2024", "½", "\u0660\u0661", " ", "  ", "       ", "\t", "\n", "\r\n", "\n\n\n", "\u00A0", "\u3000", "\u2028",
        ".", "...", "!?", "--", "_", "(", "é", "e\u0301", "o\u0323\u0302", "a\u0302\u0323", "Å", "\u212B", "ﬁ", "ß", "İ", "ｶﾞ", "가", "\u1100\u1161\u11A8", "日本語", "你好，世界。", "العربية", "עברית\u200F",
        "नमस्ते", "ក្ស", "ไทย", "Ελληνικά", "Привет", "🙂", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "\U0001D400\U0001D41B", "\U00020000", "\U0001D15E", "\U0010FFFF", "\uFEFF", "\u200B", "\u0000", "\u0007", "\u007F", "\u0085",
        "\uE000", "\uFFFD", "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|end|>", "<0x41>", "<unk>", "▁", "Ġ", "\\n", "{\"a\": [1, 2]}", "https://x.y/z?q=1",
    ];

    public static readonly Arbitrary<string> Texts = Gen.Elements(Pieces).ListOf().Select(string.Concat).ToArbitrary();

    public static readonly Config Seeded = Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20240117, 1);

    private static readonly string[] s_training =
    [
        "The cat sat on the mat. The dog sat on the log, didn't it? In 2024 there were 12,345 cats.\n\nThe end.",
        "日本語のテキスト、そして日本語。 Привет, мир! Привет, кот! 🙂🙂 the the the there then them",
    ];

    private static readonly Lazy<string> s_file = new(() => BpeTrainer.TrainByteLevel(s_training, 330, ["<|end|>", "<|start|>"]));

    /// <summary>The tokenizer.json of a byte-level tokenizer of 330 tokens at most, of which the first two are special.</summary>
    public static string SmallFile => s_file.Value;

    public static Tokenizer Small => Tokenizer.Parse(SmallFile);
}
